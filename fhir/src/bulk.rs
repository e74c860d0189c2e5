//! An export for machines: newline-delimited FHIR, one file a resource type, as FHIR Bulk Data Access lays it out.

use crate::{bundle::BundleError, resource::Source, tally::Tally, uuid::Uuid};
use pulsebook_protocol::{bytes::ChainId, reading::Reading};
use serde_json::Value;
use std::{collections::BTreeSet, io};

/// The three files of an export.
#[derive(Debug)]
pub struct BulkFiles<W> {
    /// `Patient.ndjson`: the pseudonym, one line.
    pub patient: W,
    /// `Device.ndjson`: each sensor once, and the gateway.
    pub device: W,
    /// `Observation.ndjson`.
    pub observation: W,
}

/// Writes readings as newline-delimited FHIR R4: a resource a line, `id` a UUID that follows from its content, references
/// as `Type/id`. Source: HL7 FHIR Bulk Data Access 2.0, "File Requests". Memory: one segment's pressures and a line a sensor.
///
/// ```
/// use pulsebook_fhir::{BulkFiles, BulkWriter, Source};
/// use pulsebook_protocol::{bytes::ChainId, quality::Quality, reading::*, segment::Sensor, vital::Vital};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sensor = Sensor { id: "t-1".into(), kind: "thermometer".into() };
/// let value = Value::Number(3710);
/// let reading = Reading { vital: Vital::BodyTemperature, measured_at: 1_793_527_200_000, value, quality: Quality::GOOD };
/// let files = BulkFiles { patient: Vec::new(), device: Vec::new(), observation: Vec::new() };
/// let mut bulk = BulkWriter::new(files, &ChainId::from_bytes([1; 32]));
/// bulk.write(Source { sensor: &sensor, origin: Origin::Measured }, [reading])?;
/// let (files, observations) = bulk.finish()?;
/// assert_eq!(observations, 1);
/// assert!(String::from_utf8(files.observation)?.contains(r#""reference":"Patient/"#));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct BulkWriter<W> {
    files: BulkFiles<W>,
    tally: Tally,
    devices: BTreeSet<String>,
}

impl<W: io::Write> BulkWriter<W> {
    /// Begins. Give it buffered writers.
    pub fn new(files: BulkFiles<W>, chain: &ChainId) -> Self {
        let tally = Tally::of(chain);
        let devices = BTreeSet::from([tally.subject.gateway().urn()]);
        BulkWriter { files, tally, devices }
    }

    /// Writes the readings of one segment, as they come from it. Returns how many Observations they became.
    ///
    /// # Errors
    /// [`BundleError`] when a file takes no more; the export is then not complete.
    pub fn write(
        &mut self,
        source: Source<'_>,
        readings: impl IntoIterator<Item = Reading>,
    ) -> Result<u64, BundleError> {
        let BulkWriter { files, tally, devices } = self;
        let patient = tally.subject.uuid().urn();
        tally.pass(source, readings, |uuid, resource| {
            let is_device = resource["resourceType"] == "Device";
            if is_device {
                devices.insert(uuid.urn());
            }
            let line = relative(uuid, resource.clone(), &patient, devices);
            put_line(if is_device { &mut files.device } else { &mut files.observation }, &line)
        })
    }

    /// Writes the patient, and gives the files back with the number of Observations.
    ///
    /// # Errors
    /// [`BundleError`] when a file takes no more.
    pub fn finish(mut self) -> Result<(BulkFiles<W>, u64), BundleError> {
        let BulkWriter { files, tally, devices } = &mut self;
        let patient = tally.subject.uuid().urn();
        tally.pass_common(|uuid, resource| {
            let line = relative(uuid, resource.clone(), &patient, devices);
            let is_device = resource["resourceType"] == "Device";
            put_line(if is_device { &mut files.device } else { &mut files.patient }, &line)
        })?;
        for file in [&mut self.files.patient, &mut self.files.device, &mut self.files.observation] {
            file.flush()?;
        }
        Ok((self.files, self.tally.observations))
    }
}

