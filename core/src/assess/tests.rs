//! Tests of judging: every mark comes when it should, and no value is ever touched.

use super::*;
use crate::ble::Origin;
use proptest::prelude::*;
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Absent, Value},
};

fn sensor(cadence_ms: Option<u32>) -> Sensor {
    Sensor {
        id: SensorId::new("s"),
        name: "S".into(),
        kind: "test".into(),
        cadence_ms,
        has_clock: false,
        origin: Origin::Simulated,
        notifies: vec![],
    }
}

fn reading(vital: Vital, measured_at: UnixMillis, number: i32) -> Reading {
    Reading { vital, measured_at, value: Value::Number(number), quality: Quality::GOOD }
}

/// The quality of the last of these (time, heart rate) pairs, each received when measured.
fn heart_rates(pairs: &[(UnixMillis, i32)]) -> Quality {
    let mut assessor = Assessor::new(Limits::builtin().clone());
    let sensor = sensor(Some(1000));
    let judge = |(at, rate): &(UnixMillis, i32)| {
        assessor.assess(&sensor, *at, vec![reading(Vital::HeartRate, *at, *rate)])[0].quality
    };
    pairs.iter().map(judge).last().unwrap()
}

fn together(readings: Vec<Reading>) -> Vec<Quality> {
    let judged = Assessor::new(Limits::builtin().clone()).assess(&sensor(None), 0, readings);
    judged.iter().map(|reading| reading.quality).collect()
}

#[test]
fn ranges_mark_in_two_tiers_at_their_edges() {
    for (rate, mark) in
        [(0, Some(Mark::Implausible)), (1, Some(Mark::Unusual)), (29, Some(Mark::Unusual)), (30, None)]
    {
        assert_eq!(heart_rates(&[(0, rate)]), mark.map_or(Quality::GOOD, |mark| Quality::GOOD.with(mark)));
    }
    assert!(heart_rates(&[(0, 221)]).has(Mark::Unusual) && heart_rates(&[(0, 301)]).has(Mark::Implausible));
}

#[test]
fn a_jump_is_too_fast_only_within_its_time() {
    assert!(heart_rates(&[(0, 70), (1000, 111)]).has(Mark::RateOfChange));
    assert!(heart_rates(&[(0, 70), (1000, 110)]).is_good());
    assert!(!heart_rates(&[(0, 70), (5001, 130)]).has(Mark::RateOfChange));
}

#[test]
fn the_value_after_an_impossible_one_is_not_blamed_for_it() {
    assert!(heart_rates(&[(0, 70), (1000, 330), (2000, 71)]).is_good());
}

#[test]
fn a_value_that_never_moves_is_stuck_from_its_count_on() {
    let same: Vec<(UnixMillis, i32)> = (0..600).map(|second| (second * 1000, 70)).collect();
    assert!(heart_rates(&same[..599]).is_good());
    assert!(heart_rates(&same).has(Mark::Stuck));
}

#[test]
fn the_same_value_at_the_same_time_came_twice() {
    assert!(heart_rates(&[(0, 70), (0, 70)]).has(Mark::Duplicate));
    assert!(heart_rates(&[(0, 70), (0, 71)]).is_good());
}

#[test]
fn the_first_value_after_a_gap_says_so_and_the_second_does_not() {
    assert!(heart_rates(&[(0, 70), (5001, 70)]).has(Mark::AfterGap));
    assert!(heart_rates(&[(0, 70), (5000, 70)]).is_good());
    assert!(heart_rates(&[(0, 70), (60_000, 70), (61_000, 70)]).is_good());
}

#[test]
fn a_clock_that_steps_back_or_disagrees_with_the_phone_jumped() {
    assert!(heart_rates(&[(10_000, 70), (7_999, 70)]).has(Mark::ClockJump));
    assert!(heart_rates(&[(10_000, 70), (8_000, 70)]).is_good(), "jitter is no jump");
    let ahead = together(vec![reading(Vital::BodyTemperature, 300_001, 3650)]);
    let old = together(vec![reading(Vital::BodyTemperature, -86_400_001, 3650)]);
    assert!(ahead[0].has(Mark::ClockJump) && old[0].has(Mark::ClockJump));
}

