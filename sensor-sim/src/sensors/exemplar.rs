//! Sensors that do what their profiles ask, one a profile: what the conformance kit must pass.

mod bodies;

use crate::{
    clock::{CURRENT_TIME, Clock},
    encode::with_checksum,
    gatt::{About, AttError, Link, Output, Service, SimSensor},
    memory::Memory,
};
use pulsebook_core::ble::{Characteristic, UnixMillis};
use std::collections::BTreeMap;

pub(crate) const CLOCK: Characteristic = CURRENT_TIME;
const ELAPSED: Characteristic = Characteristic::new(0x183F, 0x2BF2);
const SESSION_START: Characteristic = Characteristic::new(0x181F, 0x2AAA);
const ENERGY_RESET: Characteristic = Characteristic::new(0x180D, 0x2A39);
const CGM_CONTROL: Characteristic = Characteristic::new(0x181F, 0x2AAC);

/// The checksum of a request is missing or wrong (CGM Service 1.0.2, application error codes).
const INVALID_CRC: AttError = AttError(0x81);

/// Which sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exemplar {
    /// A heart-rate strap with energy and RR intervals.
    Strap,
    /// A thermometer that measures each twenty seconds and stamps its measurements.
    Thermometer,
    /// A blood-pressure cuff with cuff pressures, pulse, user and status.
    Cuff,
    /// A pulse oximeter that measures all the time, and for spot checks.
    Oximeter,
    /// A glucose meter with twelve stored records.
    Meter,
    /// A continuous glucose monitor with checksums and twelve stored records.
    Monitor,
    /// A scale with index and height, and body composition.
    Scale,
    /// A running pod.
    RunningPod,
    /// A wheel and crank sensor.
    Bicycle,
    /// A pulse oximeter with twelve stored spot checks.
    StoringOximeter,
    /// A generic health sensor with a clock of elapsed time.
    HealthSensor,
}

/// One that lives.
#[derive(Clone, Debug)]
pub(crate) struct Living {
    about: About,
    table: Vec<Service>,
    answers: BTreeMap<Characteristic, Vec<u8>>,
    streams: Vec<Stream>,
    memory: Option<Memory>,
    clock: Clock,
    waiting: Vec<(UnixMillis, Output)>,
}

/// Values that come again and again.
#[derive(Clone, Copy, Debug)]
struct Stream {
    at: Characteristic,
    due: UnixMillis,
    every_ms: i64,
    sent: u32,
    /// From how many came before, and what the sensor's clock shows.
    frame: fn(u32, UnixMillis) -> Vec<u8>,
}

impl Exemplar {
    /// All of them.
    pub const ALL: [Exemplar; 11] = [
        Exemplar::Strap,
        Exemplar::Thermometer,
        Exemplar::Cuff,
        Exemplar::Oximeter,
        Exemplar::Meter,
        Exemplar::Monitor,
        Exemplar::Scale,
        Exemplar::RunningPod,
        Exemplar::Bicycle,
        Exemplar::StoringOximeter,
        Exemplar::HealthSensor,
    ];

    /// The name it is chosen by.
    pub fn name(self) -> &'static str {
        match self {
            Exemplar::Strap => "strap",
            Exemplar::Thermometer => "thermometer",
            Exemplar::Cuff => "cuff",
            Exemplar::Oximeter => "oximeter",
            Exemplar::Meter => "meter",
            Exemplar::Monitor => "monitor",
            Exemplar::Scale => "scale",
            Exemplar::RunningPod => "running-pod",
            Exemplar::Bicycle => "bicycle",
            Exemplar::StoringOximeter => "oximeter-with-memory",
            Exemplar::HealthSensor => "health-sensor",
        }
    }

    /// The sensor, alive from `start` on.
    pub fn sensor(self, start: UnixMillis) -> Box<dyn SimSensor> {
        Box::new(self.living(start))
    }
}

impl SimSensor for Living {
    fn about(&self) -> &About {
        &self.about
    }

    fn table(&self) -> &[Service] {
        &self.table
    }

    fn read(&mut self, at: Characteristic, link: &Link) -> Result<Vec<u8>, AttError> {
        match at {
            CLOCK => return Ok(self.clock.read(link.now, 0)),
            ELAPSED => return Ok(self.clock.read_elapsed(link.now)),
            _ => {}
        }
        self.answers.get(&at).cloned().ok_or(AttError::ATTRIBUTE_NOT_FOUND)
    }

    fn write(&mut self, at: Characteristic, bytes: &[u8], link: &Link) -> Result<(), AttError> {
        match (at, &mut self.memory) {
            (CLOCK, _) => self.clock.set(bytes, link.now),
            (ELAPSED, _) => self.clock.set_elapsed(bytes, link.now),
            (SESSION_START, _) => {
                let start = bodies::session_start(bytes)?;
                self.answers.insert(at, start);
                Ok(())
            }
            (ENERGY_RESET, _) => match bytes {
                [0x01] => Ok(()),
                [_] => Err(AttError(0x80)),
                _ => Err(AttError::INVALID_LENGTH),
            },
            (CGM_CONTROL, _) => {
                let op = bytes.first().copied().ok_or(AttError::INVALID_LENGTH)?;
                if with_checksum(&[op]) != bytes {
                    return Err(INVALID_CRC);
                }
                if !link.listens(at) {
                    return Err(AttError::NOT_SUBSCRIBED);
                }
                let response = with_checksum(&[0x1C, op, 0x02]);
                self.waiting.push((link.now + 20, Output::Value { at, bytes: response, delay_ms: 0 }));
                Ok(())
            }
            (at, Some(memory)) if memory.access == at => memory.ask(bytes, link),
            _ => Err(AttError::WRITE_NOT_PERMITTED),
        }
    }

    fn link_changed(&mut self, _link: &Link) {
        self.waiting.clear();
        if let Some(memory) = &mut self.memory {
            memory.stop();
        }
    }

    fn due(&self) -> Option<UnixMillis> {
        let streams = self.streams.iter().map(|stream| stream.due);
        let memory = self.memory.as_ref().and_then(Memory::due);
        streams.chain(memory).chain(self.waiting.iter().map(|(at, _)| *at)).min()
    }

    fn step(&mut self, link: &Link) -> Option<Output> {
        let due = self.due()?;
        if let Some(place) = self.waiting.iter().position(|(at, _)| *at == due) {
            return Some(self.waiting.remove(place).1);
        }
        if self.memory.as_ref().and_then(Memory::due) == Some(due) {
            return self.memory.as_mut().and_then(Memory::step);
        }
        let stream = self.streams.iter_mut().find(|stream| stream.due == due)?;
        stream.due += stream.every_ms;
        if !link.listens(stream.at) {
            return None;
        }
        let bytes = (stream.frame)(stream.sent, self.clock.at(link.now));
        stream.sent += 1;
        Some(Output::Value { at: stream.at, bytes, delay_ms: 0 })
    }
}
