//! `export`: the record's readings as one FHIR Bundle, or the record itself as a bundle that anybody can verify.

use crate::{
    bundle_file::verify_bundle,
    exit::{Failure, Outcome},
    files,
    output::{Output, bytes, plural},
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_fhir::{BundleWriter, Source};
use std::path::{Path, PathBuf};

/// Options of `export`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook export --dir my-record --out readings.json\n  pulsebook export --dir my-record --bundle my-record.bundle"
)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// The file to write: HL7 FHIR R4, a transaction Bundle
    #[arg(long, value_name = "FILE", required_unless_present = "bundle")]
    out: Option<PathBuf>,
    /// The file to write instead: the whole record sealed as it is, to be checked with `pulsebook verify --bundle`
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    bundle: Option<PathBuf>,
    /// Put the keys into the bundle too: whoever has the file then reads every reading in it, for ever
    #[arg(long, requires = "bundle")]
    with_keys: bool,
}

/// Exports everything that is kept.
///
/// # Errors
/// The file is there already, the record cannot be opened, or the file not written.
pub(crate) async fn run(args: ExportArgs) -> Outcome {
    match (&args.bundle, &args.out) {
        (Some(file), _) => bundle(file, &args).await,
        (None, Some(file)) => fhir(file, &args).await,
        (None, None) => Err(Failure::usage("name the file to write: --out FILE or --bundle FILE")),
    }
}

fn expect_new(file: &Path, what: &str) -> Outcome {
    if file.exists() {
        return Err(Failure::new(format!("{} is there already", file.display()))
            .expected(format!("a new file for the {what}"))
            .action("name another one; nothing was written"));
    }
    Ok(())
}

async fn fhir(file: &Path, args: &ExportArgs) -> Outcome {
    expect_new(file, "readings")?;
    let patient = args.patient.open().await?;
    let mut bundle = BundleWriter::new(files::create(file)?, &patient.chain())?;
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
        file.display()
    ));
    Ok(())
}

async fn bundle(file: &Path, args: &ExportArgs) -> Outcome {
    expect_new(file, "record")?;
    let patient = args.patient.open().await?;
    let exported = patient.export_bundle(args.with_keys, files::create_private(file)?).await;
    // Whoever is handed the file will check it: what is damaged here is found now and not there.
    let checked = exported.and_then(|written| {
        verify_bundle(file, Some(patient.chain())).map(|_| written).map_err(|error| {
            Failure::new(format!("the exported record does not verify: {error}"))
                .expected("every byte as it was sealed")
                .action("run `pulsebook verify --dir DIR`, which names what is damaged")
        })
    });
    // What is half a record, or a damaged one, is not left lying for somebody to rely on.
    let written = checked.inspect_err(|_| drop(std::fs::remove_file(file)))?;
    let (blocks, segments) = (plural(written.blocks, "block"), plural(written.segments, "segment"));
    let secrecy = if args.with_keys {
        "The keys are in it: whoever has the file reads every reading in it, for ever."
    } else {
        "It opens nothing: it shows when your record grew and how much, the sizes of its segments and your nodes' labels, and no reading."
    };
    let out = Output::new(false);
    out.say(format_args!(
        "{blocks} and {segments} in {} ({}), verified.",
        file.display(),
        bytes(written.bytes)
    ));
    out.say(secrecy);
    Ok(())
}
