//! A meter whose stored records are fetched, by a process that is killed: points that no step of the way reaches.

use crate::way::Ran;
use pulsebook_core::{
    clock::ManualClock,
    keys::{FileVault, PassphraseCost},
    record::{CollectOptions, Record, RecordOptions, VitalsQuery},
};
use pulsebook_sensor_sim::{in_process::InProcess, sensors::GlucoseMeter};
use std::{collections::BTreeSet, env, fs, path::Path, process::Command, sync::Arc};

/// Reached here.
pub(crate) const POINTS: [&str; 2] = ["store.fetched.commit", "store.fetched.committed"];

const NOON: i64 = 1_784_030_400_000;
const RECORDS: usize = 40;
const FOLDER: &str = "PULSEBOOK_TEST_FOLDER";

/// Opens the record, or makes it.
async fn record(folder: &Path) -> Record {
    let options = RecordOptions { clock: Arc::new(ManualClock::at(NOON)), ..RecordOptions::default() };
    let (dir, vault) = (folder.join("me"), folder.join("vault"));
    if vault.exists() {
        return Record::open(&dir, Box::new(FileVault::open(&vault, "passphrase").unwrap()), options)
            .await
            .unwrap();
    }
    let vault = FileVault::create(&vault, "passphrase", PassphraseCost::WEAK_FOR_TESTS).unwrap();
    Record::create(&dir, Box::new(vault), options).await.unwrap().0
}

/// This test in a process of its own, which fetches what the meter stored.
fn fetch(folder: &Path, fault: &str) -> (Ran, Vec<String>) {
    let log = folder.join("log");
    let _ = fs::remove_file(&log);
    let mut play = Command::new(env::current_exe().unwrap());
    play.args(["memory::a_kill_while_stored_records_are_fetched_loses_and_doubles_nothing", "--exact"]);
    play.env(FOLDER, folder).env("PULSEBOOK_FAULT", fault).env("PULSEBOOK_FAULT_LOG", &log);
    (Ran::of(&play.output().unwrap()), crate::way::read_log(&log))
}

async fn play(folder: &Path) {
    let meter = GlucoseMeter::new(1, NOON, 7, RECORDS.try_into().unwrap());
    let record = record(folder).await;
    record
        .collect(Box::new(InProcess::new(vec![meter], NOON, 60_000)), CollectOptions::default())
        .await
        .unwrap();
}

async fn times(folder: &Path) -> Vec<i64> {
    let query = VitalsQuery { from: 0, to: NOON + 1, vitals: Vec::new(), limit: 10_000, after: None };
    let page = record(folder).await.vitals(query).await.unwrap();
    page.readings.iter().map(|kept| kept.reading.measured_at).collect()
}

#[tokio::test]
async fn a_kill_while_stored_records_are_fetched_loses_and_doubles_nothing() {
    if let Some(folder) = env::var_os(FOLDER) {
        return play(Path::new(&folder)).await;
    }
    let folder = env::temp_dir().join(format!("pulsebook-faults-memory-{}", std::process::id()));
    for name in POINTS {
        for what in ["1:kill", "2:kill", "1:enospc", "1:eio"] {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
            let fault = format!("{name}:{what}");
            let (hurt, reached) = fetch(&folder, &fault);
            assert!(reached.iter().any(|point| point == name), "{fault} is not reached: {}", hurt.told());
            // Whatever is wrong after the deed comes too late to be told.
            let heeded = hurt.killed || (!what.ends_with("kill") && hurt.ok == (name == POINTS[1]));
            assert!(heeded || what == "2:kill", "{fault}: {}", hurt.told());
            let (again, _) = fetch(&folder, "");
            assert!(again.ok, "after {fault}: {}", again.told());
            let times = times(&folder).await;
            let distinct: BTreeSet<&i64> = times.iter().collect();
            assert_eq!((times.len(), distinct.len()), (RECORDS, RECORDS), "after {fault}");
        }
    }
    fs::remove_dir_all(folder).unwrap();
}
