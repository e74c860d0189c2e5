//! Playing a trace: a transport that sends what was sent and answers what was answered.

use super::{
    answers::{Answers, operation},
    error::TraceError,
    line::{Direction, Header},
    lines::Lines,
    step::Step,
};
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Disconnect, Offered, Pending, Properties, Sensor, SensorId,
    TransportError, TransportEvent, UnixMillis,
};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    fs::File,
    future::ready,
    io::{BufRead, BufReader},
    path::Path,
};

/// Most lines between two events: many times what is asked of a sensor that has just connected.
const MOST_BETWEEN: usize = 4096;

/// A trace as a transport. It never waits, and holds one event, the answers up to the next one, and the last of each before.
pub struct Played<R> {
    header: Header,
    lines: Lines<R>,
    now: UnixMillis,
    /// When the last event came.
    latest: UnixMillis,
    sensors: BTreeMap<SensorId, Place>,
    /// Those of the scan, in their order.
    scanned: Vec<SensorId>,
    answers: Answers,
    ahead: Option<TransportEvent>,
    waiting: VecDeque<TransportEvent>,
    finished: bool,
    error: Option<TraceError>,
    on_time: Box<dyn FnMut(UnixMillis) + Send>,
}

/// A sensor of the trace.
#[derive(Debug)]
struct Place {
    sensor: Sensor,
    /// Whether it was connected at this place of the trace.
    was_up: bool,
    /// Whether whoever plays asked for it, and was told that it is connected.
    wished: bool,
    up: bool,
}

impl<R> fmt::Debug for Played<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Played").field("header", &self.header).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Played<BufReader<File>> {
    /// Opens a trace.
    ///
    /// # Errors
    /// It cannot be read, or is none up to its first event.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        Played::new(BufReader::new(File::open(path).map_err(TraceError::Open)?))
    }
}

impl<R: BufRead> Played<R> {
    /// Plays what this reader gives.
    ///
    /// # Errors
    /// It cannot be read, or is no trace up to its first event.
    ///
    /// ```
    /// use pulsebook_sensor_sim::trace::Played;
    /// let header = r#"{"format":"pulsebook-trace","version":1,"simulated":true,"redacted":false,"start_ms":1000}"#;
    /// assert_eq!(Played::new(header.as_bytes()).unwrap().now(), 1000);
    /// ```
    pub fn new(input: R) -> Result<Self, TraceError> {
        let (header, lines) = Lines::open(input)?;
        let mut played = Played {
            now: header.start_ms,
            latest: UnixMillis::MIN,
            header,
            lines,
            sensors: BTreeMap::new(),
            scanned: Vec::new(),
            answers: Answers::default(),
            ahead: None,
            waiting: VecDeque::new(),
            finished: false,
            error: None,
            on_time: Box::new(|_| {}),
        };
        played.read_on()?;
        Ok(played)
    }

    /// Calls this with the time of each answer: it drives the clock of whoever asks, as receive times do.
    #[must_use]
    pub fn on_time(mut self, on_time: impl FnMut(UnixMillis) + Send + 'static) -> Self {
        self.on_time = Box::new(on_time);
        self
    }

    /// The first line of the trace.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The virtual clock: when the last event came, at first what this device's clock showed at the beginning.
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    /// Why it ended early, if it did; ask after [`TransportEvent::Finished`].
    pub fn error(&self) -> Option<&TraceError> {
        self.error.as_ref()
    }

    /// Reads up to the next event, and keeps what was asked before it.
    fn read_on(&mut self) -> Result<(), TraceError> {
        while let Some(step) = self.lines.next()? {
            match step {
                Step::Scanned(sensor) => {
                    self.scanned.push(sensor.id.clone());
                    self.learn(sensor);
                }
                Step::Asked(asked) => self.answers.add(asked),
                Step::Event(None) => {}
                Step::Event(Some(event)) => {
                    if let Some(at) = time_of(&event) {
                        if at < self.latest {
                            return Err(TraceError::Order { line: self.lines.line() });
                        }
                        self.latest = at;
                    }
                    self.ahead = Some(event);
                    return Ok(());
                }
            }
            if self.answers.len() + self.scanned.len() > MOST_BETWEEN {
                return Err(TraceError::NoEvent { line: self.lines.line(), most: MOST_BETWEEN });
            }
        }
        Ok(())
    }

    fn learn(&mut self, sensor: Sensor) {
        match self.sensors.get_mut(&sensor.id) {
            Some(place) => place.sensor = sensor,
            None => {
                let place = Place { sensor: sensor.clone(), was_up: false, wished: false, up: false };
                self.sensors.insert(sensor.id, place);
            }
        }
    }

