//! The simulated wearables as a transport: events in the order of a virtual clock, made when asked for.

use crate::{
    about,
    body::Body,
    encode::{BATTERY, encode},
    faults::{Faults, Injected},
    link::Link,
    measured::Measured,
    scenario::{Fault, Scenario, Wearable},
    wearable::{self, Stream},
};
use pulsebook_core::ble::{
    BleTransport, Characteristic, Notification, Pending, Sensor, SensorId, TransportError, TransportEvent,
    UnixMillis,
};
use std::future::ready;

/// The wearables of a scenario on one person. It never sleeps, and its memory does not grow with the duration.
#[derive(Debug)]
pub struct Simulator {
    start: UnixMillis,
    duration_ms: i64,
    now: UnixMillis,
    body: Body,
    streams: Vec<Stream>,
    /// Links that go down and come back, by time after the start, latest first.
    edges: Vec<(i64, Wearable, Edge)>,
    faults: Faults,
    injected: Injected,
    measured: Option<Measured>,
    worn: Vec<Wearable>,
    link: Link,
    finished: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Lost,
    Found,
}

impl Simulator {
    /// Simulates this scenario from `start` (not before 1970) for `duration_ms` milliseconds of virtual time.
    pub fn new(scenario: &Scenario, seed: u64, start: UnixMillis, duration_ms: i64) -> Simulator {
        let faults = Faults::new(scenario, duration_ms);
        let both =
            |o: crate::faults::Outage| [(o.from, o.wearable, Edge::Lost), (o.to, o.wearable, Edge::Found)];
        let mut edges: Vec<_> = faults.outages().into_iter().flat_map(both).collect();
        edges.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
        Simulator {
            start,
            duration_ms,
            now: start,
            body: Body::new(scenario, seed, start, duration_ms),
            streams: wearable::streams(seed, &scenario.wearables),
            edges,
            faults,
            injected: Injected::default(),
            measured: None,
            worn: scenario.wearables.clone(),
            link: Link::new(scenario.wearables.iter().copied().map(Wearable::sensor).collect()),
            finished: false,
        }
    }

    /// The virtual clock: the receive time of the last event.
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    /// The faults that went out so far.
    pub fn injected(&self) -> Injected {
        self.injected
    }

    /// What the last notification was made from.
    pub fn measured(&self) -> Option<&Measured> {
        self.measured.as_ref()
    }

    fn advance(&mut self) -> Option<TransportEvent> {
        loop {
            if let Some(event) = self.link.next() {
                return Some(event);
            }
            if self.finished {
                return None;
            }
            if let Some(event) = self.step() {
                return Some(event);
            }
        }
    }

    /// One step of virtual time; most steps give a notification, some only change the link.
    fn step(&mut self) -> Option<TransportEvent> {
        let next = self.streams.iter().enumerate().min_by_key(|(place, stream)| (stream.due, *place));
        let (place, due) = next.map(|(place, stream)| (place, stream.due))?;
        if let Some((at, wearable, edge)) = self.edges.last().copied()
            && at <= due.min(self.duration_ms)
        {
            self.edges.pop();
            self.link_changes(at, wearable, edge);
            return None;
        }
        if due > self.duration_ms {
            self.finished = true;
            return Some(TransportEvent::Finished);
        }
        self.notify(place)
    }

    fn link_changes(&mut self, at: i64, wearable: Wearable, edge: Edge) {
        self.now = self.now.max(self.start + at);
        let id = wearable.sensor().id;
        match edge {
            Edge::Lost => self.injected.lost_connection += u64::from(self.link.lose(&id, self.now)),
            Edge::Found => self.link.find(&id),
        }
    }

    /// Lets a stream measure; gives the notification if somebody listens. The body lives on either way.
    fn notify(&mut self, place: usize) -> Option<TransportEvent> {
        let stream = self.streams.get_mut(place)?;
        let (elapsed, wearable, characteristic) = (stream.due, stream.wearable, stream.characteristic);
        self.body.advance(elapsed);
        let contact = !self.faults.contact_lost(elapsed);
        let measured = stream.measure(&self.body, self.start, contact);
        let delay = stream.delay();
        let sensor = stream.sensor.clone();
        if !self.link.delivers(&sensor, characteristic) {
            return None;
        }
        let fault = if characteristic == BATTERY { None } else { self.faults.due(wearable, elapsed) };
        let bytes = self.sent(measured, fault);
        // Jitter never turns the order of receive times around.
        self.now = self.now.max(self.start + elapsed + delay);
        let received_at = self.now;
        Some(TransportEvent::Notification(Notification { sensor, characteristic, received_at, bytes }))
    }

    /// The bytes of a measurement after its fault, if one is due.
    fn sent(&mut self, measured: Measured, fault: Option<Fault>) -> Vec<u8> {
        let measured = match fault {
            Some(fault) => self.injected.strike(fault, measured),
            None => measured,
        };
        let mut bytes = encode(&measured);
        self.injected.contact_lost += u64::from(matches!(measured, Measured::Heart { contact: false, .. }));
        self.measured = Some(measured);
        if let Some(Fault::Malformed { .. }) = fault {
            self.injected.malformed += 1;
            self.measured = Some(Measured::CutOff);
            bytes.pop();
        }
        bytes
    }

    fn read_now(&mut self, id: &SensorId, characteristic: Characteristic) -> Result<Vec<u8>, TransportError> {
        let wearable = self.worn.iter().find(|wearable| wearable.sensor().id == *id);
        if let Some(answer) = wearable.and_then(|wearable| about::answer(*wearable, characteristic)) {
            self.link.connected(id)?;
            return Ok(answer);
        }
        self.link.offered(id, characteristic, "read")?;
        if characteristic == BATTERY {
            return Ok(vec![wearable::battery(self.now - self.start)]);
        }
        Err(TransportError::NotOffered { sensor: id.clone(), characteristic, operation: "read" })
    }

    /// No simulated sensor has anything to write.
    fn write_now(&mut self, id: &SensorId, characteristic: Characteristic) -> Result<(), TransportError> {
        self.link.offered(id, characteristic, "write")?;
        Err(TransportError::NotOffered { sensor: id.clone(), characteristic, operation: "write" })
    }
}

impl BleTransport for Simulator {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(ready(Ok(self.link.sensors())))
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.link.connect(sensor)))
    }

    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.link.disconnect(sensor, self.now)))
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(ready(self.read_now(sensor, characteristic)))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
        _bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.write_now(sensor, characteristic)))
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.link.subscribe(sensor, characteristic)))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(ready(self.advance()))
    }
}
