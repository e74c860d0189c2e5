//! The wearables of a scenario as simulated sensors: each measures the same person and meets the scenario's faults.

mod looks;

use crate::{
    about,
    body::Body,
    clock::{self, CURRENT_TIME, Clock},
    encode::BATTERY,
    faults::{Faults, Happening, Injected, NEVER_SET},
    gatt::{About, Address, AttError, Link, Output, Service, SimSensor},
    measured::Measured,
    monitor::{self, Monitor},
    random::Random,
    scenario::{Scenario, Wearable},
    strike::{Fate, strike},
    wearable::{self, Stream},
};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::VecDeque;

/// A wearable on its person. Every wearable has the person for itself; the same seed makes it the same person.
#[derive(Debug)]
pub(crate) struct Worn {
    wearable: Wearable,
    about: About,
    table: Vec<Service>,
    start: UnixMillis,
    body: Body,
    streams: Vec<Stream>,
    /// By milliseconds after the start, latest first.
    happenings: Vec<(i64, Happening)>,
    faults: Faults,
    injected: Injected,
    /// What the last value was made from, and when.
    measured: Option<(UnixMillis, Measured)>,
    /// What is measured as long as the sensor is stuck.
    stuck_at: Option<Measured>,
    /// Notifications that still do not go out.
    dropping: u16,
    /// What goes out behind the next value of its kind.
    held: Option<Made>,
    /// What goes out at once, by milliseconds after the start.
    waiting: VecDeque<(i64, Made)>,
    clock: Option<Clock>,
    battery: Option<u8>,
    monitor: Option<Monitor>,
    addresses: u16,
}

/// A value on its way, and what it was made from.
#[derive(Clone, Debug)]
struct Made {
    at: Characteristic,
    bytes: Vec<u8>,
    delay_ms: i64,
    measured: Measured,
}