    fn advance(&mut self) -> Option<TransportEvent> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let Some(event) = self.ahead.take() else {
                let last = !self.finished;
                self.finished = true;
                return last.then_some(TransportEvent::Finished);
            };
            self.answers.passed();
            self.now = time_of(&event).map_or(self.now, |at| self.now.max(at));
            self.error = self.read_on().err();
            if let Some(event) = self.delivered(event) {
                return Some(event);
            }
        }
    }

    /// What whoever plays is told of an event: sensors that nobody asked for send nothing.
    fn delivered(&mut self, event: TransportEvent) -> Option<TransportEvent> {
        match event {
            TransportEvent::Found(sensor) => {
                let wished = self.sensors.get(&sensor.id).is_some_and(|place| place.wished);
                self.learn(sensor.clone());
                (!wished).then_some(TransportEvent::Found(sensor))
            }
            TransportEvent::Connected(sensor) => {
                self.learn(sensor.clone());
                let place = self.sensors.get_mut(&sensor.id)?;
                place.was_up = true;
                let told = place.wished && !place.up;
                place.up = place.wished;
                told.then_some(TransportEvent::Connected(sensor))
            }
            TransportEvent::Disconnected { sensor, reason, at } => {
                let place = self.sensors.get_mut(&sensor)?;
                place.was_up = false;
                std::mem::take(&mut place.up).then_some(TransportEvent::Disconnected { sensor, reason, at })
            }
            TransportEvent::Link { sensor, state, at } => {
                let wished = self.sensors.get(&sensor)?.wished;
                wished.then_some(TransportEvent::Link { sensor, state, at })
            }
            TransportEvent::Notification(sent) => {
                let up = self.sensors.get(&sent.sensor)?.up;
                up.then_some(TransportEvent::Notification(sent))
            }
            TransportEvent::Finished => None,
        }
    }

    fn place(&mut self, id: &SensorId) -> Result<&mut Place, TransportError> {
        self.sensors.get_mut(id).ok_or_else(|| TransportError::UnknownSensor(id.clone()))
    }

    fn connected(&mut self, id: &SensorId) -> Result<&Sensor, TransportError> {
        let place = self.place(id)?;
        if place.up { Ok(&place.sensor) } else { Err(TransportError::NotConnected(id.clone())) }
    }

    fn connect_now(&mut self, id: &SensorId) -> Result<(), TransportError> {
        let place = self.place(id)?;
        place.wished = true;
        if place.was_up && !place.up {
            place.up = true;
            let event = TransportEvent::Connected(place.sensor.clone());
            self.waiting.push_back(event);
        }
        Ok(())
    }

    fn disconnect_now(&mut self, id: &SensorId) -> Result<(), TransportError> {
        let at = self.now;
        let place = self.place(id)?;
        place.wished = false;
        if std::mem::take(&mut place.up) {
            let (sensor, reason) = (id.clone(), Disconnect::Asked);
            self.waiting.push_back(TransportEvent::Disconnected { sensor, reason, at });
        }
        Ok(())
    }

    /// What sends is all that is known of what a sensor offers.
    fn attributes_now(&mut self, id: &SensorId) -> Result<Attributes, TransportError> {
        let sends = |at: &Characteristic| Offered { at: *at, properties: Properties::NOTIFY };
        let offered = self.connected(id)?.notifies.iter().map(sends).collect();
        Ok(Attributes { offered, bonded: None })
    }

    fn ask(
        &mut self,
        id: &SensorId,
        what: Direction,
        characteristic: Characteristic,
    ) -> Result<Vec<u8>, TransportError> {
        let sends = self.connected(id)?.notifies.contains(&characteristic);
        match self.answers.to(id, what, characteristic) {
            Some((at, answer)) => {
                (self.on_time)(at);
                answer
            }
            None if what == Direction::Subscribe && sends => Ok(Vec::new()),
            None => {
                let (sensor, operation) = (id.clone(), operation(what));
                Err(TransportError::NotOffered { sensor, characteristic, operation })
            }
        }
    }
}

fn time_of(event: &TransportEvent) -> Option<UnixMillis> {
    match event {
        TransportEvent::Notification(sent) => Some(sent.received_at),
        TransportEvent::Disconnected { at, .. } | TransportEvent::Link { at, .. } => Some(*at),
        TransportEvent::Connected(_) | TransportEvent::Found(_) | TransportEvent::Finished => None,
    }
}

impl<R: BufRead + Send> BleTransport for Played<R> {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        let found = self.scanned.iter().filter_map(|id| self.sensors.get(id));
        Box::pin(ready(Ok(found.map(|place| place.sensor.clone()).collect())))
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
        Box::pin(ready(self.ask(sensor, Direction::Read, at)))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
        _bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.ask(sensor, Direction::Write, at).map(drop)))
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(self.ask(sensor, Direction::Subscribe, at).map(drop)))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(ready(self.advance()))
    }
}
