//! `demo`: every number of its JSON, no process left over, whatever ends it.

use crate::scratch::{Scratch, text};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    process::{Child, Stdio},
};

/// The same start for every run, so that every count is known.
const START: &str = "2026-03-01T12:00:00Z";

fn number(report: &Value, field: &str) -> u64 {
    report[field].as_u64().unwrap_or_else(|| panic!("{field} in {report}"))
}

fn both(report: &Value, field: &str) -> u64 {
    report[field]["direct"].as_u64().unwrap() + report[field]["covered"].as_u64().unwrap()
}

fn demo(scratch: &Scratch, options: &str) -> Value {
    let out = scratch.done(&format!("demo --json --clean {options}"));
    assert_eq!(out.lines().count(), 1, "one object on stdout: {out}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn every_number_of_the_demo_is_as_promised() {
    let scratch = Scratch::make("numbers");
    let report = demo(&scratch, &format!("--duration 10m --start {START} --dir all"));
    let fields: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "seed",
        "notifications",
        "readings",
        "malformed",
        "marked",
        "absent",
        "blocks",
        "certified",
        "settled",
        "wire_bytes",
        "rest_bytes",
        "reads_allowed",
        "reads_denied",
        "ungranted_opened",
        "tamper_found",
        "lost",
        "doubled",
        "seconds",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    // 600 + 2 of the strap, 600 − 1 − 120 of the oximeter, and the few of thermometer and cuff.
    assert!((1075..1095).contains(&number(&report, "notifications")), "{report}");
    assert!((2150..2350).contains(&number(&report, "readings")), "{report}");
    let counts = [
        "seed",
        "malformed",
        "absent",
        "reads_denied",
        "ungranted_opened",
        "tamper_found",
        "lost",
        "doubled",
    ];
    assert_eq!(counts.map(|field| number(&report, field)), [1, 1, 2, 2, 0, 1, 0, 0], "{report}");
    assert!((1..10).contains(&number(&report, "marked")), "{report}");
    // One read in full, one at each node whose disk was not touched.
    assert_eq!(number(&report, "reads_allowed"), 4);
    let blocks = number(&report, "blocks");
    assert!(blocks >= 5, "{report}");
    assert_eq!((both(&report, "certified"), both(&report, "settled")), (blocks, blocks), "{report}");
    assert!(number(&report, "wire_bytes") > 10_000 && number(&report, "rest_bytes") > 10_000, "{report}");
    assert!(report["seconds"].as_f64().unwrap() > 0.0);
    assert!(!scratch.file("all").exists(), "--clean removes the folder");
}

#[test]
fn the_same_seed_and_start_give_the_same_counts_and_another_seed_another_body() {
    let scratch = Scratch::make("seeds");
    let counts = |seed: u32| {
        let report =
            demo(&scratch, &format!("--duration 2m --start {START} --nodes 1 --seed {seed} --dir seeds"));
        ["notifications", "readings", "malformed", "marked", "absent"].map(|field| number(&report, field))
    };
    assert_eq!(counts(1), counts(1));
    assert_ne!(counts(1), counts(2));
}

#[test]
fn a_recording_is_played_through_the_whole_demo() {
    let scratch = Scratch::make("replay");
    let line = |second: i64| format!("{},{}\n", 1_772_366_400_000 + 1000 * second, 60 + second % 9);
    std::fs::write(scratch.file("walk.csv"), (0..300).map(line).collect::<String>()).unwrap();
    let report = demo(&scratch, "--replay walk.csv --nodes 3 --dir played");
    let fields = ["notifications", "readings", "malformed", "lost", "doubled", "tamper_found"];
    assert_eq!(fields.map(|field| number(&report, field)), [300, 300, 0, 0, 0, 1], "{report}");
}

#[cfg(unix)]
#[test]
fn the_nodes_are_gone_when_the_demo_is_killed() {
    let scratch = Scratch::make("killed");
    let (mut demo, nodes) = started(&scratch);
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert_gone(&mut demo, &nodes);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_demo_with_its_nodes_and_says_so() {
    let scratch = Scratch::make("stopped");
    let (mut demo, nodes) = started(&scratch);
    let kill = std::process::Command::new("kill").args(["-INT", &demo.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert_eq!(demo.wait().unwrap().code(), Some(130));
    assert_gone(&mut demo, &nodes);
}

/// A demo whose two nodes listen, with their addresses; it is far from its end.
fn started(scratch: &Scratch) -> (Child, Vec<String>) {
    let mut command = scratch.command("demo --duration 30d --nodes 2 --dir long");
    let mut demo = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut nodes = Vec::new();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    while nodes.len() < 2 {
        let line = lines.next().expect("the demo goes on").unwrap();
        if let Some((_, rest)) = line.split_once("listens at https://") {
            nodes.push(rest.split(',').next().unwrap().to_owned());
        }
    }
    // Its standard output must stay open, or it would end for another reason.
    std::thread::spawn(move || lines.for_each(drop));
    assert!(nodes.iter().all(|node| TcpStream::connect(node).is_ok()));
    (demo, nodes)
}

/// The nodes hold the demo's standard error: it ends when the last of them has.
fn assert_gone(demo: &mut Child, nodes: &[String]) {
    let mut rest = Vec::new();
    demo.stderr.take().unwrap().read_to_end(&mut rest).unwrap();
    assert!(nodes.iter().all(|node| TcpStream::connect(node).is_err()), "{}", text(&rest));
}
