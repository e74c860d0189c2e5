//! `seal`: closes what is open and seals it into blocks now.

use crate::{
    exit::Outcome,
    output::{Output, plural},
    patient_args::PatientArgs,
};
use clap::Args;

/// Options of `seal`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook seal --dir my-record")]
pub(crate) struct SealArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

/// Seals.
///
/// # Errors
/// The record cannot be opened or written.
pub(crate) async fn run(args: SealArgs) -> Outcome {
    let blocks = args.patient.open().await?.seal().await?;
    let text = match blocks {
        0 => "Nothing was open: everything is sealed already.".to_owned(),
        blocks => format!("Sealed {}.", plural(blocks, "new block")),
    };
    Output::new(false).say(text);
    Ok(())
}
