//! Heart Rate Measurement (2A37): rate, contact, energy and every RR interval.

use super::{
    cursor::Cursor,
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

const RATE_IS_U16: u8 = 1;
const CONTACT_DETECTED: u8 = 1 << 1;
const CONTACT_SUPPORTED: u8 = 1 << 2;
const HAS_ENERGY: u8 = 1 << 3;
const HAS_RR: u8 = 1 << 4;
const RESERVED: u8 = 0xE0;

/// Decodes one frame. The profile has no clock: the rate holds for the receive time, and so does the end of the last
/// RR interval; each earlier interval ended one later interval before.
///
/// # Errors
/// A frame that does not follow its flags.
pub fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
    let mut cursor = Cursor::new(bytes);
    let flags = cursor.u8("flags")?;
    let rate = match flags & RATE_IS_U16 {
        0 => u16::from(cursor.u8("heart rate")?),
        _ => cursor.u16("heart rate")?,
    };
    let energy_kj = (flags & HAS_ENERGY != 0).then(|| cursor.u16("energy")).transpose()?;
    let intervals = if flags & HAS_RR != 0 { rr_intervals(&mut cursor)? } else { Vec::new() };
    cursor.end(flags & RESERVED)?;
    let quality = contact(flags);
    let reading = |vital, measured_at, number: u16| Reading {
        vital,
        measured_at,
        value: Value::Number(i32::from(number)),
        quality,
    };
    let mut readings = vec![reading(Vital::HeartRate, received_at, rate)];
    let ends = interval_ends(&intervals, received_at);
    readings.extend(intervals.iter().zip(ends).map(|(rr, end)| reading(Vital::RrInterval, end, *rr)));
    Ok(Decoded { readings, energy_kj, ..Decoded::default() })
}

/// All intervals to the end of the frame, oldest first.
fn rr_intervals(cursor: &mut Cursor<'_>) -> Result<Vec<u16>, Reason> {
    let mut intervals = Vec::new();
    while !cursor.is_at_end() {
        intervals.push(cursor.u16("RR interval")?);
    }
    Ok(intervals)
}

/// The contact bit means something only where the sensor supports it.
fn contact(flags: u8) -> Quality {
    match flags & (CONTACT_SUPPORTED | CONTACT_DETECTED) {
        CONTACT_SUPPORTED => Quality::GOOD.with(Mark::ContactLost),
        _ => Quality::GOOD,
    }
}

/// When each interval ended, from the lengths of those after it (1/1024 s, rounded to milliseconds once).
fn interval_ends(intervals: &[u16], received_at: UnixMillis) -> Vec<UnixMillis> {
    let mut later = 0;
    let mut ends: Vec<UnixMillis> = intervals
        .iter()
        .rev()
        .map(|interval| {
            let end = received_at - (later * 1000 + 512) / 1024;
            later += i64::from(*interval);
            end
        })
        .collect();
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let half = Reason::Truncated { field: "RR interval", expected: 6, came: 5 };
        assert_eq!(decode(&[0x10, 60, 0x00, 0x04, 0x00], 0), Err(half));
        assert_eq!(decode(&[0x00, 60, 0x00], 0), Err(Reason::Surplus { expected: 2, came: 3 }));
        assert!(decode(&[0x80, 60, 0x00], 0).is_ok(), "a reserved flag may announce more");
    }
}
