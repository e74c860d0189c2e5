//! A proof of one reading and an exported record, made by the patient and checked by somebody who has nothing else.

use crate::scratch::Scratch;
use serde_json::Value;
use std::fs;

/// A record with ten minutes in it, settled at one node, which is gone again.
fn settled(name: &str) -> Scratch {
    let scratch = Scratch::make(name);
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 10m");
    scratch.me("seal");
    let node = scratch.node("east");
    scratch.me("circle add east.json");
    scratch.me("circle confirm --words-file words");
    scratch.me("sync");
    node.end();
    scratch
}

fn named(scratch: &Scratch, vital: &str) -> Vec<Value> {
    let listed = scratch.me(&format!("show --list --json --vital {vital}"));
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn one_reading_is_proven_to_a_stranger_and_its_neighbours_are_not_shown() {
    let scratch = settled("proof");
    let rates = named(&scratch, "heart-rate");
    assert!(rates.len() > 500, "a rate a second");
    let wanted = rates[300]["name"].as_str().unwrap();
    assert!(scratch.me("show --list").contains(wanted));
    let said = scratch.me(&format!("prove {wanted} --out rate.proof"));
    assert!(said.contains("Anybody can check it"), "{said}");
    let chain = scratch.json("status")["chain"].as_str().unwrap().to_owned();
    let said = scratch.done(&format!("verify --proof rate.proof --chain {chain}"));
    for part in [
        "SIMULATED",
        "heart rate",
        "Accepted by 1 of 1 nodes",
        "Held by 1 of 1",
        "Integrity is not truth",
        &chain,
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let shown: Value = serde_json::from_str(&scratch.done("verify --proof rate.proof --json")).unwrap();
    assert_eq!((&shown["simulated"], &shown["chain"]), (&Value::Bool(true), &Value::from(chain)));
    let readings = shown["readings"].as_array().unwrap();
    assert!(readings.iter().any(|reading| reading["name"] == wanted) && readings.len() <= 61, "its minute");
    for other in ["oxygen-saturation", "body-temperature", "systolic-pressure"] {
        let sensor = named(&scratch, other)[0]["sensor"].as_str().unwrap().to_owned();
        let proof = fs::read(scratch.file("rate.proof")).unwrap();
        assert!(!proof.windows(sensor.len()).any(|part| part == sensor.as_bytes()), "{sensor}");
    }
}

#[test]
fn a_proof_that_was_changed_or_is_anothers_is_refused() {
    let scratch = settled("forged");
    let name = named(&scratch, "body-temperature")[0]["name"].as_str().unwrap().to_owned();
    let plain = name.split('/').next().unwrap();
    scratch.me(&format!("prove {plain} --out fever.proof"));
    scratch.done("verify --proof fever.proof");
    let again =
        scratch.refused(1, &format!("prove {plain} --out fever.proof --dir me --passphrase-file passphrase"));
    assert!(again.contains("is there already"), "{again}");
    let mut proof = fs::read(scratch.file("fever.proof")).unwrap();
    let middle = proof.len() / 2;
    proof[middle] ^= 1;
    fs::write(scratch.file("forged.proof"), &proof).unwrap();
    assert!(scratch.refused(1, "verify --proof forged.proof").contains("WRONG"));
    let other = "a".repeat(52);
    assert!(scratch.refused(1, &format!("verify --proof fever.proof --chain {other}")).contains("expected"));
    assert!(scratch.refused(2, "verify").contains("--proof <FILE>"));
    assert!(scratch.refused(2, "verify --proof fever.proof --bundle x").contains("cannot be used with"));
    assert!(scratch.refused(1, "verify --proof nowhere").contains("could not be read"));
    let unknown = "prove heart-rate@2001-01-01T00:00:00Z --out x --dir me --passphrase-file passphrase";
    assert!(scratch.refused(1, unknown).contains("no such reading"));
    assert!(scratch.refused(2, "prove hair@noon --out x --dir me").contains("expected one of"));
}

#[test]
fn an_exported_record_is_verified_offline_and_the_first_wrong_byte_is_named() {
    let scratch = settled("bundle");
    let said = scratch.me("export --bundle sealed.bundle");
    assert!(said.contains("It opens nothing") && said.contains("verified"), "{said}");
    let said = scratch.done("verify --bundle sealed.bundle");
    assert!(
        said.contains("every byte as the patient sealed it") && said.contains("shows no reading"),
        "{said}"
    );
    scratch.me("export --bundle open.bundle --with-keys");
    let said = scratch.done("verify --bundle open.bundle");
    assert!(said.contains("can be read by anybody who has it"), "{said}");
    let shown: Value = serde_json::from_str(&scratch.done("verify --bundle open.bundle --json")).unwrap();
    assert_eq!(shown["readings"], scratch.json("status")["readings"]);
    assert_eq!((&shown["settled"]["blocks"], &shown["epoch"]), (&shown["blocks"], &Value::from(1)));
    let mut bytes = fs::read(scratch.file("sealed.bundle")).unwrap();
    // The first segments stand in the middle of so small a record.
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    fs::write(scratch.file("forged.bundle"), &bytes).unwrap();
    let said = scratch.refused(1, "verify --bundle forged.bundle");
    assert!(said.contains("WRONG: forged.bundle: block 1, slot "), "{said}");
    fs::write(scratch.file("short.bundle"), &bytes[..place - 1]).unwrap();
    assert!(scratch.refused(1, "verify --bundle short.bundle").contains("ends in the middle"));
    let again = scratch.refused(1, "export --bundle sealed.bundle --dir me --passphrase-file passphrase");
    assert!(again.contains("is there already"), "{again}");
}