#[test]
fn what_a_sensor_stored_may_be_old_and_fill_in_but_not_be_of_the_future() {
    let mut assessor = Assessor::new(Limits::builtin().clone());
    let sensor = sensor(Some(300_000));
    let mut judge = |measured_at, quality| {
        let one = Reading { quality, ..reading(Vital::GlucoseInterstitial, measured_at, 1_000) };
        assessor.assess(&sensor, 0, vec![one])[0].quality
    };
    let stored = Quality::GOOD.with(Mark::FromStorage);
    assert_eq!(judge(-300_000, Quality::GOOD), Quality::GOOD);
    assert_eq!(judge(-90_000_000, stored), stored, "25 hours old");
    assert_eq!(judge(0, Quality::GOOD), Quality::GOOD, "no gap is left behind it");
    assert!(judge(300_001, stored).has(Mark::ClockJump));
}

#[test]
fn pressures_must_fall_from_systolic_over_mean_to_diastolic() {
    let pressures = |systolic, mean, diastolic| {
        together(vec![
            reading(Vital::SystolicPressure, 0, systolic),
            reading(Vital::DiastolicPressure, 0, diastolic),
            reading(Vital::MeanArterialPressure, 0, mean),
        ])
    };
    assert!(pressures(1200, 930, 800).iter().all(|quality| quality.is_good()));
    for (systolic, mean, diastolic) in [(1200, 1200, 800), (1200, 790, 800), (800, 930, 1200)] {
        assert!(pressures(systolic, mean, diastolic).iter().all(|quality| quality.has(Mark::CrossCheck)));
    }
}

#[test]
fn a_rate_far_from_its_intervals_is_marked() {
    let frame =
        |rate| together(vec![reading(Vital::HeartRate, 0, rate), reading(Vital::RrInterval, 0, 1024)]);
    assert!(frame(60)[0].is_good() && frame(69)[0].is_good());
    assert!(frame(70)[0].has(Mark::CrossCheck) && frame(50)[1].has(Mark::CrossCheck));
}

/// Two figures that a meter or scale shows, one outside what is usual and one that no body has.
#[test]
fn vitals_of_every_profile_are_judged_by_their_own_limits() {
    for (vital, good, unusual, impossible) in [
        (Vital::GlucoseCapillaryBlood, 950, 5_100, 20_001),
        (Vital::GlucoseInterstitial, 950, 390, 99),
        (Vital::BodyWeight, 70_000, 260_000, 500_001),
        (Vital::RespiratoryRate, 140, 610, 3_001),
        (Vital::PulseAmplitudeIndex, 120, 2_001, 10_001),
        (Vital::Speed, 3_300, 31_000, -1),
    ] {
        let quality = |number| together(vec![reading(vital, 0, number)])[0];
        assert!(quality(good).is_good(), "{vital:?}");
        assert_eq!(quality(unusual), Quality::GOOD.with(Mark::Unusual), "{vital:?}");
        assert_eq!(quality(impossible), Quality::GOOD.with(Mark::Implausible), "{vital:?}");
    }
}

/// Two weighings alike are no fault of the scale; two hours of one glucose value are one of the sensor.
#[test]
fn what_may_stay_the_same_is_never_stuck() {
    let mut assessor = Assessor::new(Limits::builtin().clone());
    let sensor = sensor(None);
    let mut judge = |vital, number, at| {
        assessor.assess(&sensor, at, vec![reading(vital, at, number)])[0].quality.has(Mark::Stuck)
    };
    assert!((0..500).all(|day| !judge(Vital::BodyWeight, 70_000, day * 86_400_000)));
    assert!((0..17).all(|value| !judge(Vital::GlucoseInterstitial, 1_040, value * 300_000)));
    assert!(judge(Vital::GlucoseInterstitial, 1_040, 17 * 300_000));
}

#[test]
fn an_absent_value_is_judged_by_time_only() {
    let absent = Reading { value: Value::Absent(Absent::NotANumber), ..reading(Vital::HeartRate, 0, 0) };
    assert!(together(vec![absent])[0].is_good());
}

proptest! {
    #[test]
    fn no_reading_is_dropped_changed_or_cleared_of_a_mark(
        input in proptest::collection::vec((0..Vital::ALL.len(), any::<i64>(), any::<i32>(), any::<u32>()), 0..20),
        received_at: i64,
    ) {
        let readings: Vec<Reading> = input.iter().map(|(vital, at, number, bits)| Reading {
            quality: Quality::from_bits(*bits), ..reading(Vital::ALL[*vital], *at, *number)
        }).collect();
        let judged = Assessor::new(Limits::builtin().clone()).assess(&sensor(Some(1000)), received_at, readings.clone());
        prop_assert_eq!(judged.len(), readings.len());
        for (before, after) in readings.iter().zip(&judged) {
            prop_assert_eq!((before.vital, before.measured_at, before.value), (after.vital, after.measured_at, after.value));
            prop_assert_eq!(before.quality.bits() & after.quality.bits(), before.quality.bits());
        }
    }
}
