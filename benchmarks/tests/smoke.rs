//! Every figure still runs, small; what it measures decides nothing here.
#![allow(clippy::unwrap_used)]

use std::process::Command;

#[test]
fn every_figure_runs_and_prints_its_rows() {
    let output = Command::new(env!("CARGO_BIN_EXE_pulsebook-bench")).arg("--quick").output().unwrap();
    let (table, words) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{table}{words}");
    for row in [
        "wire, one sync a day",
        "wire, apart: envelopes",
        "at rest, 1 days",
        "a day, notification → journal → sealed",
        "spot reading → durable, p99",
        "a day → verified and durable on 3 nodes over TLS",
        "node admission, batches of 2 blocks",
        "verify 49 blocks with their segments",
        "a year of 1 Hz heart rate → 1,000 px",
        "peak memory after unlock, collect",
        "peak memory after unlock, sync",
        "peak memory after unlock, verify",
        "grant check, one-block token",
        "envelope (X-Wing) sealed",
        "decode Heart Rate Measurement",
        "opening the record of a year and its first chart",
        "opening the database of a year",
        "proof of one reading made",
        "the same verified by a stranger",
    ] {
        assert!(table.lines().any(|line| line.starts_with(&format!("| {row}"))), "no row `{row}`:\n{table}");
    }
    assert!(table.lines().all(|line| line.matches('|').count() == 7), "{table}");
}

#[test]
fn a_figure_that_does_not_exist_is_named_with_those_that_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_pulsebook-bench")).arg("speed").output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && words.contains("`speed`") && words.contains("wire, rest"), "{words}");
}
