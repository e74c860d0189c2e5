//! Building a segment from readings.

use std::{collections::BTreeMap, ops::Range};

use thiserror::Error;

use super::{Segment, Sensor, fits};
use crate::{
    bytes::Digest,
    column::{Column, MAX_SLOTS},
    reading::{Origin, Reading, UnixMillis},
    vital::{Category, Vital},
};

/// Collects the readings of one segment; see [`Segment`] for an example.
#[derive(Clone, Debug)]
pub struct SegmentBuilder {
    segment: Segment,
    cadences: BTreeMap<Vital, u64>,
    readings: Vec<Reading>,
}

/// Why readings do not make a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// A reading of another category.
    #[error("{0:?} does not belong into this segment's category: put it into a segment of its own")]
    Category(Vital),
    /// A reading outside the range.
    #[error("a reading at {0} ms lies outside the segment's range")]
    OutsideRange(UnixMillis),
    /// Too many readings.
    #[error("a segment holds at most {MAX_SLOTS} readings: begin another")]
    Full,
    /// No reading.
    #[error("a segment needs at least one reading")]
    Empty,
    /// The sensor's id or kind is too long.
    #[error("the sensor's id or kind has more than 64 bytes: shorten it")]
    SensorText,
}

impl SegmentBuilder {
    /// Begins a segment of `category` over the half-open `range`.
    pub fn new(
        category: Category,
        range: Range<UnixMillis>,
        origin: Origin,
        sensor: Sensor,
        decoder_version: u16,
        evidence_root: Digest,
    ) -> SegmentBuilder {
        let columns = Vec::new();
        let segment = Segment { category, range, origin, sensor, decoder_version, evidence_root, columns };
        SegmentBuilder { segment, cadences: BTreeMap::new(), readings: Vec::new() }
    }

    /// The sensor's nominal distance between two readings of a vital, in microseconds (1 to a day).
    ///
    /// Say it for streams only: times may move by half of it. It means nothing for RR intervals.
    pub fn cadence(&mut self, vital: Vital, period_us: u64) -> &mut SegmentBuilder {
        self.cadences.insert(vital, period_us);
        self
    }

    /// Adds a reading, in any order of time.
    ///
    /// # Errors
    /// [`BuildError`] when the reading does not belong into this segment, or the segment is full.
    pub fn push(&mut self, reading: Reading) -> Result<(), BuildError> {
        if reading.vital.category() != self.segment.category {
            return Err(BuildError::Category(reading.vital));
        }
        if !self.segment.range.contains(&reading.measured_at) {
            return Err(BuildError::OutsideRange(reading.measured_at));
        }
        if self.readings.len() == MAX_SLOTS {
            return Err(BuildError::Full);
        }
        self.readings.push(reading);
        Ok(())
    }

    /// Makes the segment: readings by vital and time, those of one time in the order they came.
    ///
    /// # Errors
    /// [`BuildError`] when there is no reading, or the sensor's texts are too long.
    pub fn finish(self) -> Result<Segment, BuildError> {
        let SegmentBuilder { mut segment, cadences, mut readings } = self;
        if readings.is_empty() {
            return Err(BuildError::Empty);
        }
        if !fits(&segment.sensor) {
            return Err(BuildError::SensorText);
        }
        readings.sort_by_key(|reading| reading.measured_at);
        let column = |vital: Vital| {
            Column::build(vital, &readings, segment.range.clone(), cadences.get(&vital).copied())
        };
        segment.columns = Vital::ALL.into_iter().filter_map(column).collect();
        Ok(segment)
    }
}
