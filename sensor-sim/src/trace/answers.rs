//! What sensors answered, for whoever asks again while a trace is played.

use super::{
    line::{Direction, Refusal},
    step::Asked,
};
use pulsebook_core::ble::{Characteristic, SensorId, TransportError, UnixMillis};
use std::collections::{BTreeMap, VecDeque};

/// The answers up to the next event, and the last ones before.
#[derive(Debug, Default)]
pub(super) struct Answers {
    now: VecDeque<Asked>,
    last: BTreeMap<(SensorId, Characteristic), Asked>,
}

/// What was answered, and when.
pub(super) type Answered = (UnixMillis, Result<Vec<u8>, TransportError>);

impl Answers {
    pub(super) fn len(&self) -> usize {
        self.now.len()
    }

    pub(super) fn add(&mut self, asked: Asked) {
        self.now.push_back(asked);
    }

    /// An event passes: what was not asked for until now is only remembered.
    pub(super) fn passed(&mut self) {
        while let Some(asked) = self.now.pop_front() {
            self.remember(asked);
        }
    }

    fn remember(&mut self, asked: Asked) {
        if asked.what == Direction::Read
            && let Some(place) = asked.place
        {
            self.last.insert((asked.sensor.clone(), place), asked);
        }
    }

    /// What was answered to this in the same place of the trace; to a read else what was answered before. `None`: it was
    /// never asked.
    pub(super) fn to(&mut self, sensor: &SensorId, what: Direction, at: Characteristic) -> Option<Answered> {
        let same = |asked: &Asked| asked.sensor == *sensor && asked.what == what && asked.place == Some(at);
        let asked = match self.now.iter().position(same) {
            Some(place) => self.now.remove(place)?,
            None if what == Direction::Read => self.last.get(&(sensor.clone(), at))?.clone(),
            None => return None,
        };
        self.remember(asked.clone());
        Some((asked.at, result(asked, at)))
    }
}

fn result(asked: Asked, characteristic: Characteristic) -> Result<Vec<u8>, TransportError> {
    let (sensor, operation) = (asked.sensor, operation(asked.what));
    Err(match (asked.error, asked.bytes) {
        (None, Some(bytes)) => return Ok(bytes),
        // Taken out: nobody can give it any more.
        (None, None) | (Some((Refusal::NotOffered, _)), _) => {
            TransportError::NotOffered { sensor, characteristic, operation }
        }
        (Some((Refusal::UnknownSensor, _)), _) => TransportError::UnknownSensor(sensor),
        (Some((Refusal::NotConnected, _)), _) => TransportError::NotConnected(sensor),
        (Some((Refusal::Refused, code)), _) => {
            TransportError::Refused { sensor, characteristic, operation, code }
        }
        (Some((Refusal::Failed, _)), _) => {
            TransportError::Radio("so it was when the trace was written".to_owned())
        }
    })
}

/// The seam's word for it.
pub(super) fn operation(what: Direction) -> &'static str {
    match what {
        Direction::Read => "read",
        Direction::Write => "write",
        _ => "subscribe to",
    }
}
