//! `revoke`: ends a grant and says at which nodes that is in force.

use crate::{
    exit::{Failure, Outcome},
    output::Output,
    patient::Revoked,
    patient_args::PatientArgs,
};
use clap::Args;

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
pub(crate) async fn run(args: RevokeArgs) -> Outcome {
    let patient = args.patient.open().await?;
    let found: Vec<_> =
        patient.grants().await?.into_iter().filter(|grant| grant.id.starts_with(&args.grant)).collect();
    let [grant] = found.as_slice() else {
        return Err(Failure::new(format!("{} of your grants begin with {}", found.len(), args.grant))
            .expected("the beginning of exactly one grant's id")
            .action("look it up with `pulsebook grants`"));
    };
    let (revoked, synced) = patient.revoke(&grant.id).await?;
    let out = Output::new(false);
    out.say(in_force(revoked));
    for node in synced.iter().rev().take(revoked.of).filter(|node| node.error.is_some()) {
        out.say(format_args!("  {}: {}", node.name, node.error.as_deref().unwrap_or_default()));
    }
    if revoked.in_force == 0 {
        return Err(Failure::new("no node knows the revocation yet").action(
            "run `pulsebook sync` when the nodes can be reached; the revocation stands and goes there first",
        ));
    }
    Ok(())
}

/// "Revoked: in force at 4 of 4 nodes."
pub(crate) fn in_force(revoked: Revoked) -> String {
    format!("Revoked: in force at {} of {} nodes.", revoked.in_force, revoked.of)
}
