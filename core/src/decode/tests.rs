//! Tests over all decoders: truncation, random bytes, dispatch.

use super::*;
use crate::ble::SensorId;
use proptest::prelude::*;
use pulsebook_protocol::{quality::Mark, reading::Reading};

const ALL: [Characteristic; 5] = [
    heart_rate::MEASUREMENT,
    thermometer::MEASUREMENT,
    blood_pressure::MEASUREMENT,
    pulse_oximeter::CONTINUOUS,
    battery::LEVEL,
];

fn notification(characteristic: Characteristic, bytes: &[u8]) -> Notification {
    Notification { sensor: SensorId::new("s"), characteristic, received_at: 1_000_000, bytes: bytes.to_vec() }
}

#[test]
fn every_proper_prefix_of_a_full_frame_is_malformed_and_says_why() {
    let full: [(Characteristic, &[u8]); 5] = [
        (heart_rate::MEASUREMENT, &[0x09, 72, 0, 1, 0]),
        (thermometer::MEASUREMENT, &[0x06, 0x6C, 1, 0, 0xFF, 0xEA, 7, 7, 14, 9, 26, 53, 2]),
        (
            blood_pressure::MEASUREMENT,
            &[0x1E, 120, 0, 80, 0, 93, 0, 0xEA, 7, 7, 14, 9, 26, 53, 72, 0, 1, 0, 0],
        ),
        (
            pulse_oximeter::CONTINUOUS,
            &[0x1F, 98, 0, 72, 0, 98, 0, 70, 0, 96, 0, 75, 0, 32, 0, 0, 0, 0, 5, 0xF0],
        ),
        (battery::LEVEL, &[50]),
    ];
    for (characteristic, bytes) in full {
        assert!(decode(&notification(characteristic, bytes)).is_ok(), "{characteristic}");
        for length in 0..bytes.len() {
            let malformed = decode(&notification(characteristic, &bytes[..length])).unwrap_err();
            assert!(
                matches!(malformed.reason, Reason::Truncated { came, expected, .. } if came == length && expected > length)
            );
            assert!(malformed.to_string().contains("bytes in all"), "{malformed}");
        }
    }
}

#[test]
fn an_unknown_characteristic_is_reported_and_a_second_instance_is_decoded() {
    let unknown = notification(Characteristic::new(0xFFFE, 0xFFFE), &[0]);
    assert_eq!(decode(&unknown).unwrap_err().reason, Reason::NoDecoder);
    let second = Characteristic { instance: 1, ..battery::LEVEL };
    assert_eq!(decode(&notification(second, &[50])).unwrap().battery_percent, Some(50));
}

/// 98.6 degrees by a thermometer whose clock shows this year's first of January, received in 1970.
fn measured_in(year: u16) -> Reading {
    let [low, high] = year.to_le_bytes();
    let bytes = [0x02, 0x6C, 1, 0, 0xFF, low, high, 1, 1, 0, 0, 0];
    decode(&notification(thermometer::MEASUREMENT, &bytes)).unwrap().readings[0]
}

#[test]
fn a_sensor_clock_that_says_1900_gives_way_to_the_phones_time() {
    for (year, replaced) in [(1900, true), (1969, true), (1970, false), (9999, false)] {
        let reading = measured_in(year);
        assert_eq!(reading.measured_at == 1_000_000, replaced, "{year}");
        for mark in [Mark::ClockJump, Mark::PhoneTime] {
            assert_eq!(reading.quality.has(mark), replaced, "{year}");
        }
    }
}

#[test]
fn a_sensor_clock_in_the_last_recordable_day_is_kept_and_one_after_it_is_not() {
    // `date -u -d 9999-12-31 +%s` of GNU coreutils.
    assert_eq!(RECORDABLE.end, 253_402_214_400 * 1000);
    let at = |month, day| {
        let bytes = [0x02, 0x6C, 1, 0, 0xFF, 0x0F, 0x27, month, day, 23, 59, 59];
        decode(&notification(thermometer::MEASUREMENT, &bytes)).unwrap().readings[0].measured_at
    };
    assert_eq!((at(12, 30), at(12, 31)), (RECORDABLE.end - 1000, 1_000_000));
}

#[test]
fn a_beat_that_began_before_1970_is_kept_at_the_phones_time() {
    let mut beats = notification(heart_rate::MEASUREMENT, &[0x10, 72, 0, 4, 0, 4]);
    beats.received_at = 0;
    let readings = decode(&beats).unwrap().readings;
    assert_eq!(readings.iter().map(|reading| reading.measured_at).collect::<Vec<_>>(), [0, 0, 0]);
    assert!(readings[1].quality.has(Mark::ClockJump) && readings[2].quality.is_good());
}

#[test]
fn a_notification_received_when_no_record_can_be_is_refused_with_its_reason() {
    for at in [i64::MIN, -2_208_988_800_000, -1, RECORDABLE.end, i64::MAX] {
        let mut notification = notification(heart_rate::MEASUREMENT, &[0x10, 70, 0, 4]);
        notification.received_at = at;
        let malformed = decode(&notification).unwrap_err();
        assert_eq!(malformed.reason, Reason::ReceivedOutside(at));
        assert!(malformed.to_string().contains("clock"), "{malformed}");
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic_and_every_reading_lies_where_a_record_holds_it(
        bytes in proptest::collection::vec(any::<u8>(), 0..64), which in 0usize..5, at: i64,
    ) {
        for at in [at, at.rem_euclid(RECORDABLE.end)] {
            let mut notification = notification(ALL[which], &bytes);
            notification.received_at = at;
            let readings = decode(&notification).map(|decoded| decoded.readings).unwrap_or_default();
            prop_assert!(readings.iter().all(|reading| RECORDABLE.contains(&reading.measured_at)));
        }
    }

    #[test]
    fn no_special_value_ever_becomes_a_number(exponent in 0u16..16, mantissa in prop::sample::select(vec![0x7FFu16, 0x800, 0x7FE, 0x802, 0x801])) {
        let [low, high] = (exponent << 12 | mantissa).to_le_bytes();
        let decoded = decode(&notification(pulse_oximeter::CONTINUOUS, &[0, low, high, 72, 0])).unwrap();
        let absent = matches!(decoded.readings[0].value, pulsebook_protocol::reading::Value::Absent(_));
        prop_assert!(absent || exponent != 0);
    }
}
