//! Readings of one segment as Observations, one after the other.

use crate::{
    panel::Panels,
    resource::{Source, Subject},
    scribe::{Named, Scribe},
};
use pulsebook_protocol::{
    reading::{Reading, UnixMillis},
    vital::Vital,
};
use serde_json::Value as Json;

/// The readings of one segment as Observations: each by itself, blood pressure as one panel a measurement.
///
/// Readings come as a segment has them: vital by vital, each in order of time. Only pressures are held back until the
/// end, all others pass through.
///
/// ```
/// use pulsebook_fhir::{Source, Subject, observations};
/// use pulsebook_protocol::{bytes::ChainId, quality::Quality, reading::*, segment::Sensor, vital::Vital};
/// let sensor = Sensor { id: "strap-1".into(), kind: "chest strap".into() };
/// let source = Source { sensor: &sensor, origin: Origin::Simulated };
/// let value = Value::Number(72);
/// let reading = Reading { vital: Vital::HeartRate, measured_at: 0, value, quality: Quality::GOOD };
/// let subject = Subject::of_chain(&ChainId::from_bytes([1; 32]));
/// let found: Vec<_> = observations(&subject, source, [reading]).collect();
/// assert_eq!(found[0]["valueQuantity"]["value"], 72);
/// assert_eq!(found[0]["meta"]["security"][0]["code"], "HTEST");
/// ```
pub fn observations<'a>(
    subject: &'a Subject,
    source: Source<'a>,
    readings: impl IntoIterator<Item = Reading> + 'a,
) -> impl Iterator<Item = Json> + 'a {
    named_observations(subject, source, readings).map(|named| named.resource)
}

pub(crate) fn named_observations<'a>(
    subject: &'a Subject,
    source: Source<'a>,
    readings: impl IntoIterator<Item = Reading> + 'a,
) -> impl Iterator<Item = Named> + 'a {
    let scribe = Scribe::new(subject, source);
    let mut readings = readings.into_iter();
    let (mut panels, mut last) = (Some(Panels::default()), None);
    let mut singles = std::iter::from_fn(move || {
        for reading in readings.by_ref() {
            match panels.as_mut() {
                Some(panels) if Panels::takes(reading.vital) => panels.add(reading),
                _ => return Some(Next::Single(reading, occurrence(&mut last, &reading))),
            }
        }
        panels.take().map(Next::Panels)
    });
    let mut waiting = None;
    std::iter::from_fn(move || {
        loop {
            if let Some(named) = waiting.as_mut().and_then(Iterator::next) {
                return Some(named);
            }
            match singles.next()? {
                Next::Single(reading, occurrence) => return Some(scribe.single(&reading, occurrence)),
                Next::Panels(panels) => waiting = Some(panels.finish(scribe)),
            }
        }
    })
}

enum Next {
    Single(Reading, u32),
    Panels(Panels),
}

/// How many readings of this vital and time came before this one, so that each gets a name of its own.
fn occurrence(last: &mut Option<(Vital, UnixMillis, u32)>, reading: &Reading) -> u32 {
    let count = match last {
        Some((vital, time, count)) if (*vital, *time) == (reading.vital, reading.measured_at) => *count + 1,
        _ => 0,
    };
    *last = Some((reading.vital, reading.measured_at, count));
    count
}

#[cfg(test)]
mod tests;
