//! Blood Pressure Record (2B36): one of the other frames, sent from the monitor's memory.
//!
//! A record that was cut into several notifications is joined like an observation of a generic sensor, whose header it has.
//! Whether a checksum follows is a feature of the monitor: two bytes behind the frame are shown as one. They are not compared:
//! no source at hand says over which bytes of a record, and of one that was cut, it is made.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        field::{Part, Says},
        outcome::{Decoded, Reason, Told},
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
/// Bytes of the sequence number and the UUID.
const NUMBERS: usize = 4;

/// Reads one record, or one part of it.
pub(super) fn read(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let header = cursor.parts_u8("Segmentation Header", HEADER)?;
    if header & (FIRST | LAST) != FIRST | LAST {
        decoded.told = Some(Told::Piece);
        if header & FIRST != 0 && cursor.left() >= NUMBERS {
            cursor.u16("Sequence Number")?;
            recorded(cursor)?;
        }
        cursor.rest("Recorded Characteristic", |_| Says::Bytes);
        return Ok(());
    }
    decoded.stored_record = Some(cursor.u16("Sequence Number")?.into());
    let Some(shape) = recorded(cursor)? else {
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

/// Which frame the record holds, if it is one of ours.
fn recorded(cursor: &mut Cursor<'_>) -> Result<Option<Shape>, Reason> {
    let number = cursor.array("UUID", |raw| Says::Text(format!("{:04X}", u16::from_le_bytes(raw))))?;
    let number = u16::from_le_bytes(number);
    Ok(RECORDED.iter().find(|(recorded, _)| *recorded == number).map(|(_, shape)| *shape))
}
