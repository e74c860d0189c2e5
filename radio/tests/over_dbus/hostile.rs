//! Sensors that mean harm: they can neither stop the others, nor grow the memory, nor write to a terminal what they like.

use crate::stage::{self, HEART_RATE, START, Theatre, limits, memory, strap_id, times, unthrottled};
use pulsebook_core::ble::{BleTransport, Disconnect, SensorId, TransportError, TransportEvent};
use pulsebook_radio::Limits;
use pulsebook_sensor_sim::sensors::{CountedStrap, Hostile};

/// Its number; the sensor that changes its address begins with 1.
const HONEST: u16 = 0x7777;

#[test]
fn hostile_sensors_around_it_take_nothing_from_an_honest_one() {
    const COUNT: u64 = 60;
    let sensors = || {
        let mut all: Vec<_> = Hostile::ALL.into_iter().map(|hostile| hostile.sensor(START)).collect();
        all.push(stage::strap(HONEST, 50, COUNT));
        all
    };
    let name = "hostile::hostile_sensors_around_it_take_nothing_from_an_honest_one";
    stage::play(name, sensors, times(1.0), async |mut theatre: Theatre| {
        let honest = strap_id(HONEST);
        let found = theatre.radio.scan().await.unwrap();
        let (before, _) = memory();
        for sensor in found {
            theatre.radio.connect(&sensor.id).await.unwrap();
        }
        let mut number = 0;
        while number < COUNT {
            match theatre.radio.next_event().await.unwrap() {
                TransportEvent::Connected(sensor) => {
                    tame(&sensor.name);
                    for characteristic in &sensor.notifies {
                        // It may be gone, or have gone away, by now.
                        let _ = theatre.radio.subscribe(&sensor.id, *characteristic).await;
                    }
                    let _ = theatre.radio.read(&sensor.id, crate::BATTERY).await;
                }
                TransportEvent::Notification(notification) if notification.sensor == honest => {
                    assert_eq!(notification.bytes, CountedStrap::frame(number));
                    number += 1;
                }
                TransportEvent::Found(sensor) => {
                    tame(&sensor.name);
                    theatre.radio.connect(&sensor.id).await.unwrap();
                }
                TransportEvent::Disconnected { sensor, reason, .. } => assert_ne!(sensor, honest, "{reason}"),
                _ => {}
            }
        }
        let (_, most) = memory();
        let grown = most.saturating_sub(before);
        eprintln!("among hostile sensors the memory grew by {} kB", grown >> 10);
        assert!(grown <= 24 << 20, "{grown} bytes");
    });
}

fn tame(name: &str) {
    assert!(name.chars().count() <= 64, "{} letters", name.chars().count());
    assert!(name.chars().all(|letter| !letter.is_control() && letter != '\u{202e}'), "{name:?}");
}

#[test]
fn a_sensor_that_sends_more_than_may_wait_is_disconnected_and_says_so() {
    let name = "hostile::a_sensor_that_sends_more_than_may_wait_is_disconnected_and_says_so";
    let bound = Limits { waiting_bytes: 64 << 10, ..limits() };
    let sensors = || vec![Hostile::Flood.sensor(START), stage::strap(1, 1000, 0)];
    stage::play_with(name, sensors, unthrottled(), bound, async |mut theatre: Theatre| {
        let flood = SensorId::new(&format!("ble-c2504200{:04x}", 0xBAD0 + Hostile::Flood as u16));
        theatre.connected(&flood).await;
        theatre.radio.subscribe(&flood, HEART_RATE).await.unwrap();
        // Nobody takes what it sends; that it is disconnected shows when it is asked.
        let gone = Err(TransportError::NotConnected(flood.clone()));
        while theatre.radio.read(&flood, crate::BATTERY).await != gone {}
        let mut bytes = 0;
        loop {
            match theatre.radio.next_event().await.unwrap() {
                TransportEvent::Notification(notification) => bytes += notification.bytes.len(),
                TransportEvent::Disconnected { sensor, reason, .. } if sensor == flood => {
                    assert_eq!(reason, Disconnect::Overflow);
                    break;
                }
                _ => {}
            }
        }
        assert!((32 << 10..=64 << 10).contains(&bytes), "{bytes} bytes waited");
        // What waited is taken: now it may come back.
        theatre.until(|event| matches!(event, TransportEvent::Connected(sensor) if sensor.id == flood)).await;
    });
}
