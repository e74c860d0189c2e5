//! Traces by the command: written while it collects, played into another record, refused when they are none.

use crate::scratch::{Scratch, text};
use serde_json::Value;
use std::fs;

const COLLECT: &str = "collect --start 2026-03-01T12:00:00Z --duration 12m --each";

/// Every reading of a record as a program reads it, without its name, which has the sensor's in it.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn readings(scratch: &Scratch) -> Vec<Value> {
    let mut all = lines(&scratch.me("show --list --json"));
    all.iter_mut().for_each(|line| line["block"] = Value::Null);
    all
}

#[test]
fn what_was_collected_is_played_into_another_record_as_the_same_readings() {
    let (here, there) = (Scratch::make("trace-here"), Scratch::make("trace-there"));
    here.init();
    there.init();
    here.me(&format!("{COLLECT} --sim rest --trace day.trace"));
    let trace = here.file("day.trace");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&trace).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::copy(&trace, there.file("day.trace")).unwrap();
    there.me("collect --replay day.trace");
    let (collected, played) = (readings(&here), readings(&there));
    assert!(collected.len() > 1000, "{} readings", collected.len());
    assert_eq!(played, collected);
    assert!(played.iter().all(|line| line["origin"] == "simulated"));
    let again =
        here.run(&format!("{COLLECT} --sim rest --trace day.trace --dir me --passphrase-file passphrase"));
    assert!(text(&again.stderr).contains("is there already"), "{}", text(&again.stderr));
}

#[test]
fn a_scenario_as_a_trace_is_played_without_a_record() {
    let scratch = Scratch::make("trace-sim");
    let (at, sum) = ("--start 2026-03-01T12:00:00Z --duration 40m", |line: &str| {
        let object: Value = serde_json::from_str(&scratch.done(&format!("{line} --json"))).unwrap();
        object["notifications"].as_u64().unwrap()
    });
    let written = sum(&format!("sim trace checks checks.trace {at}"));
    assert!(written > 5);
    assert_eq!(sum("sim replay checks.trace"), written);
    let each = lines(&scratch.done("sim replay checks.trace --each --json"));
    assert_eq!(each.len() as u64 - 1, each.last().unwrap()["readings"].as_u64().unwrap());
    scratch.done(&format!("sim trace checks redacted.trace --redact {at}"));
    let [plain, redacted] =
        ["checks.trace", "redacted.trace"].map(|name| fs::read_to_string(scratch.file(name)).unwrap());
    for name in ["Sim Thermometer", "sim-cuff-0001", "53494d2d", "0300000000425002"] {
        assert!(plain.contains(name) && !redacted.contains(name), "{name}");
    }
    assert_eq!(sum("sim replay redacted.trace"), written);
}

#[test]
fn a_file_that_breaks_off_is_played_up_to_there_and_named() {
    let scratch = Scratch::make("trace-broken");
    scratch.done("sim trace checks checks.trace --start 2026-03-01T12:00:00Z --duration 5m");
    let whole = fs::read_to_string(scratch.file("checks.trace")).unwrap();
    let lines = whole.lines().count();
    fs::write(scratch.file("broken.trace"), &whole[..whole.len() - 20]).unwrap();
    let output = scratch.run("sim replay broken.trace");
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("line {lines} of the trace: expected an object")), "{told}");
}
