//! Observations laid out by two other implementations, and broken ones.

use super::*;
use pulsebook_protocol::{
    quality::Mark,
    reading::{Absent, Value},
    vital::Vital,
};

fn decode(bytes: &[u8]) -> Result<Decoded, Reason> {
    crate::decode::alone(live, bytes, 7)
}

/// SpO2 and pulse as a bundle, both 98: the sample observation of ST's STM32WBA Generic Health Sensor example (its bytes are a fact).
const BUNDLE: [u8; 51] = [
    0x03, 0xFF, 0x2F, 0x00, 0x42, 0x00, 0x22, 0x72, 0x9D, 0x2B, 0x29, 0x00, 0x00, 0x06, 0x00, 0x01, 0x3C,
    0x4C, 0x02, 0x00, 0x02, 0x01, 0x0C, 0x00, 0x01, 0x00, 0xB8, 0x4B, 0x02, 0x00, 0x20, 0x02, 0x62, 0x00,
    0x00, 0x00, 0x01, 0x0C, 0x00, 0x01, 0x00, 0x1A, 0x48, 0x02, 0x00, 0xA0, 0x0A, 0x62, 0x00, 0x00, 0x00,
];

#[test]
fn a_published_bundle_gives_both_its_values_at_its_time() {
    let decoded = decode(&BUNDLE).unwrap();
    let said: Vec<_> = decoded.readings.iter().map(|one| (one.vital, one.value)).collect();
    let expected = [(Vital::OxygenSaturation, 980), (Vital::OximeterPulseRate, 980)];
    assert_eq!(said, expected.map(|(vital, number)| (vital, Value::Number(number))));
    // 0x292B9D72 seconds after 2000, UTC on the current timeline.
    assert!(decoded.readings.iter().all(|one| one.measured_at == (946_684_800 + 0x292B_9D72) * 1000));
}

#[test]
fn a_bundle_cut_anywhere_is_refused() {
    for length in 0..BUNDLE.len() {
        assert!(decode(&BUNDLE[..length]).is_err(), "{length}");
    }
    assert!(decode(&[&BUNDLE[..], &[0]].concat()).is_err());
}

/// A numeric observation of this type, status and unit.
fn numeric(kind: u32, status: u16, unit: u16, value: u32) -> Vec<u8> {
    let mut bytes = vec![0x03, 1, 14, 0, 0x09, 0];
    bytes.extend(kind.to_le_bytes());
    bytes.extend(status.to_le_bytes());
    bytes.extend(unit.to_le_bytes());
    bytes.extend(value.to_le_bytes());
    bytes
}

#[test]
fn units_are_converted_and_a_foreign_unit_is_refused() {
    let celsius = decode(&numeric(150_364, 0, 0x1140, 0xFF00_03DA)).unwrap().readings[0];
    assert_eq!(celsius.value, Value::Number(3700), "98.6 °F");
    let wrong = decode(&numeric(150_364, 0, 0x0F20, 37));
    assert_eq!(wrong, Err(Reason::Unexpected { field: "Unit Code", came: 0x0F20 }));
    assert_eq!(decode(&numeric(1, 0, 0x0F20, 37)).unwrap().readings, [], "an unknown type is no vital");
}

#[test]
fn a_value_in_a_foreign_unit_is_left_out_and_the_rest_of_its_bundle_is_read() {
    let mut bytes = BUNDLE;
    // Oxygen saturation in mmHg.
    (bytes[30], bytes[31]) = (0x20, 0x0F);
    let decoded = decode(&bytes).unwrap();
    assert_eq!(decoded.readings.iter().map(|one| one.vital).collect::<Vec<_>>(), [Vital::OximeterPulseRate]);
    assert_eq!(decoded.left_out, Some(Reason::Unexpected { field: "Unit Code", came: 0x0F20 }));
}

#[test]
fn energy_speed_resistance_and_volume_have_units() {
    for (kind, unit, raw, value) in [
        (8_454_263, 3_971, 42, 420),     // 42 kJ
        (8_454_263, 3_968, 42_000, 420), // 42,000 J
        (8_454_254, 2_816, 3, 3_000),    // 3 m/s
        (8_454_254, 6_560, 180, 3_000),  // 180 m/min
        (188_780, 4_288, 500, 5_000),    // 500 ohm
    ] {
        let read = decode(&numeric(kind, 0, unit, raw)).unwrap().readings[0];
        assert_eq!(read.value, Value::Number(value), "{kind} {unit}");
    }
}

#[test]
fn status_bits_mark_the_value_and_test_data_is_no_value() {
    let with = |status| decode(&numeric(150_456, status, 0x0220, 98)).unwrap().readings[0];
    assert!(with(1).quality.has(Mark::SensorInvalid));
    assert!(with(1 << 5).quality.has(Mark::EarlyEstimate) && with(1 << 6).quality.has(Mark::EnteredByHand));
    for bit in [2, 4, 7] {
        assert_eq!(with(1 << bit).value, Value::Absent(Absent::NotAvailable), "bit {bit}");
    }
    assert_eq!(with(1 << 14).quality, with(0).quality, "a threshold says nothing against a value");
}

#[test]
fn compounds_strings_and_discrete_values_are_read_and_only_vitals_become_readings() {
    // Blood pressure as a compound of two numbers.
    let mut compound = vec![0x03, 7, 29, 0, 0x01, 0];
    compound.extend(150_020u32.to_le_bytes());
    compound.push(2);
    for (kind, value) in [(150_021u32, 120u32), (150_022, 80)] {
        compound.extend(kind.to_le_bytes());
        compound.push(1);
        compound.extend([0x20, 0x0F]);
        compound.extend(value.to_le_bytes());
    }
    let values: Vec<_> = decode(&compound).unwrap().readings.iter().map(|one| one.value).collect();
    assert_eq!(values, [Value::Number(1200), Value::Number(800)]);
    for bytes in [
        &[0x03, 3, 10, 0, 0x01, 0, 1, 0, 0, 0, 2, 0, b'o', b'k'][..],
        &[0x03, 2, 10, 0, 0x01, 0, 1, 0, 0, 0, 9, 0, 0, 0],
        &[0x03, 5, 11, 0, 0x01, 0, 1, 0, 0, 0, 1, 9, 0, 0, 0],
        &[0x03, 6, 10, 0, 0x01, 0, 1, 0, 0, 0, 1, 7, 0, 5],
        &[0x03, 8, 3, 0, 0x00, 0, 0],
    ] {
        assert_eq!(decode(bytes).map(|decoded| decoded.readings), Ok(vec![]), "{bytes:?}");
    }
}

#[test]
fn a_length_that_lies_is_refused() {
    for length in [0u8, 13, 15, 255] {
        let mut bytes = numeric(150_456, 0, 0x0220, 98);
        bytes[2] = length;
        assert!(decode(&bytes).is_err(), "{length}");
    }
    let nested = [0x03, 255, 9, 0, 0, 0, 1, 255, 3, 0, 0, 0, 0];
    assert!(decode(&nested).is_err(), "a bundle in a bundle");
}

#[test]
fn a_piece_says_that_it_is_one_and_a_stored_observation_has_its_number() {
    assert_eq!(decode(&[0x01, 1, 2]).unwrap().told, Some(Told::Piece));
    let mut bytes = numeric(150_456, 0, 0x0220, 98);
    bytes.splice(1..1, 77u32.to_le_bytes());
    let decoded = crate::decode::alone(stored, &bytes, 7).unwrap();
    assert_eq!((decoded.stored_record, decoded.readings.len()), (Some(77), 1));
    assert!(decoded.readings[0].quality.has(Mark::FromStorage));
}
