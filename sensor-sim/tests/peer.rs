//! The simulated `org.bluez` on a private bus, seen by a client that speaks plain D-Bus.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/client.rs"]
mod client;
#[path = "peer/pairing.rs"]
mod pairing;
#[path = "../../tests/shared/skipped.rs"]
mod skipped;

use client::{Client, Signal, stage};
use futures_util::FutureExt;
use pulsebook_core::ble::{BleTransport, Characteristic, TransportEvent};
use pulsebook_sensor_sim::{
    Scenario, Simulator,
    gatt::{About, Address, Properties, Service, SimSensor},
    peer::{AdapterState, Options, Speed},
    sensors::{CountedStrap, Hostile, Scripted},
    wearables,
};

const START: i64 = 1_772_366_400_000;
const STRAP: &str = "/org/bluez/hci0/dev_C2_50_42_00_00_01";

fn strap(count: u64) -> Vec<Box<dyn SimSensor>> {
    vec![Box::new(CountedStrap::new(1, START, 1000, count))]
}

fn unthrottled() -> Options {
    Options { start: START, speed: Speed::Unthrottled, ..Options::default() }
}

/// Searches, connects and gives the path of the strap's Heart Rate Measurement.
async fn connected(client: &mut Client) -> String {
    client.call("/org/bluez/hci0", "org.bluez.Adapter1", "StartDiscovery", &()).await.unwrap();
    client.call(STRAP, "org.bluez.Device1", "Connect", &()).await.unwrap();
    client.characteristic(STRAP, 0x2A37).await
}

#[tokio::test]
async fn fifty_thousand_notifications_arrive_in_their_order() {
    let Some((bus, peer)) = stage(strap(50_000), unthrottled()) else { return };
    let mut client = Client::new(bus.address()).await;
    let measurement = connected(&mut client).await;
    client.call(&measurement, "org.bluez.GattCharacteristic1", "StartNotify", &()).await.unwrap();
    let mut next = 0;
    while next < 50_000 {
        if let Signal::Value { path, bytes } = client.signal().await {
            assert_eq!((path, bytes), (measurement.clone(), CountedStrap::frame(next)));
            next += 1;
        }
    }
    assert_eq!(peer.sent(), 50_000);
}

#[tokio::test]
async fn what_somebody_reads_is_told_to_everybody() {
    let Some((bus, _peer)) = stage(strap(0), unthrottled()) else { return };
    let mut client = Client::new(bus.address()).await;
    connected(&mut client).await;
    let battery = client.characteristic(STRAP, 0x2A19).await;
    assert_eq!(client.read(&battery).await.unwrap(), [90]);
    loop {
        if let Signal::Value { path, bytes } = client.signal().await {
            return assert_eq!((path, bytes), (battery, vec![90]));
        }
    }
}

#[tokio::test]
async fn errors_have_the_names_that_bluez_gives_them() {
    let Some((bus, peer)) = stage(strap(0), unthrottled()) else { return };
    let mut client = Client::new(bus.address()).await;
    let refused = client.call(STRAP, "org.bluez.Device1", "Connect", &()).await;
    assert_eq!(refused.unwrap_err(), "org.freedesktop.DBus.Error.UnknownObject");
    let measurement = connected(&mut client).await;
    assert_eq!(client.read(&measurement).await.unwrap_err(), "org.bluez.Error.NotPermitted");
    let battery = client.characteristic(STRAP, 0x2A19).await;
    let refused = client.call(&battery, "org.bluez.GattCharacteristic1", "StopNotify", &()).await;
    assert_eq!(refused.unwrap_err(), "org.bluez.Error.Failed");
    peer.out_of_range(Address::simulated(1));
    client.until(|signal| signal.is_flag("Connected", false)).await;
    assert_eq!(client.read(&battery).await.unwrap_err(), "org.freedesktop.DBus.Error.UnknownObject");
    let refused = client.call(STRAP, "org.bluez.Device1", "Connect", &()).await;
    assert_eq!(refused.unwrap_err(), "org.bluez.Error.Failed");
    peer.in_range(Address::simulated(1));
    client.call(STRAP, "org.bluez.Device1", "Connect", &()).await.unwrap();
}

/// What the strap of a scenario sends in process.
fn strap_in_process(scenario: &Scenario, minutes: i64) -> Vec<Vec<u8>> {
    let mut simulator = Simulator::new(scenario, 5, START, minutes * 60_000);
    let strap = simulator.scan().now_or_never().unwrap().unwrap().remove(0);
    simulator.connect(&strap.id).now_or_never().unwrap().unwrap();
    simulator.subscribe(&strap.id, Characteristic::new(0x180D, 0x2A37)).now_or_never().unwrap().unwrap();
    let bytes = |event| match event {
        TransportEvent::Notification(sent) => Some(sent.bytes),
        _ => None,
    };
    std::iter::from_fn(|| simulator.next_event().now_or_never().unwrap()).filter_map(bytes).collect()
}

#[tokio::test]
async fn a_scenarios_strap_sends_the_same_bytes_in_process_and_on_the_bus() {
    let scenario = Scenario::load("rest").unwrap();
    let expected = strap_in_process(&scenario, 10);
    let options = Options { duration_ms: Some(600_000), ..unthrottled() };
    let sensors = wearables(&scenario, 5, START, 600_000);
    let Some((bus, _peer)) = stage(sensors, options) else { return };
    let mut client = Client::new(bus.address()).await;
    let measurement = connected(&mut client).await;
    client.call(&measurement, "org.bluez.GattCharacteristic1", "StartNotify", &()).await.unwrap();
    let mut sent = Vec::new();
    while sent.len() < expected.len() {
        if let Signal::Value { bytes, .. } = client.signal().await {
            sent.push(bytes);
        }
    }
    assert_eq!((sent.len(), sent), (600, expected));
}

