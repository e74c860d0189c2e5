//! `collect`: from sensors into the record, over Bluetooth, simulated, or from a trace or recording; written down if wished.

mod ble;
mod states;

use crate::{
    exit::{Failure, Outcome},
    feed::Feed,
    moment,
    output::{Output, plural},
    patient::Patient,
    patient_args::PatientArgs,
    trace_file::{HowTraced, TraceFile},
    zone,
};
use clap::Args;
use jiff::tz::TimeZone;
use pulsebook_core::{
    ble::UnixMillis,
    clock::{Clock, ManualClock},
    decode::RECORDABLE,
    store::Counts,
};
use pulsebook_sensor_sim::Scenario;
use serde::Serialize;
use std::path::PathBuf;

/// Simulated time unless the scenario or the user says how much: ten minutes in milliseconds.
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
    /// A trace, as it was; or a recording (CSV `t_ms,value`) as heart-rate notifications
    #[arg(long, value_name = "FILE", conflicts_with = "ble")]
    replay: Option<PathBuf>,
    /// Write down what goes to and from the sensors, for `--replay`; it holds what they measure, so keep it as you keep your record
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    how_traced: HowTraced,
    /// Makes the simulated body; the same seed and start give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the simulated time begins [default: so that it ends now]
    #[arg(long, value_parser = moment::parse_start, value_name = "TIME", conflicts_with = "ble")]
    start: Option<UnixMillis>,
    /// How long; how much simulated time [default: as long as the scenario lasts, else 10m; over Bluetooth until Ctrl-C]
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
    let trace = trace(&args, feed.is_simulated(), feed.now())?;
    let clock = ManualClock::at(feed.now());
    let patient = args.patient.open_by(&clock).await?;
    take(&patient, (feed, &clock), trace.as_ref(), (args.each, out)).await
}

/// Collects from a feed, traced if that is wished, and says what came.
///
/// # Errors
/// The record cannot keep what comes, the feed has a bad line, or the trace cannot be written.
pub(crate) async fn take(
    patient: &Patient,
    (feed, clock): (Feed, &ManualClock),
    trace: Option<&TraceFile>,
    (each, out): (bool, Output),
) -> Outcome {
    let (before, sent) = (patient.counts().await?, feed.sent());
    let feed = feed.followed_by(clock);
    let feed = if each { feed.stepwise() } else { feed };
    let shown = clock.clone();
    let sensors = match trace {
        Some(trace) => trace.of(feed, move || shown.now()),
        None => Box::new(feed),
    };
    match each {
        true => patient.collect_aloud(sensors, out).await?,
        false => patient.collect(sensors).await?,
    };
    let collected = Collected::between(before, patient.counts().await?);
    if !out.is_json() {
        out.say(collected.line());
    }
    let written = trace.map_or(Ok(()), TraceFile::finish);
    out.answer(&collected, sent.finished().and(written))
}

/// The trace, if one is wished.
fn trace(args: &CollectArgs, simulated: bool, start: UnixMillis) -> Outcome<Option<TraceFile>> {
    match &args.trace {
        Some(path) => TraceFile::begin(path, &args.how_traced, simulated, start).map(Some),
        None if args.how_traced.is_said() => {
            Err(Failure::usage("--redact and --force are about a trace; name it with --trace FILE"))
        }
        None => Ok(None),
    }
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
        .ok_or_else(|| Failure::usage("name a scenario with --sim, or a trace or recording with --replay"))?;
    simulated(name, args.seed, args.start, args.duration)
}

/// Feeds from a scenario.
///
/// # Errors
/// There is none of that name, or the time ends after the last that a record holds.
pub(crate) fn simulated(
    name: &str,
    seed: u64,
    start: Option<UnixMillis>,
    duration: Option<i64>,
) -> Outcome<Feed> {
    let scenario = Scenario::load(name)?;
    let duration = duration.or(scenario.lasts_ms).unwrap_or(SIMULATED);
    let start = start.unwrap_or_else(|| moment::now() - duration);
    if !RECORDABLE.contains(&start.saturating_add(duration)) {
        return Err(Failure::usage(
            "--start and --duration reach beyond 9999-12-30, the last day a record holds",
        ));
    }
    Ok(Feed::simulated(&scenario, seed, start, duration))
}
