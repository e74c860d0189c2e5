//! Rollups without a record: grains, sums, and the database of an earlier program.

use super::{sums::coarser, *};
use crate::store::testing::{all_bytes, scratch, store};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    random::SeededRandom,
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

#[test]
fn a_year_is_read_from_fourteen_pages_of_hours_or_two_of_days() {
    let scratch = scratch();
    let store = store(&scratch);
    let mut minutes = Minutes::default();
    let start = 20_000 * Grain::Day.ms();
    for hour in 0..365 * 24 {
        minutes.add(Origin::Measured, &reading(start + hour * 3_600_000, 60, Quality::GOOD));
    }
    let random = &mut SeededRandom::new(1);
    store.add_rollups(&store.db(), 0..=0, &minutes, random).unwrap();
    let (key, mut repairs) = (SeriesKey::new(Vital::HeartRate, Origin::Measured), Vec::new());
    let index = store.rollup_index(&store.db()).unwrap();
    assert!(index.pages(key, Grain::Hour).count() <= 14 && index.pages(key, Grain::Day).count() <= 2);
    let range = start..start + 365 * Grain::Day.ms();
    for (grain, expected) in [(Grain::Hour, 365 * 24), (Grain::Day, 365)] {
        let found = store.rollups(&index, (key, grain), range.clone(), &mut repairs, random).unwrap();
        assert_eq!(
            (found.len(), found.iter().map(|(_, rollup)| rollup.readings()).sum::<u64>()),
            (expected, 8760)
        );
    }
    assert_eq!(repairs, []);
}

#[test]
fn no_value_vital_or_day_of_a_rollup_stands_in_the_clear() {
    let scratch = scratch();
    let store = store(&scratch);
    let mut minutes = Minutes::default();
    (0..60).for_each(|second| minutes.add(Origin::Measured, &reading(second, 123_456_789, Quality::GOOD)));
    let random = &mut SeededRandom::new(1);
    store.add_rollups(&store.db(), 0..=0, &minutes, random).unwrap();
    drop(store);
    // What the page would hold unsealed: a count of 60 in its column, and the value as packed integers write it.
    let packed = pulsebook_protocol::packed::pack(&[123_456_789]);
    let all = all_bytes(&scratch);
    assert!(!all.windows(packed.len()).any(|bytes| bytes == packed), "the value of a page in the clear");
}
