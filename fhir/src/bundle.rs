//! An export in one piece: a transaction Bundle, written as it goes, so that a year needs no more memory than an hour.

use crate::{
    observation::named_observations,
    resource::{Source, Subject, device, is_test, patient, test_label},
    scribe::Named,
    uuid::Uuid,
};
use pulsebook_protocol::{
    bytes::ChainId,
    reading::{Origin, Reading},
    segment::Sensor,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, io};

/// The Bundle could not be written.
#[derive(Debug, thiserror::Error)]
#[error(
    "the FHIR Bundle could not be written completely: {0}; free space or choose another place and export again"
)]
pub struct BundleError(#[from] io::Error);

/// Resources are maps of text, numbers and lists: only the place they go to can fail.
impl From<serde_json::Error> for BundleError {
    fn from(error: serde_json::Error) -> Self {
        BundleError(error.into())
    }
}

/// Writes a transaction Bundle: the patient's pseudonym, each sensor once, every Observation.
///
/// Each entry says `ifNoneExist` with an identifier that follows from its content: a server that gets the same export
/// twice keeps one copy. Everything that is pointed at is inside. Memory: one segment's pressures and one line a
/// sensor.
#[derive(Debug)]
pub struct BundleWriter<W> {
    out: W,
    subject: Subject,
    /// Sensors already written; true when as test data.
    devices: BTreeMap<Uuid, bool>,
    observations: u64,
    entries: u64,
    tests: u64,
}

impl<W: io::Write> BundleWriter<W> {
    /// Begins the Bundle. Give it a buffered writer.
    ///
    /// # Errors
    /// [`BundleError`] when `out` takes nothing.
    pub fn new(mut out: W, chain: &ChainId) -> Result<Self, BundleError> {
        out.write_all(br#"{"resourceType":"Bundle","type":"transaction","entry":["#)?;
        let subject = Subject::of_chain(chain);
        Ok(BundleWriter { out, subject, devices: BTreeMap::new(), observations: 0, entries: 0, tests: 0 })
    }

    /// Writes the readings of one segment, as they come from it. Returns how many Observations they became.
    ///
    /// # Errors
    /// [`BundleError`] when `out` fails; the Bundle is then not complete.
    pub fn write(
        &mut self,
        source: Source<'_>,
        readings: impl IntoIterator<Item = Reading>,
    ) -> Result<u64, BundleError> {
        let (subject, before) = (self.subject, self.observations);
        self.write_device(source)?;
        for Named { uuid, resource } in named_observations(&subject, source, readings) {
            self.tests += u64::from(is_test(source.origin));
            self.observations += 1;
            self.entry(uuid, &resource)?;
        }
        Ok(self.observations - before)
    }

    fn write_device(&mut self, source: Source<'_>) -> Result<(), BundleError> {
        let uuid = self.subject.device(source.sensor);
        if self.devices.insert(uuid, is_test(source.origin)).is_some() {
            return Ok(());
        }
        self.entry(uuid, &device(&self.subject, source))
    }

    /// Writes the patient and the end; returns how many Observations there are. The patient is test data when all of
    /// them are, the Bundle when any is.
    ///
    /// # Errors
    /// [`BundleError`] when `out` fails.
    pub fn finish(mut self) -> Result<u64, BundleError> {
        let all_tests = self.observations > 0 && self.tests == self.observations;
        self.entry(self.subject.uuid(), &patient(&self.subject, all_tests))?;
        self.out.write_all(b"]")?;
        if self.tests > 0 {
            self.out.write_all(b",\"meta\":")?;
            serde_json::to_writer(&mut self.out, &json!({ "security": test_label() }))?;
        }
        self.out.write_all(b"}\n")?;
        self.out.flush()?;
        Ok(self.observations)
    }

    fn entry(&mut self, uuid: Uuid, resource: &Value) -> Result<(), BundleError> {
        let separator: &[u8] = if self.entries == 0 { b"\n" } else { b",\n" };
        self.out.write_all(separator)?;
        self.entries += 1;
        let exists = format!("identifier={}|{}", crate::code::URI, uuid.urn());
        let request = json!({ "method": "POST", "url": resource["resourceType"], "ifNoneExist": exists });
        let entry = json!({ "fullUrl": uuid.urn(), "resource": resource, "request": request });
        Ok(serde_json::to_writer(&mut self.out, &entry)?)
    }
}

/// Writes segments as one Bundle; returns how many Observations there are.
///
/// # Errors
/// [`BundleError`] when `out` fails.
pub fn write_bundle<R: IntoIterator<Item = Reading>>(
    out: impl io::Write,
    chain: &ChainId,
    segments: impl IntoIterator<Item = (Sensor, Origin, R)>,
) -> Result<u64, BundleError> {
    let mut bundle = BundleWriter::new(out, chain)?;
    for (sensor, origin, readings) in segments {
        bundle.write(Source { sensor: &sensor, origin }, readings)?;
    }
    bundle.finish()
}

#[cfg(test)]
mod tests;
