//! PLX Spot-Check Measurement (2A5E): one pair with the sensor's time, both status fields and the pulse amplitude.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        date_time::moment,
        outcome::{Decoded, Reason},
    },
    status::Status,
};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    vital::Vital,
};

const FLAGS: &[&str] = &[
    "Timestamp present",
    "Measurement Status present",
    "Device and Sensor Status present",
    "Pulse Amplitude Index present",
    "Device Clock is not set",
];

const HAS_TIME: u8 = 1;
const HAS_MEASUREMENT_STATUS: u8 = 1 << 1;
const HAS_DEVICE_STATUS: u8 = 1 << 2;
const HAS_AMPLITUDE: u8 = 1 << 3;
const CLOCK_NOT_SET: u8 = 1 << 4;
const RESERVED: u8 = 0xE0;

/// Reads one frame. A clock that is not set gives no time: the pair holds for the receive time then, and is marked.
pub(in crate::decode) fn measurement(
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let saturation = cursor.sfloat("SpO2PR-Spot-Check - SpO2", "%")?;
    let pulse = cursor.sfloat("SpO2PR-Spot-Check - PR", "/min")?;
    let told = moment(cursor, flags & HAS_TIME != 0, context)?;
    let announced = (flags & HAS_MEASUREMENT_STATUS != 0, flags & HAS_DEVICE_STATUS != 0);
    let status = Status::read(cursor, announced)?;
    let amplitude =
        (flags & HAS_AMPLITUDE != 0).then(|| cursor.sfloat("Pulse Amplitude Index", "%")).transpose()?;
    cursor.end(u32::from(flags & RESERVED))?;
    let when = match flags & CLOCK_NOT_SET {
        0 => (told.measured_at, told.quality),
        _ => (context.received_at, Quality::GOOD.with(Mark::PhoneTime).with(Mark::ClockNotSet)),
    };
    decoded.readings.extend(status.pair(saturation, pulse, when));
    decoded.readings.extend(amplitude.map(|index| status.reading(Vital::PulseAmplitudeIndex, index, when)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::reading::{Absent, Reading, UnixMillis, Value};

    fn decode_spot(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
        crate::decode::alone(measurement, bytes, received_at)
    }

    fn readings(bytes: &[u8]) -> Vec<Reading> {
        decode_spot(bytes, 5).unwrap().readings
    }

    #[test]
    fn a_frame_with_every_field_is_read() {
        // 97.5 % and 72 per minute at 2026-07-14 09:26:53, validated, display updated, amplitude 5 %.
        let bytes =
            [0x0F, 0xCF, 0xF3, 72, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 0x80, 0x00, 0x01, 0x00, 0x00, 0x05, 0x00];
        let pair = readings(&bytes);
        assert_eq!(pair.iter().map(|one| one.value).collect::<Vec<_>>(), [975, 720, 500].map(Value::Number));
        assert!(pair.iter().all(|one| one.measured_at == 1_784_021_213_000 && one.quality == Quality::GOOD));
    }

    #[test]
    fn a_frame_without_time_or_with_an_unset_clock_gets_the_phones_time() {
        let without = readings(&[0x00, 98, 0, 70, 0])[0];
        assert_eq!((without.measured_at, without.quality), (5, Quality::GOOD.with(Mark::PhoneTime)));
        let unset = readings(&[0x11, 98, 0, 70, 0, 0xEA, 0x07, 7, 14, 9, 26, 53])[0];
        assert_eq!(unset.measured_at, 5);
        assert!(unset.quality.has(Mark::ClockNotSet) && unset.quality.has(Mark::PhoneTime));
    }

    #[test]
    fn each_special_value_is_an_absence_with_its_reason() {
        let specials = [
            (0x07FFu16, Absent::NotANumber),
            (0x0800, Absent::NotAtThisResolution),
            (0x07FE, Absent::PositiveInfinity),
            (0x0802, Absent::NegativeInfinity),
            (0x0801, Absent::Reserved),
        ];
        for (word, absent) in specials {
            let [low, high] = word.to_le_bytes();
            assert_eq!(readings(&[0x00, low, high, 70, 0])[0].value, Value::Absent(absent));
            assert_eq!(readings(&[0x00, 98, 0, low, high])[1].value, Value::Absent(absent));
        }
    }

    #[test]
    fn what_the_sensor_says_against_a_value_marks_it_and_test_data_is_no_value() {
        let with = |measurement: u16, device: u32| {
            let ([a, b], [c, d, e, _]) = (measurement.to_le_bytes(), device.to_le_bytes());
            readings(&[0x06, 98, 0, 70, 0, a, b, c, d, e])[0]
        };
        assert!(with(1 << 15, 0).quality.has(Mark::SensorInvalid));
        assert!(with(1 << 9, 0).quality.has(Mark::FromStorage));
        assert!(with(0, 1 << 5).quality.has(Mark::PoorSignal));
        assert!(with(0, 1 << 13).quality.has(Mark::SensorDisplaced));
        for bit in [10, 11, 13] {
            assert_eq!(with(1 << bit, 0).value, Value::Absent(Absent::NotAvailable));
        }
    }

    #[test]
    fn a_frame_cut_anywhere_or_too_long_is_refused_by_name() {
        let whole = [0x0F, 98, 0, 70, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 0, 0, 0, 0, 0, 5, 0];
        for length in 0..whole.len() {
            assert!(matches!(decode_spot(&whole[..length], 5), Err(Reason::Truncated { .. })), "{length}");
        }
        let longer = [&whole[..], &[1]].concat();
        assert!(matches!(decode_spot(&longer, 5), Err(Reason::Surplus { .. })));
    }
}
