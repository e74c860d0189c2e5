//! The value of an observation by its class. Numbers of known types become readings; everything else is shown and stays raw.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        field::Says,
        float::Decimal,
        outcome::{Decoded, Reason},
    },
    body::{Head, tlvs},
    unit,
};
use pulsebook_protocol::{
    reading::{Absent, Reading, Value},
    vital::Vital,
};

const NUMERIC: u8 = 1;
const DISCRETE: u8 = 2;
const STRING: u8 = 3;
const SAMPLES: u8 = 4;
const DISCRETE_EVENTS: u8 = 5;
const STATES: u8 = 6;
const COMPOUND: u8 = 7;
const TLVS: u8 = 8;

/// Reads a value of this class.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    class: u8,
    (context, head): (&Context, Head),
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    match class {
        COMPOUND => {
            for _ in 0..cursor.u8("Number of Components")? {
                let kind = Some(cursor.u32("Component Type")?);
                let class = cursor.u8("Component Value Type")?;
                simple(cursor, class, (context, Head { kind, ..head }), decoded)?;
            }
            Ok(())
        }
        TLVS => tlvs(cursor),
        class => simple(cursor, class, (context, head), decoded),
    }
}

fn simple(
    cursor: &mut Cursor<'_>,
    class: u8,
    (context, head): (&Context, Head),
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    match class {
        NUMERIC => {
            let code = cursor.u16("Unit Code")?;
            let number = cursor.float("Numeric Value", unit::symbol(code))?;
            match reading(context, head, (code, number)) {
                Ok(reading) => decoded.readings.extend(reading),
                Err(reason) => decoded.left_out = Some(reason),
            }
            Ok(())
        }
        DISCRETE => cursor.u32("Discrete Value").map(drop),
        STRING => {
            let length = usize::from(cursor.u16("String Length")?);
            cursor.slice("String Value", length, text).map(drop)
        }
        SAMPLES => samples(cursor),
        DISCRETE_EVENTS => {
            for _ in 0..cursor.u8("Number of Values")? {
                cursor.u32("Discrete Value")?;
            }
            Ok(())
        }
        STATES => {
            let size = usize::from(cursor.u8("Size of Masks and Value")?);
            for name in ["Supported Mask Bits", "State or Event Mask", "State Value"] {
                cursor.slice(name, size, |_| Says::Bytes)?;
            }
            Ok(())
        }
        other => Err(Reason::Unexpected { field: "Observation Class Type", came: other.into() }),
    }
}

/// The reading of a number, if its type is a vital's. In a unit that the vital cannot be in, the value is not believed.
fn reading(context: &Context, head: Head, (code, number): (u16, Decimal)) -> Result<Option<Reading>, Reason> {
    let Some(vital) = head.kind.and_then(Vital::from_mdc) else { return Ok(None) };
    let conversion = unit::conversion(code, vital.unit())
        .ok_or(Reason::Unexpected { field: "Unit Code", came: code.into() })?;
    let value = match head.absent {
        true => Value::Absent(Absent::NotAvailable),
        false => number.value(vital, conversion),
    };
    let moment = context.moment(head.taken);
    Ok(Some(Reading {
        vital,
        measured_at: moment.measured_at,
        value,
        quality: head.quality.union(moment.quality),
    }))
}

/// A waveform: this version keeps it raw.
fn samples(cursor: &mut Cursor<'_>) -> Result<(), Reason> {
    let unit = unit::symbol(cursor.u16("Unit Code")?);
    cursor.float("Scale Factor", "")?;
    cursor.float("Offset", unit)?;
    cursor.float("Sample Period", "s")?;
    let per_period = u64::from(cursor.u8("Number of Samples per Period")?);
    let width = u64::from(cursor.u8("Bytes per Sample")?);
    let count = u64::from(cursor.u32("Number of Samples")?);
    let length = usize::try_from(per_period.max(1) * width * count).unwrap_or(usize::MAX);
    cursor.slice("Samples", length, |_| Says::Bytes).map(drop)
}

/// A text without anything that would move a cursor.
fn text(bytes: &[u8]) -> Says {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(|letter| !letter.is_control()) => Says::Text(text.to_owned()),
        _ => Says::Bytes,
    }
}
