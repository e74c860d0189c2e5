//! What conforming sensors send must not fail, and what never came must not pass.

use super::bench::{Altered, Bench, OPTIONS, START, ended, how};
use pulsebook_conformance::{Report, Verdict};
use pulsebook_core::ble::Characteristic;
use pulsebook_sensor_sim::sensors::Exemplar;

async fn altered(exemplar: Exemplar, sends: fn(Characteristic, Vec<u8>) -> Vec<u8>) -> Report {
    let mut sensor = Altered::new(exemplar.sensor(START));
    sensor.sends = sends;
    Bench::new(sensor.boxed()).tested(OPTIONS, false).await
}

#[tokio::test]
async fn stored_records_that_are_asked_for_again_may_come_again() {
    let report = Bench::new(Exemplar::StoringOximeter.sensor(START)).tested(OPTIONS, false).await;
    assert_eq!(ended(&report, Verdict::Fail), Vec::<&str>::new());
    for about in ["report", "repeat", "cut", "abort", "busy", "delete"] {
        assert_eq!(how(&report, &format!("1822.records.{about}")).0, Verdict::Pass, "{about}");
    }
}

#[tokio::test]
async fn the_same_pressures_without_a_time_are_no_measurement_sent_again() {
    let report = altered(Exemplar::Cuff, |at, bytes| match at.characteristic {
        // Nine bytes: pressures and pulse.
        0x2A35 => vec![0x04, 120, 0, 80, 0, 93, 0, 71, 0],
        _ => bytes,
    })
    .await;
    assert_eq!(ended(&report, Verdict::Fail), Vec::<&str>::new());
    assert_eq!(how(&report, "1810.confirmed").0, Verdict::NotApplicable);
}

#[tokio::test]
async fn a_wrong_length_that_nobody_answers_is_not_refused() {
    let mut bench = Bench::new(Exemplar::Strap.sensor(START));
    bench.no_answer_to = Some(2);
    let report = bench.tested(OPTIONS, false).await;
    let (verdict, came) = how(&report, "180D.wrong-length");
    assert!(verdict == Verdict::NotTested && came.contains("no answer within 30 s"), "{came}");
}

#[tokio::test]
async fn numbers_that_fit_both_byte_orders_are_no_evidence() {
    // 0x0101 /1024 s and its mirror: 0.25 s either way.
    let report = altered(Exemplar::Strap, |at, bytes| match at.characteristic {
        0x2A37 => vec![0x16, 72, 0x01, 0x01],
        _ => bytes,
    })
    .await;
    let (verdict, came) = how(&report, "180D.byte-order");
    assert!(verdict == Verdict::NotTested && came.contains("either order"), "{came}");
}

#[tokio::test]
async fn a_clause_about_a_field_does_not_pass_where_no_value_has_it() {
    let strap = Bench::new(Exemplar::Strap.sensor(START)).tested(OPTIONS, false).await;
    assert_eq!(how(&strap, "180D.special").0, Verdict::NotApplicable);
    let scale = Bench::new(Exemplar::Scale.sensor(START)).tested(OPTIONS, false).await;
    assert_eq!(how(&scale, "181D.unsuccessful").0, Verdict::NotTested);
    let quiet = pulsebook_conformance::Options { watch_ms: 100, ..OPTIONS };
    let cuff = Bench::new(Exemplar::Cuff.sensor(START)).tested(quiet, false).await;
    assert_eq!(how(&cuff, "1810.unused"), (Verdict::NotTested, "no cuff pressure came"));
}

#[tokio::test]
async fn each_clause_names_its_number_or_says_that_none_is_known() {
    for exemplar in Exemplar::ALL {
        let report = Bench::new(exemplar.sensor(START)).tested(OPTIONS, false).await;
        let html = report.html();
        for clause in report.profiles.iter().flat_map(|profile| &profile.clauses) {
            let numbered = clause
                .section
                .split(' ')
                .any(|word| word.contains('.') && word.starts_with(char::is_numeric));
            assert_ne!(numbered, clause.section.ends_with("(no clause number known)"), "{}", clause.id);
            assert!(numbered || html.contains("(no clause number known)"));
        }
    }
    // The table of contents of Pulse Oximeter Service 1.0.1.
    let report = Bench::new(Exemplar::StoringOximeter.sensor(START)).tested(OPTIONS, false).await;
    let clauses = || report.profiles.iter().flat_map(|profile| &profile.clauses);
    let section = |id: &str| clauses().find(|clause| clause.id == id).unwrap().section.clone();
    assert_eq!(section("1822.records.count"), "3.4.7 Report Number of Stored Records procedure");
    assert_eq!(section("1822.records.busy"), "3.4.8 RACP Specific Errors");
}
