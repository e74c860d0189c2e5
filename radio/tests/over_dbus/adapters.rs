//! Where there is no Bluetooth to use, the reason is told.

use crate::stage;
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
