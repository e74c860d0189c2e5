//! A segment's plaintext bytes.

use super::{LIMIT, MAX_COLUMNS, Segment, SegmentError, Sensor, fits};
use crate::{
    bytes::Digest,
    cbor,
    column::{Column, ColumnWire, Frame, MAX_SLOTS},
    reading::Origin,
    vital::Category,
};

/// A segment as CBOR.
#[derive(Clone, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub(super) struct SegmentWire {
    #[n(0)]
    pub(super) version: u8,
    #[n(1)]
    pub(super) category: u8,
    #[n(2)]
    pub(super) from: i64,
    #[n(3)]
    pub(super) to: i64,
    #[n(4)]
    pub(super) origin: u8,
    #[n(5)]
    pub(super) sensor: Sensor,
    #[n(6)]
    pub(super) decoder_version: u16,
    #[n(7)]
    pub(super) evidence_root: Digest,
    #[n(8)]
    pub(super) columns: Vec<ColumnWire>,
}

impl Segment {
    /// The plaintext, not yet padded.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&self.to_wire())
    }

    /// Reads a plaintext without its padding.
    ///
    /// # Errors
    /// [`SegmentError`] names the rule that is broken.
    pub fn decode(bytes: &[u8]) -> Result<Segment, SegmentError> {
        Segment::from_wire(cbor::decode(bytes, LIMIT)?)
    }

    pub(super) fn to_wire(&self) -> SegmentWire {
        SegmentWire {
            version: 1,
            category: self.category.wire(),
            from: self.range.start,
            to: self.range.end,
            origin: self.origin.wire(),
            sensor: self.sensor.clone(),
            decoder_version: self.decoder_version,
            evidence_root: self.evidence_root,
            columns: self.columns.iter().map(Column::to_wire).collect(),
        }
    }

    pub(super) fn from_wire(wire: SegmentWire) -> Result<Segment, SegmentError> {
        if wire.version != 1 {
            return Err(SegmentError::Version(wire.version));
        }
        let category = Category::from_wire(wire.category).ok_or(SegmentError::Category(wire.category))?;
        let origin = Origin::from_wire(wire.origin).ok_or(SegmentError::Origin(wire.origin))?;
        if wire.to <= wire.from {
            return Err(SegmentError::Range);
        }
        if !fits(&wire.sensor) {
            return Err(SegmentError::SensorText);
        }
        let mut segment = Segment {
            category,
            range: wire.from..wire.to,
            origin,
            sensor: wire.sensor,
            decoder_version: wire.decoder_version,
            evidence_root: wire.evidence_root,
            columns: Vec::new(),
        };
        segment.columns = read_columns(&segment, &wire.columns)?;
        Ok(segment)
    }
}

fn read_columns(segment: &Segment, wires: &[ColumnWire]) -> Result<Vec<Column>, SegmentError> {
    if !(1..=MAX_COLUMNS).contains(&wires.len()) {
        return Err(SegmentError::ColumnCount(wires.len()));
    }
    let ascending = wires.iter().zip(wires.iter().skip(1)).all(|(before, after)| before.vital < after.vital);
    if !ascending {
        return Err(SegmentError::ColumnOrder);
    }
    let mut frame = Frame { category: segment.category, range: segment.range(), slots: MAX_SLOTS };
    let mut columns = Vec::with_capacity(wires.len());
    for (index, wire) in wires.iter().enumerate() {
        let column =
            Column::from_wire(wire, &frame).map_err(|source| SegmentError::Column { index, source })?;
        frame.slots -= column.slot_count();
        columns.push(column);
    }
    Ok(columns)
}
