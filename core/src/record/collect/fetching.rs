//! Fetching what connected sensors stored: drives one [`Backfill`] at a time over the transport.

use super::Collecting;
use crate::{
    backfill::{Backfill, Came, Effect, Ending, Input, Keeping, PATIENCE_MS, Refusal, Wanted},
    ble::{BleTransport, Characteristic, SensorId, TransportError, UnixMillis},
    decode::record_access::{self, Answer, Dialect},
    error::Error,
    event::Event,
    record::Inner,
    store::{StoreError, locked},
};
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// The longest that a fetching may take, in milliseconds: four weeks of a monitor's five minutes are sent in a quarter of it.
const MOST_MS: i64 = 3_600_000;

/// Memories of sensors that wait to be fetched, and the one that is being fetched.
#[derive(Debug, Default)]
pub(super) struct Fetching {
    waiting: VecDeque<Memory>,
    now: Option<Run>,
}

/// A fetching under way. Times are those of the record's clock.
#[derive(Debug)]
struct Run {
    memory: Memory,
    backfill: Backfill,
    /// When the sensor is taken for silent.
    deadline: UnixMillis,
    /// When it has taken too long, whatever the sensor sends.
    end: UnixMillis,
}

/// One memory of one connected sensor.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Memory {
    sensor: SensorId,
    /// The transport's name for it.
    found_as: SensorId,
    service: u16,
}

impl Run {
    fn new(memory: Memory, wanted: Wanted, now: UnixMillis) -> Run {
        let backfill = Backfill::new(wanted);
        Run { memory, backfill, deadline: now + PATIENCE_MS, end: now + MOST_MS }
    }

    /// Takes an input at this time. A sensor that goes on sending although it was asked to stop gains no time by it.
    fn step(&mut self, input: Input, now: UnixMillis) -> Vec<Effect> {
        if !(self.backfill.is_stopping() && matches!(input, Input::Record(_))) {
            self.deadline = now + PATIENCE_MS;
        }
        self.backfill.step(input)
    }

    /// How long the sensor may still be silent.
    fn left(&self, now: UnixMillis) -> i64 {
        self.deadline.min(self.end) - now
    }
}

impl Fetching {
    /// A sensor is connected and subscribed: what it stored will be fetched.
    /// How many memories it has.
    pub(super) fn queue(
        &mut self,
        sensor: &SensorId,
        found_as: &SensorId,
        notifies: &[Characteristic],
    ) -> usize {
        let before = self.waiting.len();
        for at in notifies.iter().filter(|at| **at == record_access::control_point(at.service)) {
            let (sensor, found_as, service) = (sensor.clone(), found_as.clone(), at.service);
            self.waiting.push_back(Memory { sensor, found_as, service });
        }
        self.waiting.len() - before
    }

    /// The link to what was found under this name is down: nothing more comes of it. Whether it is the one over which is
    /// fetched; a sensor that is back under another name has another link.
    fn lose(&mut self, found_as: &SensorId) -> bool {
        self.waiting.retain(|memory| memory.found_as != *found_as);
        self.now.as_ref().is_some_and(|run| run.memory.found_as == *found_as)
    }

    /// How long to wait for the next event at this time; for ever when nothing is being fetched.
    pub(super) fn patience(&self, now: UnixMillis) -> Option<Duration> {
        let left = self.now.as_ref()?.left(now).clamp(0, PATIENCE_MS);
        Some(Duration::from_millis(left.unsigned_abs()))
    }

    /// Whether the sensor has been silent for too long at this time, whoever else was heard meanwhile.
    pub(super) fn is_overdue(&mut self, now: UnixMillis) -> bool {
        let Some(run) = &mut self.now else { return false };
        if run.left(now) > PATIENCE_MS {
            // The clock was set back.
            (run.deadline, run.end) = (now + PATIENCE_MS, now + MOST_MS);
        }
        run.left(now) <= 0
    }