/// The wearables of a scenario.
pub(crate) fn wear(scenario: &Scenario, seed: u64, start: UnixMillis, duration_ms: i64) -> Vec<Worn> {
    let worn = Wearable::ALL.into_iter().filter(|wearable| scenario.wearables.contains(wearable));
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
        let faults = Faults::new(scenario, wearable, duration_ms);
        let clock = faults.need_a_clock().then(Clock::default);
        let worn = wearable == Wearable::GlucoseMonitor;
        let monitor = worn.then(|| worn_before(scenario, seed, start));
        Worn {
            wearable,
            about: looks::about(wearable),
            table: looks::table(wearable, clock.is_some()),
            start,
            body: Body::new(scenario, seed, start, duration_ms),
            streams: wearable::streams(seed, wearable, scenario, start),
            happenings: faults.happenings(),
            faults,
            injected: Injected::default(),
            measured: None,
            stuck_at: None,
            dropping: 0,
            held: None,
            waiting: VecDeque::new(),
            clock,
            battery: None,
            monitor,
            addresses: 0,
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

    /// When something but a series is due next, by milliseconds after the start.
    fn other_due(&self) -> Option<i64> {
        let happening = self.happenings.last().map(|(at, _)| *at);
        let waiting = self.waiting.front().map(|(at, _)| *at);
        let answer = self.monitor.as_ref().and_then(Monitor::due).map(|at| at - self.start);
        happening.into_iter().chain(waiting).chain(answer).min()
    }

    /// Lets a series measure; gives the value if somebody listens. The body lives on either way.
    fn measure(&mut self, place: usize, link: &Link) -> Option<Output> {
        let (start, contact) = (self.start, !self.faults.contact_lost(self.streams.get(place)?.due));
        let stream = self.streams.get_mut(place)?;
        let (elapsed, at) = (stream.due, stream.characteristic);
        let now = start + elapsed;
        self.body.advance(elapsed);
        let shown = self.clock.map_or(now, |clock| clock.at(now));
        let measured = stream.measure(&self.body, (start, shown), contact);
        let delay_ms = stream.delay();
        if at == BATTERY {
            let measured = self.battery.map_or(measured, Measured::Battery);
            return self.goes(Made::of(at, measured, delay_ms), link);
        }
        let measured = self.felt(measured, elapsed);
        if self.dropping > 0 && link.listens(at) {
            self.dropping -= 1;
            return None;
        }
        if !link.listens(at) {
            return None;
        }
        self.sent(at, measured, delay_ms, elapsed, link)
    }

    /// What the sensor makes of a measurement: the same again when it is stuck, and a stored record when it stores.
    fn felt(&mut self, measured: Measured, elapsed: i64) -> Measured {
        let measured = match &self.stuck_at {
            Some(before) if self.faults.stuck(elapsed) => measured.with_values_of(before),
            _ => measured,
        };
        self.stuck_at = Some(measured.clone());
        match &mut self.monitor {
            Some(monitor) => {
                let minutes = monitor.minutes(self.start + elapsed);
                let measured = measured.in_session(minutes, monitor.moment(minutes));
                monitor.store(&measured);
                measured
            }
            None => measured,
        }
    }

    /// The value of a measurement after its fault, if one is due.
    fn sent(
        &mut self,
        at: Characteristic,
        measured: Measured,
        delay_ms: i64,
        elapsed: i64,
        link: &Link,
    ) -> Option<Output> {
        if let Some(monitor) = &mut self.monitor {
            monitor.note_reached(&measured);
        }
        let struck = strike(self.faults.due(elapsed), self.wearable, measured, &mut self.injected);
        let made = Made { at, bytes: struck.bytes, delay_ms, measured: struck.measured };
        match struck.fate {
            Fate::Goes => {}
            Fate::Drops(more) => {
                self.dropping = more;
                return None;
            }
            Fate::GoesTwice => {
                let measured = twice(self.wearable, &made.measured);
                self.waiting.push_back((elapsed, Made { measured, ..made.clone() }));
            }
            Fate::Waits => {
                self.held = Some(made);
                return None;
            }
        }
        if let Some(held) = self.held.take() {
            self.waiting.push_back((elapsed, held));
        }
        self.goes(made, link)
    }

    fn goes(&mut self, made: Made, link: &Link) -> Option<Output> {
        let Made { at, bytes, delay_ms, measured } = made;
        if !link.listens(at) {
            return None;
        }
        self.injected.contact_lost += u64::from(matches!(measured, Measured::Heart { contact: false, .. }));
        self.measured = Some((link.now, measured));
        Some(Output::Value { at, bytes, delay_ms })
    }

    fn happens(&mut self, happening: Happening, link: &Link) -> Option<Output> {
        match happening {
            Happening::OutOfRange => {
                self.injected.lost_connection += u64::from(link.connected);
                Some(Output::OutOfRange)
            }
            Happening::InRange => Some(Output::InRange),
            Happening::NewAddress => {
                self.addresses += 1;
                let number = about::number(self.wearable) as u16;
                self.about.address = Address::simulated(number + (self.addresses << 8));
                Some(Output::AddressChanged)
            }
            Happening::Drift(ppm) => {
                self.clock.as_mut()?.drift(ppm, link.now);
                None
            }
            Happening::ClockReset => {
                self.clock.as_mut()?.show(NEVER_SET, link.now);
                None
            }
            Happening::ClockJump(by) => {
                let clock = self.clock.as_mut()?;
                clock.show(clock.at(link.now) + by, link.now);
                let bytes = clock.read(link.now, clock::SUMMER_TIME);
                self.goes(Made { at: CURRENT_TIME, bytes, delay_ms: 0, measured: Measured::Answer }, link)
            }
            Happening::BatteryLow(percent) => {
                self.battery = Some(percent);
                self.goes(Made::of(BATTERY, Measured::Battery(percent), 0), link)
            }
            Happening::CutBackfill(after) => {
                self.monitor.as_mut()?.cut_after(after);
                None
            }
        }
    }

    /// What is due beside the series: what waits first, then what happens, then what the monitor answers.
    fn other(&mut self, due: i64, link: &Link) -> Option<Output> {
        if self.waiting.front().is_some_and(|(at, _)| *at <= due) {
            let (_, made) = self.waiting.pop_front()?;
            return self.goes(made, link);
        }
        if self.happenings.last().is_some_and(|(at, _)| *at <= due) {
            let (_, happening) = self.happenings.pop()?;
            return self.happens(happening, link);
        }
        let (output, measured) = self.monitor.as_mut()?.step()?;
        self.measured = Some((link.now, measured));
        Some(output)
    }
}

impl Made {
    fn of(at: Characteristic, measured: Measured, delay_ms: i64) -> Made {
        let bytes = crate::encode::encode(&measured);
        Made { at, bytes, delay_ms, measured }
    }
}

/// What a second copy means: what is known by its own time is one record, however often it comes.
fn twice(wearable: Wearable, measured: &Measured) -> Measured {
    match wearable {
        Wearable::SpotOximeter | Wearable::GlucoseMonitor => Measured::Again,
        _ => measured.clone(),
    }
}

/// A monitor with what it measured before the scenario begins.
fn worn_before(scenario: &Scenario, seed: u64, start: UnixMillis) -> Monitor {
    let mut monitor = Monitor::worn(start);
    let mut random = Random::new(seed, 77);
    let every = usize::from(monitor::EVERY_MINUTES);
    for minutes in (monitor::EVERY_MINUTES..=monitor::WORN_BEFORE).step_by(every) {
        let glucose = (scenario.persona.glucose + 2.0 * random.normal()).round() as i32;
        let measured = Measured::Glucose { mg_dl: Some(glucose), trend_tenths: 0, minutes, at: 0 };
        monitor.store(&measured.in_session(minutes, monitor.moment(minutes)));
    }
    monitor
}

impl SimSensor for Worn {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError> {
        let answer = match at {
            BATTERY => Some(vec![self.battery.unwrap_or_else(|| wearable::battery(link.now - self.start))]),
            CURRENT_TIME => self.clock.map(|clock| clock.read(link.now, 0)),
            _ => self.monitor.as_ref().and_then(|monitor| monitor.answer(at, link.now)),
        };
        answer.or_else(|| about::answer(self.wearable, at)).ok_or(AttError::ATTRIBUTE_NOT_FOUND)
    }

    fn write(&mut self, at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        match (&mut self.clock, &mut self.monitor) {
            (Some(clock), _) if at == CURRENT_TIME => clock.set(bytes, link.now),
            (_, Some(monitor)) => monitor.write(at, bytes, link),
            _ => Err(AttError::WRITE_NOT_PERMITTED),
        }
    }

    fn link_changed(&mut self, _link: &Link) {
        if let Some(monitor) = &mut self.monitor {
            monitor.stop();
        }
    }

    fn due(&self) -> Option<UnixMillis> {
        let series = self.next().map(|(_, due)| due);
        self.other_due().into_iter().chain(series).min().map(|due| self.start + due)
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        let (place, due) = self.next()?;
        match self.other_due() {
            Some(other) if other <= due => self.other(other, link),
            _ => self.measure(place, link),
        }
    }
}
