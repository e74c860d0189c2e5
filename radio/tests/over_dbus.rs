//! The radio against simulated sensors on a private D-Bus: the very code path that real sensors take, above BlueZ.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::explicit_write)]

#[path = "over_dbus/adapters.rs"]
mod adapters;
#[path = "over_dbus/hostile.rs"]
mod hostile;
#[path = "over_dbus/many.rs"]
mod many;
#[path = "over_dbus/pairing.rs"]
mod pairing;
#[path = "over_dbus/stage.rs"]
mod stage;

use pulsebook_core::ble::{
    BleTransport, Characteristic, Disconnect, LinkState, SensorId, TransportError, TransportEvent, contract,
};
use pulsebook_sensor_sim::{
    gatt::{About, Address, Output, Properties, Service, SimSensor},
    sensors::{CountedStrap, Scripted},
};
use stage::{HEART_RATE, START, Theatre, strap_id, times, unthrottled};

const BATTERY: Characteristic = Characteristic::new(0x180F, 0x2A19);

/// A strap that does what a script says; its table has heart rate and battery.
fn scripted() -> Scripted {
    let about =
        About { advertised: vec![0x180D], ..About::new("s", "Script", "strap", Address::simulated(7)) };
    Scripted::new(about, table())
}

fn table() -> Vec<Service> {
    vec![
        Service::new(0x180D, &[(0x2A37, Properties::NOTIFY)]),
        Service::new(0x180F, &[(0x2A19, Properties::READ | Properties::NOTIFY)]),
    ]
}

#[test]
fn the_contract_of_the_seam_is_kept() {
    let sensors = || (1..=2).map(|number| stage::strap(number, 1000, 100_000)).collect();
    stage::play("the_contract_of_the_seam_is_kept", sensors, times(100.0), async |mut theatre: Theatre| {
        contract::check(&mut theatre.radio, 60).await.unwrap();
    });
}

#[test]
fn a_scan_lists_what_is_advertised_with_words_and_signal() {
    let sensors = || vec![stage::strap(1, 1000, 0)];
    stage::play(
        "a_scan_lists_what_is_advertised_with_words_and_signal",
        sensors,
        unthrottled(),
        async |theatre: Theatre| {
            let found = theatre.radio.look(theatre.limits.scan).await.unwrap();
            let [sighting] = &found[..] else { panic!("one sensor: {found:?}") };
            assert_eq!(sighting.sensor.name, "Sim Strap 1");
            assert_eq!(
                (sighting.sensor.kind.as_str(), &sighting.measures[..]),
                ("heart-rate strap", &["heart rate"][..])
            );
            assert_eq!((sighting.signal_dbm, sighting.sensor.id.as_str()), (Some(-58), "ble-c25042000001"));
        },
    );
}

#[test]
fn a_read_gives_the_value_and_never_a_notification() {
    let sensors = || vec![stage::strap(1, 100, 100_000)];
    stage::play(
        "a_read_gives_the_value_and_never_a_notification",
        sensors,
        times(10.0),
        async |mut theatre: Theatre| {
            let id = strap_id(1);
            let sensor = theatre.connected(&id).await;
            for characteristic in sensor.notifies {
                theatre.radio.subscribe(&id, characteristic).await.unwrap();
            }
            for _ in 0..20 {
                assert_eq!(theatre.radio.read(&id, BATTERY).await.unwrap(), [90]);
            }
            let not_subscribed = Characteristic::new(0x180D, 0x2A38);
            assert_eq!(theatre.radio.read(&id, not_subscribed).await.unwrap(), [1]);
            for _ in 0..20 {
                assert_eq!(theatre.notification().await.characteristic, HEART_RATE);
            }
        },
    );
}

