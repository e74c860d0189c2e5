//! Which sensor is tested: found over Bluetooth, or made.

use super::stands::{Simulated, Wireless};
use crate::{
    bluetooth,
    exit::{Failure, Outcome},
    moment,
};
use pulsebook_conformance::Stand;
use pulsebook_core::ble::{Sensor, UnixMillis};
use pulsebook_sensor_sim::{
    Scenario,
    gatt::SimSensor,
    in_process::InProcess,
    sensors::{Exemplar, Flaw},
    wearables,
};

/// How long is listened for a sensor, in milliseconds.
const SCAN_MS: i64 = 10_000;
/// Simulated time that there is, in milliseconds: a day, of which a test takes minutes.
const SIMULATED_MS: i64 = 86_400_000;

type Chosen = (Box<dyn Stand>, Sensor);

/// The sensor of this name over Bluetooth.
///
/// # Errors
/// No Bluetooth, or it was not heard.
pub(super) async fn real(typed: &str) -> Outcome<Chosen> {
    let radio = bluetooth::start(false).await?;
    let found = radio.look(bluetooth::span(SCAN_MS)).await?;
    let sighting =
        found.into_iter().find(|sighting| bluetooth::is_named(sighting, typed)).ok_or_else(|| {
            Failure::new(format!("no sensor named {typed} was heard"))
                .expected("a sensor that is switched on, near, and not connected to another device")
                .action("see with `pulsebook scan` what it is called")
        })?;
    Ok((Box::new(Wireless(radio)), sighting.sensor))
}

/// A simulated sensor: an exemplar, a flawed one, or a wearable of a scenario.
///
/// # Errors
/// There is none of that name.
pub(super) async fn simulated(sim: &str, which: Option<&str>) -> Outcome<Chosen> {
    let sensors = made(sim, moment::now())?;
    let mut stand = Simulated(InProcess::new(sensors, moment::now(), SIMULATED_MS));
    let mut found = stand.transport().scan().await?;
    if let Some(which) = which {
        found.retain(|sensor| sensor.name.eq_ignore_ascii_case(which) || sensor.id.as_str() == which);
    }
    let names: Vec<String> = found.iter().map(|sensor| sensor.name.clone()).collect();
    match (found.pop(), found.is_empty()) {
        (Some(sensor), true) => Ok((Box::new(stand), sensor)),
        (Some(_), false) => Err(Failure::usage(format!("{sim} has several sensors: {}", names.join(", ")))
            .expected("one of them")
            .action(format!(
                "name it: --sim {sim} --sensor \"{}\"",
                names.first().map_or("", String::as_str)
            ))),
        (None, _) => Err(Failure::usage(format!("{sim} has no sensor of that name"))),
    }
}

fn made(sim: &str, start: UnixMillis) -> Outcome<Vec<Box<dyn SimSensor>>> {
    if let Some(exemplar) = Exemplar::ALL.into_iter().find(|exemplar| exemplar.name() == sim) {
        return Ok(vec![exemplar.sensor(start)]);
    }
    if let Some(flaw) = Flaw::all().find(|flaw| flaw.path() == sim) {
        return Ok(vec![flaw.sensor(start)]);
    }
    let scenario = Scenario::load(sim).map_err(|error| {
        Failure::usage(error.to_string())
            .expected("a sensor of `pulsebook conformance --list`, a scenario of `pulsebook sim list`, or a scenario file")
    })?;
    Ok(wearables(&scenario, 1, start, SIMULATED_MS))
}
