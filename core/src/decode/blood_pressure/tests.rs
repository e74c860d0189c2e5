//! Tests of the Blood Pressure service: each field, unit, status bit and special value.

use super::*;
use crate::decode::{Coincidence, SensorClock, Stamp, Zone};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Absent, UnixMillis, Value},
    vital::Vital,
};

fn read(characteristic: Characteristic, bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
    let mut decoded = Decoded::default();
    let format = crate::decode::format_of(characteristic).unwrap();
    format.decode_into(bytes, &Context::at(received_at), &mut decoded).map(|()| decoded)
}

fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
    read(MEASUREMENT, bytes, received_at)
}

fn values(bytes: &[u8]) -> Vec<Value> {
    decode(bytes, 5).unwrap().readings.iter().map(|reading| reading.value).collect()
}

#[test]
fn a_full_frame_is_read_in_order() {
    // 120/80, mean 93, 2026-07-14 09:26:53, pulse 72, user 1, body moved; laid out by hand from the profile.
    let bytes = [0x1E, 120, 0, 80, 0, 93, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 72, 0, 1, 0x01, 0x00];
    let decoded = decode(&bytes, 5).unwrap();
    assert_eq!(values(&bytes), [1200, 800, 930, 720].map(Value::Number));
    assert_eq!(decoded.user_index, Some(1));
    assert!(decoded.readings.iter().all(|r| r.measured_at == 1_784_021_213_000));
    assert!(decoded.readings.iter().all(|r| r.quality == Quality::GOOD.with(Mark::Movement)));
}

#[test]
fn kilopascal_becomes_millimetres_of_mercury() {
    // 16.0, 10.6 and 12.4 kPa as SFLOAT with exponent −1.
    assert_eq!(values(&[0x01, 0xA0, 0xF0, 0x6A, 0xF0, 0x7C, 0xF0]), [1200, 795, 930].map(Value::Number));
}

#[test]
fn a_cuff_without_a_mean_sends_not_a_number() {
    let expected = [Value::Number(1200), Value::Number(800), Value::Absent(Absent::NotANumber)];
    assert_eq!(values(&[0x00, 120, 0, 80, 0, 0xFF, 0x07]), expected);
}

#[test]
fn every_status_bit_becomes_its_mark() {
    let cases = [
        (0, Mark::Movement),
        (1, Mark::SensorDisplaced),
        (2, Mark::IrregularPulse),
        (5, Mark::ImproperPosition),
    ];
    for (bit, mark) in cases {
        let decoded = decode(&[0x10, 120, 0, 80, 0, 93, 0, 1 << bit, 0], 5).unwrap();
        assert!(decoded.readings[0].quality.has(mark), "bit {bit}");
    }
    for range in [1, 2] {
        let decoded = decode(&[0x14, 120, 0, 80, 0, 93, 0, 72, 0, range << 3, 0], 5).unwrap();
        assert!(decoded.readings[3].quality.has(Mark::OutOfSensorRange));
        assert!(!decoded.readings[0].quality.has(Mark::OutOfSensorRange));
    }
}

#[test]
fn a_user_whom_the_cuff_does_not_know_is_told_as_one() {
    let decoded = decode(&[0x08, 120, 0, 80, 0, 93, 0, 0xFF], 5).unwrap();
    assert_eq!(decoded.user_index, Some(crate::decode::USER_UNKNOWN));
}

#[test]
fn the_pressure_in_a_cuff_is_no_blood_pressure() {
    // 150 mmHg in the cuff, two unused NaN, pulse 72.
    let decoded = read(CUFF_PRESSURE, &[0x04, 150, 0, 0xFF, 0x07, 0xFF, 0x07, 72, 0], 5).unwrap();
    let values: Vec<_> = decoded.readings.iter().map(|reading| (reading.vital, reading.value)).collect();
    assert_eq!(values, [(Vital::CuffPressure, Value::Number(1500))]);
}