#[tokio::test]
async fn a_search_finds_what_it_filters_for_and_its_end_takes_the_signal_strength_away() {
    let scenario = Scenario::load("rest").unwrap();
    let Some((bus, _peer)) = stage(wearables(&scenario, 1, START, 60_000), unthrottled()) else { return };
    let mut client = Client::new(bus.address()).await;
    let adapter = ("/org/bluez/hci0", "org.bluez.Adapter1");
    let wanted = std::collections::HashMap::from([(
        "UUIDs",
        zbus::Variant::from(vec!["00001809-0000-1000-8000-00805F9B34FB"]),
    )]);
    client.call(adapter.0, adapter.1, "SetDiscoveryFilter", &wanted).await.unwrap();
    client.call(adapter.0, adapter.1, "StartDiscovery", &()).await.unwrap();
    let twice = client.call(adapter.0, adapter.1, "StartDiscovery", &()).await;
    assert_eq!(twice.unwrap_err(), "org.bluez.Error.InProgress");
    client.call(adapter.0, adapter.1, "StopDiscovery", &()).await.unwrap();
    let mut found = Vec::new();
    loop {
        match client.signal().await {
            Signal::Added(path) => found.push(path),
            Signal::Changed { gone, .. } if gone == ["RSSI"] => break,
            _ => {}
        }
    }
    assert_eq!(found, ["/org/bluez/hci0/dev_C2_50_42_00_00_03"]);
}

#[tokio::test]
async fn another_table_has_other_objects_and_the_old_ones_go() {
    let about = About::new("scale", "Scale", "scale", Address::simulated(1));
    let battery = |uuid| vec![Service::new(uuid, &[(0x2A19, Properties::READ | Properties::NOTIFY)])];
    let sensor = Scripted::new(about, battery(0x180F)).becomes(START + 10, battery(0x181D));
    let Some((bus, _peer)) = stage(vec![Box::new(sensor)], unthrottled()) else { return };
    let mut client = Client::new(bus.address()).await;
    client.call("/org/bluez/hci0", "org.bluez.Adapter1", "StartDiscovery", &()).await.unwrap();
    client.call(STRAP, "org.bluez.Device1", "Connect", &()).await.unwrap();
    let before = client.characteristic(STRAP, 0x2A19).await;
    client.call(&before, "org.bluez.GattCharacteristic1", "StartNotify", &()).await.unwrap();
    client.until(|signal| matches!(signal, Signal::Removed(path) if *path == before)).await;
    let after = client.characteristic(STRAP, 0x2A19).await;
    assert_ne!(before, after);
    assert_eq!(client.read(&before).await.unwrap_err(), "org.freedesktop.DBus.Error.UnknownObject");
}

#[tokio::test]
async fn an_adapter_that_is_off_blocked_or_absent_says_so() {
    for (state, search, switch) in [
        (AdapterState::Off, "org.bluez.Error.NotReady", None),
        (AdapterState::Blocked, "org.bluez.Error.NotReady", Some("org.bluez.Error.Blocked")),
        (
            AdapterState::Absent,
            "org.freedesktop.DBus.Error.UnknownObject",
            Some("org.freedesktop.DBus.Error.UnknownObject"),
        ),
    ] {
        let Some((bus, _peer)) = stage(strap(1), Options { adapter: state, ..unthrottled() }) else { return };
        let mut client = Client::new(bus.address()).await;
        let adapter = ("/org/bluez/hci0", "org.bluez.Adapter1");
        let refused = client.call(adapter.0, adapter.1, "StartDiscovery", &()).await;
        assert_eq!(refused.unwrap_err(), search, "{state:?}");
        let on = (adapter.1, "Powered", zbus::Variant::from(true));
        let switched = client.call(adapter.0, "org.freedesktop.DBus.Properties", "Set", &on).await;
        assert_eq!(switched.err().as_deref(), switch, "{state:?}");
    }
}

#[tokio::test]
async fn a_flood_does_not_stop_another_sensor() {
    let mut sensors: Vec<Box<dyn SimSensor>> = vec![Box::new(CountedStrap::new(1, START, 10, 100))];
    sensors.extend(Hostile::ALL.map(|hostile| hostile.sensor(START)));
    let Some((bus, _peer)) = stage(sensors, unthrottled()) else { return };
    let mut client = Client::new(bus.address()).await;
    let strap = connected(&mut client).await;
    let flood = "/org/bluez/hci0/dev_C2_50_42_00_BA_D0";
    client.call(flood, "org.bluez.Device1", "Connect", &()).await.unwrap();
    let flooding = client.characteristic(flood, 0x2A37).await;
    for path in [&flooding, &strap] {
        client.call(path, "org.bluez.GattCharacteristic1", "StartNotify", &()).await.unwrap();
    }
    let (mut next, mut floods) = (0, 0);
    while next < 100 {
        match client.signal().await {
            Signal::Value { path, bytes } if path == strap => {
                assert_eq!(bytes, CountedStrap::frame(next));
                next += 1;
            }
            Signal::Value { bytes, .. } => floods += usize::from(bytes.len() == 512),
            _ => {}
        }
    }
    assert!(floods > 100, "{floods}");
}
