//! A cuff that two people use: what it measures waits for the patient's word, in a process that is killed.

use crate::{
    cuff::{USERS, collect, open},
    way::Ran,
};
use pulsebook_core::{
    keys::{FileVault, PassphraseCost},
    record::{Record, RecordOptions},
};
use std::{env, fs, path::Path, process::Command};

/// Reached here alone.
pub(crate) const POINTS: [&str; 2] = ["store.unassigned.commit", "store.unassigned.committed"];

const FOLDER: &str = "PULSEBOOK_TEST_FOLDER";
const PASSPHRASE: &str = "passphrase";

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
            assert_eq!((hurt.ok, hurt.killed), (comes_too_late, what == "kill"), "{fault}: {}", hurt.told());
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
