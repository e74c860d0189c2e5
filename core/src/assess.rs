//! Judging readings: marks what is impossible or suspicious, and never drops or changes a value.
//!
//! What counts as impossible or suspicious stands in one versioned, cited data file, `assess/limits.json`.

mod checks;
mod limits;
mod snapshot;
mod track;

use crate::ble::{Sensor, SensorId};
pub use limits::{ClockLimits, CrossCheck, Gap, Limits, LimitsError, Rate, Stuck, VitalLimits};
use pulsebook_protocol::{
    reading::{Reading, UnixMillis},
    vital::Vital,
};
use std::collections::BTreeMap;
use track::Track;

/// Judges readings as they come; remembers a few numbers for each sensor and vital, however long it runs.
///
/// ```
/// use pulsebook_core::{assess::{Assessor, Limits}, ble::{Origin, Sensor, SensorId}};
/// use pulsebook_protocol::{quality::{Mark, Quality}, reading::{Reading, Value}, vital::Vital};
/// let strap = Sensor {
///     id: SensorId::new("strap"), name: "Strap".into(), kind: "heart-rate strap".into(),
///     cadence_ms: Some(1000), has_clock: false, origin: Origin::Simulated, notifies: vec![],
/// };
/// let reading = Reading {
///     vital: Vital::HeartRate, measured_at: 0, value: Value::Number(330), quality: Quality::GOOD,
/// };
/// let judged = Assessor::new(Limits::builtin().clone()).assess(&strap, 0, vec![reading]);
/// assert_eq!(judged[0].value, Value::Number(330));
/// assert!(judged[0].quality.has(Mark::Implausible));
/// ```
#[derive(Debug)]
pub struct Assessor {
    limits: Limits,
    tracks: BTreeMap<SensorId, Vec<Followed>>,
}

/// One vital of a sensor: a sensor has few, so they are searched one after the other.
#[derive(Debug)]
struct Followed {
    vital: Vital,
    limits: Option<VitalLimits>,
    track: Track,
}

/// What is followed of a vital; a new one looks its limits up by name, once.
fn followed<'a>(all: &'a mut Vec<Followed>, vital: Vital, limits: &Limits) -> Option<&'a mut Followed> {
    let place = all.iter().position(|one| one.vital == vital).unwrap_or_else(|| {
        all.push(Followed { vital, limits: limits.vital(vital).cloned(), track: Track::default() });
        all.len() - 1
    });
    all.get_mut(place)
}

impl Assessor {
    /// An assessor that has seen nothing yet.
    pub fn new(limits: Limits) -> Assessor {
        Assessor { limits, tracks: BTreeMap::new() }
    }

    /// The version of the limits in use, for the segment that carries the marks.
    pub fn limits_version(&self) -> u16 {
        self.limits.version
    }

    /// Judges the readings of one notification: the same readings in the same order, with marks added.
    pub fn assess(
        &mut self,
        sensor: &Sensor,
        received_at: UnixMillis,
        mut readings: Vec<Reading>,
    ) -> Vec<Reading> {
        if !self.tracks.contains_key(&sensor.id) {
            self.tracks.insert(sensor.id.clone(), Vec::new());
        }
        let Some(all) = self.tracks.get_mut(&sensor.id) else { return readings };
        for reading in &mut readings {
            let Some(Followed { limits: Some(limits), track, .. }) =
                followed(all, reading.vital, &self.limits)
            else {
                continue;
            };
            let marks = [
                checks::range(limits, reading.value),
                checks::clock(&self.limits.clock, received_at, reading),
                track.judge(limits, &self.limits, sensor.cadence_ms, reading),
            ];
            reading.quality = marks.into_iter().fold(reading.quality, |all, found| all.union(found));
        }
        checks::cross(&self.limits, &mut readings);
        readings
    }
}

#[cfg(test)]
mod tests;
