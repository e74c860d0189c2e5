//! What waits for its block: readings by sensor, category and hour, and the raw notifications they came from.

use super::journal_record::shortened;
use crate::{
    ble::{Sensor, SensorId},
    decode::{DECODER_VERSION, RECORDABLE},
    ledger::SegmentDraft,
    store::{Counts, Evidence, RawNotification},
};
use pulsebook_protocol::{
    hash::sha256,
    random::{Random, RandomUnavailable},
    reading::{Origin, Reading, UnixMillis},
    secret::Secret32,
    segment::{self, BuildError, MAX_SENSOR_TEXT, SegmentBuilder},
    vital::{Category, Vital},
};
use std::{collections::BTreeMap, ops::Range, sync::Arc};

/// Milliseconds of an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// So many waiting segments seal a block at once.
const MOST_SEGMENTS: usize = 8;

/// So many waiting readings or malformed notifications do too, whatever the clock says: memory stays bounded.
const MOST_WAITING: usize = 1 << 18;

/// So many bytes of waiting notifications do as well: a sensor may send large frames.
const MOST_BYTES: usize = 8 << 20;

/// So many readings of one hour make a segment, the next begin another: however irregular, they stay below the 4 MiB
/// of a sealed segment and the slots it may have.
const MOST_READINGS: usize = 1 << 16;

/// Why what waits cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Readings that make no segment.
    #[error(
        "readings of the hour from {from} ms make no segment ({source}); nothing was sealed and nothing is lost, \
         they wait in the journal: report this"
    )]
    Build {
        /// Start of their hour.
        from: UnixMillis,
        /// The rule that is broken.
        source: BuildError,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hour: i64,
    category: Category,
    sensor: SensorId,
    origin: u8,
}

#[derive(Debug)]
struct Waiting {
    sensor: Arc<Sensor>,
    /// One for each segment to come; the last one grows.
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    readings: Vec<Reading>,
    /// Shared with the draft that is made of it, not copied.
    raw: Arc<Vec<RawNotification>>,
    /// Which notification, by count, was the last to go into `raw`: one may give several readings.
    last_raw: u64,
}

/// A reading that waits for its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedReading {
    /// Identity and kind of its sensor, as a segment will name it.
    pub sensor: segment::Sensor,
    /// Where it comes from.
    pub origin: Origin,
    /// The reading.
    pub reading: Reading,
}

#[derive(Debug, Default)]
pub(crate) struct Staging {
    waiting: BTreeMap<Key, Waiting>,
    malformed: Vec<(String, RawNotification)>,
    counts: Counts,
    segments: usize,
    readings: usize,
    bytes: usize,
    /// Hour in which the first of it was received.
    since_hour: Option<i64>,
}

impl Staging {
    pub(super) fn counting_from(counts: Counts) -> Staging {
        Staging { counts, ..Staging::default() }
    }

    pub(super) fn add(&mut self, sensor: &Arc<Sensor>, raw: RawNotification, readings: &[Reading]) -> Counts {
        self.note(&raw);
        let counts = Counts::of(readings);
        self.counts = self.counts.plus(counts);
        self.readings += readings.len();
        let mut raw = Some(raw);
        // Readings of one notification mostly go to one place: it is looked up once, and gets the bytes themselves.
        let mut rest = readings;
        while let Some(first) = rest.first().map(place) {
            let count = rest.iter().take_while(|reading| place(reading) == first).count();
            let (together, later) = rest.split_at(count);
            rest = later;
            let given = if rest.is_empty() { raw.take() } else { raw.clone() };
            let (hour, category) = first;
            let key = Key { hour, category, sensor: sensor.id.clone(), origin: sensor.origin.wire() };
            let fresh = || Waiting { sensor: sensor.clone(), parts: Vec::new() };
            let waiting = self.waiting.entry(key).or_insert_with(fresh);
            self.segments += waiting.add(together, given, self.counts.notifications);
        }
        counts
    }

    pub(super) fn add_malformed(&mut self, sensor: &Sensor, raw: RawNotification) {
        self.note(&raw);
        self.counts.notifications += 1;
        self.counts.malformed += 1;
        self.malformed.push((sensor.id.as_str().to_owned(), raw));
    }

    fn note(&mut self, raw: &RawNotification) {
        self.bytes += raw.bytes.0.len();
        if RECORDABLE.contains(&raw.received_at) {
            self.since_hour.get_or_insert(raw.received_at.div_euclid(HOUR_MS));
        }
    }

    /// Whether an hour is over, or enough waits.
    pub(super) fn is_due(&self, received_at: UnixMillis) -> bool {
        let over = self.since_hour.is_some_and(|hour| received_at.div_euclid(HOUR_MS) > hour);
        over || self.segments() >= MOST_SEGMENTS
            || self.readings.max(self.malformed.len()) >= MOST_WAITING
            || self.bytes >= MOST_BYTES
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts == Counts::default()
    }

    pub(crate) fn segments(&self) -> usize {
        self.segments
    }

