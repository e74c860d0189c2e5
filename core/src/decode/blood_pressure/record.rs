//! Blood Pressure Record (2B36): one of the other frames, sent from the monitor's memory.
//!
//! A record that fits one notification is read; of one that was cut into several the parts are shown and kept, and no reading
//! comes of them. Whether a checksum follows is a feature of the monitor: two bytes behind the frame are shown as one and are
//! not compared.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        field::{Part, Says},
        outcome::{Decoded, Reason},
    },
    frame::{self, Shape},
};
use pulsebook_protocol::quality::Mark;

const HEADER: &[Part] = &[
    Part::flag(0, "First Segment"),
    Part::flag(1, "Last Segment"),
    Part::of(2, 6, "Rolling Segment Counter", &[]),
];
const FIRST: u8 = 1;
const LAST: u8 = 1 << 1;

/// Frames that a record may hold, by the number of their characteristic.
const RECORDED: [(u16, Shape); 4] = [
    (0x2A35, Shape::MEASUREMENT),
    (0x2A36, Shape::CUFF_PRESSURE),
    (0x2B34, Shape::ENHANCED_MEASUREMENT),
    (0x2B35, Shape::ENHANCED_CUFF_PRESSURE),
];
const CHECKSUM: usize = 2;

/// Reads one record, or one part of it.
pub(super) fn read(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let header = cursor.parts_u8("Segmentation Header", HEADER)?;
    let shape = if header & FIRST == 0 { None } else { recorded(cursor)? };
    let Some(shape) = shape.filter(|_| header & LAST != 0) else {
        cursor.rest("Recorded Characteristic", |_| Says::Bytes);
        return Ok(());
    };
    let reserved = frame::fields(shape, cursor, context, decoded)?;
    for reading in &mut decoded.readings {
        reading.quality = reading.quality.with(Mark::FromStorage);
    }
    if reserved == 0 && cursor.left() == CHECKSUM {
        cursor.array::<CHECKSUM>("E2E-CRC", |_| Says::Bytes)?;
    }
    cursor.end(reserved)
}

/// What a record's first part says of it: its number, and which frame it holds, if it is one of ours.
fn recorded(cursor: &mut Cursor<'_>) -> Result<Option<Shape>, Reason> {
    cursor.u16("Sequence Number")?;
    let number = cursor.array("UUID", |raw| Says::Text(format!("{:04X}", u16::from_le_bytes(raw))))?;
    let number = u16::from_le_bytes(number);
    Ok(RECORDED.iter().find(|(recorded, _)| *recorded == number).map(|(_, shape)| *shape))
}
