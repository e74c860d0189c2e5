//! `grants`: what the patient has allowed.

use crate::{exit::Outcome, output::Output, patient::GrantView, patient_args::PatientArgs};
use clap::Args;
use serde::Serialize;

/// Options of `grants`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook grants --dir my-record")]
pub(crate) struct GrantsArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

/// Lists the grants.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: GrantsArgs, out: Output) -> Outcome {
    let listed = Listed { grants: args.patient.open().await?.grants().await? };
    let line = |grant: &GrantView| format!("{}: {}\n  {}", grant.id, grant.state, grant.sentence);
    let lines = match listed.grants.as_slice() {
        [] => vec!["Nothing is granted: nobody but you can read your record.".to_owned()],
        grants => grants.iter().map(line).collect(),
    };
    out.tell(&listed, lines)
}

/// What `--json` says.
#[derive(Serialize)]
struct Listed {
    grants: Vec<GrantView>,
}
