//! `accesses`: who read, or tried to read, what, when and why, as each node has signed it.

use crate::{
    exit::Outcome,
    output::{Output, table},
    patient::AccessView,
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_protocol::time_text;

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
pub(crate) async fn run(args: AccessesArgs) -> Outcome {
    let patient = args.patient.open().await?;
    let out = Output::new(false);
    for node in patient.sync().await?.iter().filter(|node| node.error.is_some()) {
        out.say(format_args!(
            "{} could not be asked: {}",
            node.name,
            node.error.as_deref().unwrap_or_default()
        ));
    }
    let accesses = patient.accesses().await?;
    if accesses.is_empty() {
        out.say("No access entry: nobody has read or tried to read.");
        return Ok(());
    }
    lines(&accesses).iter().for_each(|line| out.say(line));
    Ok(())
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
            format!("{} {} segments", access.action, access.segments),
            access.purpose.clone(),
            access.outcome.clone(),
            access.as_of.clone(),
        ]
    };
    table(&head, &accesses.iter().map(row).collect::<Vec<_>>())
}
