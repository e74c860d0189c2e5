//! Disclosure chunks: a segment cut into minutes, each salted, so that one can be shown without its neighbours.

mod path;
mod shown;

pub use path::{PathStep, Side, root_above};
pub use shown::{ChunkError, ShownChunk};

use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::{
    bytes::Digest,
    cbor,
    column::{Column, Slot},
    commitment::Dek,
    hash,
    reading::{Absent, Origin, UnixMillis, Value},
    segment::{Segment, Sensor},
    tree::Frontier,
    vital::Vital,
};

/// One minute of a stream, or one spot reading, with all that is needed to understand it alone.
///
/// ```
/// use pulsebook_protocol::{
///     bytes::Digest, chunk, quality::Quality, reading::{Origin, Reading, Value},
///     segment::{SegmentBuilder, Sensor}, vital::{Category, Vital},
/// };
/// let sensor = Sensor { id: "t-1".into(), kind: "thermometer".into() };
/// let mut builder = SegmentBuilder::new(Category::Temperature, 0..3_600_000, Origin::Simulated, sensor, 1, Digest::ZERO);
/// let reading = Reading {
///     vital: Vital::BodyTemperature, measured_at: 5_000, value: Value::Number(3710), quality: Quality::GOOD,
/// };
/// builder.push(reading)?;
/// let segment = builder.finish()?;
/// let chunks: Vec<_> = chunk::chunks(&segment).collect();
/// assert_eq!((chunks.len(), chunks[0].start), (1, 5_000));
/// # Ok::<(), pulsebook_protocol::segment::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// What was measured; its unit is the vital's.
    pub vital: Vital,
    /// Where it comes from.
    pub origin: Origin,
    /// The sensor that measured.
    pub sensor: &'a Sensor,
    /// The version of the decoder that made readings of notifications.
    pub decoder_version: u16,
    /// The time of the first slot; of beats, when the first interval began.
    pub start: UnixMillis,
    /// Microseconds from slot to slot; 0 means beats.
    pub period_us: u64,
    /// The values, or why there is none.
    pub values: Vec<Value>,
    /// The bits of the quality marks, one number a value.
    pub quality: Vec<u32>,
}

/// The chunks of a segment in order of column, then time.
pub fn chunks(segment: &Segment) -> impl Iterator<Item = Chunk<'_>> {
    segment.columns().iter().flat_map(move |column| ColumnChunks {
        segment,
        column,
        slots: column.slots().peekable(),
    })
}

/// The leaf of a chunk in the disclosure tree.
pub fn leaf(salt: &[u8; 32], chunk: &Chunk<'_>) -> Digest {
    leaf_of_bytes(salt, &chunk.encode())
}

/// What shows one chunk of a segment and no other: its bytes, its salt and the path to the disclosure root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// The bytes of the chunk.
    pub chunk: Vec<u8>,
    /// Its salt.
    pub salt: Digest,
    /// The way from its leaf to the root, nearest step first.
    pub path: Vec<PathStep>,
}

/// Discloses the first chunk that holds a reading of this vital at this time; `None` when the segment has none.
pub fn disclose(segment: &Segment, dek: &Dek, vital: Vital, measured_at: UnixMillis) -> Option<Disclosure> {
    let wanted = index_of(segment, vital, measured_at)?;
    let mut leaves = Vec::new();
    let mut found = None;
    for (index, chunk) in (0u32..).zip(chunks(segment)) {
        let (bytes, salt) = (chunk.encode(), dek.disclosure_salt(index));
        leaves.push(leaf_of_bytes(&salt, &bytes));
        if index == wanted {
            found = Some((bytes, Digest::from_bytes(salt)));
        }
    }
    let (chunk, salt) = found?;
    let path = path::path_of(&leaves, usize::try_from(wanted).ok()?);
    Some(Disclosure { chunk, salt, path })
}

