//! The simulated `org.bluez` on a private bus, seen by a client that speaks plain D-Bus.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/client.rs"]
mod client;
#[path = "peer/pairing.rs"]
mod pairing;

use client::{Client, Signal, stage};
use pulsebook_sensor_sim::{
    gatt::{Address, SimSensor},
    peer::{Options, Speed},
    sensors::CountedStrap,
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
