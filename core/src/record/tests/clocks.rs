//! Sensors whose clock is off: what it dated comes in at the right time, and only then is it set.

use super::*;
use crate::{
    decode::{Zone, blood_pressure, current_time, glucose},
    event::ClockSetting,
};
use pulsebook_protocol::quality::Mark;
use std::sync::Mutex;

const HOUR: i64 = 3_600_000;
const CLOCK: Characteristic = current_time::CURRENT_TIME;

/// What was done with the cuff, in order.
type Done = Arc<Mutex<Vec<&'static str>>>;

/// A transport that plays events and lets the clock be read and set.
struct Cuff {
    events: VecDeque<TransportEvent>,
    shows: Vec<u8>,
    done: Done,
}

impl Cuff {
    /// A cuff whose clock shows this at 2027-01-15 08:00:00 UTC, the start.
    fn showing(year: u16, hour: u8, events: Vec<TransportEvent>) -> (Box<Cuff>, Done) {
        let [low, high] = year.to_le_bytes();
        let (shows, done) = (vec![low, high, 1, 15, hour, 0, 0, 0, 0, 0], Done::default());
        (Box::new(Cuff { events: events.into(), shows, done: done.clone() }), done)
    }
}

impl BleTransport for Cuff {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(ready(Ok(vec![thermometer()])))
    }

    fn connect<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn disconnect<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn attributes<'a>(&'a mut self, _: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        Box::pin(ready(Ok(Attributes::default())))
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        asked: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        let missing = || not_offered(sensor, asked, "read");
        Box::pin(ready((asked == CLOCK).then(|| self.shows.clone()).ok_or_else(missing)))
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        if at == CLOCK {
            self.shows = bytes.to_vec();
            self.done.lock().unwrap().push("set");
        }
        let taken = at == CLOCK || at.characteristic == 0x2A52;
        Box::pin(ready(if taken { Ok(()) } else { Err(not_offered(sensor, at, "write")) }))
    }

    fn subscribe<'a>(
        &'a mut self,
        _: &'a SensorId,
        _: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(ready(Ok(())))
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        if let Some(TransportEvent::Notification(notification)) = self.events.front()
            && notification.sensor == thermometer().id
        {
            self.done.lock().unwrap().push("value");
        }
        Box::pin(ready(self.events.pop_front()))
    }
}

fn not_offered(sensor: &SensorId, characteristic: Characteristic, operation: &'static str) -> TransportError {
    TransportError::NotOffered { sensor: sensor.clone(), characteristic, operation }
}

/// A blood pressure that was measured at this time by the cuff's clock.
fn pressure(ms: i64, year: u16, (hour, minute): (u8, u8)) -> TransportEvent {
    let (sensor, characteristic) = (thermometer().id, blood_pressure::MEASUREMENT);
    let [low, high] = year.to_le_bytes();
    let bytes = vec![0x02, 120, 0, 80, 0, 93, 0, low, high, 1, 15, hour, minute, 0];
    TransportEvent::Notification(Notification { sensor, characteristic, received_at: START + ms, bytes })
}

fn control(bytes: &[u8]) -> TransportEvent {
    let (sensor, characteristic) = (thermometer().id, Characteristic::new(glucose::SERVICE, 0x2A52));
    let (received_at, bytes) = (START + 1, bytes.to_vec());
    TransportEvent::Notification(Notification { sensor, characteristic, received_at, bytes })
}

fn connected(notifies: Vec<Characteristic>) -> TransportEvent {
    TransportEvent::Connected(Sensor { notifies, ..thermometer() })
}

fn with_zone() -> CollectOptions {
    CollectOptions { zone: Some(Zone::default()), ..CollectOptions::default() }
}

async fn times(record: &Record) -> Vec<(i64, Vec<Mark>)> {
    let page = everything(record).await;
    let systolic = page.readings.iter().filter(|kept| kept.reading.vital == Vital::SystolicPressure);
    systolic.map(|kept| (kept.reading.measured_at, kept.reading.quality.marks().collect())).collect()
}

#[tokio::test]
async fn a_clock_is_set_after_the_values_that_it_dated() {
    for (year, off) in [(2027, 3 * HOUR), (2021, 189_345_600_000 + 3 * HOUR)] {
        let (_dir, record) = new_record().await;
        let events = vec![
            connected(vec![blood_pressure::MEASUREMENT]),
            pressure(1_000, year, (4, 30)),
            pressure(2_000, year, (4, 31)),
            heart_rate_at(30_000, &[0x00, 70]),
        ];
        let (cuff, done) = Cuff::showing(year, 5, events);
        record.collect(cuff, with_zone()).await.unwrap();
        let corrected = vec![Mark::ClockCorrected];
        let expected = [(START - HOUR / 2, corrected.clone()), (START - HOUR / 2 + 60_000, corrected)];
        assert_eq!(times(&record).await, expected, "off by {off} ms");
        assert_eq!(*done.lock().unwrap(), ["value", "value", "set"]);
    }
}

#[tokio::test]
async fn a_clock_is_not_set_before_every_memory_was_fetched_to_its_end() {
    // Of two memories one has no records and the other does not answer; the other sensor does not let itself be asked.
    let memory = |service| Characteristic::new(service, 0x2A52);
    let both = vec![memory(glucose::SERVICE), memory(0x1822)];
    let none = control(&[6, 0, 4, 6]);
    let unsupported = vec![control(&[6, 0, 4, 2]), control(&[6, 0, 1, 2])];
    for (notifies, answers) in [(both, vec![none.clone()]), (vec![memory(glucose::SERVICE)], unsupported)] {
        let (_dir, record) = new_record().await;
        let mut events = vec![connected(notifies)];
        events.extend(answers);
        events.push(heart_rate_at(29_000, &[0x00, 70]));
        let (cuff, done) = Cuff::showing(2027, 5, events);
        record.collect(cuff, with_zone()).await.unwrap();
        assert_eq!(done.lock().unwrap().iter().filter(|what| **what == "set").count(), 0);
    }
    let (_dir, record) = new_record().await;
    let events = vec![connected(vec![memory(glucose::SERVICE)]), none, heart_rate_at(29_000, &[0x00, 70])];
    let (cuff, done) = Cuff::showing(2027, 5, events);
    record.collect(cuff, with_zone()).await.unwrap();
    assert_eq!(done.lock().unwrap().last(), Some(&"set"), "all that it had is here");
}

#[tokio::test]
async fn without_a_known_zone_no_clock_is_set_and_that_is_said() {
    let (_dir, record) = new_record().await;
    let mut heard = record.events();
    let events = vec![
        connected(vec![blood_pressure::MEASUREMENT]),
        pressure(1_000, 2027, (4, 30)),
        heart_rate_at(30_000, &[0x00, 70]),
    ];
    let (cuff, done) = Cuff::showing(2027, 5, events);
    record.collect(cuff, CollectOptions::default()).await.unwrap();
    assert_eq!(*done.lock().unwrap(), ["value"]);
    assert_eq!(times(&record).await, [(START - HOUR / 2, vec![Mark::ClockCorrected])]);
    let settings = std::iter::from_fn(|| heard.try_next()).filter_map(|one| match one.event {
        Event::SensorClockOff { lag_ms, setting, .. } => Some((lag_ms, setting)),
        _ => None,
    });
    assert_eq!(settings.collect::<Vec<_>>(), [(3 * HOUR, ClockSetting::ZoneUnknown)]);
}
