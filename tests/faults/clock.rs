//! Clocks years ahead, behind and jumping: nothing is lost, nodes name the clock, grants neither open early nor stay open.

use crate::{
    baseline::Baseline,
    nodes::Nodes,
    steps::{ME, READ, Step, shown},
    way::{NODES, Ran, Way, copy},
};
use rusqlite::Connection;
use std::{
    collections::BTreeMap,
    fs,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
};

const YEAR_MS: i64 = 365 * 86_400_000;

/// Runs it by a clock that is set forward, or back, by so many milliseconds.
fn run_at(way: &Way, shift_ms: i64, line: &str) -> Ran {
    let file = way.beside("shift");
    fs::write(&file, shift_ms.to_string()).unwrap();
    Ran::of(&way.command(line).env("PULSEBOOK_CLOCK", &file).output().unwrap())
}

fn collect(minutes: u32) -> String {
    format!("collect --each --json --sim rest --duration {minutes}m {ME}")
}

/// Everything is final at every node.
fn settled(way: &Way) {
    way.done(&format!("sync {ME}"));
    way.done(&format!("sync {ME}"));
    let status: serde_json::Value = serde_json::from_str(&way.done(&format!("status --json {ME}"))).unwrap();
    let total =
        status["settled"]["direct"].as_u64().unwrap() + status["settled"]["covered"].as_u64().unwrap();
    assert_eq!(total, status["blocks"].as_u64().unwrap(), "{status}");
    assert!(status["fenced"].is_null() && status["damage"].as_array().unwrap().is_empty(), "{status}");
    assert!(way.run(&format!("verify {ME}"), None).ok);
}

#[test]
fn a_phone_whose_clock_is_years_off_is_told_so_and_loses_nothing() {
    let base = Baseline::make("clock");
    for (years, words) in [(3, "3 years ahead of the node's"), (-3, "3 years behind the node's")] {
        let way = base.before(Step::CollectMore);
        let before = shown(way).len();
        let shift = years * YEAR_MS;
        let kept = crate::readings::parse(&run_at(way, shift, &collect(2)).out).len();
        assert!(kept > 0);
        let sealed = run_at(way, shift, &format!("seal {ME}"));
        assert!(sealed.ok, "{}", sealed.told());
        let nodes = Nodes::start(way);
        let ran = run_at(way, shift, &format!("sync {ME}"));
        assert!(!ran.ok && ran.told().contains(words), "{}", ran.told());
        // The clock comes back: what was collected meanwhile is there, and goes out with what follows.
        let more = crate::readings::parse(&run_at(way, 0, &collect(1)).out).len();
        way.done(&format!("seal {ME}"));
        settled(way);
        assert_eq!(shown(way).len(), before + kept + more);
        drop(nodes);
    }
}

#[test]
fn a_clock_that_jumps_while_collecting_loses_and_doubles_nothing() {
    let way = Way::make("jump");
    way.done(&format!("init {ME} --words-out words"));
    let (mut kept, mut blocks) = (0, 0);
    for shift in [0, 3 * YEAR_MS, -3 * YEAR_MS, 3_600_000, -3_600_000, 0] {
        let ran = run_at(&way, shift, &collect(2));
        assert!(ran.ok, "{}", ran.told());
        kept += crate::readings::parse(&ran.out).len();
        if blocks % 2 == 0 {
            let sealed = run_at(&way, shift / 2, &format!("seal {ME}"));
            assert!(sealed.ok, "{}", sealed.told());
        }
        blocks += 1;
        let held = run_at(&way, -shift, &format!("show --list --json {ME}"));
        assert_eq!(crate::readings::parse(&held.out).len(), kept, "after a jump by {shift} ms");
    }
    way.done(&format!("seal {ME}"));
    assert_eq!(shown(&way).len(), kept);
    assert!(way.run(&format!("verify {ME}"), None).ok);
}

/// Runs it while another thread sets the clock forward and back without a pause, until it has ended.
fn run_while_it_jumps(way: &Way, line: &str) -> Ran {
    let file = way.beside("jumping");
    fs::write(&file, "0").unwrap();
    let mut command = way.command(line);
    command.env("PULSEBOOK_CLOCK", &file).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let shifts = [0, 3 * YEAR_MS, 3_600_000, -3 * YEAR_MS, -3_600_000, 90_000, -90_000];
            for shift in shifts.iter().cycle().take_while(|_| !ended.load(Ordering::Relaxed)) {
                // In one step, so that it never reads half a number.
                fs::write(way.beside("next"), shift.to_string()).unwrap();
                fs::rename(way.beside("next"), &file).unwrap();
            }
        });
        let output = child.wait_with_output();
        ended.store(true, Ordering::Relaxed);
        Ran::of(&output.unwrap())
    })
}

