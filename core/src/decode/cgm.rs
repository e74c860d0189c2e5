//! The Continuous Glucose Monitoring service (181F): measurements (2AA7), features (2AA8), status (2AA9), its sessions (2AAA, 2AAB) and
//! control point (2AAC). Its memory is asked by [`super::record_access`].
//!
//! Layout: Continuous Glucose Monitoring Service 1.0.2 §3, GATT Specification Supplement.

mod control;
mod crc;
mod measurement;
mod session;
mod status;

pub(super) use measurement::records;

use super::{
    context::Context,
    cursor::Cursor,
    format::{Format, Kind},
    glucose::{LOCATIONS, SPECIMENS},
    outcome::{Decoded, Reason, Told},
};
use crate::ble::Characteristic;

/// Number of the service.
pub const SERVICE: u16 = 0x181F;

/// CGM Measurement.
pub const MEASUREMENT: Characteristic = Characteristic::new(SERVICE, 0x2AA7);

/// CGM Feature.
pub const FEATURE: Characteristic = Characteristic::new(SERVICE, 0x2AA8);

/// CGM Status.
pub const STATUS: Characteristic = Characteristic::new(SERVICE, 0x2AA9);

/// CGM Session Start Time.
pub const SESSION_START: Characteristic = Characteristic::new(SERVICE, 0x2AAA);

/// CGM Session Run Time.
pub const SESSION_RUN: Characteristic = Characteristic::new(SERVICE, 0x2AAB);

/// CGM Specific Ops Control Point.
pub const CONTROL_POINT: Characteristic = Characteristic::new(SERVICE, 0x2AAC);

/// What this folder reads.
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Spot, MEASUREMENT, "CGM Measurement", measurement::measurements),
    Format::new(Kind::About, FEATURE, "CGM Feature", feature),
    Format::new(Kind::About, STATUS, "CGM Status", status::status),
    Format::new(Kind::About, SESSION_START, "CGM Session Start Time", session::start),
    Format::new(Kind::About, SESSION_RUN, "CGM Session Run Time", session::run),
    Format::new(Kind::Control, CONTROL_POINT, "CGM Specific Ops Control Point", control::control),
];

const FEATURES: &[&str] = &[
    "Calibration supported",
    "Patient High/Low Alerts supported",
    "Hypo Alerts supported",
    "Hyper Alerts supported",
    "Rate of Increase/Decrease Alerts supported",
    "Device Specific Alert supported",
    "Sensor Malfunction Detection supported",
    "Sensor Temperature High-Low Detection supported",
    "Sensor Result High-Low Detection supported",
    "Low Battery Detection supported",
    "Sensor Type Error Detection supported",
    "General Device Fault supported",
    "E2E-CRC supported",
    "Multiple Bond supported",
    "Multiple Sessions supported",
    "CGM Trend Information supported",
    "CGM Quality supported",
];
const HAS_CRC: u32 = 1 << 12;
/// What stands for the checksum where the sensor has none.
const NO_CRC: u16 = 0xFFFF;

/// What the sensor can do, and what it measures in. The checksum is there always, and counts only where the sensor says so.
fn feature(cursor: &mut Cursor<'_>, _: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let features = cursor.flags_u24("CGM Feature", FEATURES)?;
    let (specimen, _) = cursor.nibbles(("CGM Type", SPECIMENS), ("CGM Sample Location", LOCATIONS))?;
    if features & HAS_CRC != 0 {
        crc::checked(cursor, "E2E-CRC")?;
    } else {
        let came = cursor.u16("E2E-CRC")?;
        if came != NO_CRC {
            return Err(Reason::Checksum { expected: NO_CRC, came });
        }
    }
    cursor.end(0)?;
    decoded.told = Some(Told::Monitor { specimen, checksums: features & HAS_CRC != 0 });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_without_checksums_says_so_with_all_ones() {
        let decoded = crate::decode::alone(feature, &[0, 0, 0, 0x59, 0xFF, 0xFF], 0).unwrap();
        assert_eq!(decoded.told, Some(Told::Monitor { specimen: 9, checksums: false }));
        let wrong = crate::decode::alone(feature, &[0, 0, 0, 0x59, 0xFF, 0xFE], 0);
        assert_eq!(wrong, Err(Reason::Checksum { expected: 0xFFFF, came: 0xFEFF }));
    }

    #[test]
    fn a_sensor_with_checksums_is_held_to_them() {
        let body = [0, 0x10, 0, 0x59];
        let [low, high] = crc::of(&body).to_le_bytes();
        assert!(crate::decode::alone(feature, &[&body[..], &[low, high]].concat(), 0).is_ok());
        let wrong = crate::decode::alone(feature, &[&body[..], &[low ^ 1, high]].concat(), 0);
        assert!(matches!(wrong, Err(Reason::Checksum { .. })));
    }
}
