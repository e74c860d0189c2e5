//! The Blood Pressure service (1810): a measurement (2A35), the cuff while it measures (2A36), what the monitor can do (2A49), and
//! the enhanced frames with stored records (2B34, 2B35, 2B36).

mod frame;
mod record;
mod status;

use super::{
    context::Context,
    cursor::Cursor,
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use frame::Shape;

const SERVICE: u16 = 0x1810;

/// Blood Pressure Measurement of the Blood Pressure service.
pub const MEASUREMENT: Characteristic = Characteristic::new(SERVICE, 0x2A35);

/// Intermediate Cuff Pressure.
pub const CUFF_PRESSURE: Characteristic = Characteristic::new(SERVICE, 0x2A36);

/// Blood Pressure Feature.
pub const FEATURE: Characteristic = Characteristic::new(SERVICE, 0x2A49);

/// Enhanced Blood Pressure Measurement.
pub const ENHANCED_MEASUREMENT: Characteristic = Characteristic::new(SERVICE, 0x2B34);

/// Enhanced Intermediate Cuff Pressure.
pub const ENHANCED_CUFF_PRESSURE: Characteristic = Characteristic::new(SERVICE, 0x2B35);

/// Blood Pressure Record.
pub const RECORD: Characteristic = Characteristic::new(SERVICE, 0x2B36);

/// What this folder reads (Blood Pressure Service 1.1.1, GATT Specification Supplement).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, MEASUREMENT, "Blood Pressure Measurement", |cursor, context, decoded| {
        frame::read(Shape::MEASUREMENT, cursor, context, decoded)
    }),
    Format::new(Kind::Stream, CUFF_PRESSURE, "Intermediate Cuff Pressure", |cursor, context, decoded| {
        frame::read(Shape::CUFF_PRESSURE, cursor, context, decoded)
    }),
    Format::new(Kind::About, FEATURE, "Blood Pressure Feature", feature),
    Format::new(
        Kind::Spot,
        ENHANCED_MEASUREMENT,
        "Enhanced Blood Pressure Measurement",
        |cursor, context, decoded| frame::read(Shape::ENHANCED_MEASUREMENT, cursor, context, decoded),
    ),
    Format::new(
        Kind::Stream,
        ENHANCED_CUFF_PRESSURE,
        "Enhanced Intermediate Cuff Pressure",
        |cursor, context, decoded| frame::read(Shape::ENHANCED_CUFF_PRESSURE, cursor, context, decoded),
    ),
    Format::new(Kind::Spot, RECORD, "Blood Pressure Record", record::read),
];

const FEATURES: &[&str] = &[
    "Body Movement Detection supported",
    "Cuff Fit Detection supported",
    "Irregular Pulse Detection supported",
    "Pulse Rate Range Detection supported",
    "Measurement Position Detection supported",
    "Multiple Bonds supported",
    "E2E-CRC supported",
    "User Data Service supported",
    "User Facing Time supported",
];

fn feature(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.flags_u16("Blood Pressure Feature", FEATURES)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests;
