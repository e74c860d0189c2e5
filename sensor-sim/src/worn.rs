//! The wearables of a scenario as simulated sensors: each measures the same person and meets the scenario's faults.

use crate::{
    about,
    body::Body,
    encode::{BATTERY, HEART_RATE, OXYGEN, PRESSURE, SPOT, TEMPERATURE, encode},
    faults::{Faults, Injected},
    gatt::{About, Address, AttError, Link, Output, Properties, Service, SimSensor},
    measured::Measured,
    scenario::{Fault, Scenario, Wearable},
    wearable::{self, Stream},
};
use pulsebook_core::ble::{Characteristic, UnixMillis};

/// A wearable on its person. Every wearable has the person for itself; the same seed makes it the same person.
#[derive(Debug)]
pub(crate) struct Worn {
    wearable: Wearable,
    about: About,
    table: Vec<Service>,
    start: UnixMillis,
    body: Body,
    streams: Vec<Stream>,
    /// When it goes out of range and comes back, by milliseconds after the start, latest first.
    edges: Vec<(i64, Output)>,
    faults: Faults,
    injected: Injected,
    measured: Option<(UnixMillis, Measured)>,
}

/// In this order they measure what is due at the same time.
const ALL: [Wearable; 5] =
    [Wearable::Strap, Wearable::Oximeter, Wearable::Thermometer, Wearable::Cuff, Wearable::SpotOximeter];

/// The wearables of a scenario.
pub(crate) fn wear(scenario: &Scenario, seed: u64, start: UnixMillis, duration_ms: i64) -> Vec<Worn> {
    let worn = ALL.into_iter().filter(|wearable| scenario.wearables.contains(wearable));
    worn.map(|wearable| Worn::new(wearable, scenario, seed, start, duration_ms)).collect()
}

/// The wearables of a scenario as sensors for any carrier: what [`crate::Simulator`] carries in process.
///
/// Times are as for [`crate::Simulator::new`]. After `duration_ms` they go on without faults.
pub fn wearables(
    scenario: &Scenario,
    seed: u64,
    start: UnixMillis,
    duration_ms: i64,
) -> Vec<Box<dyn SimSensor>> {
    let boxed = |worn| Box::new(worn) as Box<dyn SimSensor>;
    wear(scenario, seed, start, duration_ms).into_iter().map(boxed).collect()
}

impl Worn {
    fn new(wearable: Wearable, scenario: &Scenario, seed: u64, start: UnixMillis, duration_ms: i64) -> Worn {
        let faults = Faults::new(scenario, duration_ms);
        let outages = faults.outages().into_iter().filter(|outage| outage.wearable == wearable);
        let mut edges: Vec<_> =
            outages.flat_map(|o| [(o.from, Output::OutOfRange), (o.to, Output::InRange)]).collect();
        edges.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Worn {
            wearable,
            about: looks(wearable),
            table: table(wearable),
            start,
            body: Body::new(scenario, seed, start, duration_ms),
            streams: wearable::streams(seed, wearable),
            edges,
            faults,
            injected: Injected::default(),
            measured: None,
        }
    }

    /// The faults that went out so far.
    pub(crate) fn injected(&self) -> Injected {
        self.injected
    }

    /// What the last value was made from, and when it was measured.
    pub(crate) fn measured(&self) -> Option<(UnixMillis, &Measured)> {
        self.measured.as_ref().map(|(at, measured)| (*at, measured))
    }

    /// The series whose turn it is; the first one when two are due at once.
    fn next(&self) -> Option<(usize, i64)> {
        self.streams.iter().map(|stream| stream.due).enumerate().min_by_key(|(place, due)| (*due, *place))
    }

    /// Lets a series measure; gives the value if somebody listens. The body lives on either way.
    fn measure(&mut self, place: usize, link: &Link) -> Option<Output> {
        let stream = self.streams.get_mut(place)?;
        let (elapsed, at) = (stream.due, stream.characteristic);
        self.body.advance(elapsed);
        let contact = !self.faults.contact_lost(elapsed);
        let measured = stream.measure(&self.body, self.start, contact);
        let delay_ms = stream.delay();
        if !link.listens(at) {
            return None;
        }
        let fault = if at == BATTERY { None } else { self.faults.due(self.wearable, elapsed) };
        let bytes = self.sent(measured, fault, link.now);
        Some(Output::Value { at, bytes, delay_ms })
    }

