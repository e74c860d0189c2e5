//! Tests over all decoders: truncation, random bytes, dispatch.

use super::*;
use crate::ble::SensorId;
use proptest::prelude::*;

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
    let unknown = notification(Characteristic::new(0x1808, 0x2A18), &[0]);
    assert_eq!(decode(&unknown).unwrap_err().reason, Reason::NoDecoder);
    let second = Characteristic { instance: 1, ..battery::LEVEL };
    assert_eq!(decode(&notification(second, &[50])).unwrap().battery_percent, Some(50));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), which in 0usize..5, at: i32) {
        let mut notification = notification(ALL[which], &bytes);
        notification.received_at = i64::from(at) * 1000;
        let _either = decode(&notification);
    }

    #[test]
    fn no_special_value_ever_becomes_a_number(exponent in 0u16..16, mantissa in prop::sample::select(vec![0x7FFu16, 0x800, 0x7FE, 0x802, 0x801])) {
        let [low, high] = (exponent << 12 | mantissa).to_le_bytes();
        let decoded = decode(&notification(pulse_oximeter::CONTINUOUS, &[0, low, high, 72, 0])).unwrap();
        let absent = matches!(decoded.readings[0].value, pulsebook_protocol::reading::Value::Absent(_));
        prop_assert!(absent || exponent != 0);
    }
}
