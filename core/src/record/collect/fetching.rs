//! Fetching what connected sensors stored: drives one [`Backfill`] at a time over the transport.

use super::Collecting;
use crate::{
    backfill::{Backfill, Effect, Ending, Input, PATIENCE_MS, Wanted},
    ble::{BleTransport, Characteristic, SensorId, TransportError},
    decode::{
        RecordName,
        record_access::{self, Answer, Dialect},
    },
    error::Error,
    event::Event,
    record::Inner,
    store::locked,
};
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// Memories of sensors that wait to be fetched, and the one that is being fetched.
#[derive(Debug, Default)]
pub(super) struct Fetching {
    waiting: VecDeque<Memory>,
    now: Option<(Memory, Backfill)>,
}

/// One memory of one connected sensor.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Memory {
    sensor: SensorId,
    /// The transport's name for it.
    found_as: SensorId,
    service: u16,
    /// The newest record of this session.
    newest: Option<u32>,
}

impl Fetching {
    /// A sensor is connected and subscribed: what it stored will be fetched.
    /// Whether it stores anything.
    pub(super) fn queue(
        &mut self,
        sensor: &SensorId,
        found_as: &SensorId,
        notifies: &[Characteristic],
    ) -> bool {
        let before = self.waiting.len();
        for at in notifies.iter().filter(|at| **at == record_access::control_point(at.service)) {
            let (sensor, found_as, service) = (sensor.clone(), found_as.clone(), at.service);
            self.waiting.push_back(Memory { sensor, found_as, service, newest: None });
        }
        self.waiting.len() > before
    }

    /// A link is down: nothing more comes of it.
    fn forget(&mut self, sensor: &SensorId) {
        self.waiting.retain(|memory| memory.sensor != *sensor);
    }

    /// How long to wait for the next event; for ever when nothing is being fetched.
    pub(super) fn patience(&self) -> Option<Duration> {
        let patience = Duration::from_millis(PATIENCE_MS.unsigned_abs());
        self.now.is_some().then_some(patience)
    }

    /// Whether this sensor's memory of that service is being fetched.
    fn is_of(&self, sensor: &SensorId, service: u16) -> bool {
        let now = self.now.as_ref().map(|(memory, _)| memory);
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
            let (dialect, forget) = (Dialect::of(memory.service), collecting.options.forget_on_sensor);
            let backfill = Backfill::new(Wanted { dialect, last, forget });
            collecting.fetching.now = Some((memory, backfill));
            self.fetch(transport, Input::Begin, collecting).await?;
        }
        Ok(())
    }

    /// What a notification means for the fetching: an answer of the control point, or a record.
    pub(super) async fn fetched(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        (sensor, at, record): (&SensorId, Characteristic, Option<RecordName>),
        bytes: &[u8],
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        if !collecting.fetching.is_of(sensor, at.service) {
            return Ok(());
        }
        let input = match record {
            _ if at == record_access::control_point(at.service) => {
                Answer::decode(bytes).map_or(Input::Garbled, Input::Answered)
            }
            Some(record) => {
                if let Some((memory, _)) = &mut collecting.fetching.now {
                    memory.newest = record.number;
                }
                Input::Record(record.number)
            }
            None => return Ok(()),
        };
        self.fetch(transport, input, collecting).await
    }

    /// A link is down.
    pub(super) async fn fetch_lost(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        sensor: &SensorId,
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        collecting.fetching.forget(sensor);
        if collecting.fetching.now.as_ref().is_some_and(|(memory, _)| memory.sensor == *sensor) {
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
            let Some((memory, backfill)) = &mut collecting.fetching.now else { return Ok(()) };
            let (memory, effects) = (memory.clone(), backfill.step(input));
            for effect in effects {
                match effect {
                    Effect::Write(request) => inputs.extend(ask(transport, &memory, &request).await),
                    Effect::MakeDurable => {
                        self.keep_fetched()?;
                        inputs.push_back(Input::Durable);
                    }
                    Effect::End(ending) => {
                        collecting.fetching.now = None;
                        self.end_fetching(&memory, ending)?;
                        if !matches!(ending, Ending::Interrupted { .. }) {
                            self.set_clock(transport, (&memory.sensor, &memory.found_as), collecting).await?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn end_fetching(&self, memory: &Memory, ending: Ending) -> Result<(), Error> {
        match ending {
            Ending::Complete { anew: true, .. } => {
                locked(&self.pipeline).fetched_anew(&memory.sensor, memory.service, memory.newest);
            }
            Ending::Complete { .. } => locked(&self.pipeline).fetched_whole(&memory.sensor, memory.service),
            _ => {}
        }
        self.keep_fetched()?;
        self.events.tell(|| Event::Fetched { sensor: memory.sensor.to_string(), ending });
        Ok(())
    }

    /// Everything received survives a power cut, and so does which records it was.
    fn keep_fetched(&self) -> Result<(), Error> {
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
        Err(TransportError::NotConnected(_)) => Some(Input::Lost),
        Err(_) => Some(Input::Refused),
    }
}
