//! A cuff that two people use, and a record that collects from it.

use pulsebook_core::{
    ble::Characteristic,
    keys::FileVault,
    record::{CollectOptions, Record, RecordOptions},
};
use pulsebook_sensor_sim::{
    gatt::{About, Address, Properties, Service},
    in_process::InProcess,
    sensors::Scripted,
};
use std::path::Path;

/// What it calls itself.
pub(crate) const CUFF: &str = "Shared-Cuff";

/// 2026-03-01T15:01:00Z.
const START: i64 = 1_772_377_260_000;

/// Who measured, one after the other.
pub(crate) const USERS: [u8; 5] = [1, 2, 1, 2, 1];

/// Pressures in mmHg with a pulse-free frame and the user's number: Blood Pressure Service 1.1.1, measurement.
fn cuff() -> Scripted {
    let measurement = Characteristic::new(0x1810, 0x2A35);
    let table = vec![Service::new(0x1810, &[(0x2A35, Properties::INDICATE)])];
    let mut cuff =
        Scripted::new(About::new("shared", CUFF, "blood-pressure cuff", Address::simulated(77)), table);
    for (nth, user) in (0u8..).zip(USERS) {
        let at = START + 1_000 * i64::from(nth + 1);
        cuff = cuff.sends(at, measurement, &[0x08, 120 + nth, 0, 80, 0, 93, 0, user]);
    }
    cuff
}

pub(crate) async fn open(folder: &Path, passphrase: &str) -> Record {
    let vault = FileVault::open(&folder.join("vault.json"), passphrase).unwrap();
    Record::open(folder, Box::new(vault), RecordOptions::default()).await.unwrap()
}

pub(crate) async fn collect(record: &Record) {
    let transport = InProcess::new(vec![cuff()], START, 10_000);
    record.collect(Box::new(transport), CollectOptions::default()).await.unwrap();
}

/// Everything that the cuff sends, into a record that is there.
pub(crate) fn measure(folder: &Path, passphrase: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let record = open(folder, passphrase).await;
        collect(&record).await;
    });
}