#[test]
fn a_clock_that_jumps_during_every_step_loses_doubles_and_opens_nothing() {
    let base = Baseline::make("clock-during");
    let way = base.before(Step::CollectMore);
    let before = shown(way).len();
    let collected = run_while_it_jumps(way, &collect(2));
    assert!(collected.ok, "{}", collected.told());
    let kept = crate::readings::parse(&collected.out).len();
    assert!(kept > 100, "{kept}");
    assert_eq!(shown(way).len(), before + kept);
    let sealed = run_while_it_jumps(way, &format!("seal {ME}"));
    assert!(sealed.ok, "{}", sealed.told());
    assert_eq!(shown(way).len(), before + kept);
    let nodes = Nodes::start(way);
    let synced = run_while_it_jumps(way, &format!("sync {ME}"));
    // Either the nodes took it, or they said what is wrong.
    assert!(synced.ok || synced.told().contains("clock"), "{}", synced.told());
    settled(way);
    assert_eq!(shown(way).len(), before + kept);
    drop(nodes);
    let way = base.before(Step::Revoke);
    let _nodes = Nodes::start(way);
    let unharmed = way.done(READ);
    for _ in 0..3 {
        let read = run_while_it_jumps(way, READ);
        let whole = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["vitals"].clone();
        let same = read.ok && whole(&read.out) == whole(&unharmed);
        assert!(same || (!read.ok && read.told().contains("clock")), "{}", read.told());
    }
    assert!(way.run(READ, None).ok, "it reads again by the right clock");
}

#[test]
fn one_node_with_a_wrong_clock_holds_up_nobody_and_its_cosignatures_never_go_back() {
    let base = Baseline::make("clock-node");
    let way = base.before(Step::CollectMore);
    let file = way.beside("node-shift");
    let path = file.display().to_string();
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    for (turn, shift) in [40_000, -40_000, 2 * YEAR_MS, -2 * YEAR_MS, 0].into_iter().enumerate() {
        fs::write(&file, shift.to_string()).unwrap();
        let nodes = Nodes::start_armed(way, ("PULSEBOOK_CLOCK", &path));
        let start = format!("2026-03-02T{:02}:10:00Z", 10 + turn);
        way.done(&format!("collect --sim rest --start {start} --duration 1m {ME}"));
        way.done(&format!("seal {ME}"));
        let ran = way.run(&format!("sync {ME}"), None);
        assert!(ran.ok, "one node of four: {}", ran.told());
        if shift.abs() >= YEAR_MS {
            let words = if shift > 0 { "2 years behind the node's" } else { "2 years ahead of the node's" };
            assert!(ran.out.contains(words), "{}", ran.out);
        }
        drop(nodes);
        let times = cosigned(way);
        for (node, time) in &times {
            let before = newest.insert(node.clone(), *time).unwrap_or(0);
            assert!(*time >= before, "{node} cosigned at {time} after {before}");
        }
    }
    let _nodes = Nodes::start(way);
    settled(way);
}

/// The newest dated cosignature of each name in the phone's notes.
fn cosigned(way: &Way) -> BTreeMap<String, u64> {
    let aside = way.beside("aside");
    let _ = fs::remove_dir_all(&aside);
    copy(&way.file("me"), &aside);
    let db = Connection::open(aside.join("record.sqlite")).unwrap();
    let mut query = db.prepare("SELECT note FROM notes WHERE epoch = 1 ORDER BY size").unwrap();
    let notes = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut times = BTreeMap::new();
    for note in notes {
        let note = note.unwrap();
        for line in note.lines().filter(|line| line.starts_with('\u{2014}') && line.contains("/witness ")) {
            let (name, signature) = line.rsplit_once(' ').unwrap();
            let bytes = data_encoding::BASE64.decode(signature.as_bytes()).unwrap();
            let time = u64::from_be_bytes(bytes[4..12].try_into().unwrap());
            let before = times.insert(name.to_owned(), time).unwrap_or(0);
            assert!(time >= before, "{name}: {time} at a larger size after {before}");
        }
    }
    times
}

#[test]
fn no_clock_of_a_clinic_opens_a_grant_early_or_keeps_it_open() {
    let base = Baseline::make("clock-grant");
    let way = base.before(Step::Revoke);
    let nodes = Nodes::start(way);
    assert!(way.run(READ, None).ok, "the grant reads by the right clock");
    for shift in [-YEAR_MS, YEAR_MS, 120_000, -120_000] {
        let ran = run_at(way, shift, READ);
        assert!(!ran.ok && !ran.out.contains("\"readings\""), "{}", ran.told());
        assert!(ran.err.contains("your clock is") && ran.err.contains("the node's"), "{}", ran.err);
    }
    drop(nodes);
    // By the nodes' clocks the grant is over: no clock of the clinic brings it back.
    let file = way.beside("late");
    let late = 80 * YEAR_MS;
    fs::write(&file, late.to_string()).unwrap();
    let _nodes = Nodes::start_all_with(way, ("PULSEBOOK_CLOCK", &file.display().to_string()));
    for shift in [0, late] {
        let ran = run_at(way, shift, READ);
        assert!(!ran.ok, "read after the end: {}", ran.told());
        let said = if shift == 0 { "your clock is" } else { "expired" };
        assert!(ran.told().contains(said), "{}", ran.told());
    }
    assert_eq!(NODES.len(), 4);
}
