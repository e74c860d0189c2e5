//! Each fault of the grammar, end to end: a record collects with it and without it, and what differs is what is expected.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "faults/judge.rs"]
mod judge;
#[path = "support/record.rs"]
mod support;

use judge::{Ran, judge};
use pulsebook_core::clock::{Clock, ManualClock};
use pulsebook_sensor_sim::{Scenario, Simulator, scenario::Fault};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::{Scratch, collect, kept, record};

/// 2026-03-01T12:00:00Z.
const START: i64 = 1_772_366_400_000;
const MINUTE: i64 = 60_000;

/// Collects for so many minutes from one wearable with these faults.
async fn run(name: &str, wearable: &str, minutes: i64, faults: &[Value]) -> Ran {
    let text = json!({
        "name": name, "description": "", "wearables": [wearable],
        "persona": {
            "resting_heart_rate": 64, "variability_percent": 3, "saturation": 97.2,
            "temperature": 36.6, "systolic": 121, "diastolic": 78,
        },
        "activity": [], "faults": faults,
    });
    let scenario = Scenario::from_json(&text.to_string(), name).unwrap();
    let scratch = Scratch::make(&format!("fault-{name}"));
    let clock = ManualClock::at(START);
    let record = record(&scratch, &clock).await;
    let simulator = Simulator::new(&scenario, 9, START, minutes * MINUTE);
    let simulator = simulator.on_time(move |now| clock.heard(now));
    let events = collect(&record, Box::new(simulator)).await;
    Ran { kept: kept(&record).await, events }
}

/// A fault that strikes in the middle, the wearable, for how long, and what happens with or without it.
fn cases() -> Vec<(Value, &'static str, i64, Vec<Value>)> {
    let mut cases = Vec::new();
    let mut case = |fields: Value, wearable: &'static str, minutes: i64, beside: &[Value]| {
        let mut fault = json!({"sensor": wearable, "at": 0.3});
        fault.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        cases.push((fault, wearable, minutes, beside.to_vec()));
    };
    let spots = [("thermometer", 240), ("cuff", 600), ("spot-oximeter", 120)];
    let streams = [("strap", 12), ("oximeter", 12)];
    let all = [&spots[..], &streams, &[("glucose-monitor", 300)]].concat();
    for (wearable, minutes) in all.iter().copied().filter(|(wearable, _)| *wearable != "strap") {
        case(json!({"kind": "not-a-number"}), wearable, minutes, &[]);
        case(json!({"kind": "infinite", "negative": true}), wearable, minutes, &[]);
    }
    for (wearable, minutes) in all.iter().copied() {
        // 2,000 mg/dL may be; 5 may not.
        let value = if wearable == "glucose-monitor" { 5 } else { 2000 };
        case(json!({"kind": "implausible", "value": value}), wearable, minutes, &[]);
        case(json!({"kind": "truncate"}), wearable, minutes, &[]);
        case(json!({"kind": "truncate", "keep": 0}), wearable, minutes, &[]);
        case(json!({"kind": "duplicate"}), wearable, minutes, &[]);
        case(json!({"kind": "reorder"}), wearable, minutes, &[]);
        case(json!({"kind": "drop", "count": 2}), wearable, minutes, &[]);
        case(json!({"kind": "lost-connection", "for_ms": 100_000}), wearable, minutes, &[]);
    }
    for (wearable, minutes, bit) in
        [("strap", 12, 8), ("oximeter", 12, 9), ("thermometer", 240, 10), ("glucose-monitor", 300, 3)]
    {
        case(json!({"kind": "bit-flip", "bit": bit}), wearable, minutes, &[]);
    }
    case(json!({"kind": "bit-flip", "bit": 20}), "glucose-monitor", 300, &[]);
    for (wearable, minutes) in streams {
        case(json!({"kind": "drop", "count": 20}), wearable, minutes, &[]);
    }
    for (wearable, minutes) in [("strap", 15), ("thermometer", 600), ("glucose-monitor", 300)] {
        case(json!({"kind": "stuck", "for_ms": minutes * MINUTE}), wearable, minutes, &[]);
    }
    case(json!({"kind": "contact-lost", "for_ms": 20_000}), "strap", 12, &[]);
    for (wearable, minutes) in spots {
        // Ten seconds off when it is connected again, and less than one at the end.
        let lost = json!({"kind": "lost-connection", "sensor": wearable, "at": 0.95, "for_ms": 10_000});
        let ppm = 10_000_000 * 100 / (minutes * 60 * 65);
        case(json!({"kind": "drift", "ppm": ppm}), wearable, minutes, &[lost]);
        case(json!({"kind": "clock-reset"}), wearable, minutes, &[]);
        case(json!({"kind": "daylight-saving", "hours": 1}), wearable, minutes, &[]);
        // In the hour that comes twice, a fingertip's record with the same time and values is taken for the same.
        if wearable != "spot-oximeter" {
            case(json!({"kind": "daylight-saving", "hours": -1}), wearable, minutes, &[]);
        }
    }
    for (wearable, minutes) in all.iter().copied() {
        case(json!({"kind": "address-rotation"}), wearable, minutes, &[]);
    }
    case(json!({"kind": "second-user", "user": 2}), "cuff", 600, &[]);
    case(json!({"kind": "battery-low", "percent": 8}), "strap", 12, &[]);
    let lost = |at: f64| json!({"kind": "lost-connection", "sensor": "glucose-monitor", "at": at, "for_ms": 3_000_000});
    case(json!({"kind": "cut-backfill", "at": 0.0, "after": 5}), "glucose-monitor", 300, &[]);
    case(json!({"kind": "cut-backfill", "at": 0.4, "after": 0}), "glucose-monitor", 300, &[lost(0.3)]);
    case(json!({"kind": "cut-backfill", "at": 0.4, "after": 7}), "glucose-monitor", 300, &[lost(0.3)]);
    cases
}

