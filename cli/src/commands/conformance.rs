//! `conformance`: tests one wearable against its Bluetooth profiles, clause by clause, and writes the report.

mod choose;
mod said;
mod stands;

use crate::{
    exit::{Failure, Kind, Outcome},
    files, moment,
    output::{Output, error_line, plural},
    stop,
};
use clap::Args;
use pulsebook_conformance::{Details, Options, Report, Stand, Verdict};
use pulsebook_core::ble::Sensor;
use std::path::PathBuf;

/// Options of `conformance`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook conformance --sim strap --report report.html\n  pulsebook conformance --sensor \"Acme Strap\" --report report.html --report-json report.json"
)]
pub(crate) struct ConformanceArgs {
    /// The sensor, as `pulsebook scan` names it; with a scenario, which of its wearables
    #[arg(long, required_unless_present_any = ["sim", "list"])]
    sensor: Option<String>,
    /// A simulated sensor instead of a real one: one of `--list`, a scenario of `pulsebook sim list`, or a scenario file
    #[arg(long, value_name = "SENSOR|SCENARIO", conflicts_with = "list")]
    sim: Option<String>,
    /// List the simulated sensors, and which clause each broken one breaks
    #[arg(long)]
    list: bool,
    /// Write the report as one HTML file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the same report as JSON
    #[arg(long, value_name = "FILE")]
    report_json: Option<PathBuf>,
    /// How long to listen for measurements; take one or two with the sensor meanwhile
    #[arg(long, value_parser = moment::parse_duration, default_value = "1m")]
    watch: i64,
    /// Let stored records be deleted from the sensor, so that deletion is tested; always so with --sim
    #[arg(long)]
    erase: bool,
    /// Set clocks that can be set, to the local time so many minutes ahead of UTC; without it no clock of a real sensor is touched
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true, value_parser = clap::value_parser!(i16).range(-720..=840))]
    utc_offset: Option<i16>,
    /// Take names, serial numbers and what is about a person out of the report
    #[arg(long)]
    redact: bool,
}

/// Tests it.
///
/// # Errors
/// No such sensor, no Bluetooth, the sensor could not be reached, or a clause fails.
pub(crate) async fn run(args: ConformanceArgs, out: Output) -> Outcome {
    if args.list {
        return said::list(out);
    }
    let (stand, sensor) = match &args.sim {
        Some(sim) => choose::simulated(sim, args.sensor.as_deref()).await?,
        None => choose::real(args.sensor.as_deref().unwrap_or_default()).await?,
    };
    if args.sim.is_none() {
        error_line(&format!(
            "Testing {}. Use it now: it is listened to for {}, then asked and written to. This takes a few minutes.",
            sensor.name,
            plural(u64::try_from(args.watch / 1000).unwrap_or_default(), "second")
        ));
    }
    let report = tokio::select! {
        report = test(stand, sensor, &args) => report?,
        () = stop::asked() => return Err(Failure::stopped("stopped; no report was written")),
    };
    if let Some(path) = &args.report {
        files::write(path, &report.html())?;
    }
    if let Some(path) = &args.report_json {
        files::write(path, &serde_json::to_string_pretty(&report)?)?;
    }
    if !out.is_json() {
        said::report(&report, out);
    }
    out.answer(&report, verdict(&report))
}

async fn test(mut stand: Box<dyn Stand>, sensor: Sensor, args: &ConformanceArgs) -> Outcome<Report> {
    let options = Options {
        watch_ms: args.watch,
        erase: args.erase || args.sim.is_some(),
        // A simulated clock can be set to anything; a patient's would show a wrong time from then on.
        offset_minutes: args.utc_offset.or(args.sim.is_some().then_some(0)).map(i64::from),
    };
    let session = pulsebook_conformance::run(stand.as_mut(), sensor, options).await?;
    Ok(Report::new(&session, Details { tested_at: stand.now(), redact: args.redact }))
}

fn verdict(report: &Report) -> Outcome {
    match report.verdict {
        Verdict::Fail => {
            let failed = plural(report.counts.fail as u64, "clause");
            let verb = if report.counts.fail == 1 { "fails" } else { "fail" };
            Err(Failure::new(format!("the sensor does not conform: {failed} {verb}"))
                .of(Kind::NotConformant)
                .action("see what was expected and what came in the report (--report report.html)"))
        }
        _ => Ok(()),
    }
}