    /// Whether this sensor's memory of that service is being fetched.
    pub(super) fn is_of(&self, sensor: &SensorId, service: u16) -> bool {
        let now = self.now.as_ref().map(|run| &run.memory);
        now.is_some_and(|memory| memory.sensor == *sensor && memory.service == service)
    }
}

impl Inner {
    /// Begins with the next memory that waits, if none is being fetched.
    pub(super) async fn fetch_next(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        while collecting.fetching.now.is_none()
            && let Some(memory) = collecting.fetching.waiting.pop_front()
        {
            let last = locked(&self.pipeline).last_fetched(&memory.sensor, memory.service);
            let forget = collecting.options.forget_on_sensor && !self.is_shared(&memory.sensor)?;
            let wanted = Wanted { dialect: Dialect::of(memory.service), last, forget };
            locked(&self.pipeline).fetches(&memory.sensor, Some(memory.service));
            collecting.fetching.now = Some(Run::new(memory, wanted, self.clock.now()));
            self.fetch(transport, Input::Begin, collecting).await?;
        }
        Ok(())
    }

    /// Whether others use this sensor too, as far as the patient said so or has not said yet: it must not forget what is theirs.
    fn is_shared(&self, sensor: &SensorId) -> Result<bool, StoreError> {
        let sensors = self.store.sensors()?;
        let mut users =
            sensors.iter().filter(|stored| stored.id == sensor.as_str()).flat_map(|one| &one.users);
        if users.any(|user| !user.mine) {
            return Ok(true);
        }
        let mut from = 0;
        while let Some((number, held)) = self.store.held_from(from)? {
            if held.sensor == sensor.as_str() {
                return Ok(true);
            }
            from = number + 1;
        }
        Ok(false)
    }

    /// What a notification of the memory that is being fetched means for it: an answer of the control point, or records;
    /// `mine` whether the record has them now.
    pub(super) async fn fetched(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        (at, bytes): (Characteristic, &[u8]),
        (came, mine): (Vec<Came>, bool),
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        if at == record_access::control_point(at.service) {
            let input = Answer::decode(bytes).map_or(Input::Garbled, Input::Answered);
            return self.fetch(transport, input, collecting).await;
        }
        for one in came {
            let kept = if mine { one.kept } else { Keeping::NotMine };
            self.fetch(transport, Input::Record(Came { kept, ..one }), collecting).await?;
        }
        Ok(())
    }

    /// A link is down.
    pub(super) async fn fetch_lost(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        found_as: &SensorId,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        if collecting.fetching.lose(found_as) {
            self.fetch(transport, Input::Lost, collecting).await?;
        }
        Ok(())
    }

    /// Lets the state machine take an input, and does what it says until it waits for the sensor.
    pub(super) async fn fetch(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        input: Input,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let Some(run) = &mut collecting.fetching.now else { return Ok(()) };
            let effects = run.step(input, self.clock.now());
            let (memory, newest) = (run.memory.clone(), run.backfill.newest());
            for effect in effects {
                match effect {
                    Effect::Write(request) => inputs.extend(ask(transport, &memory, &request).await),
                    Effect::MakeDurable => {
                        self.keep_fetched()?;
                        inputs.push_back(Input::Durable);
                    }
                    Effect::End(ending) => {
                        collecting.fetching.now = None;
                        self.end_fetching(&memory, newest, ending)?;
                        collecting.clocks.fetched(&memory.sensor, ending);
                    }
                }
            }
        }
        Ok(())
    }

    fn end_fetching(&self, memory: &Memory, newest: Option<u32>, ending: Ending) -> Result<(), Error> {
        if let (Ending::Complete { .. }, Some(newest)) = (ending, newest) {
            locked(&self.pipeline).fetched_up_to(&memory.sensor, memory.service, newest);
        }
        locked(&self.pipeline).fetches(&memory.sensor, None);
        self.keep_fetched()?;
        self.events.tell(|| Event::Fetched { sensor: memory.sensor.to_string(), ending });
        Ok(())
    }

    /// Everything received survives a power cut, and so does which records it was.
    pub(super) fn keep_fetched(&self) -> Result<(), Error> {
        let mut pipeline = locked(&self.pipeline);
        let mut random = locked(&self.random);
        pipeline.sync(None)?;
        Ok(pipeline.store_fetched(&self.store, &mut **random)?)
    }
}

