//! `clinic init`, `card`, `read`, `delegate`: reading as a grantee, every claim checked before a value is shown.

mod delegate;

use super::card::{CardArgs, Made};
use crate::{
    clinic_folder::{Ask, Clinic, ReadView},
    exit::{Failure, Kind, Outcome},
    files::{self, Beside},
    output::{Output, plural},
    vitals::Vitals,
};
use clap::{Args, Subcommand};
use pulsebook_fhir::{BundleWriter, Source};
use pulsebook_protocol::{card::GrantFile, grant::Purpose};
use serde::Serialize;
use std::path::PathBuf;

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
        after_help = "Example:\n  pulsebook clinic read --dir cardiology --grant grant.json --purpose TREAT --fhir readings.json\n\nEnds with 0 when every node that was asked kept to the rules, with 3 when the readings are whole and verified but a node sent\nsomething that does not hold, with 1 when there are no readings."
    )]
    Read(ReadArgs),
    /// Pass a grant on to another clinic or clinician, narrowed; only if the patient allowed it
    #[command(
        after_help = "Example:\n  pulsebook clinic delegate --dir cardiology --grant grant.json --to dr-linden-card.json \\\n    --categories heart --until 2026-12-01T00:00:00Z --out for-dr-linden.json"
    )]
    Delegate(delegate::DelegateArgs),
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
    /// P-256 keys, as the secure hardware of phones and HSMs holds them (not safe from a future quantum computer)
    #[arg(long)]
    p256: bool,
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
}

/// Runs one of them.
///
/// # Errors
/// Another role's folder, a grant that is none, a refusal, a check that failed.
pub(crate) async fn run(command: ClinicCommand, out: Output) -> Outcome {
    match command {
        ClinicCommand::Init(args) => {
            let make = if args.p256 { Clinic::create_p256 } else { Clinic::create };
            make(&args.dir, &args.name)?;
            let dir = args.dir.display().to_string();
            let line = format!("The clinic's keys are in {dir}. Next: pulsebook clinic card --dir {dir}");
            out.tell(&Made { dir, name: args.name }, [line])
        }
        ClinicCommand::Card(args) => args.write(&Clinic::open(&args.dir)?.card()?.to_json(), out),
        ClinicCommand::Read(args) => read(args, out).await,
        ClinicCommand::Delegate(args) => delegate::run(args, out).await,
    }
}

/// What `--json` says.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    read: &'a ReadView,
    segments: u64,
    vitals: &'a Vitals,
}

async fn read(args: ReadArgs, out: Output) -> Outcome {
    let clinic = Clinic::open(&args.dir)?;
    let grant =
        files::read_as(&args.grant, "a grant file, as `pulsebook grant --out` writes it", GrantFile::parse)?;
    let ask = Ask { node: args.node.clone(), ..Ask::new(args.purpose) };
    let mut file = args.fhir.as_deref().map(Beside::begin).transpose()?;
    let mut bundle = file.as_mut().map(|file| BundleWriter::new(file, &grant.chain)).transpose()?;
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
    if read.refused.is_none() {
        bundle.map(BundleWriter::finish).transpose()?;
        file.map(Beside::finish).transpose()?;
    }
    tell_left(&out, &read);
    read.sentence.iter().for_each(|sentence| out.say(sentence));
    if !out.is_json() && read.refused.is_none() {
        vitals.lines().iter().for_each(|line| out.say(line));
        out.say(format_args!("{} from {}.", plural(segments, "segment"), read.node));
        read.checks.iter().for_each(|check| out.promise(check.held, &check.what));
        tell_compared(&out, &read);
    }
    out.answer(&Answer { read: &read, segments, vitals: &vitals }, verdict(&read))
}

fn tell_left(out: &Output, read: &ReadView) {
    for line in &read.left_lines {
        if line.wrong { out.promise(false, &line.text) } else { out.say(format_args!("  {}", line.text)) }
    }
}

/// What other nodes had to say, and what a delegate has no key for.
fn tell_compared(out: &Output, read: &ReadView) {
    match read.compared_with.as_slice() {
        [] => out.say("No second node could be asked whether there is more."),
        nodes => out.say(format_args!("Also read to its end at {}.", nodes.join(", "))),
    }
    for node in &read.behind {
        let words = format!(
            "{node} lacks the newest releases: the patient has not synced with it yet, or it hides them"
        );
        out.promise(false, &words);
    }
    if read.without_key > 0 {
        out.say(format_args!(
            "{} released after the grant was passed on: ask whoever passed it on for a new file.",
            plural(read.without_key, "segment")
        ));
    }
}

fn verdict(read: &ReadView) -> Outcome {
    if let Some(why) = &read.refused {
        return Err(Failure::new(format!("{} {why}", read.node))
            .of(Kind::Refused)
            .action("ask the patient; the attempt is in their access entries"));
    }
    if read.checks.iter().any(|check| !check.held) {
        return Err(Failure::new(format!("not everything that {} served could be verified", read.node))
            .of(Kind::NotVerified)
            .expected("every check to hold")
            .action("use nothing that failed; read at another node with --node, and tell the patient"));
    }
    match read.left_lines.iter().filter(|line| line.wrong).count() as u64 {
        0 => Ok(()),
        wrong => Err(Failure::done_but_wrong(format!(
            "{} sent something that does not hold",
            plural(wrong, "node")
        ))
        .expected("every answer to verify; what is shown above comes from other nodes and does")
        .action("tell the patient and the operators which nodes are named above")),
    }
}
