//! A bench for simulated sensors: what a radio and a system between can do to a test, and sensors with one thing changed.

use pulsebook_conformance::{Details, Options, Report, Session, Stand, Verdict, run};
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Notification, Pending, Sensor, SensorId, TransportError,
    TransportEvent, UnixMillis,
};
use pulsebook_sensor_sim::{
    gatt::{About, AttError, Link, Output, Pairing, Service, SimSensor},
    in_process::InProcess,
};
use std::{collections::VecDeque, future::ready};

/// 14 July 2026, 12:00 UTC.
pub(crate) const START: UnixMillis = 1_784_030_400_000;
pub(crate) const OPTIONS: Options = Options { watch_ms: 60_000, erase: true, offset_minutes: Some(0) };

/// The bench.
pub(crate) struct Bench {
    sensors: InProcess<Box<dyn SimSensor>>,
    heard: VecDeque<TransportEvent>,
    /// The system says "paired" for ever once it was, as operating systems do.
    pub(crate) remembers: bool,
    /// The sensor asked for pairing when it was connected: the system tells of the bond from the second look on.
    pub(crate) pairs_at_once: bool,
    bonded: bool,
    looks: usize,
    /// So long a write is under way, in milliseconds; what comes meanwhile is heard after it.
    pub(crate) write_ms: i64,
    /// Writes so many bytes long get no answer in time.
    pub(crate) no_answer_to: Option<usize>,
    /// So many of the longest values of this characteristic come at once, after the first that is heard.
    pub(crate) flood: Option<(Characteristic, usize)>,
}

impl Bench {
    pub(crate) fn new(sensor: Box<dyn SimSensor>) -> Bench {
        let sensors = InProcess::new(vec![sensor], START, i64::MAX / 4);
        Bench {
            sensors,
            heard: VecDeque::new(),
            remembers: false,
            pairs_at_once: false,
            bonded: false,
            looks: 0,
            write_ms: 0,
            no_answer_to: None,
            flood: None,
        }
    }

    /// Connects, writes, and ends the connection, before any test: pairs where the sensor asks for it.
    pub(crate) async fn use_before(&mut self, listens: Characteristic, bytes: &[u8]) {
        let sensor = self.scan().await.unwrap().remove(0);
        self.sensors.connect(&sensor.id).await.unwrap();
        self.sensors.subscribe(&sensor.id, listens).await.unwrap();
        self.sensors.write(&sensor.id, listens, bytes).await.unwrap();
        self.sensors.next_before(self.sensors.now() + 1_000);
        self.sensors.disconnect(&sensor.id).await.unwrap();
        while self.sensors.next_before(self.sensors.now() + 1_000).is_some() {}
    }

    /// The session with the sensor.
    pub(crate) async fn session(mut self, options: Options) -> Session {
        let sensor = self.scan().await.unwrap().remove(0);
        run(&mut self, sensor, options).await.unwrap()
    }

    /// Takes the sensor through the course.
    pub(crate) async fn tested(mut self, options: Options, redact: bool) -> Report {
        let sensor = self.scan().await.unwrap().remove(0);
        let session = run(&mut self, sensor, options).await.unwrap();
        Report::new(&session, Details { tested_at: self.now(), redact })
    }
}

/// The clauses that ended so.
pub(crate) fn ended(report: &Report, verdict: Verdict) -> Vec<&str> {
    let clauses = report.profiles.iter().flat_map(|profile| &profile.clauses);
    clauses.filter(|clause| clause.verdict == verdict).map(|clause| clause.id.as_str()).collect()
}

/// How one clause ended, and what came.
pub(crate) fn how<'a>(report: &'a Report, id: &str) -> (Verdict, &'a str) {
    let mut clauses = report.profiles.iter().flat_map(|profile| &profile.clauses);
    let clause = clauses.find(|clause| clause.id == id).unwrap_or_else(|| panic!("no clause {id}"));
    (clause.verdict, &clause.came)
}

impl Stand for Bench {
    fn transport(&mut self) -> &mut dyn BleTransport {
        self
    }

