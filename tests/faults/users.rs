//! A cuff that two people use: what it measures waits for the patient's word, in a process that is killed.

use crate::{steps::CUFF, way::Ran};
use pulsebook_core::{
    ble::Characteristic,
    keys::{FileVault, PassphraseCost},
    record::{CollectOptions, Record, RecordOptions},
};
use pulsebook_sensor_sim::{
    gatt::{About, Address, Properties, Service},
    in_process::InProcess,
    sensors::Scripted,
};
use std::{env, fs, path::Path, process::Command};

/// Reached here alone.
pub(crate) const POINTS: [&str; 2] = ["store.unassigned.commit", "store.unassigned.committed"];

/// 2026-03-01T15:01:00Z.
const START: i64 = 1_772_377_260_000;
/// Who measured, one after the other.
const USERS: [u8; 5] = [1, 2, 1, 2, 1];
const FOLDER: &str = "PULSEBOOK_TEST_FOLDER";
const PASSPHRASE: &str = "passphrase";

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

async fn open(folder: &Path, passphrase: &str) -> Record {
    let vault = FileVault::open(&folder.join("vault.json"), passphrase).unwrap();
    Record::open(folder, Box::new(vault), RecordOptions::default()).await.unwrap()
}

async fn collect(record: &Record) {
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

/// This test in a process of its own, which collects.
fn collected(folder: &Path, fault: &str) -> Ran {
    let mut play = Command::new(env::current_exe().unwrap());
    play.args(["users::a_kill_while_measurements_of_two_people_are_kept_loses_and_doubles_none", "--exact"]);
    play.env(FOLDER, folder).env("PULSEBOOK_FAULT", fault);
    Ran::of(&play.output().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_measurements_of_two_people_are_kept_loses_and_doubles_none() {
    if let Some(folder) = env::var_os(FOLDER) {
        return collect(&open(Path::new(&folder), PASSPHRASE).await).await;
    }
    let folder = env::temp_dir().join(format!("pulsebook-faults-users-{}", std::process::id()));
    for name in POINTS {
        for (what, nth) in [("kill", 1), ("kill", 4), ("enospc", 2), ("eio", 5)] {
            let _ = fs::remove_dir_all(&folder);
            let vault = folder.join("vault.json");
            fs::create_dir_all(&folder).unwrap();
            let vault = FileVault::create(&vault, PASSPHRASE, PassphraseCost::WEAK_FOR_TESTS).unwrap();
            drop(Record::create(&folder, Box::new(vault), RecordOptions::default()).await.unwrap());
            let fault = format!("{name}:{nth}:{what}");
            let hurt = collected(&folder, &fault);
            let comes_too_late = what != "kill" && name == POINTS[1];
            assert_eq!(hurt.ok, comes_too_late, "{fault}: {}", hurt.told());
            let kept = if comes_too_late { 5 } else { nth - usize::from(name == POINTS[0]) };
            let record = open(&folder, PASSPHRASE).await;
            let waiting = record.sensor_users(&record.sensors().await.unwrap()[0].id).await.unwrap();
            let of = |user| USERS[..kept].iter().filter(|other| **other == user).count() as u64;
            let found =
                |user| waiting.iter().find(|other| other.number == user).map_or(0, |user| user.waiting);
            assert_eq!([found(1), found(2)], [of(1), of(2)], "after {fault}");
        }
    }
    fs::remove_dir_all(folder).unwrap();
}
