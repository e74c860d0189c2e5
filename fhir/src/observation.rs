//! Readings of one segment as Observations, one after the other.

use crate::{
    code,
    judgement::{put_value, status, words},
    panel::Panels,
    resource::{Source, Subject, identifier, is_test, put_meta},
    uuid::Uuid,
};
use pulsebook_protocol::{
    quality::Mark,
    reading::{Origin, Reading, UnixMillis, Value},
    time_text,
    vital::Vital,
};
use serde_json::{Map, Value as Json, json};

/// The last millisecond that FHIR can write: the end of the year 9999.
const LAST_MS: i64 = 253_402_300_799_999;

/// One Observation and the UUID it is known by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) uuid: Uuid,
    pub(crate) resource: Json,
}

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
    let scribe = Scribe { subject, source };
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

/// Writes Observations of one sensor of one patient.
#[derive(Clone, Copy)]
pub(crate) struct Scribe<'a> {
    subject: &'a Subject,
    source: Source<'a>,
}

impl Scribe<'_> {
    fn single(&self, reading: &Reading, occurrence: u32) -> Named {
        let uuid = self.uuid(&[*reading], occurrence);
        let mut observation =
            self.start(uuid, reading, code::profile(reading.vital), reading.quality.has(Mark::TestData));
        observation.insert("code".into(), code::vital_code(reading.vital));
        put_value(&mut observation, reading);
        put_note(&mut observation, words(reading), self.source.origin);
        Named { uuid, resource: Json::Object(observation) }
    }

    /// What every Observation has.
    pub(crate) fn start(
        &self,
        uuid: Uuid,
        reading: &Reading,
        profile: Option<&str>,
        test_data: bool,
    ) -> Map<String, Json> {
        let mut start = Map::new();
        put_meta(&mut start, profile, test_data || is_test(self.source.origin));
        start.insert("resourceType".into(), json!("Observation"));
        start.insert("identifier".into(), json!([identifier(uuid)]));
        start.insert("status".into(), json!(status(reading.quality)));
        start.insert("category".into(), code::category(reading.vital));
        start.insert("subject".into(), self.subject.reference());
        let device = self.subject.device(self.source.sensor).urn();
        start.insert("device".into(), json!({ "reference": device }));
        put_effective(&mut start, reading.measured_at);
        start
    }

    /// Patient, device, type and the sensor's time, as the PHD guide's duplicate key has them; the values so that two
    /// different readings of one time stay two.
    pub(crate) fn uuid(&self, readings: &[Reading], occurrence: u32) -> Uuid {
        let device = self.subject.device(self.source.sensor);
        let mut name = Vec::new();
        for reading in readings {
            name.extend_from_slice(&reading.vital.wire().to_be_bytes());
            name.extend_from_slice(&reading.measured_at.to_be_bytes());
            match reading.value {
                Value::Number(number) => name.extend_from_slice(&i64::from(number).to_be_bytes()),
                Value::Absent(reason) => name.push(reason.wire()),
            }
        }
        Uuid::of(&[b"observation", device.as_bytes(), &name, &occurrence.to_be_bytes()])
    }

    pub(crate) fn origin(&self) -> Origin {
        self.source.origin
    }
}

/// Notes, one after the other; a reading that was typed in says so.
pub(crate) fn put_note(
    target: &mut Map<String, Json>,
    words: impl IntoIterator<Item = String>,
    origin: Origin,
) {
    let by_hand = (origin == Origin::Manual).then(|| "typed in by a person".to_owned());
    let notes: Vec<Json> = words.into_iter().chain(by_hand).map(|text| json!({ "text": text })).collect();
    if !notes.is_empty() {
        target.insert("note".into(), Json::Array(notes));
    }
}

fn put_effective(target: &mut Map<String, Json>, measured_at: UnixMillis) {
    match effective_date_time(measured_at) {
        Some(time) => target.insert("effectiveDateTime".into(), json!(time)),
        None => {
            let url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
            let absent = json!({ "extension": [{ "url": url, "valueCode": "error" }] });
            target.insert("_effectiveDateTime".into(), absent)
        }
    };
}

/// UTC to the millisecond, or `None` for a time before 1970 or after 9999, which no sensor's clock means.
///
/// ```
/// use pulsebook_fhir::effective_date_time;
/// assert_eq!(effective_date_time(1_793_527_200_042).as_deref(), Some("2026-11-01T10:00:00.042Z"));
/// assert_eq!(effective_date_time(-1), None);
/// ```
pub fn effective_date_time(measured_at: UnixMillis) -> Option<String> {
    let ms = u64::try_from(measured_at).ok().filter(|_| measured_at <= LAST_MS)?;
    let seconds = time_text::rfc3339(ms / 1000);
    Some(format!("{}.{:03}Z", seconds.trim_end_matches('Z'), ms % 1000))
}

/// Which vitals are components of the blood pressure panel, in the order of its components.
pub(crate) const PANEL: [Vital; 3] =
    [Vital::SystolicPressure, Vital::DiastolicPressure, Vital::MeanArterialPressure];

#[cfg(test)]
mod tests;
