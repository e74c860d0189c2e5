//! `clinic init`, `card`, `read`, `delegate`: reading as a grantee, every claim checked before a value is shown.

mod delegate;

use crate::{
    clinic_folder::{Ask, Clinic, ReadView},
    exit::{Failure, Outcome},
    files,
    output::{Output, plural, result_line},
    vitals::Vitals,
};
use clap::{Args, Subcommand};
use pulsebook_fhir::{BundleWriter, Source};
use pulsebook_protocol::{bytes::ChainId, card::GrantFile, grant::Purpose};
use serde::Serialize;
use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

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
            let make = if args.p256 { Clinic::create_p256 } else { Clinic::create };
            make(&args.dir, &args.name)?;
            Output::new(false).say(format_args!(
                "The clinic's keys are in {}. Next: pulsebook clinic card --dir {}",
                args.dir.display(),
                args.dir.display()
            ));
            Ok(())
        }
        ClinicCommand::Card(args) => card(&args),
        ClinicCommand::Read(args) => read(args).await,
        ClinicCommand::Delegate(args) => delegate::run(args).await,
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
    let ask = Ask { node: args.node.clone(), ..Ask::new(args.purpose) };
    let mut bundle = args.fhir.as_ref().map(|path| Bundle::begin(path, &grant.chain)).transpose()?;
    let (mut vitals, mut segments) = (Vitals::default(), 0);
    let read = clinic
        .read(&grant, &ask, &mut |segment| {
            segments += 1;
            vitals.add(segment.readings());
            let source = Source { sensor: segment.sensor(), origin: segment.origin() };
            bundle
                .as_mut()
                .map_or(Ok(0), |bundle| bundle.writer.write(source, segment.readings()))
                .map(drop)
                .map_err(Failure::from)
        })
        .await?;
    if read.refused.is_none() {
        bundle.map(Bundle::finish).transpose()?;
    }
    tell_left(&out, &read);
    read.sentence.iter().for_each(|sentence| out.say(sentence));
    if args.json {
        out.object(&Answer { read: &read, segments, vitals: &vitals })?;
    } else if read.refused.is_none() {
        vitals.lines().iter().for_each(|line| out.say(line));
        out.say(format_args!("{} from {}.", plural(segments, "segment"), read.node));
        read.checks.iter().for_each(|check| out.promise(check.held, &check.what));
        tell_compared(&out, &read);
    }
    verdict(&read)
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

/// A FHIR file that is written aside and takes its name when it is whole; a read that fails leaves nothing.
struct Bundle {
    writer: BundleWriter<BufWriter<File>>,
    aside: Aside,
}

struct Aside {
    part: PathBuf,
    path: PathBuf,
}

impl Bundle {
    fn begin(path: &Path, chain: &ChainId) -> Outcome<Bundle> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let (part, path) = (PathBuf::from(part), path.to_owned());
        let file = files::create(&part)?;
        let aside = Aside { part, path };
        Ok(Bundle { writer: BundleWriter::new(file, chain)?, aside })
    }

    fn finish(self) -> Outcome {
        self.writer.finish()?;
        Ok(std::fs::rename(&self.aside.part, &self.aside.path)?)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Renamed already when the read succeeded; then there is nothing to remove.
        let _ = std::fs::remove_file(&self.part);
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_bundle_takes_its_name_only_when_it_is_whole() {
        let dir = std::env::temp_dir().join(format!("pulsebook-bundle-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("readings.json");
        std::fs::write(&path, "the one before").unwrap();
        let begin = || Bundle::begin(&path, &ChainId::from_bytes([1; 32])).unwrap();
        drop(begin());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "the one before");
        begin().finish().unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("}\n"));
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1, "nothing is left aside");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
