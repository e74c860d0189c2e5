//! `pair`: a bond with a sensor, made once; the questions in a patient's words.

#[cfg(target_os = "linux")]
mod questions;

use crate::{
    bluetooth,
    exit::{Failure, Kind, Outcome},
    moment,
    output::Output,
};
use clap::Args;
use pulsebook_radio::Sighting;
use serde::Serialize;

/// Options of `pair`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook pair \"Cuff 1\"")]
pub(crate) struct PairArgs {
    /// The sensor, as `pulsebook scan` names it
    #[arg(value_name = "SENSOR")]
    sensor: String,
    /// How long to look for it
    #[arg(long, value_parser = moment::parse_duration, default_value = "10s")]
    duration: i64,
}

/// What `--json` says.
#[derive(Serialize)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
struct Answer {
    sensor: String,
    name: String,
    /// `now`, or `before` when there was a bond already.
    paired: &'static str,
}

/// Finds the sensor and pairs it.
///
/// # Errors
/// No Bluetooth, no such sensor, or the pairing did not come about.
pub(crate) async fn run(args: PairArgs, out: Output) -> Outcome {
    let sighting = find(&args, out).await?;
    pair(sighting, out).await
}

async fn find(args: &PairArgs, out: Output) -> Outcome<Sighting> {
    let radio = bluetooth::start(false).await?;
    if !out.is_json() {
        out.say("Looking for the sensor …");
    }
    let found = radio.look(bluetooth::span(args.duration)).await?;
    let mut named = found.into_iter().filter(|sighting| bluetooth::is_named(sighting, &args.sensor));
    let Some(first) = named.next() else {
        return Err(Failure::new("no sensor of that name was heard")
            .expected("a sensor as `pulsebook scan` names it")
            .action(
                "switch it on, bring it near, put it into pairing mode as its leaflet says, and try again",
            ));
    };
    match named.next() {
        None => Ok(first),
        Some(_) => Err(Failure::new("several sensors of that name were heard")
            .expected("one sensor")
            .action("name it by its id, which `pulsebook scan --json` shows; or switch the others off")),
    }
}

#[cfg(target_os = "linux")]
async fn pair(sighting: Sighting, out: Output) -> Outcome {
    use pulsebook_radio::pairing::{self, Paired, Patience};
    let mut asker = questions::AtTerminal::new();
    let done = pairing::pair(&sighting.address, &mut asker, &Patience::default()).await;
    let paired = done.map_err(|error| failure(&error))?;
    let name = sighting.sensor.name;
    let (word, line) = match paired {
        Paired::Now => ("now", format!("Paired with {name}. It is recognised from now on.")),
        Paired::Before => ("before", format!("{name} was paired already; nothing was changed.")),
    };
    let sensor = sighting.sensor.id.as_str().to_owned();
    out.tell(&Answer { sensor, name, paired: word }, [line])
}

#[cfg(not(target_os = "linux"))]
async fn pair(sighting: Sighting, _: Output) -> Outcome {
    Err(Failure::new(format!("{} cannot be paired by this program here", sighting.sensor.name))
        .expected("Linux; other systems pair by themselves")
        .action("collect from it: the system asks when the sensor wants to be paired"))
}

#[cfg(target_os = "linux")]
fn failure(error: &pulsebook_radio::pairing::PairingError) -> Failure {
    use pulsebook_radio::pairing::PairingError;
    let action = match error {
        PairingError::Refused => {
            "see that the numbers were the same; if they were, the sensor may be paired with another phone: remove it there or reset it as its leaflet says, then pair again"
        }
        PairingError::Declined => "run the same command again and answer within half a minute",
        PairingError::TimedOut(_) | PairingError::Gone => {
            "bring the sensor near, put it into pairing mode as its leaflet says, and try again"
        }
        PairingError::NotAllowed => {
            "add yourself to the group `bluetooth` and log in again, or pair it in the system's settings"
        }
        _ => "switch the sensor off and on again, and try again",
    };
    let bluetooth = matches!(error, PairingError::NotAllowed | PairingError::NoBus(_));
    let kind = if bluetooth { Kind::NoBluetooth } else { Kind::Failed };
    Failure::new(error.to_string()).of(kind).expected("a sensor that agrees to be paired").action(action)
}
