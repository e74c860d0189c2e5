//! `status`: what waits, and which node is behind, in words.

use crate::{
    exit::Outcome,
    output::{Output, plural},
    patient::{NodeProgress, StatusView},
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_protocol::time_text;

/// Options of `status`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook status --dir my-record")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

/// Tells the state.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: StatusArgs, out: Output) -> Outcome {
    let status = args.patient.open().await?.status().await?;
    out.tell(&status, sentences(&status))
}

fn sentences(status: &StatusView) -> Vec<String> {
    let mut lines = vec![
        format!("Record {}, epoch {}.", status.chain, status.epoch),
        format!(
            "{} from {}; {} malformed and kept raw.",
            plural(status.readings, "reading"),
            plural(status.notifications, "notification"),
            status.malformed
        ),
    ];
    match status.quorum {
        None => lines.push(format!("{} sealed here. There is no circle yet: nothing waits to be sent. Name nodes with `pulsebook circle add CARD`.", plural(status.blocks, "block"))),
        Some(quorum) => lines.push(format!(
            "{} sealed here: {} accepted by the majority ({quorum} of {} nodes; {} directly, {} covered), {} final.",
            plural(status.blocks, "block"),
            status.certified.total(),
            status.nodes.len(),
            status.certified.direct,
            status.certified.covered,
            status.settled.total(),
        )),
    }
    lines.extend(status.nodes.iter().map(node));
    lines.extend(
        (status.waiting_readings > 0)
            .then(|| format!("{} not sealed yet.", plural(status.waiting_readings, "reading"))),
    );
    lines.extend(promised(status));
    if status.quorum.is_some() {
        lines.push(
            "Nodes do not speak to each other yet: how fresh they are comes from this device's sync alone."
                .to_owned(),
        );
    }
    lines.extend(
        status.fenced.iter().map(|why| format!("This device keeps collecting but signs nothing: {why}")),
    );
    lines.extend((status.evidence_removed > 0).then(|| {
        let files = plural(status.evidence_removed, "file");
        format!("Removed {files} of raw notifications that were kept long enough; the readings stay.")
    }));
    lines.extend(status.left_undone.iter().map(|what| format!("Left undone: {what}")));
    lines.extend(status.damage.iter().map(|what| format!("Damaged: {what}")));
    lines
}

/// What so many nodes can and cannot promise.
pub(crate) fn promised(status: &StatusView) -> Vec<String> {
    let mut lines = vec![format!("What this gives you: {}.", status.promise)];
    lines.extend(status.can.iter().map(|line| format!("  + {line}")));
    lines.extend(status.cannot.iter().map(|line| format!("  - {line}")));
    lines
}

fn node(node: &NodeProgress) -> String {
    let standing = match node.behind {
        0 => "has everything that was sent".to_owned(),
        behind => format!("behind by {}; the next sync sends it", plural(behind, "block")),
    };
    let Some(trouble) = &node.trouble else { return format!("  {}: {standing}", node.name) };
    let reached = node.last_reached_s.map_or_else(
        || "it was never reached".to_owned(),
        |at| format!("last reached {}", time_text::minute_utc(at)),
    );
    format!("  {}: {standing}. The last sync with it failed ({reached}): {trouble}", node.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_behind_is_said_in_words() {
        let trouble = Some("it shows another key".to_owned());
        let behind = NodeProgress { name: "GP".into(), blocks: 3, behind: 2, trouble, last_reached_s: None };
        let status = StatusView { blocks: 5, quorum: Some(1), nodes: vec![behind], ..StatusView::default() };
        let text = sentences(&status).join("\n");
        assert!(text.contains("GP: behind by 2 blocks; the next sync sends it"), "{text}");
        assert!(text.contains("failed (it was never reached): it shows another key"), "{text}");
    }
}
