//! Raw notifications, sensors and a disk without room, as a patient meets them.

use crate::scratch::{Scratch, text};
use serde_json::Value;
use std::{fs, process::Command};

#[test]
fn raw_notifications_are_listed_handed_out_and_kept_as_long_as_the_patient_says() {
    let scratch = Scratch::make("evidence");
    scratch.init();
    scratch.me("collect --sim checks --duration 30m --start 2026-03-01T12:00:00Z");
    scratch.me("collect --sim rest --duration 5m --start 2026-03-01T13:00:00Z");
    scratch.me("seal");
    let files = scratch.json("evidence list")["files"].as_array().unwrap().clone();
    let classes: Vec<&str> = files.iter().map(|file| file["class"].as_str().unwrap()).collect();
    assert!(classes.contains(&"streams") && classes.contains(&"spots"), "{files:?}");
    let told = scratch.me("evidence export --out all.ndjson --sensor sysid-0250420000000005");
    assert!(told.contains("each segment's root was checked"), "{told}");
    let lines = fs::read_to_string(scratch.file("all.ndjson")).unwrap();
    let mut lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let head = lines.next().unwrap();
    assert_eq!((head["pulsebook"].as_str(), head["category"].as_str()), (Some("evidence/1"), Some("oxygen")));
    let spots: Vec<Value> = lines.collect();
    assert_eq!(spots.len() as u64, head["notifications"].as_u64().unwrap());
    assert!(spots.iter().all(|line| line["characteristic"] == "2a5e"));
    let told = scratch.me("evidence export --out malformed.ndjson --sensor none --malformed");
    assert!(told.contains("Wrote 0 notifications that"), "{told}");
    scratch.me("evidence export --out malformed.ndjson --malformed --force");
    let lines = fs::read_to_string(scratch.file("malformed.ndjson")).unwrap();
    assert_eq!(lines.matches("malformed/1").count(), 2);
    let told = scratch.me("evidence keep --streams none");
    assert!(told.contains("streams are kept not at all") && told.contains("the readings stay"), "{told}");
    assert!(scratch.me("evidence list").contains("kept long enough"));
    let said = scratch.refused(2, "evidence keep --dir me --spots always");
    assert!(said.contains("forever"), "{said}");
    let sensors = scratch.me("sensors");
    assert!(sensors.contains("fingertip oximeter") && sensors.contains("SIM-000005"), "{sensors}");
}

#[test]
fn damaged_evidence_is_left_out_by_name() {
    let scratch = Scratch::make("evidence-damaged");
    scratch.init();
    scratch.me("collect --sim rest --duration 5m");
    scratch.me("seal");
    let path = scratch.file("me/evidence/0000000001.streams");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let said = scratch.refused(1, "evidence export --out out.ndjson --dir me --passphrase-file passphrase");
    assert!(said.contains("block 1, slot") && said.contains("does not open"), "{said}");
    assert!(scratch.me("show").contains("heart rate"));
}

#[cfg(unix)]
#[test]
fn a_record_on_a_disk_without_room_is_read_and_says_that_nothing_can_be_kept() {
    let scratch = Scratch::make("no-room");
    scratch.init();
    scratch.me("collect --sim rest --duration 5m");
    scratch.me("seal");
    scratch.me("collect --sim rest --duration 2m");
    // No file may grow any more; pipes may.
    let limited = |line: &str| {
        let binary = env!("CARGO_BIN_EXE_pulsebook");
        let script = format!(
            "trap '' XFSZ; ulimit -f 0; exec '{binary}' {line} --dir me --passphrase-file passphrase"
        );
        Command::new("sh").args(["-c", &script]).current_dir(scratch.file("")).output().unwrap()
    };
    for line in ["show", "status", "sensors", "evidence list"] {
        let output = limited(line);
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        assert!(!output.stdout.is_empty());
    }
    for line in ["collect --sim rest --duration 5m", "seal"] {
        let output = limited(line);
        assert_eq!(output.status.code(), Some(4), "{line}");
        let said = text(&output.stderr);
        assert!(said.contains("room") || said.contains("disk"), "{line}: {said}");
    }
    let before = scratch.json("status")["readings"].as_u64().unwrap();
    scratch.me("seal");
    assert_eq!(scratch.json("status")["readings"].as_u64().unwrap(), before);
}
