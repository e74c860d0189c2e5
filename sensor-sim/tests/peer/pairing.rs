//! Pairing with the simulated `org.bluez`: the three ways, refusals, and nobody to ask.

use crate::client::{Client, Signal, stage};
use pulsebook_core::ble::Characteristic;
use pulsebook_sensor_sim::{
    gatt::{About, Address, Pairing, Properties, Security, Service, SimSensor},
    peer::{Options, Peer, Speed},
    sensors::Scripted,
    testing::PrivateBus,
};
use std::time::Duration;

const CUFF: &str = "/org/bluez/hci0/dev_C2_50_42_00_00_07";
const BATTERY: Characteristic = Characteristic::new(0x180F, 0x2A19);
const DEVICE: &str = "org.bluez.Device1";

fn cuff(pairing: Pairing, security: Security) -> Scripted {
    let about = About::new("cuff", "Cuff", "cuff", Address::simulated(7));
    let table = vec![Service::new(0x180F, &[(0x2A19, Properties::READ | Properties::NOTIFY)])];
    Scripted::new(about, table).answers(BATTERY, &[77]).protected(pairing, security)
}

/// A cuff, found and connected, and the path of its battery level.
async fn connected(
    sensor: impl SimSensor + 'static,
    patience: Duration,
) -> Option<(PrivateBus, Peer, Client, String)> {
    let options = Options { speed: Speed::Unthrottled, agent_patience: patience, ..Options::default() };
    let (bus, peer) = stage(vec![Box::new(sensor)], options)?;
    let mut client = Client::new(bus.address()).await;
    client.call("/org/bluez/hci0", "org.bluez.Adapter1", "StartDiscovery", &()).await.unwrap();
    client.call(CUFF, DEVICE, "Connect", &()).await.unwrap();
    let battery = client.characteristic(CUFF, 0x2A19).await;
    Some((bus, peer, client, battery))
}

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn pairing_asks_what_the_sensor_and_the_agent_can_do_together() {
    let ways = [
        (Pairing::Passkey(123_456), Security::Authenticated, "KeyboardOnly", "RequestPasskey"),
        (Pairing::Comparison(654_321), Security::Authenticated, "DisplayYesNo", "RequestConfirmation"),
        (Pairing::Comparison(123_456), Security::Authenticated, "KeyboardOnly", "RequestPasskey"),
    ];
    for (pairing, security, capability, question) in ways {
        let Some((_bus, _peer, mut client, battery)) = connected(cuff(pairing, security), LONG).await else {
            return;
        };
        client.register_agent(capability).await;
        let answer = |asked: &str, shown: Option<u32>| {
            assert_eq!(asked, question);
            assert!(asked != "RequestConfirmation" || shown == Some(654_321));
            Some(Ok((asked == "RequestPasskey").then_some(123_456)))
        };
        client.call_with_agent((CUFF, DEVICE, "Pair"), &(), answer).await.unwrap();
        assert_eq!(client.read(&battery).await.unwrap(), [77]);
        let again = client.call(CUFF, DEVICE, "Pair", &()).await;
        assert_eq!(again.unwrap_err(), "org.bluez.Error.AlreadyExists");
    }
}

#[tokio::test]
async fn without_a_number_the_wish_to_pair_is_the_yes() {
    let sensor = cuff(Pairing::JustWorks, Security::Encrypted);
    let Some((_bus, _peer, mut client, battery)) = connected(sensor, LONG).await else { return };
    client.register_agent("KeyboardDisplay").await;
    client.call_with_agent((CUFF, DEVICE, "Pair"), &(), |asked, _| panic!("{asked}")).await.unwrap();
    assert_eq!(client.read(&battery).await.unwrap(), [77]);
}

#[tokio::test]
async fn a_read_that_needs_a_better_link_pairs_by_itself_and_the_bond_stays() {
    let sensor = cuff(Pairing::Passkey(42), Security::Authenticated);
    let Some((_bus, _peer, mut client, battery)) = connected(sensor, LONG).await else { return };
    client.register_agent("KeyboardDisplay").await;
    let options: std::collections::HashMap<&str, zbus::Variant<'_>> = Default::default();
    let read = (battery.as_str(), "org.bluez.GattCharacteristic1", "ReadValue");
    let answer = client.call_with_agent(read, &options, |_, _| Some(Ok(Some(42)))).await.unwrap();
    assert_eq!(answer.body().deserialize::<Vec<u8>>().unwrap(), [77]);
    client.call(CUFF, DEVICE, "Disconnect", &()).await.unwrap();
    client.call(CUFF, DEVICE, "Connect", &()).await.unwrap();
    assert_eq!(client.read(&battery).await.unwrap(), [77]);
}

