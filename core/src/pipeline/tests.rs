//! How often what comes in is made to survive a power cut.

use super::*;
use crate::{
    ble::{Characteristic, Origin},
    decode::{heart_rate, pulse_oximeter, thermometer},
    store::testing::{scratch, store},
};
use pulsebook_protocol::random::SeededRandom;

/// As a recording is played: it need not be regular, so it has no cadence.
fn recording() -> Sensor {
    let (name, kind) = ("Replay".to_owned(), "recording".to_owned());
    let (id, origin) = (SensorId::new("replay"), Origin::Replayed);
    Sensor { id, name, kind, cadence_ms: None, has_clock: false, origin, notifies: vec![] }
}

/// Syncs after `count` notifications, one a second.
fn syncs(sensor: Sensor, characteristic: Characteristic, bytes: &[u8], count: i64) -> u64 {
    let (scratch, random) = (scratch(), &mut SeededRandom::new(1));
    let (store, mut pipeline) = (store(&scratch), Pipeline::new());
    let id = sensor.id.clone();
    pipeline.meet(sensor);
    for second in 0..count {
        let received_at = 1_800_000_000_000 + second * 1000;
        let (sensor, bytes) = (id.clone(), bytes.to_vec());
        let notification = Notification { sensor, characteristic, received_at, bytes };
        pipeline.take(&store, notification, random).unwrap();
    }
    pipeline.journal.unwrap().syncs()
}

#[test]
fn a_stream_syncs_once_a_minute_whatever_its_cadence() {
    let regular = Sensor { cadence_ms: Some(1000), ..recording() };
    let heart = [0x00, 72];
    assert_eq!(syncs(recording(), heart_rate::MEASUREMENT, &heart, 200), 3);
    assert_eq!(syncs(regular, heart_rate::MEASUREMENT, &heart, 200), 3);
    let oxygen = [0x00, 0x62, 0x00, 0x48, 0x00];
    assert_eq!(syncs(recording(), pulse_oximeter::CONTINUOUS, &oxygen, 200), 3);
}

#[test]
fn a_spot_measurement_is_synced_at_once_whatever_its_cadence() {
    let regular = Sensor { cadence_ms: Some(1000), ..recording() };
    let temperature = [0x00, 0x7b, 0x0e, 0x00, 0xfe];
    assert_eq!(syncs(recording(), thermometer::MEASUREMENT, &temperature, 3), 3);
    assert_eq!(syncs(regular, thermometer::MEASUREMENT, &temperature, 3), 3);
}
