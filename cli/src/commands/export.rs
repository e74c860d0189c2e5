//! `export`: the record's readings as one FHIR Bundle, written as it goes.

use crate::{
    exit::{Failure, Outcome},
    files,
    output::{Output, plural},
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_fhir::{BundleWriter, Source};
use std::path::PathBuf;

/// Options of `export`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook export --dir my-record --out readings.json")]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// The file to write: HL7 FHIR R4, a transaction Bundle
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Exports everything sealed.
///
/// # Errors
/// The file is there already, the record cannot be opened, or the file not written.
pub(crate) async fn run(args: ExportArgs) -> Outcome {
    if args.out.exists() {
        return Err(Failure::new(format!("{} is there already", args.out.display()))
            .expected("a new file for the readings")
            .action("name another one; nothing was written"));
    }
    let patient = args.patient.open().await?;
    let mut bundle = BundleWriter::new(files::create(&args.out)?, &patient.chain())?;
    patient
        .each_hour(&mut |batch| {
            let source = Source { sensor: &batch.sensor, origin: batch.origin };
            bundle.write(source, batch.readings).map(drop).map_err(Failure::from)
        })
        .await?;
    let observations = bundle.finish()?;
    Output::new(false).say(format_args!(
        "{} in {}. The file is not sealed: keep it as you would keep a letter from your doctor.",
        plural(observations, "Observation"),
        args.out.display()
    ));
    Ok(())
}
