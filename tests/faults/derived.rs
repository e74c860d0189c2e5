//! What stands beside the chain: rollups, which may be made again, and evidence, which may be removed; and what an earlier
//! cut left.

use crate::{
    baseline::Baseline,
    cuff,
    steps::{ME, Step},
    way::Way,
};
use pulsebook_core::{
    keys::{FileVault, KeyVault, SecretName},
    store::{Folder, Store, StoreKeys},
};
use pulsebook_protocol::{random::SystemRandom, secret::Secret32};
use rusqlite::Connection;
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// Makes what a step is to find.
pub(crate) fn arrange(way: &Way, step: Step) {
    match step {
        Step::InitOver => {
            fs::remove_dir_all(way.file("me")).unwrap();
            fs::remove_file(way.file("words")).unwrap();
            killed(way, &step.line(way), "init.words:1:kill");
        }
        Step::Chart => {
            let db = Connection::open(way.file("me/record.sqlite")).unwrap();
            db.execute_batch("DELETE FROM rollups; DELETE FROM rollup_index;").unwrap();
        }
        Step::Assign => cuff::measure(&way.file("me"), "a passphrase for tests"),
        // As a node leaves it that was killed while it took in large segments: half of one, and one before its row.
        Step::Read => {
            for name in ["00ff00ff00ff00ff00ff00ff00ff00ff.new", "0fff00ff00ff00ff00ff00ff00ff00ff"] {
                fs::write(way.file("n1/blobs").join(name), "sealed").unwrap();
            }
        }
        Step::Raw => put_evidence_back_into_pages(way),
        Step::Expire => {
            killed(way, &format!("evidence keep --streams none {ME}"), "evidence.remove:1:kill");
        }
        _ => {}
    }
}

/// As in a record of the first version: the next opening moves it into files.
fn put_evidence_back_into_pages(way: &Way) {
    let vault = FileVault::open(&way.file("me/vault.json"), "a passphrase for tests").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let secret = |name| {
        let bytes = runtime.block_on(vault.secret(name)).unwrap();
        Secret32::from_bytes(bytes.to_vec().try_into().unwrap())
    };
    let keys = StoreKeys { store: secret(SecretName::StoreKey), erase: secret(SecretName::EraseKey) };
    let store = Store::open(Folder::open(&way.file("me")).unwrap(), keys).unwrap();
    assert!(store.put_evidence_back_into_pages(&mut SystemRandom).unwrap() > 0);
}

fn killed(way: &Way, line: &str, fault: &str) {
    assert!(way.run(line, Some(fault)).killed, "{line}, armed with {fault}");
}

/// What must hold beside the chain after a step was cut off and taken up again.
pub(crate) fn hold(base: &Baseline, step: Step) {
    let way = &base.way;
    if step == Step::Chart {
        assert_eq!(way.done(&step.line(way)), base.chart, "the chart shows something else");
    }
    if step == Step::Bulk {
        let whole = |name: &str| {
            fs::read_to_string(way.file("bulk").join(name)).is_ok_and(|text| text.ends_with('\n'))
        };
        assert!(["Patient", "Device", "Observation"].iter().all(|name| whole(&format!("{name}.ndjson"))));
        assert!(!way.file("bulk.part").exists(), "half a folder is left");
    }
    if step == Step::Raw {
        assert_eq!(fs::read(way.file("raw.ndjson")).unwrap(), base.raw, "other raw notifications");
    }
    let listed = evidence(way);
    assert!(step != Step::Expire || listed.is_empty(), "evidence that was to be removed: {listed:?}");
    let names = fs::read_dir(way.file("me/evidence")).into_iter().flatten().flatten();
    let there: BTreeSet<String> = names.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(there, listed, "files of evidence, and those that are listed");
    if matches!(step, Step::Seal | Step::SealMore | Step::Expire) {
        way.done(&format!("evidence export --out evidence.ndjson {ME}"));
    }
}

/// The names of the files that the record says it has.
fn evidence(way: &Way) -> BTreeSet<String> {
    let list: Value = serde_json::from_str(&way.done(&format!("evidence list --json {ME}"))).unwrap();
    let there = list["files"].as_array().unwrap().iter().filter(|file| file["removed_at_s"].is_null());
    there
        .map(|file| format!("{:010}.{}", file["block"].as_u64().unwrap(), file["class"].as_str().unwrap()))
        .collect()
}
