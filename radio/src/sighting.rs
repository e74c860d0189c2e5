//! Sensors that were seen: what they advertise, cleaned, and what the radio needs to reach them.

use crate::{address, foreign, foreign::Remote, limits::Limits, name, offer, trouble::within};
use pulsebook_core::ble::{Origin, Sensor, SensorId};
use std::collections::BTreeMap;

/// A sensor that a scan found, for people to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// As [`pulsebook_core::ble::BleTransport::scan`] lists it.
    pub sensor: Sensor,
    /// What it measures, in a patient's words: "heart rate", "oxygen".
    pub measures: Vec<&'static str>,
    /// Signal strength in dBm; `None` when it was not heard lately.
    pub signal_dbm: Option<i16>,
    /// The operating system's name for it, as [`crate::pairing::pair`] wants it.
    pub address: String,
}

/// What is known of one sensor.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) sighting: Sighting,
    pub(crate) remote: Remote,
    /// Whether whoever uses the radio was told of it.
    pub(crate) told: bool,
}

/// All sensors that were seen.
#[derive(Debug, Default)]
pub(crate) struct Sightings(BTreeMap<SensorId, Seen>);

impl Sightings {
    pub(crate) fn find(&self, id: &SensorId) -> Option<&Seen> {
        self.0.get(id)
    }

    pub(crate) fn find_mut(&mut self, id: &SensorId) -> Option<&mut Seen> {
        self.0.get_mut(id)
    }

    /// The sensor by the operating system's name for it.
    pub(crate) fn by_remote(&mut self, id: &str) -> Option<&mut Seen> {
        self.0.values_mut().find(|seen| seen.sighting.address == id)
    }

    /// Those that nobody was told of, who are told of now.
    pub(crate) fn news(&mut self) -> Vec<Sensor> {
        let tell = |seen: &mut Seen| {
            let told = std::mem::replace(&mut seen.told, true);
            (!told).then(|| seen.sighting.sensor.clone())
        };
        self.0.values_mut().filter_map(tell).collect()
    }

    pub(crate) fn list(&self) -> Vec<Sighting> {
        self.0.values().map(|seen| seen.sighting.clone()).collect()
    }

    /// Keeps what was seen; says whether it is news. When too many were seen, one that nobody needs makes room.
    pub(crate) fn keep(&mut self, mut seen: Seen, most: usize, needed: impl Fn(&SensorId) -> bool) -> bool {
        let id = seen.sighting.sensor.id.clone();
        if let Some(known) = self.0.get_mut(&id) {
            seen.told = known.told;
            *known = seen;
            return false;
        }
        if self.0.len() >= most {
            let weakest = self.0.iter().filter(|(id, _)| !needed(id));
            let weakest = weakest.min_by_key(|(_, seen)| seen.sighting.signal_dbm.unwrap_or(i16::MIN));
            let Some(id) = weakest.map(|(id, _)| id.clone()) else { return false };
            self.0.remove(&id);
        }
        self.0.insert(id, seen);
        true
    }
}

/// Looks at what a sensor advertises. `None`: it is gone, or nothing that a record could use.
pub(crate) async fn look(remote: Remote, limits: &Limits) -> Option<Seen> {
    use foreign::RemoteApi as _;
    let told = within(limits.ask, foreign::advertised(&remote)).await.ok()?;
    let services: Vec<u16> = told.services.iter().filter_map(|uuid| offer::number(*uuid)).collect();
    let kind = offer::kind(&services)?;
    let sensor = Sensor {
        id: address::sensor_id(told.address, &remote.id()),
        name: told.name.map(|name| name::clean(&name)).unwrap_or_default(),
        kind: kind.to_owned(),
        cadence_ms: None,
        has_clock: offer::has_clock(&services),
        origin: Origin::Measured,
        notifies: Vec::new(),
    };
    let (measures, address) = (offer::measures(&services), remote.id().to_string());
    let sighting = Sighting { sensor, measures, signal_dbm: told.signal, address };
    Some(Seen { sighting, remote, told: false })
}