#[test]
fn an_enhanced_frame_counts_seconds_from_the_epoch_that_it_names() {
    // 120/80/93 with a time stamp of 837,336,413 s: 2026-07-14 09:26:53 after 2000 (`date -u -d @1784021213`).
    let stamp = (1_784_021_213u32 - 946_684_800).to_le_bytes();
    let since_2000 = [&[0x42, 120, 0, 80, 0, 93, 0][..], &stamp].concat();
    let since_1900 =
        [&[0x02, 120, 0, 80, 0, 93, 0][..], &(1_784_021_213u64 + 2_208_988_800).to_le_bytes()[..4]].concat();
    for bytes in [since_2000, since_1900] {
        let reading = read(ENHANCED_MEASUREMENT, &bytes, 5).unwrap().readings[0];
        assert_eq!((reading.measured_at, reading.quality), (1_784_021_213_000, Quality::GOOD));
    }
}

#[test]
fn the_time_that_people_see_counts_where_it_is_alone() {
    let shown = [&[0x60, 120, 0, 80, 0, 93, 0][..], &837_336_413u32.to_le_bytes()].concat();
    assert_eq!(read(ENHANCED_MEASUREMENT, &shown, 5).unwrap().readings[0].measured_at, 1_784_021_213_000);
    let neither = read(ENHANCED_CUFF_PRESSURE, &[0x00, 120, 0], 5).unwrap().readings[0];
    assert_eq!((neither.vital, neither.measured_at), (Vital::CuffPressure, 5));
    assert!(neither.quality.has(Mark::PhoneTime));
}

#[test]
fn a_stored_record_is_read_as_the_frame_it_holds_and_says_so() {
    let whole = [0x03, 7, 0, 0x35, 0x2A, 0x00, 120, 0, 80, 0, 93, 0];
    let decoded = read(RECORD, &whole, 5).unwrap();
    assert_eq!(decoded.readings.len(), 3);
    assert!(decoded.readings.iter().all(|reading| reading.quality.has(Mark::FromStorage)));
    assert_eq!(read(RECORD, &[&whole[..], &[1, 2]].concat(), 5), Ok(decoded.clone()));
    assert!(matches!(read(RECORD, &[&whole[..], &[1]].concat(), 5), Err(Reason::Surplus { .. })));
    assert_eq!(decoded.stored_record, Some(7));
}

#[test]
fn a_stored_record_in_pieces_is_joined() {
    let whole = [0x03, 7, 0, 0x35, 0x2A, 0x00, 120, 0, 80, 0, 93, 0];
    let pieces = [[&[0x01][..], &whole[1..6]].concat(), [&[0x06][..], &whole[6..]].concat()];
    assert_eq!(read(RECORD, &pieces[0], 5).unwrap().told, Some(crate::decode::Told::Piece));
    let mut memory = crate::decode::Memory::new(crate::decode::Zone::default());
    let mut decoded = Decoded::default();
    for bytes in pieces {
        let (sensor, characteristic) = (crate::ble::SensorId::new("cuff"), RECORD);
        let piece = crate::ble::Notification { sensor, characteristic, received_at: 5, bytes };
        memory.decode(&piece, &mut decoded).unwrap();
    }
    assert_eq!(Ok(decoded), read(RECORD, &whole, 5));
}

#[test]
fn an_enhanced_frame_is_corrected_like_any_other_and_what_people_see_is_local_time() {
    // Two hours east of Greenwich, by a monitor that is right: shown time is local, the time stamp is UTC.
    let at = 1_784_021_213_000;
    let look = Coincidence { shown: Stamp::Utc(at), device_at: at, uncertainty_ms: 500 };
    let clock = SensorClock::in_zone(Zone::new(120, &[])).seen(look);
    let slow =
        SensorClock::in_zone(Zone::new(120, &[])).seen(Coincidence { device_at: at + 10_800_000, ..look });
    let read = |flags: u8, seconds: u32, clock| {
        let bytes = [&[flags, 120, 0, 80, 0, 93, 0][..], &seconds.to_le_bytes()].concat();
        let (context, mut decoded) = (Context { clock, ..Context::at(at + 10_800_000) }, Decoded::default());
        let format = crate::decode::format_of(ENHANCED_MEASUREMENT).unwrap();
        format.decode_into(&bytes, &context, &mut decoded).unwrap();
        (decoded.readings[0].measured_at, decoded.readings[0].quality.has(Mark::ClockCorrected))
    };
    let seconds = 837_336_413;
    assert_eq!(read(0x42, seconds, clock), (at, false));
    assert_eq!(read(0x60, seconds + 7_200, clock), (at, false));
    assert_eq!(read(0x42, seconds - 60, slow), (at - 60_000 + 10_800_000, true));
}
