//! Cycling Speed and Cadence (1816): how often wheel and crank have turned (2A5B).
//!
//! The counts become readings as they came. A speed needs the wheel's circumference, which the sensor does not know, and a
//! cadence two frames: whoever has both works them out from the counts and their times, which stay in the raw notification.

use super::{
    context::Context,
    cursor::Cursor,
    field::Quantity,
    float::SAME_UNIT,
    format::{Format, Kind},
    outcome::{Decoded, Reason},
    speed_cadence,
};
use crate::ble::Characteristic;
use pulsebook_protocol::{quality::Quality, reading::Reading, vital::Vital};

const SERVICE: u16 = 0x1816;

/// CSC Measurement of the Cycling Speed and Cadence service.
pub const MEASUREMENT: Characteristic = Characteristic::new(SERVICE, 0x2A5B);

/// CSC Feature.
pub const FEATURE: Characteristic = Characteristic::new(SERVICE, 0x2A5C);

/// Sensor Location.
pub const LOCATION: Characteristic = Characteristic::new(SERVICE, 0x2A5D);

/// SC Control Point.
pub const CONTROL_POINT: Characteristic = Characteristic::new(SERVICE, 0x2A55);

/// What this file reads (Cycling Speed and Cadence Service 1.0).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Stream, MEASUREMENT, "CSC Measurement", measurement),
    Format::new(Kind::About, FEATURE, "CSC Feature", feature),
    Format::new(Kind::About, LOCATION, "Sensor Location", speed_cadence::location),
    Format::new(Kind::Control, CONTROL_POINT, "SC Control Point", speed_cadence::control_point),
];

const FLAGS: &[&str] = &["Wheel Revolution Data Present", "Crank Revolution Data Present"];
const FEATURES: &[&str] = &[
    "Wheel Revolution Data Supported",
    "Crank Revolution Data Supported",
    "Multiple Sensor Locations Supported",
];
const TURNS: Quantity = Quantity::whole("");
const EVENT_TIME: Quantity = Quantity::fraction(1024, "s");

const HAS_WHEEL: u8 = 1;
const HAS_CRANK: u8 = 1 << 1;
const RESERVED: u8 = 0xFC;

/// Reads one frame, which has no time of its own: the event times begin anew every 64 s and tell only what lies between two.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let turns = |vital, count: i64| Reading {
        vital,
        measured_at: context.received_at,
        value: TURNS.exact(count).value(vital, SAME_UNIT),
        quality: Quality::GOOD,
    };
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    if flags & HAS_WHEEL != 0 {
        let wheel = cursor.u32("Cumulative Wheel Revolutions")?;
        cursor.quantity_u16("Last Wheel Event Time", EVENT_TIME)?;
        decoded.readings.push(turns(Vital::WheelTurns, wheel.into()));
    }
    if flags & HAS_CRANK != 0 {
        let crank = cursor.u16("Cumulative Crank Revolutions")?;
        cursor.quantity_u16("Last Crank Event Time", EVENT_TIME)?;
        decoded.readings.push(turns(Vital::CrankTurns, crank.into()));
    }
    cursor.end(u32::from(flags & RESERVED))
}

fn feature(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.flags_u16("CSC Feature", FEATURES)?;
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
    fn a_published_frame_gives_the_turns_of_wheel_and_crank() {
        // Test vector of movisens/SmartGattLib: 1581 and 2704.
        let bytes = [0x03, 0x2D, 0x06, 0x00, 0x00, 0xA3, 0xA9, 0x90, 0x0A, 0x28, 0x9F];
        let expected = [(Vital::WheelTurns, Value::Number(1_581)), (Vital::CrankTurns, Value::Number(2_704))];
        assert_eq!(values(&bytes), expected);
    }

    #[test]
    fn more_turns_than_a_record_holds_are_an_absence() {
        let wheel = values(&[0x01, 0, 0, 0, 0x80, 0, 0])[0];
        assert_eq!(wheel, (Vital::WheelTurns, Value::Absent(Absent::OutOfResolution)));
    }
}