/// Which chunk holds a reading; chunks and readings come in the same order.
fn index_of(segment: &Segment, vital: Vital, measured_at: UnixMillis) -> Option<u32> {
    let mut readings = segment.readings();
    (0u32..).zip(chunks(segment)).find_map(|(index, chunk)| {
        // All of them are taken, so that the next chunk begins at its own first reading.
        let held = readings.by_ref().take(chunk.values.len());
        let hits =
            held.filter(|reading| (reading.vital, reading.measured_at) == (vital, measured_at)).count();
        (hits > 0).then_some(index)
    })
}

/// The leaf of a chunk's bytes in the disclosure tree.
pub fn leaf_of_bytes(salt: &[u8; 32], chunk: &[u8]) -> Digest {
    hash::sha256(&[&[0], salt, chunk])
}

/// The disclosure root of a segment: RFC 6962 over its salted chunks.
pub fn disclosure_root(segment: &Segment, dek: &Dek) -> Digest {
    let mut frontier = Frontier::default();
    // A segment has at most 2²⁰ slots, so chunks never run out of salts.
    for (index, chunk) in (0u32..).zip(chunks(segment)) {
        frontier.append(leaf(&dek.disclosure_salt(index), &chunk));
    }
    frontier.root()
}

impl Chunk<'_> {
    /// The bytes that are salted and hashed.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&ChunkWire {
            vital: self.vital.wire(),
            unit: self.vital.unit().wire(),
            origin: self.origin.wire(),
            sensor: self.sensor.clone(),
            decoder_version: self.decoder_version,
            start: self.start,
            period_us: self.period_us,
            values: self.values.iter().copied().map(ValueWire).collect(),
            quality: self.quality.clone(),
        })
    }
}

/// The chunks of one column.
struct ColumnChunks<'a> {
    segment: &'a Segment,
    column: &'a Column,
    slots: std::iter::Peekable<crate::column::Slots<'a>>,
}

impl<'a> Iterator for ColumnChunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let first = self.slots.next()?;
        let mut chunk = Chunk {
            vital: self.column.vital(),
            origin: self.segment.origin(),
            sensor: self.segment.sensor(),
            decoder_version: self.segment.decoder_version(),
            start: first.begins_at,
            period_us: self.column.runs().get(first.run)?.period_us,
            values: vec![first.value],
            quality: vec![first.quality.bits()],
        };
        while let Some(slot) = self.slots.next_if(|slot| place(slot) == place(&first)) {
            chunk.values.push(slot.value);
            chunk.quality.push(slot.quality.bits());
        }
        Some(chunk)
    }
}

/// Which run and which minute (UTC, since 1970) a slot belongs to; a beat to the minute in which it ends.
fn place(slot: &Slot) -> (usize, i64) {
    (slot.run, slot.measured_at.div_euclid(60_000))
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct ChunkWire {
    #[n(0)]
    vital: u16,
    #[n(1)]
    unit: u8,
    #[n(2)]
    origin: u8,
    #[n(3)]
    sensor: Sensor,
    #[n(4)]
    decoder_version: u16,
    #[n(5)]
    start: i64,
    #[n(6)]
    period_us: u64,
    #[n(7)]
    values: Vec<ValueWire>,
    #[n(8)]
    quality: Vec<u32>,
}

/// An integer, or the map {0: reason}.
struct ValueWire(Value);

impl<C> Encode<C> for ValueWire {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self.0 {
            Value::Number(number) => e.i32(number)?.ok(),
            Value::Absent(reason) => e.map(1)?.u8(0)?.u8(reason.wire())?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for ValueWire {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.datatype()? != minicbor::data::Type::Map {
            return Ok(ValueWire(Value::Number(d.i32()?)));
        }
        let refuse = || minicbor::decode::Error::message("an absent value is the map {0: reason}");
        if (d.map()?, d.u8()?) != (Some(1), 0) {
            return Err(refuse());
        }
        Ok(ValueWire(Value::Absent(Absent::from_wire(d.u8()?).ok_or_else(refuse)?)))
    }
}

#[cfg(test)]
mod tests;
