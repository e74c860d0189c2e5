//! `collect --ble`: sensors over Bluetooth, until Ctrl-C or for a while.

use super::{CollectArgs, Collected, states::States};
use crate::{
    bluetooth,
    exit::{Failure, Outcome},
    moment,
    output::Output,
    reading_line::ReadingLine,
    stop, zone,
};
use pulsebook_core::{
    event::{Event, EventStream},
    record::{CollectOptions, Record},
};
use pulsebook_radio::Remote;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Looking for sensors takes half of this, in milliseconds.
const SHORTEST_MS: i64 = 10_000;

/// Collects until it is told to stop; what was received until then is kept.
///
/// # Errors
/// No Bluetooth to use, or the record cannot keep what comes.
pub(super) async fn run(args: CollectArgs, sensors: Vec<String>, out: Output) -> Outcome {
    if args.duration.is_some_and(|duration| duration < SHORTEST_MS) {
        return Err(Failure::usage(
            "--duration is too short for sensors over Bluetooth: finding them takes five seconds",
        )
        .expected("at least 10s"));
    }
    // Before the passphrase is asked: without Bluetooth it would be typed for nothing.
    let radio = bluetooth::start(true).await?;
    let trace = super::trace(&args, false, moment::now())?;
    let patient = args.patient.open().await?;
    let before = patient.counts().await?;
    let (record, remote) = (patient.record(), radio.remote());
    let events = record.events();
    let zone = args.zone.clone().or_else(zone::of_system);
    let zone = zone.and_then(|zone| zone::around(&zone, moment::now()));
    let options = CollectOptions { sensors, zone, ..CollectOptions::default() };
    if !out.is_json() {
        out.say("Listening for sensors; Ctrl-C ends it and keeps everything.");
        if zone.is_none() {
            out.say("This device does not say in which time zone it is, so no sensor's clock is set; name the zone with --zone, such as --zone Europe/Berlin.");
        }
    }
    let told = tell(record, events, &remote, args.each, out);
    let sensors = match &trace {
        Some(trace) => trace.of(radio, moment::now),
        None => Box::new(radio),
    };
    let collecting = record.collect(sensors, options);
    let ended = async {
        end(args.duration.map(bluetooth::span)).await;
        remote.stop();
        std::future::pending::<()>().await;
    };
    // All in one task: what is kept is told before the next is kept.
    let summary = tokio::select! {
        biased;
        Err(failure) = told => return Err(failure),
        () = ended => return Err(Failure::new("the collecting did not end")),
        summary = collecting => summary?,
    };
    let collected = Collected::between(before, patient.counts().await?);
    if !out.is_json() {
        if summary.sensors == 0 {
            out.say("No sensor was connected. `pulsebook scan` shows which are heard.");
        }
        out.say(collected.line());
    }
    out.answer(&collected, trace.map_or(Ok(()), |trace| trace.finish()))
}

/// Returns when the user asks for the end, or the time is over.
async fn end(time: Option<Duration>) {
    match time.and_then(|time| Instant::now().checked_add(time)) {
        None => stop::asked().await,
        Some(at) => tokio::select! {
            () = stop::asked() => {}
            () = sleep_until(at) => {}
        },
    }
}

/// Says how it stands with each sensor, and with `--each` every reading.
async fn tell(record: &Record, mut events: EventStream, remote: &Remote, each: bool, out: Output) -> Outcome {
    let mut states = States::new();
    while let Some(heard) = events.next().await {
        match &heard.event {
            Event::ReadingKept { sensor, reading } if each => ReadingLine::new(reading, sensor).print(out)?,
            event => {
                if let Some(about) = States::about(event)
                    && !states.knows(about)
                {
                    states.learn(record.sensors().await?, remote.found().await);
                }
                if let Some(line) = states.line(event) {
                    out.say(line);
                }
            }
        }
    }
    Ok(())
}
