//! Bonds that a system remembers and a sensor does not, sensors that nobody paired, and links that are lost.

use super::bench::{Altered, Bench, OPTIONS, START, ended, how};
use pulsebook_conformance::{Details, Report, Verdict};
use pulsebook_core::ble::Characteristic;
use pulsebook_sensor_sim::sensors::{Exemplar, Flaw};

const ACCESS: Characteristic = Characteristic::new(0x1808, 0x2A52);
const COUNT_ALL: [u8; 2] = [4, 1];

#[tokio::test]
async fn a_sensor_paired_beforehand_does_not_pass_for_asking_for_a_bond() {
    let mut bench = Bench::new(Exemplar::Meter.sensor(START));
    bench.use_before(ACCESS, &COUNT_ALL).await;
    let report = bench.tested(OPTIONS, false).await;
    assert_eq!(ended(&report, Verdict::Fail), Vec::<&str>::new());
    for clause in ["1808.bond", "1808.bond-kept"] {
        let (verdict, came) = how(&report, clause);
        assert!(verdict == Verdict::NotTested && came.contains("paired before"), "{clause}: {came}");
    }
}

#[tokio::test]
async fn an_open_sensor_that_pairs_as_soon_as_it_is_connected_does_not_pass_for_refusing() {
    let open = Flaw::all().find(|flaw| flaw.name == "unbonded").unwrap();
    let mut bench = Bench::new(open.sensor(START));
    bench.pairs_at_once = true;
    let report = bench.tested(OPTIONS, false).await;
    assert_eq!(how(&report, "1808.bond").0, Verdict::NotTested);
}

#[tokio::test]
async fn a_bond_that_is_asked_for_and_kept_passes() {
    let report = Bench::new(Exemplar::Meter.sensor(START)).tested(OPTIONS, false).await;
    assert_eq!(how(&report, "1808.bond").0, Verdict::Pass);
    assert_eq!(how(&report, "1808.bond-kept").0, Verdict::Pass);
}

#[tokio::test]
async fn a_bond_that_only_the_system_remembers_is_not_kept() {
    let forgets = Flaw::all().find(|flaw| flaw.name == "forgets-bond").unwrap();
    let mut sensor = Altered::new(forgets.sensor(START));
    sensor.pairs_on = 1;
    let mut bench = Bench::new(sensor.boxed());
    bench.remembers = true;
    let report = bench.tested(OPTIONS, false).await;
    assert_eq!(ended(&report, Verdict::Fail), ["1808.bond-kept"]);
}

#[tokio::test]
async fn what_an_unpaired_kit_is_not_given_is_not_tested_and_the_report_says_how_to_pair() {
    for exemplar in [Exemplar::Meter, Exemplar::Monitor] {
        let mut sensor = Altered::new(exemplar.sensor(START));
        sensor.pairs_on = 0;
        let report = Bench::new(sensor.boxed()).tested(OPTIONS, false).await;
        let failed: Vec<_> = report.failures().map(|clause| (&clause.id, &clause.came)).collect();
        assert!(failed.is_empty(), "{exemplar:?}: {failed:#?}");
        let service = if exemplar == Exemplar::Meter { "1808" } else { "181F" };
        for about in ["bond", "reads", "subscriptions", "records.count", "records.unsubscribed"] {
            let (verdict, came) = how(&report, &format!("{service}.{about}"));
            assert!(verdict == Verdict::NotTested && came.contains("pulsebook pair"), "{about}: {came}");
        }
    }
}

#[tokio::test]
async fn a_lost_link_fails_nothing_and_what_came_after_it_is_not_tested() {
    for exemplar in [Exemplar::Meter, Exemplar::Monitor, Exemplar::Cuff, Exemplar::Strap] {
        // While it is listened to, and each half second of what is asked afterwards.
        for after in (30_000..75_000).step_by(499) {
            let mut sensor = Altered::new(exemplar.sensor(START));
            sensor.away = Some((START + after, i64::MAX));
            let report = Bench::new(sensor.boxed()).tested(OPTIONS, false).await;
            let failed: Vec<_> = report.failures().map(|clause| (clause.id.as_str(), &clause.came)).collect();
            let left: Vec<_> = failed.iter().filter(|(id, _)| *id != "link.returns").collect();
            assert!(left.is_empty(), "{exemplar:?} lost after {after} ms: {failed:#?}");
        }
    }
}

#[tokio::test]
async fn a_link_that_comes_back_is_used_again() {
    let mut sensor = Altered::new(Exemplar::Meter.sensor(START));
    sensor.away = Some((START + 30_000, START + 40_000));
    let report = Bench::new(sensor.boxed()).tested(OPTIONS, false).await;
    assert_eq!(ended(&report, Verdict::Fail), Vec::<&str>::new());
    assert_eq!(how(&report, "1808.records.report").0, Verdict::Pass);
}

#[tokio::test]
async fn a_memory_with_one_record_is_not_blamed_for_ending_before_it_is_interrupted() {
    let mut bench = Bench::new(Exemplar::Meter.sensor(START));
    bench.use_before(ACCESS, &[2, 2, 1, 11, 0]).await;
    bench.write_ms = 100;
    let report = bench.tested(OPTIONS, false).await;
    assert_eq!(ended(&report, Verdict::Fail), Vec::<&str>::new());
    for clause in ["1808.records.busy", "1808.records.abort"] {
        let (verdict, came) = how(&report, clause);
        assert!(verdict == Verdict::NotTested && came.contains("store more"), "{clause}: {came}");
    }
}

#[tokio::test]
async fn a_bonded_sensor_that_remembers_its_subscriptions_is_not_blamed_for_answering() {
    let flaw = Flaw::all().find(|flaw| flaw.name == "answers-strangers").unwrap();
    let mut bench = Bench::new(flaw.sensor(START));
    bench.use_before(ACCESS, &COUNT_ALL).await;
    let report = bench.tested(OPTIONS, false).await;
    assert_eq!(how(&report, "1808.records.unsubscribed").0, Verdict::NotTested);
}

#[tokio::test]
async fn a_flood_ends_the_course_and_fills_no_memory() {
    let mut bench = Bench::new(Exemplar::Meter.sensor(START));
    bench.flood = Some((Characteristic::new(0x1808, 0x2A18), 100_000));
    let session = bench.session(OPTIONS).await;
    let kept: usize = session.steps.iter().map(|step| step.bytes.len()).sum();
    assert!((8 << 20..16 << 20).contains(&kept), "{kept} bytes kept of {}", 100_000 * 512);
    let report = Report::new(&session, Details { tested_at: START, redact: false });
    let (verdict, came) = how(&report, "1808.records.report");
    assert!(verdict == Verdict::NotTested && came.contains("16 MiB"), "{came}");
}
