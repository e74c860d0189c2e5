//! `clinic init`, `card`, `read`: reading as a grantee, every claim checked before a value is shown.

use crate::{
    clinic_folder::{Ask, Clinic, ReadView},
    exit::{Failure, Outcome},
    files,
    output::{Output, plural, result_line},
    vitals::Vitals,
};
use clap::{Args, Subcommand};
use pulsebook_fhir::{BundleWriter, Source};
use pulsebook_protocol::{card::GrantFile, grant::Purpose};
use serde::Serialize;
use std::{fs::File, io::BufWriter, path::PathBuf};

/// Commands of a clinic.
#[derive(Subcommand, Debug)]
pub(crate) enum ClinicCommand {
    /// Make a clinic's folder: its request key and its receive key
    #[command(after_help = "Example:\n  pulsebook clinic init --dir cardiology --name \"Cardiology North\"")]
    Init(InitArgs),
    /// Write the card that a patient grants to
    #[command(after_help = "Example:\n  pulsebook clinic card --dir cardiology --out clinic-card.json")]
    Card(CardArgs),
    /// Read with a grant, check every claim, show the readings
    #[command(
        after_help = "Example:\n  pulsebook clinic read --dir cardiology --grant grant.json --purpose TREAT --fhir readings.json"
    )]
    Read(ReadArgs),
}

/// Options of `clinic init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The clinic's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Its name, as it stands on the card
    #[arg(long)]
    name: String,
}

/// Options of `clinic card`.
#[derive(Args, Debug)]
pub(crate) struct CardArgs {
    /// The clinic's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The file to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Options of `clinic read`.
#[derive(Args, Debug)]
pub(crate) struct ReadArgs {
    /// The clinic's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The grant file that the patient gave
    #[arg(long, value_name = "FILE")]
    grant: PathBuf,
    /// What for: TREAT, ETREAT, CAREMGT, COC, PATRQT, FAMRQT, HRESCH or PUBHLTH
    #[arg(long, value_parser = super::grant::parse_purpose)]
    purpose: Purpose,
    /// Only at the node with this name
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Write the readings as a FHIR R4 Bundle
    #[arg(long, value_name = "FILE")]
    fhir: Option<PathBuf>,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
///
/// # Errors
/// Another role's folder, a grant that is none, a refusal, a check that failed.
pub(crate) async fn run(command: ClinicCommand) -> Outcome {
    match command {
        ClinicCommand::Init(args) => {
            Clinic::create(&args.dir, &args.name)?;
            Output::new(false).say(format_args!(
                "The clinic's keys are in {}. Next: pulsebook clinic card --dir {}",
                args.dir.display(),
                args.dir.display()
            ));
            Ok(())
        }
        ClinicCommand::Card(args) => card(&args),
        ClinicCommand::Read(args) => read(args).await,
    }
}

fn card(args: &CardArgs) -> Outcome {
    let text = Clinic::open(&args.dir)?.card()?.to_json();
    match &args.out {
        None => result_line(&text),
        Some(path) => files::write(path, &text)?,
    }
    Ok(())
}

/// What `--json` says.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    read: &'a ReadView,
    segments: u64,
    vitals: &'a Vitals,
}

async fn read(args: ReadArgs) -> Outcome {
    let clinic = Clinic::open(&args.dir)?;
    let grant =
        files::read_as(&args.grant, "a grant file, as `pulsebook grant --out` writes it", GrantFile::parse)?;
    let out = Output::new(args.json);
    out.say(&grant.sentence);
    let ask = Ask { node: args.node.clone(), ..Ask::new(args.purpose) };
    let mut bundle = args.fhir.as_ref().map(|path| bundle(path, &grant)).transpose()?;
    let (mut vitals, mut segments) = (Vitals::default(), 0);
    let read = clinic
        .read(&grant, &ask, &mut |segment| {
            segments += 1;
            vitals.add(segment.readings());
            let source = Source { sensor: segment.sensor(), origin: segment.origin() };
            bundle
                .as_mut()
                .map_or(Ok(0), |bundle| bundle.write(source, segment.readings()))
                .map(drop)
                .map_err(Failure::from)
        })
        .await?;
    bundle.map(BundleWriter::finish).transpose()?;
    if args.json {
        out.object(&Answer { read: &read, segments, vitals: &vitals })?;
    } else if read.refused.is_none() {
        vitals.lines().iter().for_each(|line| out.say(line));
        out.say(format_args!("{} from {}.", plural(segments, "segment"), read.node));
        read.checks.iter().for_each(|check| out.promise(check.held, &check.what));
    }
    verdict(&read)
}

fn bundle(path: &std::path::Path, grant: &GrantFile) -> Outcome<BundleWriter<BufWriter<File>>> {
    Ok(BundleWriter::new(files::create(path)?, &grant.chain)?)
}

fn verdict(read: &ReadView) -> Outcome {
    if let Some(why) = &read.refused {
        return Err(Failure::new(format!("{} {why}", read.node))
            .action("ask the patient; the attempt is in their access entries"));
    }
    if read.checks.iter().any(|check| !check.held) {
        return Err(Failure::new(format!("not everything that {} served could be verified", read.node))
            .expected("every check to hold")
            .action("use nothing that failed; read at another node with --node, and tell the patient"));
    }
    Ok(())
}
