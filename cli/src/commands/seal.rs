//! `seal`: closes what is open and seals it into blocks now.

use crate::{
    exit::Outcome,
    output::{Output, plural},
    patient_args::PatientArgs,
};
use clap::Args;
use serde::Serialize;

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
pub(crate) async fn run(args: SealArgs, out: Output) -> Outcome {
    let blocks = args.patient.open().await?.seal().await?;
    let text = match blocks {
        0 => "Nothing was open: everything is sealed already.".to_owned(),
        blocks => format!("Sealed {}.", plural(blocks, "new block")),
    };
    out.tell(&Sealed { new_blocks: blocks }, [text])
}

/// What `--json` says.
#[derive(Serialize)]
struct Sealed {
    new_blocks: u64,
}