#[test]
fn a_lost_sensor_is_connected_and_subscribed_again_by_itself() {
    let sensors = || {
        let script = scripted().sends(START, HEART_RATE, &[0, 60]).sends(START + 1_000, HEART_RATE, &[0, 61]);
        let lost = script.does(START + 10_000, Output::OutOfRange).does(START + 12_000, Output::InRange);
        vec![Box::new(lost.repeating(15_000)) as Box<dyn SimSensor>]
    };
    let name = "a_lost_sensor_is_connected_and_subscribed_again_by_itself";
    stage::play(name, sensors, times(10.0), async |mut theatre: Theatre| {
        let id = strap_id(7);
        theatre.connected(&id).await;
        theatre.radio.subscribe(&id, HEART_RATE).await.unwrap();
        for _ in 0..3 {
            theatre.notification().await;
            let lost = theatre.until(|event| matches!(event, TransportEvent::Disconnected { .. })).await;
            assert!(matches!(lost, TransportEvent::Disconnected { reason: Disconnect::Lost, .. }));
            let refused = theatre.radio.read(&id, BATTERY).await;
            assert_eq!(refused, Err(TransportError::NotConnected(id.clone())));
            theatre.until(|event| searching(event, &id)).await;
            theatre
                .until(|event| matches!(event, TransportEvent::Connected(sensor) if sensor.id == id))
                .await;
        }
        theatre.notification().await;
    });
}

fn searching(event: &TransportEvent, id: &SensorId) -> bool {
    matches!(event, TransportEvent::Link { sensor, state: LinkState::Searching, .. } if sensor == id)
}

#[test]
fn a_sensor_that_wakes_after_the_scan_is_told() {
    let sensors = || {
        let asleep = scripted().does(START, Output::OutOfRange).does(START + 30_000, Output::InRange);
        vec![Box::new(asleep) as Box<dyn SimSensor>, stage::strap(1, 1000, 0)]
    };
    let name = "a_sensor_that_wakes_after_the_scan_is_told";
    stage::play(name, sensors, times(20.0), async |mut theatre: Theatre| {
        theatre.connected(&strap_id(1)).await;
        let found = theatre.until(|event| matches!(event, TransportEvent::Found(_))).await;
        let TransportEvent::Found(sensor) = found else { panic!("{found:?}") };
        assert_eq!((sensor.id, sensor.name.as_str()), (strap_id(7), "Script"));
    });
}

#[test]
fn services_that_change_lose_no_subscription() {
    let sensors = || {
        let moved = [vec![Service::new(0x1805, &[(0x2A2B, Properties::READ)])], table()].concat();
        let script = scripted().sends(START + 500, HEART_RATE, &[0, 60]).becomes(START + 5_000, moved);
        let script = script.sends(START + 8_000, HEART_RATE, &[0, 61]).becomes(START + 12_000, table());
        vec![Box::new(script.repeating(14_000)) as Box<dyn SimSensor>]
    };
    let name = "services_that_change_lose_no_subscription";
    stage::play(name, sensors, times(4.0), async |mut theatre: Theatre| {
        let id = strap_id(7);
        theatre.connected(&id).await;
        theatre.radio.subscribe(&id, HEART_RATE).await.unwrap();
        for rate in [60, 61, 60, 61] {
            theatre
                .until(|event| matches!(event, TransportEvent::Notification(n) if n.bytes == [0, rate]))
                .await;
        }
    });
}

#[test]
fn a_stopped_radio_lets_every_sensor_go_and_says_that_it_is_over() {
    let name = "a_stopped_radio_lets_every_sensor_go_and_says_that_it_is_over";
    let sensors = || vec![Box::new(CountedStrap::new(1, START, 1000, 0)) as Box<dyn SimSensor>];
    stage::play(name, sensors, times(1.0), async |mut theatre: Theatre| {
        theatre.connected(&strap_id(1)).await;
        theatre.radio.remote().stop();
        let gone = theatre.until(|event| matches!(event, TransportEvent::Disconnected { .. })).await;
        assert!(matches!(gone, TransportEvent::Disconnected { reason: Disconnect::Asked, .. }));
        theatre.until(|event| *event == TransportEvent::Finished).await;
        assert_eq!(theatre.radio.next_event().await, None);
        assert!(theatre.radio.connect(&strap_id(1)).await.is_err());
    });
}
