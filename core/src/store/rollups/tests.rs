//! Rollups without a record: grains, sums, and the database of an earlier program.

use super::{sums::coarser, *};
use crate::store::testing::{scratch, store};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, Value},
};

fn reading(measured_at: i64, value: i32, quality: Quality) -> Reading {
    Reading { vital: Vital::HeartRate, measured_at, value: Value::Number(value), quality }
}

#[test]
fn doubtful_and_impossible_values_widen_no_band() {
    let mut rollup = Rollup::of(&reading(0, 70, Quality::GOOD));
    rollup.merge(&Rollup::of(&reading(1, 190, Quality::GOOD.with(Mark::ContactLost))));
    rollup.merge(&Rollup::of(&reading(2, 0, Quality::GOOD.with(Mark::Implausible))));
    assert_eq!((rollup.good.min, rollup.good.max, rollup.good.mean()), (70, 70, Some(70.0)));
    assert_eq!((rollup.doubtful.max, rollup.errors, rollup.readings()), (190, 1, 3));
    assert!(rollup.marks.has(Mark::ContactLost) && rollup.marks.has(Mark::Implausible));
}

#[test]
fn hours_of_minutes_are_the_hours_of_the_readings_before_1970_too() {
    let mut minutes = Minutes::default();
    for second in -9000..9000 {
        minutes.add(Origin::Measured, &reading(second * 1000, second as i32 / 100, Quality::GOOD));
    }
    let key = SeriesKey::new(Vital::HeartRate, Origin::Measured);
    let hours = coarser(&minutes.take(key), Grain::Minute, Grain::Hour);
    assert_eq!(hours.keys().copied().collect::<Vec<_>>(), [-3, -2, -1, 0, 1, 2]);
    assert_eq!(hours.values().map(|hour| hour.good.count).sum::<u64>(), 18_000);
    assert_eq!(hours.get(&-2).map(|hour| (hour.good.min, hour.good.max)), Some((-72, -36)));
}

#[test]
fn a_database_that_had_no_rollups_gets_their_tables_and_an_empty_index() {
    let scratch = scratch();
    let store = store(&scratch);
    assert_eq!(store.rollup_index(&store.db()).unwrap(), Index::default());
}
