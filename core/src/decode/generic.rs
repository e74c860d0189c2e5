//! The Generic Health Sensor service (1840): observations of any kind (2B8B live, 2BDD stored), features (2BF3), schedule (2BF1), control point (2BF4).
//!
//! Layout: Generic Health Sensor Service 1.0 §3; two independent implementations agree on every field that is read here.

mod body;
mod pieces;
mod unit;
mod value;

pub use pieces::Pieces;
pub(crate) use pieces::cut;

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    field::Says,
    format::{Format, Kind},
    outcome::{Decoded, Reason, Told},
};
use crate::ble::Characteristic;
use pulsebook_protocol::quality::Mark;

/// Number of the service.
pub const SERVICE: u16 = 0x1840;

/// Live Health Observations.
pub const LIVE: Characteristic = Characteristic::new(SERVICE, 0x2B8B);

/// Stored Health Observations.
pub const STORED: Characteristic = Characteristic::new(SERVICE, 0x2BDD);

/// Health Sensor Features.
pub const FEATURES: Characteristic = Characteristic::new(SERVICE, 0x2BF3);

/// Observation Schedule Changed.
pub const SCHEDULE: Characteristic = Characteristic::new(SERVICE, 0x2BF1);

/// GHS Control Point.
pub const CONTROL_POINT: Characteristic = Characteristic::new(SERVICE, 0x2BF4);

/// What this folder reads.
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, LIVE, "Live Health Observations", live),
    Format::new(Kind::Spot, STORED, "Stored Health Observations", stored),
    Format::new(Kind::About, FEATURES, "Health Sensor Features", features),
    Format::new(Kind::About, SCHEDULE, "Observation Schedule Changed", schedule),
    Format::new(Kind::Control, CONTROL_POINT, "GHS Control Point", control),
];

const HEADER: &[&str] = &["First Segment", "Last Segment"];
const FEATURE_FLAGS: &[&str] = &["Supported Device Specializations present"];
const COMMANDS: Choices = &[
    (1, "start sending live observations"),
    (2, "stop sending live observations"),
    (0x80, "success"),
    (0x81, "command not supported"),
];
const FIRST: u8 = 1;
const LAST: u8 = 1 << 1;

fn live(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    if !header(cursor, decoded)? {
        return Ok(());
    }
    body::observation(cursor, context, decoded)?;
    cursor.end(0)
}

/// A stored observation stands behind its record number.
fn stored(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    if !header(cursor, decoded)? {
        return Ok(());
    }
    decoded.stored_record = Some(cursor.u32("Record Number")?);
    body::observation(cursor, context, decoded)?;
    for reading in &mut decoded.readings {
        reading.quality = reading.quality.with(Mark::FromStorage);
    }
    cursor.end(0)
}

/// Whether the observation is whole in this notification. One of several pieces says which it is: [`Pieces`] joins them.
fn header(cursor: &mut Cursor<'_>, decoded: &mut Decoded) -> Result<bool, Reason> {
    let [byte] = cursor.array("Segmentation Header", |[byte]| {
        let mut said = Says::flags(u32::from(byte & (FIRST | LAST)), HEADER);
        if let Says::Flags(set) = &mut said {
            set.push(format!("Rolling Segment Counter {}", byte >> 2));
        }
        said
    })?;
    if byte & (FIRST | LAST) == FIRST | LAST {
        return Ok(true);
    }
    cursor.rest("Segment", |_| Says::Bytes);
    decoded.told = Some(Told::Piece);
    Ok(false)
}

fn features(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FEATURE_FLAGS)?;
    for _ in 0..cursor.u8("Number of Supported Observation Types")? {
        cursor.u32("Supported Observation Type")?;
    }
    if flags & 1 != 0 {
        for _ in 0..cursor.u8("Number of Supported Device Specializations")? {
            cursor.u32("Supported Device Specialization")?;
        }
    }
    cursor.end(u32::from(flags & 0xFE))
}

fn schedule(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.u32("Observation Type")?;
    cursor.float("Measurement Period", "s")?;
    cursor.float("Update Interval", "s")?;
    cursor.end(0)
}

fn control(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Op Code", COMMANDS)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests;
