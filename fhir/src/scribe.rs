//! The one who writes an Observation: what every one has, its name, time and notes.

use crate::{
    code,
    judgement::{has_value, put_value, status, words},
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
pub(crate) const LAST_MS: i64 = 253_402_300_799_999;

/// One Observation and the UUID it is known by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) uuid: Uuid,
    pub(crate) resource: Json,
}

/// Writes Observations of one sensor of one patient.
#[derive(Clone, Copy)]
pub(crate) struct Scribe<'a> {
    subject: &'a Subject,
    source: Source<'a>,
}

impl<'a> Scribe<'a> {
    pub(crate) fn new(subject: &'a Subject, source: Source<'a>) -> Self {
        Scribe { subject, source }
    }
}

impl Scribe<'_> {
    pub(crate) fn single(&self, reading: &Reading, occurrence: u32) -> Named {
        let uuid = self.uuid(&[*reading], occurrence);
        let (profile, code) = code::named(reading.vital, has_value(reading));
        let mut observation = self.start(uuid, reading, profile, reading.quality.has(Mark::TestData));
        observation.insert("code".into(), code);
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
        if self.source.origin != Origin::Manual {
            start.insert("extension".into(), self.subject.through_gateway());
        }
        start.insert("status".into(), json!(status(reading.quality)));
        start.insert("category".into(), code::category(reading.vital, self.source.origin));
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
