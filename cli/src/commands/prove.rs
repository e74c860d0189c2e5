//! `prove`: one reading, with all that a stranger needs to check it and nothing of the readings beside it.

use crate::{exit::Outcome, files, output::Output, patient_args::PatientArgs, reading_name};
use clap::Args;
use pulsebook_core::record::ReadingName;
use serde::Serialize;
use std::path::PathBuf;

/// Options of `prove`.
#[derive(Args, Debug)]
#[command(
    after_help = "The proof shows the reading (of a stream its minute, one vital), its sensor, marks and origin, the block and its hour, and your record's public keys and nodes' labels: two proofs of one record can be seen to belong together. It shows no other reading. Whoever gets the file can show it on. Only readings that a quorum of your nodes holds can be proven.\n\nExample:\n  pulsebook show --list --dir my-record\n  pulsebook prove body-temperature@2026-03-01T12:00:00Z --out fever.proof --dir my-record\n  pulsebook verify --proof fever.proof"
)]
pub(crate) struct ProveArgs {
    /// The reading: `vital@time`, with `/sensor` when several measured it, as `pulsebook show --list` prints it
    #[arg(value_name = "READING", value_parser = reading_name::parse)]
    reading: ReadingName,
    #[command(flatten)]
    patient: PatientArgs,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Proves.
///
/// # Errors
/// No such reading, not settled yet, or the file is there already.
pub(crate) async fn run(args: ProveArgs, out: Output) -> Outcome {
    files::expect_new(&args.out, "proof")?;
    let proof = args.patient.open().await?.prove(&args.reading).await?;
    files::write_bytes(&args.out, &proof)?;
    let (file, bytes) = (args.out.display().to_string(), proof.len());
    let line = format!(
        "Proven: {bytes} bytes in {file}. Anybody can check it with `pulsebook verify --proof FILE`; tell them your chain's id yourself, so that they know whose it is."
    );
    out.tell(&Proven { file, bytes }, [line])
}

/// What `--json` says.
#[derive(Serialize)]
struct Proven {
    file: String,
    bytes: usize,
}