#[tokio::test]
async fn a_wrong_number_a_no_and_a_sensor_that_refuses_are_told_apart_by_nobody() {
    let passkey = || cuff(Pairing::Passkey(42), Security::Authenticated);
    for (sensor, answer) in [
        (passkey(), Ok(Some(43))),
        (passkey(), Err("org.bluez.Error.Rejected")),
        (cuff(Pairing::Refused, Security::Encrypted), Ok(None)),
    ] {
        let Some((_bus, _peer, mut client, battery)) = connected(sensor, LONG).await else { return };
        client.register_agent("KeyboardDisplay").await;
        let refused = client.call_with_agent((CUFF, DEVICE, "Pair"), &(), |_, _| Some(answer)).await;
        assert_eq!(refused.unwrap_err(), "org.bluez.Error.AuthenticationFailed");
        let options: std::collections::HashMap<&str, zbus::Variant<'_>> = Default::default();
        let read = (battery.as_str(), "org.bluez.GattCharacteristic1", "ReadValue");
        let refused = client.call_with_agent(read, &options, |_, _| Some(answer)).await;
        assert_eq!(refused.unwrap_err(), "org.bluez.Error.NotPermitted");
    }
}

#[tokio::test]
async fn an_agent_that_cancels_or_is_silent_ends_the_pairing() {
    for (answer, patience, name) in [
        (Some(Err("org.bluez.Error.Canceled")), LONG, "org.bluez.Error.AuthenticationCanceled"),
        (None, Duration::ZERO, "org.bluez.Error.AuthenticationTimeout"),
    ] {
        let sensor = cuff(Pairing::Comparison(1), Security::Authenticated);
        let Some((_bus, _peer, mut client, _)) = connected(sensor, patience).await else { return };
        client.register_agent("DisplayYesNo").await;
        let refused = client.call_with_agent((CUFF, DEVICE, "Pair"), &(), |_, _| answer).await;
        assert_eq!(refused.unwrap_err(), name);
    }
}

#[tokio::test]
async fn without_an_agent_pairing_fails_a_read_hangs_and_the_sensor_is_dropped() {
    let sensor = cuff(Pairing::JustWorks, Security::Encrypted);
    let Some((_bus, _peer, mut client, battery)) = connected(sensor, Duration::ZERO).await else { return };
    let refused = client.call(CUFF, DEVICE, "Pair", &()).await;
    assert_eq!(refused.unwrap_err(), "org.bluez.Error.AuthenticationFailed");
    let mut second = client.twin();
    let dropped = async {
        client.until(|signal| matches!(signal, Signal::Removed(path) if path == CUFF)).await;
        client.read(&battery).await
    };
    tokio::select! {
        answer = second.read(&battery) => panic!("the read was answered: {answer:?}"),
        answer = dropped => {
            assert_eq!(answer.unwrap_err(), "org.freedesktop.DBus.Error.UnknownObject");
        }
    }
}

#[tokio::test]
async fn a_sensor_that_forgot_the_bond_ends_the_connection() {
    let sensor = cuff(Pairing::JustWorks, Security::Encrypted);
    let Some((_bus, peer, mut client, _)) = connected(sensor, LONG).await else { return };
    client.register_agent("NoInputNoOutput").await;
    client.call_with_agent((CUFF, DEVICE, "Pair"), &(), |_, _| Some(Ok(None))).await.unwrap();
    client.call(CUFF, DEVICE, "Disconnect", &()).await.unwrap();
    peer.forget_bond(Address::simulated(7));
    let refused = client.call(CUFF, DEVICE, "Connect", &()).await;
    assert_eq!(refused.unwrap_err(), "org.bluez.Error.Failed");
    client.call(CUFF, DEVICE, "Connect", &()).await.unwrap_err();
}
