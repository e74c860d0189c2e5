//! The kit against simulated sensors: each exemplar fails nothing, and each flaw is found, and nothing beside it.
#![allow(clippy::unwrap_used, clippy::panic)]

use pulsebook_conformance::{Details, Options, Report, Stand, Verdict, run};
use pulsebook_core::ble::{BleTransport, Pending, TransportEvent, UnixMillis};
use pulsebook_sensor_sim::{
    gatt::SimSensor,
    in_process::InProcess,
    sensors::{Exemplar, Flaw},
};
use std::{collections::BTreeSet, future::ready};

/// 14 July 2026, 12:00 UTC.
const START: UnixMillis = 1_784_030_400_000;
const OPTIONS: Options = Options { watch_ms: 60_000, erase: true, offset_minutes: 0 };

struct Simulated(InProcess<Box<dyn SimSensor>>);

impl Stand for Simulated {
    fn transport(&mut self) -> &mut dyn BleTransport {
        &mut self.0
    }

    fn now(&self) -> UnixMillis {
        self.0.now()
    }

    fn next(&mut self, wait_ms: i64) -> Pending<'_, Option<TransportEvent>> {
        let until = self.0.now() + wait_ms;
        Box::pin(ready(self.0.next_before(until)))
    }
}

async fn tested(sensor: Box<dyn SimSensor>, options: Options, redact: bool) -> Report {
    let mut stand = Simulated(InProcess::new(vec![sensor], START, i64::MAX / 4));
    let sensor = stand.transport().scan().await.unwrap().remove(0);
    let session = run(&mut stand, sensor, options).await.unwrap();
    Report::new(&session, Details { tested_at: stand.now(), redact })
}

fn ended(report: &Report, verdict: Verdict) -> Vec<&str> {
    let clauses = report.profiles.iter().flat_map(|profile| &profile.clauses);
    clauses.filter(|clause| clause.verdict == verdict).map(|clause| clause.id.as_str()).collect()
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
