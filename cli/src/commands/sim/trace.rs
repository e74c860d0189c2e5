//! `sim trace`: a scenario as a file, written while a record that is thrown away collects from it.

use crate::{
    commands::collect,
    exit::Outcome,
    moment,
    output::{Output, plural},
    patient::Throwaway,
    trace_file::{HowTraced, TraceFile},
};
use clap::Args;
use pulsebook_core::{
    ble::UnixMillis,
    clock::{Clock, ManualClock},
};
use serde::Serialize;
use std::path::PathBuf;

/// Options of `sim trace`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook sim trace rest rest.trace --duration 5m\n  pulsebook sim replay rest.trace"
)]
pub(crate) struct TraceArgs {
    /// A scenario of `pulsebook sim list`, or a scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Makes the simulated body; the same seed and start give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the simulated time begins [default: so that it ends now]
    #[arg(long, value_parser = moment::parse_start, value_name = "TIME")]
    start: Option<UnixMillis>,
    /// How much simulated time [default: as long as the scenario lasts]
    #[arg(long, value_parser = moment::parse_duration)]
    duration: Option<i64>,
    #[command(flatten)]
    how: HowTraced,
}

/// Writes the trace.
///
/// # Errors
/// No such scenario, or the file is there already or cannot be written.
pub(crate) async fn run(args: TraceArgs, out: Output) -> Outcome {
    let feed = collect::simulated(&args.scenario, args.seed, args.start, args.duration)?;
    let trace = TraceFile::begin(&args.file, &args.how, true, feed.now())?;
    let clock = ManualClock::at(feed.now());
    let record = Throwaway::make(&clock).await?;
    record.patient.collect(trace.of(feed, move || clock.now())).await?;
    let notifications = record.patient.counts().await?.notifications;
    record.end();
    trace.finish()?;
    let file = args.file.display().to_string();
    let line = format!(
        "Wrote {} to {file}; `pulsebook sim replay` plays it.",
        plural(notifications, "notification")
    );
    out.tell(&Traced { file, notifications }, [line])
}

/// What `--json` says.
#[derive(Serialize)]
struct Traced {
    file: String,
    notifications: u64,
}