    pub(crate) fn malformed(&self) -> &[(String, RawNotification)] {
        &self.malformed
    }

    /// Segments of everything that waits; what waits stays until the store has them.
    pub(crate) fn drafts(&self, random: &mut dyn Random) -> Result<Vec<SegmentDraft>, DraftError> {
        let mut drafts = Vec::new();
        for (key, waiting) in &self.waiting {
            for part in &waiting.parts {
                let evidence =
                    Evidence { seed: Secret32::make(random)?, notifications: Arc::clone(&part.raw) };
                let segment = build(key, &waiting.sensor, &part.readings, &evidence);
                let segment =
                    segment.map_err(|source| DraftError::Build { from: key.range().start, source })?;
                drafts.push(SegmentDraft { segment, evidence });
            }
        }
        Ok(drafts)
    }

    /// Hours from `from` on that have something waiting, ascending.
    pub(crate) fn hours(&self, from: i64) -> impl Iterator<Item = i64> + '_ {
        self.waiting.keys().map(|key| key.hour).filter(move |hour| *hour >= from)
    }

    /// Readings of a vital that wait, with their origin.
    pub(crate) fn of_vital(&self, vital: Vital) -> impl Iterator<Item = (Origin, &Reading)> {
        let waiting = self.waiting.iter().filter(move |(key, _)| key.category == vital.category());
        let readings = waiting.flat_map(|(_, waiting)| {
            let all = waiting.parts.iter().flat_map(|part| &part.readings);
            all.map(|reading| (waiting.sensor.origin, reading))
        });
        readings.filter(move |(_, reading)| reading.vital == vital)
    }

    /// Readings that wait in an hour.
    pub(crate) fn in_hour(&self, hour: i64) -> impl Iterator<Item = StagedReading> + '_ {
        let waiting = self.waiting.iter().filter(move |(key, _)| key.hour == hour);
        waiting.flat_map(|(_, waiting)| {
            let (sensor, origin) = (named(&waiting.sensor), waiting.sensor.origin);
            let staged =
                move |reading: &Reading| StagedReading { sensor: sensor.clone(), origin, reading: *reading };
            waiting.parts.iter().flat_map(|part| &part.readings).map(staged)
        })
    }
}

impl Key {
    /// The hour in milliseconds, cut off where numbers end.
    fn range(&self) -> Range<UnixMillis> {
        self.hour.saturating_mul(HOUR_MS)..self.hour.saturating_add(1).saturating_mul(HOUR_MS)
    }
}

/// Where a reading waits: its hour and its category.
fn place(reading: &Reading) -> (i64, Category) {
    (reading.measured_at.div_euclid(HOUR_MS), reading.vital.category())
}

impl Waiting {
    /// How many segments more it will make.
    fn add(&mut self, readings: &[Reading], raw: Option<RawNotification>, notification: u64) -> usize {
        let (mut raw, before) = (raw, self.parts.len());
        let mut rest = readings;
        while !rest.is_empty() {
            if self.parts.last().is_none_or(|part| part.readings.len() >= MOST_READINGS) {
                self.parts.push(Part::default());
            }
            let Some(part) = self.parts.last_mut() else { break };
            let room = MOST_READINGS - part.readings.len();
            let (fitting, later) = rest.split_at(room.min(rest.len()));
            rest = later;
            part.readings.extend_from_slice(fitting);
            if part.last_raw != notification {
                part.last_raw = notification;
                let given = if rest.is_empty() { raw.take() } else { raw.clone() };
                Arc::make_mut(&mut part.raw).extend(given);
            }
        }
        self.parts.len() - before
    }
}

/// An error only if the readings broke a rule of segments, which decoding and `add` see to: right category, a time that
/// a record holds, right hour, texts that fit.
fn build(
    key: &Key,
    sensor: &Sensor,
    readings: &[Reading],
    evidence: &Evidence,
) -> Result<segment::Segment, BuildError> {
    let (origin, root) = (sensor.origin, evidence.root());
    let mut builder =
        SegmentBuilder::new(key.category, key.range(), origin, named(sensor), DECODER_VERSION, root);
    if let Some(cadence) = sensor.cadence_ms {
        let streams = Vital::ALL.into_iter().filter(|vital| *vital != Vital::RrInterval);
        for vital in streams.filter(|vital| vital.category() == key.category) {
            builder.cadence(vital, u64::from(cadence) * 1000);
        }
    }
    readings.iter().try_for_each(|reading| builder.push(*reading))?;
    builder.finish()
}

/// The sensor as a segment names it: texts of at most 64 bytes.
pub(super) fn named(sensor: &Sensor) -> segment::Sensor {
    let id = sensor.id.as_str();
    let id = match id.len() <= MAX_SENSOR_TEXT {
        true => id.to_owned(),
        false => sha256(&[id.as_bytes()]).to_string(),
    };
    segment::Sensor { id, kind: shortened(&sensor.kind, MAX_SENSOR_TEXT) }
}

#[cfg(test)]
mod tests;
