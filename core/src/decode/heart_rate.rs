//! The Heart Rate service (180D): rate, contact, energy and every RR interval (2A37), where it is worn (2A38), its counter's reset (2A39).

use super::{
    context::Context,
    cursor::{Choices, Cursor},
    field::Quantity,
    format::{Format, Kind},
    outcome::{Decoded, Reason},
};
use crate::ble::Characteristic;
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, UnixMillis, Value},
    vital::Vital,
};

/// Heart Rate Measurement of the Heart Rate service.
pub const MEASUREMENT: Characteristic = Characteristic::new(0x180D, 0x2A37);

/// Body Sensor Location.
pub const LOCATION: Characteristic = Characteristic::new(0x180D, 0x2A38);

/// Heart Rate Control Point.
pub const CONTROL_POINT: Characteristic = Characteristic::new(0x180D, 0x2A39);

/// What this file reads (Heart Rate Service 1.0, GATT Specification Supplement).
pub(super) const FORMATS: &[Format] = &[
    Format::new(Kind::Stream, MEASUREMENT, "Heart Rate Measurement", measurement),
    Format::new(Kind::About, LOCATION, "Body Sensor Location", location),
    Format::new(Kind::Control, CONTROL_POINT, "Heart Rate Control Point", control_point),
];

const FLAGS: &[&str] = &[
    "Heart Rate Value Format is uint16",
    "Sensor Contact detected",
    "Sensor Contact supported",
    "Energy Expended present",
    "RR-Interval present",
];
const PER_MINUTE: Quantity = Quantity::whole("/min");
const KILOJOULE: Quantity = Quantity::whole("kJ");
const RR: Quantity = Quantity::fraction(1024, "s");
const LOCATIONS: Choices =
    &[(0, "other"), (1, "chest"), (2, "wrist"), (3, "finger"), (4, "hand"), (5, "ear lobe"), (6, "foot")];
const COMMANDS: Choices = &[(1, "reset Energy Expended")];

const RATE_IS_U16: u8 = 1;
const CONTACT_DETECTED: u8 = 1 << 1;
const CONTACT_SUPPORTED: u8 = 1 << 2;
const HAS_ENERGY: u8 = 1 << 3;
const HAS_RR: u8 = 1 << 4;
const RESERVED: u8 = 0xE0;

/// Reads one frame. The profile has no clock: the rate holds for the receive time, and so does the end of the last
/// RR interval; each earlier interval ended one later interval before.
fn measurement(cursor: &mut Cursor<'_>, context: &Context, decoded: &mut Decoded) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let rate = match flags & RATE_IS_U16 {
        0 => u16::from(cursor.quantity_u8("Heart Rate Measurement Value", PER_MINUTE)?),
        _ => cursor.quantity_u16("Heart Rate Measurement Value", PER_MINUTE)?,
    };
    if flags & HAS_ENERGY != 0 {
        decoded.energy_kj = Some(cursor.quantity_u16("Energy Expended", KILOJOULE)?);
    }
    let quality = contact(flags);
    let reading = |vital, number: u16| Reading {
        vital,
        measured_at: context.received_at,
        value: Value::Number(i32::from(number)),
        quality,
    };
    decoded.readings.push(reading(Vital::HeartRate, rate));
    while flags & HAS_RR != 0 && !cursor.is_at_end() {
        decoded.readings.push(reading(Vital::RrInterval, cursor.quantity_u16("RR-Interval", RR)?));
    }
    cursor.end(u32::from(flags & RESERVED))?;
    date_intervals(&mut decoded.readings, context.received_at);
    Ok(())
}

fn location(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Body Sensor Location", LOCATIONS)?;
    cursor.end(0)
}

fn control_point(cursor: &mut Cursor<'_>, _: &Context, _: &mut Decoded) -> Result<(), Reason> {
    cursor.choice_u8("Heart Rate Control Point", COMMANDS)?;
    cursor.end(0)
}

/// The contact bit means something only where the sensor supports it.
fn contact(flags: u8) -> Quality {
    match flags & (CONTACT_SUPPORTED | CONTACT_DETECTED) {
        CONTACT_SUPPORTED => Quality::GOOD.with(Mark::ContactLost),
        _ => Quality::GOOD,
    }
}

/// When each interval ended, from the lengths of those after it (1/1024 s, rounded to milliseconds once).
fn date_intervals(readings: &mut [Reading], received_at: UnixMillis) {
    let mut later = 0;
    for reading in readings.iter_mut().rev() {
        if let (Vital::RrInterval, Value::Number(interval)) = (reading.vital, reading.value) {
            reading.measured_at = received_at - (later * 1000 + 512) / 1024;
            later += i64::from(interval);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
        super::super::alone(measurement, bytes, received_at)
    }

    fn numbers(bytes: &[u8]) -> Vec<(Vital, UnixMillis, i32)> {
        let decoded = decode(bytes, 10_000).unwrap();
        let number = |value| match value {
            Value::Number(number) => number,
            Value::Absent(absent) => panic!("{absent:?}"),
        };
        decoded.readings.iter().map(|r| (r.vital, r.measured_at, number(r.value))).collect()
    }

    #[test]
    fn a_published_frame_gives_its_rate_and_both_intervals() {
        // 16485401EC02: test vector of movisens/SmartGattLib; 72 per minute, 0.33203125 s and 0.73046875 s, worn.
        let expected = [
            (Vital::HeartRate, 10_000, 72),
            (Vital::RrInterval, 9_270, 340),
            (Vital::RrInterval, 10_000, 748),
        ];
        assert_eq!(numbers(&[0x16, 0x48, 0x54, 0x01, 0xEC, 0x02]), expected);
    }

    #[test]
    fn sixteen_bit_rates_and_energy_are_read() {
        // OpenTracks' vector 01 01 01 is 257 per minute; with energy of 600 kJ behind a u8 rate by the standard.
        assert_eq!(numbers(&[0x01, 0x01, 0x01]), [(Vital::HeartRate, 10_000, 257)]);
        let decoded = decode(&[0x08, 60, 0x58, 0x02], 0).unwrap();
        assert_eq!(decoded.energy_kj, Some(600));
    }

    #[test]
    fn lost_contact_is_marked_only_where_contact_is_supported() {
        for (flags, lost) in [(0x00, false), (0x02, false), (0x04, true), (0x06, false)] {
            let quality = decode(&[flags, 60], 0).unwrap().readings[0].quality;
            assert_eq!(quality.has(Mark::ContactLost), lost, "flags {flags:#04x}");
        }
    }

    #[test]
    fn half_an_interval_and_surplus_bytes_are_malformed() {
        let half = Reason::Truncated { field: "RR-Interval", expected: 6, came: 5 };
        assert_eq!(decode(&[0x10, 60, 0x00, 0x04, 0x00], 0), Err(half));
        assert_eq!(decode(&[0x00, 60, 0x00], 0), Err(Reason::Surplus { expected: 2, came: 3 }));
        assert!(decode(&[0x80, 60, 0x00], 0).is_ok(), "a reserved flag may announce more");
    }
}