#[tokio::test]
async fn every_fault_has_the_outcome_that_stands_beside_it() {
    let mut tried = BTreeMap::new();
    let (mut wrong, mut faultless) = (Vec::new(), BTreeMap::new());
    for (number, (fault, wearable, minutes, beside)) in cases().into_iter().enumerate() {
        let key = (wearable, minutes, json!(beside).to_string());
        if !faultless.contains_key(&key) {
            let ran = run(&format!("{number}-without"), wearable, minutes, &beside).await;
            faultless.insert(key.clone(), ran);
        }
        let without = &faultless[&key];
        let faults = [&beside[..], std::slice::from_ref(&fault)].concat();
        let with = run(&format!("{number}-with"), wearable, minutes, &faults).await;
        let read: Fault = serde_json::from_value(fault.clone()).unwrap();
        if let Err(why) = judge(&read, &with, without) {
            wrong.push(format!("{fault}: expected: {}; {why}", read.expected()));
        }
        let outcomes: &mut BTreeSet<_> = tried.entry(read.kind()).or_default();
        outcomes.insert((read.expected().to_string(), wearable));
    }
    assert!(wrong.is_empty(), "{} of the faults:\n{}", wrong.len(), wrong.join("\n"));
    let untried: Vec<&str> = Fault::KINDS.into_iter().filter(|kind| !tried.contains_key(kind)).collect();
    assert!(untried.is_empty(), "{untried:?} were not tried");
    print_table(&tried);
}

/// Which fault, of which sensors, has which outcome, and in which scenario it occurs.
fn print_table(tried: &BTreeMap<&str, BTreeSet<(String, &str)>>) {
    println!("| fault | scenarios | sensor | outcome |");
    for (kind, outcomes) in tried {
        let scenarios = scenarios_with(kind).join(", ");
        for (outcome, wearable) in outcomes {
            println!("| {kind} | {scenarios} | {wearable} | {outcome} |");
        }
    }
}

fn scenarios_with(kind: &str) -> Vec<String> {
    let has = |scenario: &Scenario| scenario.faults.iter().any(|fault| fault.kind() == kind);
    Scenario::builtin().into_iter().filter(has).map(|scenario| scenario.name).collect()
}

#[test]
fn every_fault_occurs_in_a_scenario_that_comes_with_the_simulator() {
    for kind in Fault::KINDS {
        assert!(!scenarios_with(kind).is_empty(), "{kind} occurs in none");
    }
}
