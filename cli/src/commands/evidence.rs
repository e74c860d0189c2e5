//! `evidence`: the raw notifications behind the readings: how long they are kept, what there is, and handing them out.

mod export;

use crate::{
    exit::Outcome,
    output::{Output, bytes, plural, table},
    patient_args::PatientArgs,
};
use clap::{Args, Subcommand};
use pulsebook_core::store::{EvidenceClass, EvidenceFile, Keep, Removed};
use pulsebook_protocol::time_text;
use serde::Serialize;

/// What can be done with evidence.
#[derive(Subcommand, Debug)]
pub(crate) enum EvidenceCommand {
    /// Say how long raw notifications are kept; without a choice, show it
    Keep(KeepArgs),
    /// List the files of raw notifications, also those that were removed
    List(ListArgs),
    /// Write raw notifications with all that is needed to check them against the sealed segments
    Export(export::ExportArgs),
}

/// Options of `evidence keep`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook evidence keep --streams 30d --dir my-record")]
pub(crate) struct KeepArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// Behind streams such as heart rate: a number of days such as `30d`, `forever` or `none`
    #[arg(long, value_name = "TIME")]
    streams: Option<Keep>,
    /// Behind spot measurements such as blood pressure, in the same words
    #[arg(long, value_name = "TIME")]
    spots: Option<Keep>,
}

/// Options of `evidence list`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook evidence list --dir my-record")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

#[derive(Serialize)]
struct Kept {
    streams: String,
    spots: String,
    removed_files: u64,
    removed_bytes: u64,
}

#[derive(Serialize)]
struct Listed {
    files: Vec<ListedFile>,
}

#[derive(Serialize)]
struct ListedFile {
    block: u64,
    class: String,
    sealed_at_s: u64,
    bytes: u64,
    notifications: u64,
    segments: usize,
    removed_at_s: Option<u64>,
}

/// Does what was asked.
///
/// # Errors
/// The record cannot be opened or written, or evidence is damaged.
pub(crate) async fn run(command: EvidenceCommand, out: Output) -> Outcome {
    match command {
        EvidenceCommand::Keep(args) => keep(args, out).await,
        EvidenceCommand::List(args) => list(args, out).await,
        EvidenceCommand::Export(args) => export::run(args, out).await,
    }
}

async fn keep(args: KeepArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let record = patient.record();
    let mut removed = record.evidence_removed_at_opening();
    let chosen = [(EvidenceClass::Streams, args.streams), (EvidenceClass::Spots, args.spots)];
    for (class, keep) in chosen {
        if let Some(keep) = keep {
            removed = removed.plus(record.keep_evidence(class, keep).await?);
        }
    }
    let keeping = record.evidence_keeping().await?;
    if out.is_json() {
        let Removed { files, bytes } = removed;
        let (streams, spots) = (keeping.streams.to_string(), keeping.spots.to_string());
        return out.object(&Kept { streams, spots, removed_files: files, removed_bytes: bytes });
    }
    out.say(format_args!("Raw notifications of streams are kept {}.", words(keeping.streams)));
    out.say(format_args!("Raw notifications of spot measurements are kept {}.", words(keeping.spots)));
    say_removed(&out, removed);
    Ok(())
}

fn words(keep: Keep) -> String {
    match keep {
        Keep::None => "not at all".to_owned(),
        Keep::Days(days) => format!("for {} after sealing", plural(days.into(), "day")),
        Keep::Forever => "for good".to_owned(),
    }
}

fn say_removed(out: &Output, removed: Removed) {
    if removed.files > 0 {
        out.say(format_args!(
            "Removed {} ({}) that were kept long enough; the readings stay.",
            plural(removed.files, "file"),
            bytes(removed.bytes)
        ));
    }
}

async fn list(args: ListArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let files = patient.record().evidence_files().await?;
    if out.is_json() {
        return out.object(&Listed { files: files.iter().map(listed).collect() });
    }
    say_removed(&out, patient.record().evidence_removed_at_opening());
    if files.is_empty() {
        out.say("There are no raw notifications yet: they are written when a block is sealed.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = files.iter().map(|file| row(&listed(file))).collect();
    let head = ["block", "of", "sealed", "segments", "notifications", "size", "state"];
    table(&head, &rows).iter().for_each(|line| out.say(line));
    Ok(())
}

fn listed(file: &EvidenceFile) -> ListedFile {
    ListedFile {
        block: file.height,
        class: file.class.to_string(),
        sealed_at_s: file.sealed_at,
        bytes: file.bytes,
        notifications: file.segments.iter().map(|(_, count)| u64::from(*count)).sum(),
        segments: file.segments.len(),
        removed_at_s: file.removed_at,
    }
}

fn row(file: &ListedFile) -> Vec<String> {
    let state = file.removed_at_s.map_or_else(
        || "there".to_owned(),
        |at| format!("removed {}, kept long enough", time_text::minute_utc(at)),
    );
    let of_those_there = |count: String| if file.removed_at_s.is_some() { "–".to_owned() } else { count };
    vec![
        file.block.to_string(),
        file.class.clone(),
        time_text::minute_utc(file.sealed_at_s),
        of_those_there(file.segments.to_string()),
        of_those_there(file.notifications.to_string()),
        bytes(file.bytes),
        state,
    ]
}
