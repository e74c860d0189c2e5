//! Where there is no Bluetooth to use, the reason is told.

use crate::stage;
use futures_util::StreamExt;
use pulsebook_radio::RadioError;
use pulsebook_sensor_sim::peer::{AdapterState, Options, Peer};

/// Starts a radio on a bus with this adapter, and gives why there is none.
fn refused(name: &str, adapter: Option<AdapterState>, expected: &str) {
    let set = |address: &str| {
        let adapter = adapter?;
        Some(Peer::start(address, Vec::new(), Options { adapter, ..Options::default() }).unwrap())
    };
    stage::on_a_bus(name, set, async || {
        let error = stage::start(stage::limits()).await.expect_err("no radio");
        assert_eq!(format!("{error:?}").split('(').next(), Some(expected));
    });
}

#[test]
fn no_adapter() {
    refused("adapters::no_adapter", Some(AdapterState::Absent), "NoAdapter");
}

#[test]
fn bluetooth_switched_off() {
    refused("adapters::bluetooth_switched_off", Some(AdapterState::Off), "Off");
}

#[test]
fn no_service() {
    refused("adapters::no_service", None, "NoService");
}

#[test]
fn a_look_listens_to_its_end_though_nobody_is_looked_for_afterwards() {
    let name = "adapters::a_look_listens_to_its_end_though_nobody_is_looked_for_afterwards";
    let set = |address: &str| {
        Some(Peer::start(address, vec![stage::strap(1, 1000, 0)], Options::default()).unwrap())
    };
    stage::on_a_bus(name, set, async || {
        let bus = zbus::Connection::system().await.unwrap();
        let changed = zbus::MatchRule::builder().path("/org/bluez/hci0").member("PropertiesChanged");
        let rule = changed.build().unwrap();
        let mut changes = zbus::MessageStream::for_match_rule(rule, &bus, None).await.unwrap();
        let radio = stage::start_with(stage::limits(), false).await.unwrap();
        let mut look = std::pin::pin!(radio.look(stage::limits().scan));
        let mut heard = 0;
        let found = loop {
            tokio::select! {
                biased;
                _ = changes.next() => heard += 1,
                found = &mut look => break found.unwrap(),
            }
        };
        // That it began to listen, and nothing more.
        assert_eq!((heard, found.len()), (1, 1));
    });
}

#[test]
fn no_bus() {
    // Without a bus in the environment there is none at this address either.
    let nowhere = "unix:path=/nowhere/pulsebook";
    if std::env::var("DBUS_SYSTEM_BUS_ADDRESS").as_deref() == Ok(nowhere) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(stage::start(stage::limits())).expect_err("no radio");
        return assert!(matches!(error, RadioError::NoBus(_)), "{error:?}");
    }
    let mut play = std::process::Command::new(std::env::current_exe().unwrap());
    play.args(["adapters::no_bus", "--exact", "--nocapture"]).env("DBUS_SYSTEM_BUS_ADDRESS", nowhere);
    assert!(play.status().unwrap().success());
}
