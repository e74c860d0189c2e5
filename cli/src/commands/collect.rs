//! `collect`: from wearables into the record; simulated ones now, real Bluetooth follows.

use crate::{
    exit::{Failure, Outcome},
    feed::Feed,
    moment,
    output::{Output, plural},
    patient_args::PatientArgs,
};
use clap::Args;
use pulsebook_core::{ble::UnixMillis, decode::RECORDABLE};
use pulsebook_sensor_sim::Scenario;
use std::path::PathBuf;

/// Options of `collect`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook collect --dir my-record --sim rest --duration 1h")]
pub(crate) struct CollectArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// Simulated wearables: a scenario of `pulsebook sim list`, or a scenario file
    #[arg(long, value_name = "SCENARIO", required_unless_present = "replay", conflicts_with = "replay")]
    sim: Option<String>,
    /// A recording (CSV `t_ms,value`) as heart-rate notifications
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Makes the simulated body; the same seed and start give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the simulated time begins [default: so that it ends now]
    #[arg(long, value_parser = moment::parse_start, value_name = "TIME")]
    start: Option<UnixMillis>,
    /// How much simulated time
    #[arg(long, value_parser = moment::parse_duration, default_value = "10m")]
    duration: i64,
    /// One JSON line on stdout for each reading, as soon as it is kept; the summary goes to stderr
    #[arg(long)]
    each: bool,
}

/// Collects until the wearables have finished.
///
/// # Errors
/// No such scenario or recording, or the record cannot keep what comes.
pub(crate) async fn run(args: CollectArgs) -> Outcome {
    let feed = feed(&args)?;
    let patient = args.patient.open_at(feed.now()).await?;
    let before = patient.counts().await?;
    let sent = feed.sent();
    if args.each {
        patient.collect_aloud(feed.stepwise()).await?;
    } else {
        patient.collect(feed).await?;
    }
    let after = patient.counts().await?;
    let out = Output::new(args.each);
    out.say(format_args!(
        "{} became {}: {} without a value, {} marked; {} kept raw because malformed.",
        plural(after.notifications - before.notifications, "notification"),
        plural(after.readings - before.readings, "reading"),
        after.absent - before.absent,
        after.marked - before.marked,
        after.malformed - before.malformed,
    ));
    sent.finished()
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
    let start = args.start.unwrap_or_else(|| moment::now() - args.duration);
    if !RECORDABLE.contains(&start.saturating_add(args.duration)) {
        return Err(Failure::usage(
            "--start and --duration reach beyond 9999-12-30, the last day a record holds",
        ));
    }
    Ok(Feed::simulated(&scenario, args.seed, start, args.duration))
}