    fn now(&self) -> UnixMillis {
        self.sensors.now()
    }

    fn next(&mut self, wait_ms: i64) -> Pending<'_, Option<TransportEvent>> {
        let until = self.sensors.now() + wait_ms;
        if let (Some((characteristic, left @ 1..)), true) = (self.flood, self.now() > START + 5_000) {
            self.flood = Some((characteristic, left - 1));
            let (sensor, received_at) =
                (self.sensors.sensors().next().unwrap().about().id.clone(), self.now());
            let sent = Notification {
                sensor: SensorId::new(&sensor),
                characteristic,
                received_at,
                bytes: vec![0; 512],
            };
            return Box::pin(ready(Some(TransportEvent::Notification(sent))));
        }
        let event = self.heard.pop_front().or_else(|| self.sensors.next_before(until));
        Box::pin(ready(event))
    }
}

impl BleTransport for Bench {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        self.sensors.scan()
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        self.sensors.connect(sensor)
    }

    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        self.sensors.disconnect(sensor)
    }

    fn attributes<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        Box::pin(async move {
            let mut found = self.sensors.attributes(sensor).await?;
            self.bonded |= found.bonded == Some(true);
            self.looks += 1;
            if self.pairs_at_once && self.looks > 1 || self.remembers && self.bonded {
                found.bonded = Some(true);
            }
            Ok(found)
        })
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        self.sensors.read(sensor, at)
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        let until = self.sensors.now() + self.write_ms;
        while let Some(event) = self.sensors.next_before(until).filter(|_| self.write_ms > 0) {
            self.heard.push_back(event);
        }
        match self.no_answer_to == Some(bytes.len()) {
            true => Box::pin(ready(Err(TransportError::Radio("no answer within 30 s".into())))),
            false => self.sensors.write(sensor, at, bytes),
        }
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        self.sensors.subscribe(sensor, at)
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        self.sensors.next_event()
    }
}

/// A sensor with one thing changed.
pub(crate) struct Altered {
    sensor: Box<dyn SimSensor>,
    about: About,
    /// What it sends in place of its values.
    pub(crate) sends: fn(Characteristic, Vec<u8>) -> Vec<u8>,
    /// It pairs on its first so many connections only.
    pub(crate) pairs_on: usize,
    /// It is out of range from then, until then.
    pub(crate) away: Option<(UnixMillis, UnixMillis)>,
    connections: usize,
}

impl Altered {
    pub(crate) fn new(sensor: Box<dyn SimSensor>) -> Altered {
        let about = sensor.about().clone();
        Altered { sensor, about, sends: |_, bytes| bytes, pairs_on: usize::MAX, away: None, connections: 0 }
    }

    pub(crate) fn boxed(mut self) -> Box<dyn SimSensor> {
        if self.pairs_on == 0 {
            self.about.pairing = Pairing::Refused;
        }
        Box::new(self)
    }
}

impl SimSensor for Altered {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        self.sensor.table()
    }

    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError> {
        self.sensor.read(at, link)
    }

    fn write(&mut self, at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        self.sensor.write(at, bytes, link)
    }

    fn link_changed(&mut self, link: &Link) {
        self.connections += usize::from(link.connected);
        if self.connections > self.pairs_on {
            self.about.pairing = Pairing::Refused;
        }
        self.sensor.link_changed(link);
    }

    fn due(&self) -> Option<UnixMillis> {
        let away = self.away.map(|(from, until)| if from > 0 { from } else { until });
        away.into_iter().chain(self.sensor.due()).min()
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        match self.away {
            Some((from, until)) if from > 0 && from <= link.now => {
                self.away = Some((0, until));
                return Some(Output::OutOfRange);
            }
            Some((0, until)) if until <= link.now => {
                self.away = None;
                return Some(Output::InRange);
            }
            _ => {}
        }
        match self.sensor.step(link)? {
            Output::Value { at, bytes, delay_ms } => {
                Some(Output::Value { at, bytes: (self.sends)(at, bytes), delay_ms })
            }
            other => Some(other),
        }
    }
}
