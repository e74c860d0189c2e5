//! A chunk as somebody shows it: read from its bytes alone, with every rule that can be checked without its segment.

use super::ChunkWire;
use crate::{
    cbor::{self, CborError},
    column::{MAX_BEAT, MAX_PERIOD_US, MAX_SLOTS, beat_offset, grid_offset},
    quality::Quality,
    reading::{Origin, Reading, UnixMillis, Value},
    segment::{MAX_SENSOR_TEXT, Sensor},
    vital::Vital,
};

/// At most this many bytes in a shown chunk.
const CHUNK_LIMIT: usize = 2 * 1024 * 1024;

/// The longest time from the first to the last reading of a chunk, in milliseconds. Times are counted from the chunk's own
/// start, so they may be a millisecond off those of the run.
const SPAN_MS: i64 = 60_000;

/// Why a shown chunk is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// Not a chunk's bytes.
    #[error("the chunk cannot be read: {0}")]
    Malformed(#[from] CborError),
    /// A vital this version does not know.
    #[error("the chunk shows unknown vital {0}; this program is older: update it")]
    UnknownVital(u16),
    /// Another unit than the vital's.
    #[error("the chunk has unit {found}, its vital has unit {expected}")]
    Unit {
        /// The chunk's.
        found: u8,
        /// The vital's.
        expected: u8,
    },
    /// No such origin.
    #[error("unknown origin {0}; 1 (measured) to 4 (manual) expected")]
    Origin(u8),
    /// The sensor's id or kind is too long.
    #[error("the sensor's id or kind has more than 64 bytes")]
    SensorText,
    /// A period out of range.
    #[error("a period of {0} µs; 0 to a day expected, 0 only for RR intervals")]
    Period(u64),
    /// No value, too many, or not one mark set a value.
    #[error("{values} values with {quality} quality numbers; as many of each expected, at least one")]
    Counts {
        /// Values.
        values: usize,
        /// Quality numbers.
        quality: usize,
    },
    /// A beats chunk holds an absence or an interval out of range.
    #[error("a beats chunk holds what is no interval of 0 to 65,535")]
    Beat,
    /// More than a minute.
    #[error("the chunk spans more than one minute")]
    Span,
}

/// One minute of a stream, or one spot reading, as it stands in a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownChunk {
    vital: Vital,
    origin: Origin,
    sensor: Sensor,
    decoder_version: u16,
    start: UnixMillis,
    period_us: u64,
    values: Vec<Value>,
    quality: Vec<Quality>,
}

impl ShownChunk {
    /// Reads a chunk.
    ///
    /// # Errors
    /// [`ChunkError`] names the rule of docs/protocol.md §3 that is broken.
    pub fn decode(bytes: &[u8]) -> Result<ShownChunk, ChunkError> {
        let wire: ChunkWire = cbor::decode(bytes, CHUNK_LIMIT)?;
        let vital = Vital::from_wire(wire.vital).ok_or(ChunkError::UnknownVital(wire.vital))?;
        let origin = Origin::from_wire(wire.origin).ok_or(ChunkError::Origin(wire.origin))?;
        check(&wire, vital)?;
        let chunk = ShownChunk {
            vital,
            origin,
            sensor: wire.sensor,
            decoder_version: wire.decoder_version,
            start: wire.start,
            period_us: wire.period_us,
            values: wire.values.into_iter().map(|value| value.0).collect(),
            quality: wire.quality.into_iter().map(Quality::from_bits).collect(),
        };
        chunk.check_beats()?;
        chunk.check_span()?;
        Ok(chunk)
    }

    /// What was measured.
    pub fn vital(&self) -> Vital {
        self.vital
    }

    /// Where it comes from.
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

    /// Its readings in order of time. Times after the first are within a millisecond of the record's own.
    pub fn readings(&self) -> impl Iterator<Item = Reading> + '_ {
        let mut ticks = 0i64;
        (0u64..).zip(&self.values).zip(&self.quality).map(move |((index, value), quality)| {
            if let (0, Value::Number(interval)) = (self.period_us, value) {
                ticks = ticks.saturating_add(i64::from(*interval));
            }
            let after =
                if self.period_us == 0 { beat_offset(ticks) } else { grid_offset(index, self.period_us) };
            let measured_at = self.start.saturating_add(after);
            Reading { vital: self.vital, measured_at, value: *value, quality: *quality }
        })
    }

    fn check_beats(&self) -> Result<(), ChunkError> {
        let interval = |value: &Value| matches!(value, Value::Number(0..=MAX_BEAT));
        if self.period_us == 0 && !self.values.iter().all(interval) {
            return Err(ChunkError::Beat);
        }
        Ok(())
    }

    fn check_span(&self) -> Result<(), ChunkError> {
        let mut times = self.readings().map(|reading| reading.measured_at);
        let first = times.next().unwrap_or(self.start);
        let last = times.last().unwrap_or(first);
        if last.saturating_sub(first) > SPAN_MS { Err(ChunkError::Span) } else { Ok(()) }
    }
}

fn check(wire: &ChunkWire, vital: Vital) -> Result<(), ChunkError> {
    let expected = vital.unit().wire();
    if wire.unit != expected {
        return Err(ChunkError::Unit { found: wire.unit, expected });
    }
    if wire.sensor.id.len().max(wire.sensor.kind.len()) > MAX_SENSOR_TEXT {
        return Err(ChunkError::SensorText);
    }
    let least = if vital == Vital::RrInterval { 0 } else { 1 };
    if !(least..=MAX_PERIOD_US).contains(&wire.period_us) {
        return Err(ChunkError::Period(wire.period_us));
    }
    let (values, quality) = (wire.values.len(), wire.quality.len());
    if values != quality || !(1..=MAX_SLOTS).contains(&values) {
        return Err(ChunkError::Counts { values, quality });
    }
    Ok(())
}
