//! `evidence export`: one JSON line a segment, then one a notification; docs/protocol.md §14 says how to check them.

use crate::{
    exit::{Failure, Kind, Outcome},
    files, moment,
    output::{Output, plural},
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_core::{
    ble::UnixMillis,
    record::{Record, SegmentEvidence},
    store::RawNotification,
};
use serde::Serialize;
use std::{io::Write, path::PathBuf};

/// Options of `evidence export`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook evidence export --out evidence.ndjson --sensor sysid-123456fffe9abcde --dir my-record"
)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// The file to write, one JSON object a line
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// Also the notifications that no decoder understood, after all others
    #[arg(long)]
    malformed: bool,
    /// Only segments of this sensor (its identity, as `show` and `sensors` give it)
    #[arg(long, value_name = "SENSOR")]
    sensor: Option<String>,
    /// Only segments that reach beyond this time
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME")]
    from: Option<UnixMillis>,
    /// Only segments that begin before this time
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME")]
    before: Option<UnixMillis>,
}

#[derive(Serialize)]
struct SegmentLine<'a> {
    pulsebook: &'static str,
    chain: String,
    block: u64,
    slot: u8,
    category: String,
    from_ms: i64,
    to_ms: i64,
    sensor: &'a str,
    kind: &'a str,
    origin: u8,
    decoder_version: u16,
    evidence_root: String,
    seed: String,
    notifications: usize,
}

#[derive(Serialize)]
struct MalformedLine<'a> {
    pulsebook: &'static str,
    sensor: &'a str,
    #[serde(flatten)]
    notification: NotificationLine,
}

#[derive(Serialize)]
struct NotificationLine {
    service: String,
    characteristic: String,
    instance: u16,
    received_at_ms: i64,
    bytes: String,
}

/// Writes what stands behind the chosen segments; each is held against the root in its segment first.
///
/// # Errors
/// The record cannot be opened, the file cannot be written, or evidence is damaged: what is sound was written then.
pub(crate) async fn run(args: ExportArgs, out: Output) -> Outcome {
    if !args.force {
        files::expect_new(&args.out, "raw notifications")?;
    }
    let patient = args.patient.open().await?;
    let record = patient.record();
    let mut file = files::Beside::begin(&args.out)?;
    let (mut segments, mut notifications, mut damaged) = (0, 0, Vec::new());
    for kept in record.evidence_files().await? {
        for (slot, _) in kept.segments {
            let shown = match record.segment_evidence(kept.height, slot).await {
                Ok(Some(shown)) if wanted(&args, &shown) => shown,
                Ok(_) => continue,
                Err(error) => {
                    damaged.push(format!("block {}, slot {slot}: {error}", kept.height));
                    continue;
                }
            };
            notifications += write_segment(&mut file, record, &shown)?;
            segments += 1;
        }
    }
    let malformed = if args.malformed { write_malformed(&mut file, record, &args).await? } else { 0 };
    file.finish()?;
    let written =
        Written { file: args.out.display().to_string(), segments, notifications, malformed, damaged };
    if !out.is_json() {
        written.lines(args.malformed).iter().for_each(|line| out.say(line));
    }
    out.answer(&written, written.verdict())
}

/// What `--json` says.
#[derive(Serialize)]
struct Written {
    file: String,
    segments: u64,
    notifications: u64,
    malformed: u64,
    damaged: Vec<String>,
}

impl Written {
    fn lines(&self, with_malformed: bool) -> Vec<String> {
        let behind = format!(
            "Wrote {} behind {} to {}; each segment's root was checked.",
            plural(self.notifications, "notification"),
            plural(self.segments, "segment"),
            self.file
        );
        let malformed =
            || format!("Wrote {} that no decoder understood.", plural(self.malformed, "notification"));
        [behind].into_iter().chain(with_malformed.then(malformed)).collect()
    }

    fn verdict(&self) -> Outcome {
        if self.damaged.is_empty() {
            return Ok(());
        }
        let damaged = self.damaged.join("; ");
        Err(Failure::new(format!("evidence is damaged and was left out: {damaged}"))
            .of(Kind::NotVerified)
            .action("put the folder `evidence` back from a backup, then export again"))
    }
}

/// They stand behind no segment, so nothing can be checked but that they were sealed here.
async fn write_malformed(out: &mut impl Write, record: &Record, args: &ExportArgs) -> Outcome<u64> {
    let (mut from, mut written) = (0, 0);
    while let Some((number, page)) = record.malformed_page(from).await? {
        from = number + 1;
        let of_sensor = |sensor: &String| args.sensor.as_ref().is_none_or(|wanted| wanted == sensor);
        for (sensor, raw) in page.iter().filter(|(sensor, _)| of_sensor(sensor)) {
            let line = MalformedLine { pulsebook: "malformed/1", sensor, notification: line(raw) };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
            written += 1;
        }
    }
    Ok(written)
}

fn wanted(args: &ExportArgs, shown: &SegmentEvidence) -> bool {
    args.sensor.as_ref().is_none_or(|sensor| *sensor == shown.sensor.id)
        && args.from.is_none_or(|from| shown.range.end > from)
        && args.before.is_none_or(|before| shown.range.start < before)
}

fn write_segment(out: &mut impl Write, record: &Record, shown: &SegmentEvidence) -> Outcome<u64> {
    let evidence = shown.evidence.evidence();
    let head = SegmentLine {
        pulsebook: "evidence/1",
        chain: record.chain().to_string(),
        block: shown.height,
        slot: shown.slot,
        category: shown.category.name().to_owned(),
        from_ms: shown.range.start,
        to_ms: shown.range.end,
        sensor: &shown.sensor.id,
        kind: &shown.sensor.kind,
        origin: shown.sensor.origin.wire(),
        decoder_version: shown.decoder_version,
        evidence_root: shown.root.to_string(),
        seed: hex(evidence.seed.expose()),
        notifications: evidence.notifications.len(),
    };
    writeln!(out, "{}", serde_json::to_string(&head)?)?;
    for raw in &*evidence.notifications {
        writeln!(out, "{}", serde_json::to_string(&line(raw))?)?;
    }
    Ok(u64::try_from(evidence.notifications.len()).unwrap_or(u64::MAX))
}

fn line(raw: &RawNotification) -> NotificationLine {
    NotificationLine {
        service: format!("{:04x}", raw.service),
        characteristic: format!("{:04x}", raw.characteristic),
        instance: raw.instance,
        received_at_ms: raw.received_at,
        bytes: hex(&raw.bytes.0),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
