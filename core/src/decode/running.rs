//! Running Speed and Cadence (1814): speed, cadence, stride and distance of a walker or runner (2A53).

use super::{
    context::Context,
    cursor::Cursor,
    field::Quantity,
    float::{Conversion, METRE, PER_256, SAME_UNIT},
    format::{Format, Kind},
    outcome::{Decoded, Reason},
    speed_cadence,
};
use crate::ble::Characteristic;
use pulsebook_protocol::{quality::Quality, reading::Reading, vital::Vital};

const SERVICE: u16 = 0x1814;

/// RSC Measurement of the Running Speed and Cadence service.
pub const MEASUREMENT: Characteristic = Characteristic::new(SERVICE, 0x2A53);

/// RSC Feature.
pub const FEATURE: Characteristic = Characteristic::new(SERVICE, 0x2A54);

/// Sensor Location.
pub const LOCATION: Characteristic = Characteristic::new(SERVICE, 0x2A5D);

/// SC Control Point.
pub const CONTROL_POINT: Characteristic = Characteristic::new(SERVICE, 0x2A55);

/// What this file reads (Running Speed and Cadence Service 1.0).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Stream, MEASUREMENT, "RSC Measurement", measurement),
    Format::new(Kind::About, FEATURE, "RSC Feature", feature),
    Format::new(Kind::About, LOCATION, "Sensor Location", speed_cadence::location),
    Format::new(Kind::Control, CONTROL_POINT, "SC Control Point", speed_cadence::control_point),
];

const FLAGS: &[&str] = &[
    "Instantaneous Stride Length Present",
    "Total Distance Present",
    "Walking or Running Status is running",
];
const FEATURES: &[&str] = &[
    "Instantaneous Stride Length Measurement Supported",
    "Total Distance Measurement Supported",
    "Walking or Running Status Supported",
    "Calibration Procedure Supported",
    "Multiple Sensor Locations Supported",
];
const SPEED: Quantity = Quantity::fraction(256, "m/s");
const CADENCE: Quantity = Quantity::whole("/min");
const STRIDE: Quantity = Quantity::decimal(1, -2, "m");
const DISTANCE: Quantity = Quantity::decimal(1, -1, "m");

const HAS_STRIDE: u8 = 1;
const HAS_DISTANCE: u8 = 1 << 1;
const RESERVED: u8 = 0xF8;

/// Reads one frame, which has no time of its own. Whether somebody walks or runs stays in the raw notification; the distance
/// counts on from when the sensor was last told to begin anew.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let reading = |vital, quantity: Quantity, raw: i64, conversion: Conversion| Reading {
        vital,
        measured_at: context.received_at,
        value: quantity.exact(raw).value(vital, conversion),
        quality: Quality::GOOD,
    };
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let speed = cursor.quantity_u16("Instantaneous Speed", SPEED)?;
    let cadence = cursor.quantity_u8("Instantaneous Cadence", CADENCE)?;
    decoded.readings.push(reading(Vital::Speed, SPEED, speed.into(), PER_256));
    decoded.readings.push(reading(Vital::RunningCadence, CADENCE, cadence.into(), SAME_UNIT));
    if flags & HAS_STRIDE != 0 {
        let stride = cursor.quantity_u16("Instantaneous Stride Length", STRIDE)?;
        decoded.readings.push(reading(Vital::StrideLength, STRIDE, stride.into(), METRE));
    }
    if flags & HAS_DISTANCE != 0 {
        let distance = cursor.quantity_u32("Total Distance", DISTANCE)?;
        decoded.readings.push(reading(Vital::Distance, DISTANCE, distance.into(), SAME_UNIT));
    }
    cursor.end(u32::from(flags & RESERVED))
}

fn feature(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.flags_u16("RSC Feature", FEATURES)?;
    cursor.end(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::reading::{Absent, Value};

    fn values(bytes: &[u8]) -> Vec<(Vital, Value)> {
        let decoded = super::super::alone(measurement, bytes, 5).unwrap();
        decoded.readings.iter().map(|reading| (reading.vital, reading.value)).collect()
    }

    #[test]
    fn speed_cadence_stride_and_distance_keep_their_steps() {
        // 641/256 m/s = 2.50390625; 170 a minute; 1.15 m; 1234.5 m.
        let expected = [
            (Vital::Speed, Value::Number(2_504)),
            (Vital::RunningCadence, Value::Number(1_700)),
            (Vital::StrideLength, Value::Number(1_150)),
            (Vital::Distance, Value::Number(12_345)),
        ];
        assert_eq!(values(&[0x07, 0x81, 0x02, 170, 115, 0, 0x39, 0x30, 0, 0]), expected);
        assert_eq!(values(&[0x00, 0x81, 0x02, 170]), expected[..2]);
    }

    #[test]
    fn a_distance_that_no_record_holds_is_an_absence() {
        let distance = values(&[0x02, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])[2];
        assert_eq!(distance, (Vital::Distance, Value::Absent(Absent::OutOfResolution)));
    }
}
