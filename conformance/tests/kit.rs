//! The kit against simulated sensors: each exemplar fails nothing, and each flaw is found, and nothing beside it.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "kit/bench.rs"]
mod bench;
#[path = "kit/clocks.rs"]
mod clocks;
#[path = "kit/frames.rs"]
mod frames;
#[path = "kit/links.rs"]
mod links;

use bench::{Bench, OPTIONS, START, ended};
use pulsebook_conformance::{Options, Report, Verdict};
use pulsebook_sensor_sim::{
    gatt::SimSensor,
    sensors::{Exemplar, Flaw},
};
use std::collections::BTreeSet;

async fn tested(sensor: Box<dyn SimSensor>, options: Options, redact: bool) -> Report {
    Bench::new(sensor).tested(options, redact).await
}

#[tokio::test]
async fn no_exemplar_fails_a_clause() {
    for exemplar in Exemplar::ALL {
        let report = tested(exemplar.sensor(START), OPTIONS, false).await;
        let failed: Vec<_> = report.failures().map(|clause| (&clause.id, &clause.came)).collect();
        assert!(failed.is_empty() && report.verdict == Verdict::Pass, "{exemplar:?}: {failed:#?}");
    }
}

#[tokio::test]
async fn each_flaw_is_found_and_nothing_beside_it() {
    assert!(Flaw::all().count() >= 25);
    let mut wrong = Vec::new();
    for flaw in Flaw::all() {
        let report = tested(flaw.sensor(START), OPTIONS, false).await;
        let found = ended(&report, Verdict::Fail);
        if found != [flaw.clause] {
            wrong.push(format!("{}: expected {}, found {found:?}", flaw.path(), flaw.clause));
        }
        if report.failures().any(|clause| clause.trace.is_empty()) {
            wrong.push(format!("{}: no trace", flaw.path()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_clause_of_a_memory_can_be_tested_and_each_has_one_name() {
    let report = tested(Exemplar::Meter.sensor(START), OPTIONS, false).await;
    let glucose = report.profiles.iter().find(|profile| profile.service.as_deref() == Some("1808")).unwrap();
    assert_eq!(
        (glucose.counts.fail, glucose.counts.not_tested),
        (0, 0),
        "{:?}",
        ended(&report, Verdict::NotTested)
    );
    let ids: Vec<_> =
        report.profiles.iter().flat_map(|profile| &profile.clauses).map(|clause| &clause.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[tokio::test]
async fn nothing_is_deleted_unless_that_is_allowed() {
    let report = tested(Exemplar::Meter.sensor(START), Options { erase: false, ..OPTIONS }, false).await;
    assert!(ended(&report, Verdict::NotTested).contains(&"1808.records.delete"));
    let written = serde_json::to_string(&report).unwrap();
    assert!(!written.contains("\"bytes\":\"02"), "no request to delete was written");
}

#[tokio::test]
async fn identifiers_are_taken_out_on_request() {
    let flaw = Flaw::all().find(|flaw| flaw.name == "short-system-id").unwrap();
    let open = serde_json::to_string(&tested(flaw.sensor(START), OPTIONS, false).await).unwrap();
    let redacted = tested(flaw.sensor(START), OPTIONS, true).await;
    let written = serde_json::to_string(&redacted).unwrap() + &redacted.html();
    for name in ["EX-000001", "exemplar-strap", "010203040506", "Exemplar Strap"] {
        assert!(open.contains(name) && !written.contains(name), "{name}");
    }
    assert!(written.contains("180A.length"));
}

#[tokio::test]
async fn the_html_is_one_file_without_anything_from_elsewhere() {
    let report = tested(Flaw::all().next().unwrap().sensor(START), OPTIONS, false).await;
    let html = report.html();
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("Does not conform"));
    for elsewhere in ["http://", "https://", "<script", "src=", "@import", "url("] {
        assert!(!html.contains(elsewhere), "{elsewhere}");
    }
}
