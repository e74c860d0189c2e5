//! Much at once: nothing lost, nothing swapped, and the memory flat.

use crate::stage::{self, HEART_RATE, Theatre, memory, strap_id, unthrottled};
use pulsebook_core::ble::{BleTransport, SensorId, TransportEvent};
use pulsebook_sensor_sim::sensors::CountedStrap;
use std::collections::BTreeMap;

/// More than the memory may grow, in bytes.
const TOO_MUCH: u64 = 24 << 20;

#[test]
fn four_sensors_at_once_lose_and_swap_nothing() {
    const EACH: u64 = 2_000;
    let sensors = || (1..=4).map(|number| stage::strap(number, 1000, EACH)).collect();
    let name = "many::four_sensors_at_once_lose_and_swap_nothing";
    stage::play(name, sensors, unthrottled(), async |mut theatre: Theatre| {
        for sensor in theatre.radio.scan().await.unwrap() {
            theatre.radio.connect(&sensor.id).await.unwrap();
        }
        let mut next: BTreeMap<SensorId, u64> = BTreeMap::new();
        while next.values().sum::<u64>() < 4 * EACH {
            match theatre.radio.next_event().await.unwrap() {
                TransportEvent::Connected(sensor) => {
                    theatre.radio.subscribe(&sensor.id, HEART_RATE).await.unwrap();
                }
                TransportEvent::Notification(notification) => {
                    let number = next.entry(notification.sensor).or_default();
                    assert_eq!(notification.bytes, CountedStrap::frame(*number));
                    *number += 1;
                }
                TransportEvent::Disconnected { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        }
        assert_eq!(next.len(), 4);
    });
}

#[test]
fn fifty_thousand_unthrottled_notifications_are_all_there_and_the_memory_is_flat() {
    const COUNT: u64 = 50_000;
    let name = "many::fifty_thousand_unthrottled_notifications_are_all_there_and_the_memory_is_flat";
    stage::play(
        name,
        || vec![stage::strap(1, 1, COUNT)],
        unthrottled(),
        async |mut theatre: Theatre| {
            let id = strap_id(1);
            theatre.connected(&id).await;
            let (before, _) = memory();
            theatre.radio.subscribe(&id, HEART_RATE).await.unwrap();
            let begun = std::time::Instant::now();
            for number in 0..COUNT {
                assert_eq!(theatre.notification().await.bytes, CountedStrap::frame(number));
            }
            let (_, most) = memory();
            let grown = most.saturating_sub(before);
            eprintln!("{COUNT} notifications in {:?}, memory grew by {} kB", begun.elapsed(), grown >> 10);
            assert!(grown <= TOO_MUCH, "{grown} bytes");
        },
    );
}

#[test]
fn what_nobody_takes_yet_waits_within_its_bounds() {
    const COUNT: u64 = 20_000;
    let name = "many::what_nobody_takes_yet_waits_within_its_bounds";
    let sensors = || vec![stage::strap(1, 1, COUNT), stage::strap(2, 1000, 0)];
    stage::play(name, sensors, unthrottled(), async |mut theatre: Theatre| {
        let (busy, other) = (strap_id(1), strap_id(2));
        theatre.connected(&busy).await;
        theatre.radio.connect(&other).await.unwrap();
        theatre.until(|event| matches!(event, TransportEvent::Connected(sensor) if sensor.id == other)).await;
        theatre.radio.subscribe(&busy, HEART_RATE).await.unwrap();
        // Nobody takes events while another sensor is asked again and again.
        for _ in 0..500 {
            theatre.radio.read(&other, crate::BATTERY).await.unwrap();
        }
        for number in 0..COUNT {
            assert_eq!(theatre.notification().await.bytes, CountedStrap::frame(number));
        }
    });
}
