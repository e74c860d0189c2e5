//! `accesses`: who read, or tried to read, what, when and why, as each node has signed it.

use crate::{
    exit::Outcome,
    output::{Output, plural, table},
    patient::{AccessView, SyncedNode},
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_protocol::time_text;
use serde::Serialize;

/// Options of `accesses`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook accesses --dir my-record")]
pub(crate) struct AccessesArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

/// Pulls and lists them.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: AccessesArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let not_asked = patient.sync().await?.into_iter().filter_map(|node| {
        let SyncedNode { name, error, .. } = node;
        error.map(|why| NotAsked { name, why })
    });
    let listed = Listed { not_asked: not_asked.collect(), accesses: patient.accesses().await? };
    let troubles =
        listed.not_asked.iter().map(|node| format!("{} could not be asked: {}", node.name, node.why));
    let entries = match listed.accesses.as_slice() {
        [] => vec!["No access entry: nobody has read or tried to read.".to_owned()],
        accesses => lines(accesses),
    };
    out.tell(&listed, troubles.chain(entries))
}

/// What `--json` says.
#[derive(Serialize)]
struct Listed {
    not_asked: Vec<NotAsked>,
    accesses: Vec<AccessView>,
}

#[derive(Serialize)]
struct NotAsked {
    name: String,
    why: String,
}

/// A table of access entries.
pub(crate) fn lines(accesses: &[AccessView]) -> Vec<String> {
    let head = ["node", "no.", "when", "who", "what", "purpose", "outcome", "as of"];
    let row = |access: &AccessView| {
        vec![
            access.node.clone(),
            access.seq.to_string(),
            time_text::rfc3339(access.time_s),
            access.who.clone(),
            format!("{} {}", access.action, plural(access.segments, "segment")),
            access.purpose.clone(),
            access.outcome.clone(),
            access.as_of.clone(),
        ]
    };
    table(&head, &accesses.iter().map(row).collect::<Vec<_>>())
}
