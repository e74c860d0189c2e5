//! Sensors as a transport in process: events in the order of a virtual clock, made when asked for.

mod wrapped;

pub(crate) use wrapped::transport;

use crate::gatt::{AttError, Pairing, Security, Sent, Server, SimSensor, places};
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Disconnect, Notification, Offered, Pending, Sensor, SensorId,
    TransportError, TransportEvent, UnixMillis,
};
use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    future::ready,
};

/// After so long a sensor that ended the connection itself is connected to again, in milliseconds.
const AGAIN_AFTER_MS: i64 = 2000;

/// Simulated sensors as a transport. It never sleeps, and its memory does not grow with the duration.
pub struct InProcess<S> {
    end: UnixMillis,
    now: UnixMillis,
    places: Vec<Place<S>>,
    waiting: VecDeque<TransportEvent>,
    finished: bool,
    on_time: Box<dyn FnMut(UnixMillis) + Send>,
}

impl<S: fmt::Debug> fmt::Debug for InProcess<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess")
            .field("now", &self.now)
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

/// One sensor and what is wished of it.
#[derive(Debug)]
struct Place<S> {
    server: Server<S>,
    id: SensorId,
    wanted: bool,
    wishes: BTreeSet<Characteristic>,
    /// When a connection that the sensor ended is tried again.
    again: Option<UnixMillis>,
    /// The name under which it is found when it is in range again: its address has changed.
    renamed: Option<SensorId>,
}

impl<S: SimSensor> InProcess<S> {
    /// Carries these sensors from `start` for `duration_ms` milliseconds of virtual time.
    pub fn new(sensors: Vec<S>, start: UnixMillis, duration_ms: i64) -> InProcess<S> {
        let place = |sensor: S| Place {
            id: SensorId::new(&sensor.about().id),
            server: Server::new(sensor),
            wanted: false,
            wishes: BTreeSet::new(),
            again: None,
            renamed: None,
        };
        InProcess {
            end: start.saturating_add(duration_ms),
            now: start,
            places: sensors.into_iter().map(place).collect(),
            waiting: VecDeque::new(),
            finished: false,
            on_time: Box::new(|_| {}),
        }
    }

    /// Calls this with the virtual time of each event, before the event is handed on: it drives the clock of whoever
    /// collects. Not every event has a time of its own.
    #[must_use]
    pub fn on_time(mut self, on_time: impl FnMut(UnixMillis) + Send + 'static) -> InProcess<S> {
        self.on_time = Box::new(on_time);
        self
    }

    /// The virtual clock: the receive time of the last event.
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    /// The sensors.
    pub fn sensors(&self) -> impl Iterator<Item = &S> {
        self.places.iter().map(|place| place.server.sensor())
    }

