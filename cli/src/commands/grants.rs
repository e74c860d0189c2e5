//! `grants`: what the patient has allowed.

use crate::{exit::Outcome, output::Output, patient_args::PatientArgs};
use clap::Args;

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
pub(crate) async fn run(args: GrantsArgs) -> Outcome {
    let grants = args.patient.open().await?.grants().await?;
    let out = Output::new(false);
    if grants.is_empty() {
        out.say("Nothing is granted: nobody but you can read your record.");
    }
    for grant in grants {
        out.say(format_args!(
            "{}: {}
  {}",
            grant.id, grant.state, grant.sentence
        ));
    }
    Ok(())
}