/// Writes a request; what the sensor refuses, and a link that is down, are inputs.
async fn ask(transport: &mut dyn BleTransport, memory: &Memory, request: &[u8]) -> Option<Input> {
    let at = record_access::control_point(memory.service);
    match transport.write(&memory.found_as, at, request).await {
        Ok(()) => None,
        Err(TransportError::NotConnected(_) | TransportError::UnknownSensor(_)) => Some(Input::Lost),
        Err(error) => Some(Input::Refused(refusal(&error))),
    }
}

/// By the ATT error (Core Specification 5.4, Vol 3 Part F 3.4.1.1; Core Specification Supplement, Part B: 0xFE; Glucose
/// Service 1.0, §1.6: 0x80).
fn refusal(error: &TransportError) -> Refusal {
    match error {
        TransportError::NotOffered { .. } | TransportError::Refused { code: 0x03 | 0x06, .. } => {
            Refusal::NotOffered
        }
        TransportError::Refused { code: 0x05 | 0x08 | 0x0C | 0x0F, .. } => Refusal::NeedsPairing,
        TransportError::Refused { code: 0x80 | 0xFE, .. } => Refusal::Busy,
        _ => Refusal::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn fetching() -> Fetching {
        let memory = Memory { sensor: SensorId::new("s"), found_as: SensorId::new("a"), service: 0x1808 };
        let wanted = Wanted { dialect: Dialect::Short, last: None, forget: false };
        let mut run = Run::new(memory, wanted, NOW);
        run.step(Input::Begin, NOW);
        Fetching { waiting: VecDeque::new(), now: Some(run) }
    }

    #[test]
    fn a_sensor_has_its_time_from_its_own_last_word_on() {
        let mut fetching = fetching();
        assert!(!fetching.is_overdue(NOW + PATIENCE_MS - 1) && fetching.is_overdue(NOW + PATIENCE_MS));
        fetching.now.as_mut().unwrap().step(Input::Answered(Answer::Count(5)), NOW + 29_000);
        assert!(!fetching.is_overdue(NOW + 58_000) && fetching.is_overdue(NOW + 59_000));
        assert_eq!(fetching.patience(NOW + 58_000), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_sensor_that_sends_for_ever_is_left_after_an_hour_and_one_that_goes_on_when_stopped_at_once() {
        let mut fetching = fetching();
        let run = fetching.now.as_mut().unwrap();
        let record = Input::Record(Came { number: Some(1), kept: Keeping::New });
        for minute in 0..60 {
            run.step(record, NOW + minute * 60_000);
        }
        run.step(Input::Stop, NOW);
        run.step(record, NOW + 20_000);
        assert_eq!(run.left(NOW + 20_000), 10_000);
        run.step(Input::Garbled, NOW + MOST_MS - 1);
        assert!(!fetching.is_overdue(NOW + MOST_MS - 1) && fetching.is_overdue(NOW + MOST_MS));
    }

    #[test]
    fn the_end_of_a_link_under_an_old_name_ends_nothing_that_began_on_the_new_one() {
        let mut fetching = fetching();
        fetching.queue(&SensorId::new("s"), &SensorId::new("a"), &[record_access::control_point(0x181F)]);
        assert!(!fetching.lose(&SensorId::new("old")) && fetching.waiting.len() == 1);
        assert!(fetching.lose(&SensorId::new("a")) && fetching.waiting.is_empty());
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_waiting() {
        let mut fetching = fetching();
        let before = NOW - 86_400_000;
        assert!(!fetching.is_overdue(before) && fetching.is_overdue(before + PATIENCE_MS));
    }
}