    /// The next event up to a moment of virtual time; `None`: it is that moment, and nothing came. The end is no event here.
    pub fn next_before(&mut self, until: UnixMillis) -> Option<TransportEvent> {
        let until = until.min(self.end);
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.due().is_none_or(|due| due > until) {
                self.now = self.now.max(until);
                return None;
            }
            if let Some(event) = self.step() {
                return Some(event);
            }
        }
    }

    fn due(&self) -> Option<UnixMillis> {
        self.places.iter().filter_map(Place::due).min()
    }

    fn advance(&mut self) -> Option<TransportEvent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
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

    /// One step of virtual time; most steps give a notification, some only change a link.
    fn step(&mut self) -> Option<TransportEvent> {
        let next = self.places.iter_mut().filter_map(|place| place.due().map(|due| (due, place)));
        let Some((due, place)) = next.min_by_key(|(due, _)| *due).filter(|(due, _)| *due <= self.end) else {
            self.finished = true;
            return Some(TransportEvent::Finished);
        };
        if place.again.is_some_and(|again| again <= due) {
            self.now = self.now.max(due);
            self.waiting.extend(place.link_up(self.now));
            return None;
        }
        let sensor = place.id.clone();
        match place.server.step()? {
            Sent::Value { at, bytes, delay_ms } => {
                // Jitter never turns the order of receive times around.
                self.now = self.now.max(due.saturating_add(delay_ms));
                let received_at = self.now;
                let notification = Notification { sensor, characteristic: at, received_at, bytes };
                return Some(TransportEvent::Notification(notification));
            }
            Sent::Lost(lost) => {
                self.now = self.now.max(due);
                place.again = None;
                let (reason, at) = (Disconnect::Lost, self.now);
                return lost.then_some(TransportEvent::Disconnected { sensor, reason, at });
            }
            Sent::Ended => {
                self.now = self.now.max(due);
                place.again = Some(self.now + AGAIN_AFTER_MS);
                let (reason, at) = (Disconnect::BySensor, self.now);
                return Some(TransportEvent::Disconnected { sensor, reason, at });
            }
            Sent::Found => {
                self.now = self.now.max(due);
                self.waiting.extend(place.found_again(self.now));
            }
            Sent::AddressChanged => {
                let about = place.server.sensor().about();
                place.renamed = Some(SensorId::new(&format!("{} {}", about.id, about.address)));
            }
            Sent::TableChanged | Sent::BondForgotten => {}
        }
        None
    }

    fn place(&mut self, id: &SensorId) -> Result<&mut Place<S>, TransportError> {
        let found = self.places.iter_mut().find(|place| place.id == *id);
        found.ok_or_else(|| TransportError::UnknownSensor(id.clone()))
    }

    fn attributes_now(&mut self, id: &SensorId) -> Result<Attributes, TransportError> {
        let server = &self.place(id)?.server;
        if !server.link().connected {
            return Err(TransportError::NotConnected(id.clone()));
        }
        let offered = places(server.sensor().table());
        let offered = offered.map(|(at, offer)| Offered { at, properties: offer.properties }).collect();
        Ok(Attributes { offered, bonded: Some(server.bond() > Security::Open) })
    }

    fn connect_now(&mut self, id: &SensorId) -> Result<(), TransportError> {
        let now = self.now;
        let place = self.place(id)?;
        place.wanted = true;
        let event = place.link_up(now);
        self.waiting.extend(event);
        Ok(())
    }

    fn disconnect_now(&mut self, id: &SensorId) -> Result<(), TransportError> {
        let at = self.now;
        let place = self.place(id)?;
        let connected = place.server.link().connected;
        place.server.disconnect(at);
        (place.wanted, place.again) = (false, None);
        place.wishes.clear();
        if connected {
            let (sensor, reason) = (id.clone(), Disconnect::Asked);
            self.waiting.push_back(TransportEvent::Disconnected { sensor, reason, at });
        }
        Ok(())
    }

    /// Asks a connected sensor; pairs and asks once more where it wants a better link.
    fn ask<T>(
        &mut self,
        id: &SensorId,
        (characteristic, operation): (Characteristic, &'static str),
        ask: impl Fn(&mut Server<S>, UnixMillis) -> Result<T, AttError>,
    ) -> Result<T, TransportError> {
        let now = self.now;
        let server = &mut self.place(id)?.server;
        if !server.link().connected {
            return Err(TransportError::NotConnected(id.clone()));
        }
        let mut answer = ask(server, now);
        if matches!(answer, Err(AttError::INSUFFICIENT_AUTHENTICATION | AttError::INSUFFICIENT_ENCRYPTION)) {
            server.keep_bond(pairs(server.sensor().about().pairing));
            answer = ask(server, now);
        }
        answer.map_err(|error| match error {
            AttError::READ_NOT_PERMITTED
            | AttError::WRITE_NOT_PERMITTED
            | AttError::REQUEST_NOT_SUPPORTED
            | AttError::ATTRIBUTE_NOT_FOUND => {
                TransportError::NotOffered { sensor: id.clone(), characteristic, operation }
            }
            AttError(code) => TransportError::Refused { sensor: id.clone(), characteristic, operation, code },
        })
    }

    fn subscribe_now(&mut self, id: &SensorId, at: Characteristic) -> Result<(), TransportError> {
        self.ask(id, (at, "subscribe to"), |server, now| server.subscribe(at, true, now))?;
        self.place(id)?.wishes.insert(at);
        Ok(())
    }
}

impl<S: SimSensor> Place<S> {
    /// When something happens next by itself.
    fn due(&self) -> Option<UnixMillis> {
        self.again.into_iter().chain(self.server.due()).min()
    }

    /// It is in range again: under a new address it is a stranger, whom nobody has asked for.
    fn found_again(&mut self, now: UnixMillis) -> Option<TransportEvent> {
        let Some(renamed) = self.renamed.take() else { return self.link_up(now) };
        (self.id, self.wanted, self.again) = (renamed, false, None);
        self.wishes.clear();
        Some(TransportEvent::Found(self.found()))
    }

    /// Connects if that is wished, and subscribes again to what was subscribed to.
    fn link_up(&mut self, now: UnixMillis) -> Option<TransportEvent> {
        self.again = None;
        if !self.wanted || self.server.link().connected || !self.server.connect(now) {
            return None;
        }
        for at in &self.wishes {
            // What the sensor no longer has sends nothing.
            let _ = self.server.subscribe(*at, true, now);
        }
        Some(TransportEvent::Connected(self.found()))
    }

    fn found(&self) -> Sensor {
        let sensor = self.server.sensor();
        Sensor { id: self.id.clone(), ..sensor.about().sensor(sensor.table()) }
    }
}

/// What pairing gains in process, where the person is always there and never mistaken.
fn pairs(pairing: Pairing) -> Security {
    match pairing {
        Pairing::JustWorks => Security::Encrypted,
        Pairing::Passkey(_) | Pairing::Comparison(_) => Security::Authenticated,
        Pairing::Refused => Security::Open,
    }
}

impl<S: SimSensor> BleTransport for InProcess<S> {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(ready(Ok(self.places.iter().map(Place::found).collect())))
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.connect_now(sensor)))
    }

    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.disconnect_now(sensor)))
    }

    fn attributes<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        Box::pin(ready(self.attributes_now(sensor)))
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(ready(self.ask(sensor, (at, "read"), |server, now| server.read(at, now))))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.ask(sensor, (at, "write"), |server, now| server.write(at, bytes, now))))
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        characteristic: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.subscribe_now(sensor, characteristic)))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        let event = self.advance();
        (self.on_time)(self.now);
        Box::pin(ready(event))
    }
}
