//! `export`: what other programs read, read back by one that is not ours.

use crate::{
    scratch::{Scratch, text},
    skipped::skipped,
};
use serde_json::Value;
use std::{fs, process::Command};

/// Reads the files as a stranger would: with Python's json. What FHIR says of them the judge `fhir` says.
const STRANGER: &str = r#"
import json, sys
folder, readings = sys.argv[1:]
kinds, ids = {}, set()
for kind in ("Patient", "Device", "Observation"):
    with open(f"{folder}/{kind}.ndjson", encoding="utf-8") as file:
        kinds[kind] = [json.loads(line) for line in file]
    assert all(one["resourceType"] == kind for one in kinds[kind]), kind
    ids |= {f"{kind}/{one['id']}" for one in kinds[kind]}
assert len(kinds["Patient"]) == 1 and len(kinds["Device"]) > 3
for one in kinds["Observation"]:
    assert one["subject"]["reference"] in ids and one["device"]["reference"] in ids, one
with open(readings, encoding="utf-8") as file:
    lines = [json.loads(line) for line in file]
assert all(line["vital"] and line["unit"] and line["measured_at"].endswith("Z") and line["sensor"] for line in lines)
assert all((line["value"] is None) == (line["absent"] is not None) for line in lines)
print(len(kinds["Observation"]), len(lines))
"#;

#[test]
fn bulk_data_and_plain_readings_are_read_back_by_another_program() {
    let scratch = Scratch::make("exports");
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 10m");
    scratch.me("seal");
    let bulk = scratch.json("export --format ndjson --out bulk/");
    let plain = scratch.json("export --format readings --out readings.ndjson");
    assert_eq!(plain["readings"], scratch.json("status")["readings"]);
    let mut files: Vec<_> =
        fs::read_dir(scratch.file("bulk")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["Device.ndjson", "Observation.ndjson", "Patient.ndjson"], "nothing is left beside");
    let stranger = Command::new("python3")
        .args(["-c", STRANGER])
        .arg(scratch.file("bulk"))
        .arg(scratch.file("readings.ndjson"))
        .output();
    let Ok(stranger) = stranger else {
        return skipped("python3 is not here to read the export back");
    };
    let (told, why) = (text(&stranger.stdout), text(&stranger.stderr));
    assert!(stranger.status.success(), "{told}{why}");
    assert!(told.trim_end().ends_with(&format!("{} {}", bulk["observations"], plain["readings"])), "{told}");
}

#[test]
fn an_export_replaces_nothing_unless_it_is_told_to_and_then_wholly() {
    let scratch = Scratch::make("exports-force");
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 1m");
    fs::create_dir(scratch.file("bulk")).unwrap();
    fs::write(scratch.file("mine.json"), "mine").unwrap();
    scratch.me("export --format ndjson --out bulk");
    for line in [
        "--format ndjson --out bulk",
        "--out mine.json",
        "--format readings --out mine.json",
        "--bundle mine.json",
    ] {
        let said = scratch.refused(1, &format!("export {line} --dir me --passphrase-file passphrase"));
        assert!(said.contains("is there already"), "{line}: {said}");
    }
    assert_eq!(fs::read_to_string(scratch.file("mine.json")).unwrap(), "mine");
    let before = fs::read(scratch.file("bulk/Observation.ndjson")).unwrap();
    scratch.me("collect --sim rest --start 2026-03-01T13:00:00Z --duration 1m");
    scratch.me("export --format ndjson --out bulk --force");
    assert!(fs::read(scratch.file("bulk/Observation.ndjson")).unwrap().len() > before.len());
    assert!(!scratch.file("bulk.part").exists(), "nothing is left beside");
    scratch.me("export --out mine.json --force");
    let written: Value = serde_json::from_slice(&fs::read(scratch.file("mine.json")).unwrap()).unwrap();
    assert_eq!(written["resourceType"], "Bundle");
    let said = scratch.refused(1, "export --out no/such/folder.json --dir me --passphrase-file passphrase");
    assert!(said.contains("could not be written"), "{said}");
}
