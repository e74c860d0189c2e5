//! `sync`: sends what waits to every node; one that fails holds up no other.

use crate::{
    exit::{Failure, Outcome},
    output::{Output, bytes, plural},
    patient::SyncedNode,
    patient_args::PatientArgs,
};
use clap::Args;

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
pub(crate) async fn run(args: SyncArgs) -> Outcome {
    let patient = args.patient.open().await?;
    let nodes = patient.sync().await?;
    let out = Output::new(false);
    nodes.iter().for_each(|node| out.say(line(node)));
    let status = patient.status().await?;
    out.say(format_args!(
        "{}: {} accepted by the majority, {} final.",
        plural(status.blocks, "block"),
        status.certified.total(),
        status.settled.total()
    ));
    verdict(&nodes)
}

/// A changed key weighs more than a node that is away: somebody else may answer there.
fn verdict(nodes: &[SyncedNode]) -> Outcome {
    let changed: Vec<&str> =
        nodes.iter().filter(|node| node.shows_another_key).map(|node| node.name.as_str()).collect();
    if !changed.is_empty() {
        return Err(Failure::new(format!("{} shows another TLS key than its card", changed.join(", ")))
            .expected("the key that the card pins")
            .action("do as its line above says; it was sent nothing, every other node was"));
    }
    if nodes.iter().all(|node| node.error.is_some()) {
        return Err(Failure::new("no node took what waits: each line above says why").action(
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
