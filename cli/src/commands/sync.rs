//! `sync`: sends what waits to every node; one that fails holds up no other.

use crate::{
    exit::{Failure, Kind, Outcome},
    output::{Output, bytes, plural},
    patient::{Progress, SyncedNode},
    patient_args::PatientArgs,
};
use clap::Args;
use serde::Serialize;

/// Options of `sync`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook sync --dir my-record")]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

/// Syncs once.
///
/// # Errors
/// There is no circle, no node could be reached, or one shows another key than its card.
pub(crate) async fn run(args: SyncArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let nodes = patient.sync().await?;
    let status = patient.status().await?;
    let (certified, settled) = (status.certified, status.settled);
    let synced = Synced { blocks: status.blocks, certified, settled, nodes };
    if !out.is_json() {
        synced.nodes.iter().for_each(|node| out.say(line(node)));
        out.say(format_args!(
            "{}: {} accepted by the majority, {} final.",
            plural(synced.blocks, "block"),
            certified.total(),
            settled.total()
        ));
    }
    out.answer(&synced, verdict(&synced.nodes))
}

/// What `--json` says.
#[derive(Serialize)]
struct Synced {
    blocks: u64,
    certified: Progress,
    settled: Progress,
    nodes: Vec<SyncedNode>,
}

/// A changed key weighs more than a node that is away: somebody else may answer there.
fn verdict(nodes: &[SyncedNode]) -> Outcome {
    let changed: Vec<&str> =
        nodes.iter().filter(|node| node.shows_another_key).map(|node| node.name.as_str()).collect();
    if !changed.is_empty() {
        return Err(Failure::new(format!("{} shows another TLS key than its card", changed.join(", ")))
            .of(Kind::KeyChanged)
            .expected("the key that the card pins")
            .action("do as its line above says; it was sent nothing, every other node was"));
    }
    if nodes.iter().all(|node| node.error.is_some()) {
        return Err(Failure::new("no node took what waits: each line above says why").of(Kind::Unreachable).action(
            "check the network and that the nodes run, or do as the lines say; everything is kept and sent the next time",
        ));
    }
    Ok(())
}

/// One node's part in words.
fn line(node: &SyncedNode) -> String {
    match &node.error {
        None => format!("{}: took {}, {}", node.name, plural(node.blocks, "block"), bytes(node.wire_bytes)),
        Some(error) => format!("{}: behind, {error}", node.name),
    }
}
