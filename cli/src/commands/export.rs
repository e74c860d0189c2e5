//! `export`: the record's readings for other programs, or the record itself as a bundle that anybody can verify.

mod bulk;
mod record;

use crate::{
    exit::{Failure, Outcome},
    files::{self, Beside},
    output::{Output, plural},
    patient::{Patient, Wanted},
    patient_args::PatientArgs,
    reading_line::ReadingLine,
};
use clap::{Args, ValueEnum};
use pulsebook_fhir::{BundleWriter, Source};
use serde::Serialize;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Options of `export`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook export --dir my-record --out readings.json\n  pulsebook export --dir my-record --format ndjson --out fhir-files\n  pulsebook export --dir my-record --format readings --out readings.ndjson\n  pulsebook export --dir my-record --bundle my-record.bundle"
)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// The file to write; for `--format ndjson` the folder
    #[arg(long, value_name = "FILE", required_unless_present = "bundle")]
    out: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Fhir, conflicts_with = "bundle")]
    format: Format,
    /// The file to write instead: the whole record sealed as it is, to be checked with `pulsebook verify --bundle`
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    bundle: Option<PathBuf>,
    /// Put the keys into the bundle too: whoever has the file then reads every reading in it, for ever
    #[arg(long, requires = "bundle")]
    with_keys: bool,
    /// Replace what is there under this name
    #[arg(long)]
    force: bool,
}

/// In which form readings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// One HL7 FHIR R4 transaction Bundle
    Fhir,
    /// FHIR R4 as bulk data: a folder with Patient.ndjson, Device.ndjson and Observation.ndjson, a resource a line
    Ndjson,
    /// A reading a line: vital, value, unit, time, quality, sensor, block
    Readings,
}

/// Exports everything that is kept.
///
/// # Errors
/// The file is there already, the record cannot be opened, or the file not written.
pub(crate) async fn run(args: ExportArgs, out: Output) -> Outcome {
    let (path, what) = match (&args.bundle, &args.out) {
        (Some(file), _) => (file, "record"),
        (None, Some(path)) => (path, "readings"),
        (None, None) => return Err(Failure::usage("name the file to write: --out FILE or --bundle FILE")),
    };
    let may_fill = args.format == Format::Ndjson && bulk::is_empty(path);
    if !(args.force || may_fill) {
        files::expect_new(path, what)?;
    }
    let patient = args.patient.open().await?;
    let written = match args.format {
        _ if args.bundle.is_some() => return record::run(&patient, path, args.with_keys, out).await,
        Format::Fhir => fhir(&patient, path).await?,
        Format::Ndjson => bulk::run(&patient, path).await?,
        Format::Readings => readings(&patient, path).await?,
    };
    let what = if args.format == Format::Readings { "reading" } else { "Observation" };
    let file = path.display().to_string();
    let line = format!(
        "{} in {file}. What lies there is not sealed: keep it as you would keep a letter from your doctor.",
        plural(written, what)
    );
    let (observations, readings) = match args.format {
        Format::Readings => (None, Some(written)),
        _ => (Some(written), None),
    };
    out.tell(&Written { file, format: args.format, observations, readings }, [line])
}

/// What `--json` says.
#[derive(Serialize)]
struct Written {
    file: String,
    format: Format,
    observations: Option<u64>,
    readings: Option<u64>,
}

async fn fhir(patient: &Patient, path: &Path) -> Outcome<u64> {
    let mut file = Beside::begin(path)?;
    let mut bundle = BundleWriter::new(&mut file, &patient.chain())?;
    patient
        .each_hour(Wanted::default(), &mut |batch| {
            let source = Source { sensor: &batch.sensor, origin: batch.origin };
            bundle.write(source, batch.readings()).map(drop).map_err(Failure::from)
        })
        .await?;
    let observations = bundle.finish()?;
    file.finish()?;
    Ok(observations)
}

async fn readings(patient: &Patient, path: &Path) -> Outcome<u64> {
    let (mut file, mut written) = (Beside::begin(path)?, 0);
    patient
        .each_hour(Wanted::default(), &mut |batch| {
            for kept in &batch.kept {
                let line = ReadingLine::new(&kept.reading, &batch.sensor.id).kept(batch.origin, kept.block);
                serde_json::to_writer(&mut file, &line)?;
                file.write_all(b"\n")?;
                written += 1;
            }
            Ok(())
        })
        .await?;
    file.finish()?;
    Ok(written)
}
