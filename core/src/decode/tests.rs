//! Tests over all decoders: dispatch and times here, published frames and properties in files of their own.

mod properties;
mod published;

use super::*;
use crate::ble::SensorId;
use pulsebook_protocol::{quality::Mark, reading::Reading};

fn notification(characteristic: Characteristic, bytes: &[u8]) -> Notification {
    Notification { sensor: SensorId::new("s"), characteristic, received_at: 1_000_000, bytes: bytes.to_vec() }
}

#[test]
fn an_unknown_characteristic_is_reported_and_a_second_instance_is_decoded() {
    let unknown = notification(Characteristic::new(0x1234, 0x5678), &[0]);
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

#[test]
fn no_characteristic_is_read_in_two_ways_and_every_service_has_its_name() {
    let mut seen = std::collections::BTreeSet::new();
    for format in FORMATS.iter().copied().flatten() {
        assert!(seen.insert(format.characteristic), "{} twice", format.characteristic);
        assert_ne!(format.service_name(), "service", "{}", format.characteristic);
    }
}
