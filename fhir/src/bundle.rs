//! An export in one piece: a transaction Bundle, written as it goes, so that a year needs no more memory than an hour.

use crate::{
    resource::{Source, test_label},
    tally::Tally,
    uuid::Uuid,
};
use pulsebook_protocol::{
    bytes::ChainId,
    reading::{Origin, Reading},
    segment::Sensor,
};
use serde_json::{Value, json};
use std::io;

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

/// Writes a transaction Bundle: the patient's pseudonym, gateway, each sensor once, every Observation.
///
/// Each entry says `ifNoneExist` with an identifier that follows from its content: a server that gets the same export
/// twice keeps one copy. Everything that is pointed at is inside. Memory: one segment's pressures and one line a
/// sensor.
#[derive(Debug)]
pub struct BundleWriter<W> {
    entries: Entries<W>,
    tally: Tally,
}

/// The entries written so far.
#[derive(Debug)]
struct Entries<W> {
    out: W,
    count: u64,
}

impl<W: io::Write> BundleWriter<W> {
    /// Begins the Bundle. Give it a buffered writer.
    ///
    /// # Errors
    /// [`BundleError`] when `out` takes nothing.
    pub fn new(mut out: W, chain: &ChainId) -> Result<Self, BundleError> {
        out.write_all(br#"{"resourceType":"Bundle","type":"transaction","entry":["#)?;
        Ok(BundleWriter { entries: Entries { out, count: 0 }, tally: Tally::of(chain) })
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
        let BundleWriter { entries, tally } = self;
        tally.pass(source, readings, |uuid, resource| entries.put(uuid, resource))
    }

    /// Writes gateway, patient and the end; returns how many Observations there are. The patient is test data when all of
    /// them are, the Bundle when any is.
    ///
    /// # Errors
    /// [`BundleError`] when `out` fails.
    pub fn finish(mut self) -> Result<u64, BundleError> {
        self.tally.pass_common(|uuid, resource| self.entries.put(uuid, resource))?;
        let mut out = self.entries.out;
        out.write_all(b"]")?;
        if self.tally.tests > 0 {
            out.write_all(b",\"meta\":")?;
            serde_json::to_writer(&mut out, &json!({ "security": test_label() }))?;
        }
        out.write_all(b"}\n")?;
        out.flush()?;
        Ok(self.tally.observations)
    }
}

impl<W: io::Write> Entries<W> {
    fn put(&mut self, uuid: Uuid, resource: &Value) -> Result<(), BundleError> {
        let separator: &[u8] = if self.count == 0 { b"\n" } else { b",\n" };
        self.out.write_all(separator)?;
        self.count += 1;
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
