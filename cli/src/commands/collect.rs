//! `collect`: from sensors into the record, over Bluetooth, simulated, or from a recording.

mod ble;
mod states;

use crate::{
    exit::{Failure, Outcome},
    feed::Feed,
    moment,
    output::{Output, plural},
    patient_args::PatientArgs,
    zone,
};
use clap::Args;
use jiff::tz::TimeZone;
use pulsebook_core::{ble::UnixMillis, decode::RECORDABLE, store::Counts};
use pulsebook_sensor_sim::Scenario;
use serde::Serialize;
use std::path::PathBuf;

/// Simulated time unless the user says how much: ten minutes in milliseconds.
const SIMULATED: i64 = 600_000;

/// Options of `collect`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook collect --dir my-record --ble\n  pulsebook collect --dir my-record --sim rest --duration 1h"
)]
pub(crate) struct CollectArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// Sensors over Bluetooth, until Ctrl-C: those named here (as `pulsebook scan` or `pulsebook sensors` names them), or all
    #[arg(long, value_name = "SENSOR", num_args = 0..)]
    ble: Option<Vec<String>>,
    /// Simulated wearables: a scenario of `pulsebook sim list`, or a scenario file
    #[arg(long, value_name = "SCENARIO", required_unless_present_any = ["replay", "ble"], conflicts_with_all = ["replay", "ble"])]
    sim: Option<String>,
    /// A recording (CSV `t_ms,value`) as heart-rate notifications
    #[arg(long, value_name = "FILE", conflicts_with = "ble")]
    replay: Option<PathBuf>,
    /// Makes the simulated body; the same seed and start give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the simulated time begins [default: so that it ends now]
    #[arg(long, value_parser = moment::parse_start, value_name = "TIME", conflicts_with = "ble")]
    start: Option<UnixMillis>,
    /// How long; how much simulated time [default: 10m; over Bluetooth until Ctrl-C]
    #[arg(long, value_parser = moment::parse_duration)]
    duration: Option<i64>,
    /// The time zone that local clocks of sensors go by, such as Europe/Berlin [default: this device's]
    #[arg(long, value_parser = zone::parse_zone, value_name = "ZONE", requires = "ble")]
    zone: Option<TimeZone>,
    /// One line a reading, as soon as it is kept; with --json one object a line, the summary last
    #[arg(long)]
    each: bool,
}

/// Collects until the wearables have finished.
///
/// # Errors
/// No such scenario or recording, or the record cannot keep what comes.
pub(crate) async fn run(mut args: CollectArgs, out: Output) -> Outcome {
    if let Some(sensors) = args.ble.take() {
        return ble::run(args, sensors, out).await;
    }
    let feed = feed(&args)?;
    let patient = args.patient.open_at(feed.now()).await?;
    let before = patient.counts().await?;
    let sent = feed.sent();
    if args.each {
        patient.collect_aloud(feed.stepwise(), out).await?;
    } else {
        patient.collect(feed).await?;
    }
    let collected = Collected::between(before, patient.counts().await?);
    if !out.is_json() {
        out.say(collected.line());
    }
    out.answer(&collected, sent.finished())
}

/// What `--json` says.
#[derive(Serialize)]
struct Collected {
    notifications: u64,
    readings: u64,
    absent: u64,
    marked: u64,
    malformed: u64,
}

impl Collected {
    fn between(before: Counts, after: Counts) -> Collected {
        Collected {
            notifications: after.notifications - before.notifications,
            readings: after.readings - before.readings,
            absent: after.absent - before.absent,
            marked: after.marked - before.marked,
            malformed: after.malformed - before.malformed,
        }
    }

    fn line(&self) -> String {
        format!(
            "{} became {}: {} without a value, {} marked; {} kept raw because malformed.",
            plural(self.notifications, "notification"),
            plural(self.readings, "reading"),
            self.absent,
            self.marked,
            self.malformed,
        )
    }
}

fn feed(args: &CollectArgs) -> Outcome<Feed> {
    if let Some(path) = &args.replay {
        return Feed::replayed(path);
    }
    let name = args
        .sim
        .as_deref()
        .ok_or_else(|| Failure::usage("name a scenario with --sim, or a recording with --replay"))?;
    let scenario = Scenario::load(name)?;
    let duration = args.duration.unwrap_or(SIMULATED);
    let start = args.start.unwrap_or_else(|| moment::now() - duration);
    if !RECORDABLE.contains(&start.saturating_add(duration)) {
        return Err(Failure::usage(
            "--start and --duration reach beyond 9999-12-30, the last day a record holds",
        ));
    }
    Ok(Feed::simulated(&scenario, args.seed, start, duration))
}
