//! Clocks: touched only by whoever says what time it is, and told by every sensor that stamps its measurements.

use super::bench::{Bench, OPTIONS, START, ended, how};
use pulsebook_conformance::{Options, Verdict, What};
use pulsebook_sensor_sim::sensors::Exemplar;

/// Time, local time, elapsed time, start of a session.
const CLOCKS: [u16; 4] = [0x2A2B, 0x2A0F, 0x2BF2, 0x2AAA];

#[tokio::test]
async fn nobody_sets_a_clock_without_being_told_the_time() {
    let unsaid = Options { offset_minutes: None, ..OPTIONS };
    for exemplar in Exemplar::ALL {
        let session = Bench::new(exemplar.sensor(START)).session(unsaid).await;
        let written = session.steps.iter().filter(|step| step.what == What::Write);
        let clocks = written.filter(|step| step.place.is_some_and(|at| CLOCKS.contains(&at.characteristic)));
        assert_eq!(clocks.count(), 0, "{exemplar:?}");
    }
    let report = Bench::new(Exemplar::Monitor.sensor(START)).tested(unsaid, false).await;
    for clause in ["1805.set", "1805.impossible-time", "1805.wrong-length", "181F.set", "181F.wrong-length"] {
        let (verdict, came) = how(&report, clause);
        assert!(verdict == Verdict::NotTested && came.contains("--utc-offset"), "{clause}: {came}");
    }
}

#[tokio::test]
async fn every_kind_of_clock_is_set_and_read_back() {
    for offset in [-210, 0, 120] {
        let options = Options { offset_minutes: Some(offset), ..OPTIONS };
        let clocks =
            [(Exemplar::Cuff, "1805"), (Exemplar::HealthSensor, "183F"), (Exemplar::Monitor, "181F")];
        for (exemplar, service) in clocks {
            let report = Bench::new(exemplar.sensor(START)).tested(options, false).await;
            assert_eq!(ended(&report, Verdict::Fail), Vec::<&str>::new());
            let (verdict, came) = how(&report, &format!("{service}.set"));
            assert_eq!(verdict, Verdict::Pass, "{service} {offset}: {came}");
        }
    }
}

#[tokio::test]
async fn observations_and_sessions_are_held_to_a_clock_too() {
    let sensor = Bench::new(Exemplar::HealthSensor.sensor(START)).tested(OPTIONS, false).await;
    assert_eq!(how(&sensor, "1840.current-time").0, Verdict::Pass);
    assert_eq!(how(&sensor, "1840.not-ahead").0, Verdict::Pass);
    let monitor = Bench::new(Exemplar::Monitor.sensor(START)).tested(OPTIONS, false).await;
    assert_eq!(how(&monitor, "181F.current-time").0, Verdict::Pass);
}
