//! `revoke`: ends a grant and says at which nodes that is in force.

use crate::{
    exit::{Failure, Kind, Outcome},
    output::Output,
    patient::{InForce, SyncedNode},
    patient_args::PatientArgs,
};
use clap::Args;
use serde::Serialize;

/// Options of `revoke`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook revoke 3f2a --dir my-record")]
pub(crate) struct RevokeArgs {
    /// The grant's id, or enough of its beginning
    #[arg(value_name = "GRANT")]
    grant: String,
    #[command(flatten)]
    patient: PatientArgs,
}

/// Revokes.
///
/// # Errors
/// No such grant, or no node has been reached yet (the revocation stands and is sent with the next sync).
pub(crate) async fn run(args: RevokeArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let found: Vec<_> =
        patient.grants().await?.into_iter().filter(|grant| grant.id.starts_with(&args.grant)).collect();
    let [grant] = found.as_slice() else {
        let count = if found.is_empty() { "none".to_owned() } else { found.len().to_string() };
        return Err(Failure::new(format!("{count} of your grants begin with {}", args.grant))
            .expected("the beginning of exactly one grant's id")
            .action("look it up with `pulsebook grants`"));
    };
    let (revoked, synced) = patient.revoke(&grant.id).await?;
    if !out.is_json() {
        out.say(in_force("Revoked", revoked));
        troubles(revoked, &synced).iter().for_each(|line| out.say(line));
    }
    out.answer(&Ended { id: &grant.id, in_force: revoked }, verdict(revoked))
}

/// What `--json` says.
#[derive(Serialize)]
struct Ended<'a> {
    id: &'a str,
    in_force: InForce,
}

fn verdict(revoked: InForce) -> Outcome {
    if revoked.nodes > 0 {
        return Ok(());
    }
    Err(Failure::new("no node knows the revocation yet").of(Kind::Unreachable).action(
        "run `pulsebook sync` when the nodes can be reached; the revocation stands and goes there first",
    ))
}

/// "Revoked: in force at 4 of 4 nodes."
pub(crate) fn in_force(what: &str, at: InForce) -> String {
    format!("{what}: in force at {} of {} nodes.", at.nodes, at.of)
}

/// The nodes that the last of the syncs did not bring forward, and why.
pub(crate) fn troubles(at: InForce, synced: &[SyncedNode]) -> Vec<String> {
    let last = synced.iter().skip(synced.len().saturating_sub(at.of));
    last.filter_map(|node| node.error.as_ref().map(|why| format!("  {}: {why}", node.name))).collect()
}
