//! `sim serve`: simulated wearables on a D-Bus, where a Bluetooth stack takes them for real ones.

use crate::{
    exit::{Failure, Kind, Outcome},
    moment,
    output::Output,
    stop,
};
use clap::Args;
use pulsebook_core::ble::UnixMillis;
use pulsebook_sensor_sim::{
    Scenario,
    peer::{Options, Peer, Speed},
    testing::{BusError, PrivateBus},
    wearables,
};
use serde::Serialize;

/// Options of `sim serve`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook sim serve rest\n  then, elsewhere, with the address it prints:\n  DBUS_SYSTEM_BUS_ADDRESS=… bluetoothctl devices"
)]
pub(crate) struct ServeArgs {
    /// A scenario of `pulsebook sim list`, or a scenario file
    #[arg(value_name = "SCENARIO|FILE")]
    scenario: String,
    /// A bus that runs already and lets this program own org.bluez [default: a private one, by dbus-daemon]
    #[arg(long, value_name = "ADDRESS")]
    bus: Option<String>,
    /// How many times as fast as real time the wearables live; `max`: as fast as somebody listens
    #[arg(long, value_parser = parse_speed, default_value = "1", value_name = "N")]
    speed: Speed,
    /// Makes the simulated body; the same seed and start give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the simulated time begins [default: now]
    #[arg(long, value_parser = moment::parse_start, value_name = "TIME")]
    start: Option<UnixMillis>,
    /// How much simulated time the scenario's faults are spread over; afterwards the wearables are silent
    #[arg(long, value_parser = moment::parse_duration, default_value = "1h")]
    duration: i64,
}

/// Serves until standard input closes, or Ctrl-C.
///
/// # Errors
/// No such scenario, no bus, or somebody else is `org.bluez` on it.
pub(crate) async fn run(args: ServeArgs, out: Output) -> Outcome {
    let scenario = Scenario::load(&args.scenario)?;
    let start = args.start.unwrap_or_else(moment::now);
    let sensors = wearables(&scenario, args.seed, start, args.duration);
    let private = match &args.bus {
        Some(_) => None,
        None => Some(PrivateBus::start().map_err(no_bus)?),
    };
    let address = args.bus.as_deref().or(private.as_ref().map(PrivateBus::address)).unwrap_or_default();
    let duration_ms = Some(args.duration);
    let options = Options { start, duration_ms, speed: args.speed, ..Options::default() };
    let peer = Peer::start(address, sensors, options)
        .map_err(|error| Failure::from_error(&error).action("leave --bus out for a private bus"))?;
    out.tell(&Ready { ready: address }, [format!("ready DBUS_SYSTEM_BUS_ADDRESS={address}")])?;
    tokio::select! {
        () = stop::asked() => {}
        () = stop::stdin_closed() => {}
    }
    drop(peer);
    Ok(())
}

fn no_bus(error: BusError) -> Failure {
    let missing = matches!(error, BusError::Missing);
    let failure = Failure::from_error(&error).of(Kind::Failed);
    if missing { failure.action("install dbus-daemon, or name a bus with --bus") } else { failure }
}

/// A factor, or `max`.
fn parse_speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Unthrottled);
    }
    let factor = text.parse::<f64>().ok().filter(|factor| (0.01..=100_000.0).contains(factor));
    factor.map(Speed::Times).ok_or_else(|| "expected a factor from 0.01 to 100000, or max".to_owned())
}

/// The ready line for machines.
#[derive(Serialize)]
struct Ready<'a> {
    ready: &'a str,
}