fn put_line(out: &mut impl io::Write, line: &Value) -> Result<(), BundleError> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

/// The resource with its id, and with `Type/id` wherever it points at another by its UUID.
fn relative(uuid: Uuid, mut resource: Value, patient: &str, devices: &BTreeSet<String>) -> Value {
    point(&mut resource, patient, devices);
    resource["id"] = id(&uuid.urn()).into();
    resource
}

fn point(value: &mut Value, patient: &str, devices: &BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                match child.as_str().filter(|text| key == "reference" && text.starts_with(URN)) {
                    Some(urn) => *child = format!("{}/{}", kind(urn, patient, devices), id(urn)).into(),
                    None => point(child, patient, devices),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|child| point(child, patient, devices)),
        _ => {}
    }
}

const URN: &str = "urn:uuid:";

fn id(urn: &str) -> &str {
    urn.strip_prefix(URN).unwrap_or(urn)
}

fn kind(urn: &str, patient: &str, devices: &BTreeSet<String>) -> &'static str {
    match () {
        () if urn == patient => "Patient",
        () if devices.contains(urn) => "Device",
        () => "Observation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::Quality,
        reading::{Origin, Value as Number},
        segment::Sensor,
        vital::Vital,
    };

    fn reading(vital: Vital, value: i32, at: i64) -> Reading {
        Reading { vital, measured_at: at, value: Number::Number(value), quality: Quality::GOOD }
    }

    fn lines(file: &[u8]) -> Vec<Value> {
        std::str::from_utf8(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn export() -> BulkFiles<Vec<u8>> {
        let files = BulkFiles { patient: vec![], device: vec![], observation: vec![] };
        let mut bulk = BulkWriter::new(files, &ChainId::from_bytes([7; 32]));
        for (id, at) in [("cuff-1", 0), ("cuff-1", 60_000), ("cuff-2", 120_000)] {
            let sensor = Sensor { id: id.into(), kind: "cuff".into() };
            let panel = [(Vital::SystolicPressure, 120), (Vital::DiastolicPressure, 80)]
                .map(|(v, n)| reading(v, n * 100, at));
            bulk.write(Source { sensor: &sensor, origin: Origin::Measured }, panel).unwrap();
        }
        bulk.finish().unwrap().0
    }

    #[test]
    fn each_file_has_one_type_and_each_line_one_resource_with_its_own_id() {
        let files = export();
        for (file, kind, count) in [
            (&files.patient, "Patient", 1),
            (&files.device, "Device", 3),
            (&files.observation, "Observation", 3),
        ] {
            let lines = lines(file);
            assert!(lines.iter().all(|line| line["resourceType"] == kind), "{kind}");
            let ids: BTreeSet<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
            assert_eq!((ids.len(), lines.len()), (count, count), "{kind}");
        }
    }

    #[test]
    fn every_reference_leads_to_a_line_of_the_export() {
        let files = export();
        let known: BTreeSet<String> = [&files.patient, &files.device, &files.observation]
            .into_iter()
            .flat_map(|file| lines(file))
            .map(|line| {
                format!("{}/{}", line["resourceType"].as_str().unwrap(), line["id"].as_str().unwrap())
            })
            .collect();
        let mut pointed = 0;
        for line in lines(&files.observation).iter().chain(&lines(&files.device)) {
            let places = [
                &line["subject"],
                &line["device"],
                &line["patient"],
                &line["extension"][0]["valueReference"],
            ];
            for place in places {
                if let Some(reference) = place["reference"].as_str() {
                    assert!(known.contains(reference), "{reference}");
                    pointed += 1;
                }
            }
        }
        assert_eq!(pointed, 3 * 3 + 3);
    }

    #[test]
    fn no_reference_by_urn_is_left() {
        let files = export();
        for line in lines(&files.observation) {
            assert!(!line.to_string().contains(r#""reference":"urn:"#));
        }
    }
}
