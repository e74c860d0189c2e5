//! Segments: the readings of one category of one sensor over one range of time, as they are before sealing.

mod builder;
mod wire;

pub use builder::{BuildError, SegmentBuilder};

use std::ops::Range;

use thiserror::Error;

use crate::{
    bytes::Digest,
    cbor::CborError,
    column::{Column, ColumnError},
    reading::{Origin, Reading, UnixMillis},
    vital::Category,
};

/// The most bytes a sealed segment may have.
pub const LIMIT: usize = 4 * 1024 * 1024;

/// The most columns a segment may have.
pub const MAX_COLUMNS: usize = 16;

/// The most bytes a sensor's id or kind may have.
pub const MAX_SENSOR_TEXT: usize = 64;

/// The sensor that measured, as the record names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Sensor {
    /// Which one: an identifier that stays the same, at most 64 bytes.
    #[n(0)]
    pub id: String,
    /// What it is: maker and model, at most 64 bytes.
    #[n(1)]
    pub kind: String,
}

/// An opened segment, or one that is about to be sealed. Every rule of docs/protocol.md §3 holds.
///
/// ```
/// use pulsebook_protocol::{
///     bytes::Digest, quality::Quality, reading::{Origin, Reading, Value},
///     segment::{Segment, SegmentBuilder, Sensor}, vital::{Category, Vital},
/// };
/// let sensor = Sensor { id: "strap-1".into(), kind: "chest strap".into() };
/// let mut builder = SegmentBuilder::new(Category::Heart, 0..3_600_000, Origin::Simulated, sensor, 1, Digest::ZERO);
/// builder.cadence(Vital::HeartRate, 1_000_000);
/// for second in 0..60 {
///     let value = Value::Number(60 + second % 3);
///     let measured_at = i64::from(second) * 1000;
///     builder.push(Reading { vital: Vital::HeartRate, measured_at, value, quality: Quality::GOOD })?;
/// }
/// let segment = builder.finish()?;
/// assert_eq!(segment.readings().count(), 60);
/// assert_eq!(Segment::decode(&segment.encode()), Ok(segment));
/// # Ok::<(), pulsebook_protocol::segment::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    category: Category,
    range: Range<UnixMillis>,
    origin: Origin,
    sensor: Sensor,
    decoder_version: u16,
    evidence_root: Digest,
    columns: Vec<Column>,
}

/// Why the plaintext of a segment cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SegmentError {
    /// Not the bytes of a segment.
    #[error("the segment cannot be read: {0}")]
    Malformed(#[from] CborError),
    /// A version this program does not know.
    #[error("segment of version {0}; this program reads version 1: update it")]
    Version(u8),
    /// A category this program does not know.
    #[error("segment of unknown category {0}: update this program")]
    Category(u8),
    /// No such origin.
    #[error("unknown origin {0}; 1 (measured) to 4 (manual) expected")]
    Origin(u8),
    /// The range is empty.
    #[error("the segment's range ends before it begins")]
    Range,
    /// The sensor's id or kind is too long.
    #[error("the sensor's id or kind has more than 64 bytes")]
    SensorText,
    /// Too few or too many columns.
    #[error("{0} columns; 1 to 16 expected")]
    ColumnCount(usize),
    /// Columns that do not ascend by vital, or two of one vital.
    #[error("columns do not ascend by vital")]
    ColumnOrder,
    /// A column that breaks a rule.
    #[error("column {index}: {source}")]
    Column {
        /// Which column, from 0.
        index: usize,
        /// The rule.
        source: ColumnError,
    },
}

impl Segment {
    /// What is sealed and shared together.
    pub fn category(&self) -> Category {
        self.category
    }

    /// The time it covers, half-open.
    pub fn range(&self) -> Range<UnixMillis> {
        self.range.clone()
    }

    /// Where the readings come from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The sensor that measured.
    pub fn sensor(&self) -> &Sensor {
        &self.sensor
    }

    /// The version of the decoder that made readings of notifications.
    pub fn decoder_version(&self) -> u16 {
        self.decoder_version
    }

    /// The root over the raw notifications, 32 zero bytes without any.
    pub fn evidence_root(&self) -> Digest {
        self.evidence_root
    }

    /// Its columns, ascending by vital.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// All readings at their stored times: vital by vital, each in order of time.
    pub fn readings(&self) -> impl Iterator<Item = Reading> + '_ {
        self.columns.iter().flat_map(Column::readings)
    }
}

fn fits(sensor: &Sensor) -> bool {
    sensor.id.len().max(sensor.kind.len()) <= MAX_SENSOR_TEXT
}

#[cfg(test)]
mod tests;