    /// The bytes of a measurement after its fault, if one is due.
    fn sent(&mut self, measured: Measured, fault: Option<Fault>, now: UnixMillis) -> Vec<u8> {
        let measured = match fault {
            Some(fault) => self.injected.strike(fault, measured),
            None => measured,
        };
        let mut bytes = encode(&measured);
        self.injected.contact_lost += u64::from(matches!(measured, Measured::Heart { contact: false, .. }));
        self.measured = Some((now, measured));
        if let Some(Fault::Malformed { .. }) = fault {
            self.injected.malformed += 1;
            self.measured = Some((now, Measured::CutOff));
            bytes.pop();
        }
        bytes
    }
}

impl SimSensor for Worn {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError> {
        if at == BATTERY {
            return Ok(vec![wearable::battery(link.now - self.start)]);
        }
        about::answer(self.wearable, at).ok_or(AttError::ATTRIBUTE_NOT_FOUND)
    }

    fn due(&self) -> Option<UnixMillis> {
        let edge = self.edges.last().map(|(at, _)| *at);
        edge.into_iter().chain(self.next().map(|(_, due)| due)).min().map(|due| self.start + due)
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        let (place, due) = self.next()?;
        if self.edges.last().is_some_and(|(at, _)| *at <= due) {
            let (_, edge) = self.edges.pop()?;
            self.injected.lost_connection += u64::from(edge == Output::OutOfRange && link.connected);
            return Some(edge);
        }
        self.measure(place, link)
    }
}

/// What each wearable advertises.
fn looks(wearable: Wearable) -> About {
    let (id, name, kind, cadence_ms, appearance, service) = match wearable {
        Wearable::Strap => {
            ("sim-strap-0001", "Sim Strap", "heart-rate strap", Some(1000), 0x0341, HEART_RATE)
        }
        Wearable::Oximeter => {
            ("sim-oximeter-0001", "Sim Oximeter", "pulse oximeter", Some(1000), 0x0C42, OXYGEN)
        }
        Wearable::Thermometer => {
            ("sim-thermometer-0001", "Sim Thermometer", "thermometer", None, 0x0300, TEMPERATURE)
        }
        Wearable::Cuff => ("sim-cuff-0001", "Sim Cuff", "blood-pressure cuff", None, 0x0381, PRESSURE),
        Wearable::SpotOximeter => {
            ("sim-spot-oximeter-0001", "Sim Fingertip", "fingertip oximeter", None, 0x0C41, SPOT)
        }
    };
    About {
        cadence_ms,
        has_clock: cadence_ms.is_none(),
        appearance,
        advertised: vec![service.service],
        ..About::new(id, name, kind, Address::simulated(about::number(wearable) as u16))
    }
}

/// The attributes of each wearable.
fn table(wearable: Wearable) -> Vec<Service> {
    let (measurement, sends, features) = match wearable {
        Wearable::Strap => (HEART_RATE, Properties::NOTIFY, about::SENSOR_LOCATION),
        Wearable::Oximeter => (OXYGEN, Properties::NOTIFY, about::OXIMETER_FEATURES),
        Wearable::Thermometer => (TEMPERATURE, Properties::INDICATE, about::TEMPERATURE_TYPE),
        Wearable::Cuff => (PRESSURE, Properties::INDICATE, about::PRESSURE_FEATURES),
        Wearable::SpotOximeter => (SPOT, Properties::INDICATE, about::OXIMETER_FEATURES),
    };
    let offers = [(measurement.characteristic, sends), (features.characteristic, Properties::READ)];
    let mut table = vec![Service::new(measurement.service, &offers)];
    if wearable == Wearable::Strap {
        let battery = (BATTERY.characteristic, Properties::READ | Properties::NOTIFY);
        table.push(Service::new(BATTERY.service, &[battery]));
    }
    let facts = about::FACTS.iter().filter(|fact| about::answer(wearable, **fact).is_some());
    let facts: Vec<_> = facts.map(|fact| (fact.characteristic, Properties::READ)).collect();
    table.push(Service::new(about::DEVICE_INFORMATION, &facts));
    table
}
