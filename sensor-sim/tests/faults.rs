//! Each fault of the grammar, end to end: a record collects with it and without it, and what differs is what is expected.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

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

/// A fault, whose it is, for how long it is watched in minutes, and what happens with or without it.
type Case = (Value, &'static str, i64, Vec<Value>);

const SPOTS: [(&str, i64); 3] = [("thermometer", 240), ("cuff", 600), ("spot-oximeter", 120)];
const STREAMS: [(&str, i64); 2] = [("strap", 12), ("oximeter", 12)];
const MONITOR: (&str, i64) = ("glucose-monitor", 300);

/// A fault that strikes a third into the time, unless it says when.
fn case(fields: Value, (wearable, minutes): (&'static str, i64), beside: &[Value]) -> Case {
    let mut fault = json!({"sensor": wearable, "at": 0.3});
    fault.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    (fault, wearable, minutes, beside.to_vec())
}

/// Faults of frames and links, of every wearable that can have them.
fn of_all() -> Vec<Case> {
    let all = [&SPOTS[..], &STREAMS, &[MONITOR]].concat();
    let mut cases = Vec::new();
    for worn in all {
        // 2,000 mg/dL may be; 5 may not.
        let value = if worn == MONITOR { 5 } else { 2000 };
        let mut kinds = vec![
            json!({"kind": "implausible", "value": value}),
            json!({"kind": "truncate"}),
            json!({"kind": "truncate", "keep": 0}),
            json!({"kind": "duplicate"}),
            json!({"kind": "reorder"}),
            json!({"kind": "drop", "count": 2}),
            json!({"kind": "lost-connection", "for_ms": 100_000}),
            json!({"kind": "address-rotation"}),
        ];
        if worn.0 != "strap" {
            kinds.push(json!({"kind": "not-a-number"}));
            kinds.push(json!({"kind": "infinite", "negative": true}));
        }
        cases.extend(kinds.into_iter().map(|kind| case(kind, worn, &[])));
    }
    cases
}

/// Faults of the clock, of every wearable that has one.
fn of_clocks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (wearable, minutes) in SPOTS {
        // Seven seconds off when it is connected again; it is set behind the next value, and less than two off at the end.
        let lost = json!({"kind": "lost-connection", "sensor": wearable, "at": 0.88, "for_ms": 10_000});
        let ppm = 7_000_000 * 100 / (minutes * 60 * 58);
        cases.push(case(json!({"kind": "drift", "ppm": ppm}), (wearable, minutes), &[lost]));
        cases.push(case(json!({"kind": "clock-reset"}), (wearable, minutes), &[]));
        // In the hour that comes twice, a fingertip's record with the same time and values is taken for the same.
        let hours = if wearable == "spot-oximeter" { &[1][..] } else { &[1, -1] };
        let change = |hours: &i64| json!({"kind": "daylight-saving", "hours": hours});
        cases.extend(hours.iter().map(|hours| case(change(hours), (wearable, minutes), &[])));
    }
    cases
}

/// Faults that one or some wearables have.
fn of_some() -> Vec<Case> {
    let lost = json!({"kind": "lost-connection", "sensor": MONITOR.0, "at": 0.3, "for_ms": 3_000_000});
    let cut = |at: f64, after: u16| json!({"kind": "cut-backfill", "at": at, "after": after});
    let stuck = |(wearable, minutes): (&'static str, i64)| {
        case(json!({"kind": "stuck", "for_ms": minutes * MINUTE}), (wearable, minutes), &[])
    };
    let flip = |worn, bit: u16| case(json!({"kind": "bit-flip", "bit": bit}), worn, &[]);
    vec![
        flip(STREAMS[0], 8),
        flip(STREAMS[1], 9),
        flip(SPOTS[0], 10),
        flip(MONITOR, 3),
        flip(MONITOR, 20),
        case(json!({"kind": "drop", "count": 20}), STREAMS[0], &[]),
        case(json!({"kind": "drop", "count": 20}), STREAMS[1], &[]),
        stuck(("strap", 15)),
        stuck(("thermometer", 600)),
        stuck(MONITOR),
        case(json!({"kind": "contact-lost", "for_ms": 20_000}), STREAMS[0], &[]),
        case(json!({"kind": "second-user", "user": 2}), SPOTS[1], &[]),
        case(json!({"kind": "battery-low", "percent": 8}), STREAMS[0], &[]),
        case(cut(0.0, 5), MONITOR, &[]),
        case(cut(0.4, 0), MONITOR, std::slice::from_ref(&lost)),
        case(cut(0.4, 7), MONITOR, std::slice::from_ref(&lost)),
    ]
}

#[tokio::test]
async fn every_fault_has_the_outcome_that_stands_beside_it() {
    let mut tried = BTreeMap::new();
    let (mut wrong, mut faultless) = (Vec::new(), BTreeMap::new());
    for (number, (fault, wearable, minutes, beside)) in
        [of_all(), of_clocks(), of_some()].concat().into_iter().enumerate()
    {
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
