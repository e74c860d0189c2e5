//! Fitting keeps times near and values whole; foreign columns that break a rule are refused.

use proptest::prelude::*;

use super::*;
use crate::{
    quality::{Mark, Quality},
    reading::{Absent, Value},
    vital::Category,
};

const HOUR: i64 = 3_600_000;

fn reading(vital: Vital, measured_at: i64, value: i32) -> Reading {
    Reading { vital, measured_at, value: Value::Number(value), quality: Quality::GOOD }
}

fn rates(times: impl IntoIterator<Item = i64>) -> Vec<Reading> {
    times.into_iter().map(|time| reading(Vital::HeartRate, time, 60)).collect()
}

fn build(readings: &[Reading], cadence_us: Option<u64>) -> Column {
    Column::build(readings[0].vital, readings, 0..HOUR, cadence_us).unwrap()
}

fn frame(category: Category) -> Frame {
    Frame { category, range: 0..HOUR, slots: MAX_SLOTS }
}

/// A shaky but repeatable number from −most to +most.
fn jitter(index: i64, most: i64) -> i64 {
    (index * 7919 + index * index * 104_729).rem_euclid(2 * most + 1) - most
}

#[test]
fn a_jittering_stream_is_one_run_on_the_sensors_rhythm() {
    let readings = rates((0..3599).map(|second| 1000 + second * 1000 + jitter(second, 40)));
    let column = build(&readings, Some(1_000_000));
    assert_eq!(column.runs().len(), 1);
    assert_eq!(column.clock(), Clock::Fitted);
    let start = column.runs()[0].start;
    assert!(column.slots().zip(0..).all(|(slot, j)| slot.measured_at == start + 1000 * j));
    assert_eq!(build(&readings, None).runs().len(), 1, "the median distance is the rhythm too");
}

#[test]
fn a_late_first_notification_does_not_break_the_run() {
    let mut times: Vec<i64> = (0..100).map(|second| 1000 + second * 1000).collect();
    times[0] += 450;
    let column = build(&rates(times), Some(1_000_000));
    assert_eq!(column.runs().len(), 1);
}

#[test]
fn a_gap_opens_a_run() {
    let column = build(&rates([0, 1000, 2000, 5000, 6000]), Some(1_000_000));
    let runs: Vec<(i64, u32)> = column.runs().iter().map(|run| (run.start, run.count)).collect();
    assert_eq!(runs, [(0, 3), (5000, 2)]);
}

#[test]
fn exact_times_and_spot_readings_are_not_moved() {
    let exact = build(&rates([0, 1000, 2000]), Some(1_000_000));
    assert_eq!(exact.clock(), Clock::Sensor);
    let spots: Vec<Reading> =
        [5, 300_123, 300_123, 1_200_001].map(|time| reading(Vital::SystolicPressure, time, 1200)).to_vec();
    let column = build(&spots, None);
    assert!(column.readings().eq(spots));
    assert_eq!(column.clock(), Clock::Sensor);
}

#[test]
fn a_time_by_the_phone_makes_the_clock_fitted() {
    let mut by_phone = reading(Vital::HeartRate, 5, 60);
    by_phone.quality = Quality::GOOD.with(Mark::PhoneTime);
    assert_eq!(build(&[by_phone], None).clock(), Clock::Fitted);
}

#[test]
fn beats_carry_their_own_times() {
    // Ends of 1,024/1024 s, 512/1024 s and 1/1024 s after 10 s: 11,000, 11,500 and, rounded down, 11,500 ms.
    let beats = [(11_000, 1024), (11_500, 512), (11_501, 1)]
        .map(|(end, ticks)| reading(Vital::RrInterval, end, ticks));
    let column = build(&beats, None);
    assert_eq!(column.runs().len(), 1);
    let first = column.slots().next().unwrap();
    assert_eq!(first.measured_at - first.begins_at, 1000);
    assert!(column.slots().zip(beats).all(|(slot, beat)| (slot.measured_at - beat.measured_at).abs() <= 1));
}

#[test]
fn beats_anchor_anew_after_a_gap_and_around_what_is_no_beat() {
    let beat = |end, ticks| reading(Vital::RrInterval, end, ticks);
    let gap = build(&[beat(1000, 1000), beat(2000, 1000), beat(9000, 1000)], None);
    assert_eq!(gap.runs().iter().map(|run| run.count).collect::<Vec<_>>(), [2, 1]);
    let mut absent = beat(3000, 0);
    absent.value = Value::Absent(Absent::NotAvailable);
    let mixed = [beat(2000, 1000), absent, beat(4000, 1000), beat(5000, -7)];
    let column = build(&mixed, None);
    assert_eq!(column.runs().iter().map(Run::is_beats).collect::<Vec<_>>(), [true, false, true, false]);
    assert!(column.readings().map(|reading| reading.value).eq(mixed.map(|reading| reading.value)));
}

#[test]
fn an_interval_that_began_before_the_range_still_belongs_to_it() {
    let column = build(&[reading(Vital::RrInterval, 10, 1024)], None);
    assert_eq!(column.runs()[0].start, -990);
    assert!(Column::from_wire(&column.to_wire(), &frame(Category::Heart)).is_ok());
}

/// A column of four heart rates, the third absent, to be broken one rule at a time.
fn sound() -> ColumnWire {
    let mut readings = rates([1000, 2000, 3000, 4000]);
    readings[2].value = Value::Absent(Absent::NotANumber);
    build(&readings, Some(1_000_000)).to_wire()
}

fn refusal(change: impl FnOnce(&mut ColumnWire)) -> ColumnError {
    let mut wire = sound();
    change(&mut wire);
    Column::from_wire(&wire, &frame(Category::Heart)).unwrap_err()
}

fn counted(integers: &[i64]) -> crate::bytes::ByteString {
    crate::packed::pack_counted(integers).into()
}

#[test]
fn a_sound_column_is_read() {
    assert_eq!(
        Column::from_wire(&sound(), &frame(Category::Heart)).unwrap().to_wire().starts,
        sound().starts
    );
}

#[test]
fn a_wrong_head_is_refused() {
    assert_eq!(refusal(|wire| wire.vital = 99), ColumnError::UnknownVital(99));
    assert_eq!(refusal(|wire| wire.vital = 3), ColumnError::Category { vital: Vital::OxygenSaturation });
    assert_eq!(refusal(|wire| wire.exponent = -1), ColumnError::Exponent { found: -1, expected: 0 });
    assert_eq!(refusal(|wire| wire.clock = 3), ColumnError::Clock(3));
}

#[test]
fn wrong_runs_are_refused() {
    assert_eq!(refusal(|wire| wire.starts = counted(&[])), ColumnError::Runs);
    assert_eq!(refusal(|wire| wire.periods = counted(&[1, 1])), ColumnError::Runs);
    assert_eq!(refusal(|wire| wire.counts = counted(&[0])), ColumnError::RunCount(0));
    assert_eq!(refusal(|wire| wire.counts = counted(&[-1])), ColumnError::RunCount(-1));
    assert_eq!(refusal(|wire| wire.counts = counted(&[1 << 21])), ColumnError::RunCount(1 << 21));
    assert_eq!(refusal(|wire| wire.periods = counted(&[0])), ColumnError::Period(0));
    assert_eq!(
        refusal(|wire| wire.periods = counted(&[86_400_000_001])),
        ColumnError::Period(86_400_000_001)
    );
    let short = PackedError::Short { read: 0, expected: 1 };
    assert_eq!(
        refusal(|wire| wire.starts = vec![].into()),
        ColumnError::Packed { part: "run starts", source: short }
    );
}

#[test]
fn wrong_times_are_refused() {
    assert_eq!(refusal(|wire| wire.starts = counted(&[-1])), ColumnError::OutsideRange(-1));
    assert_eq!(refusal(|wire| wire.starts = counted(&[HOUR - 3000])), ColumnError::OutsideRange(HOUR));
    assert_eq!(refusal(|wire| wire.starts = counted(&[i64::MAX])), ColumnError::OutsideRange(i64::MAX));
    let two_runs = |wire: &mut ColumnWire, second| {
        wire.starts = counted(&[1000, second]);
        wire.periods = counted(&[1_000_000; 2]);
        wire.counts = counted(&[2; 2]);
    };
    assert_eq!(refusal(|wire| two_runs(wire, 1999)), ColumnError::Order(1999));
    let mut touching = sound();
    two_runs(&mut touching, 2000);
    assert!(
        Column::from_wire(&touching, &frame(Category::Heart)).is_ok(),
        "two readings of one time are two readings"
    );
}

#[test]
fn wrong_values_absences_and_marks_are_refused() {
    let absent = |slot, count, reason| wire::AbsentWire { slot, count, reason };
    let with = |items: Vec<wire::AbsentWire>| refusal(|wire| wire.absent = Some(items));
    assert_eq!(with(vec![]), ColumnError::Absences);
    assert_eq!(with(vec![absent(2, 0, 1)]), ColumnError::Absences);
    assert_eq!(with(vec![absent(4, 1, 1)]), ColumnError::Absences);
    assert_eq!(with(vec![absent(u32::MAX, u32::MAX, 1)]), ColumnError::Absences);
    assert_eq!(with(vec![absent(1, 1, 1), absent(2, 1, 1)]), ColumnError::Absences);
    assert_eq!(with(vec![absent(2, 1, 1), absent(1, 1, 2)]), ColumnError::Absences);
    assert_eq!(with(vec![absent(2, 1, 9)]), ColumnError::Reason(9));
    let trailing = ColumnError::Packed { part: "values", source: PackedError::Trailing { expected: 2 } };
    assert_eq!(with(vec![absent(1, 2, 1)]), trailing);
    let wide = crate::packed::pack(&[1, 2, 1 << 31]);
    assert_eq!(refusal(|wire| wire.values = wide.into()), ColumnError::Value(1 << 31));
    for marks in
        [vec![], vec![4], vec![3, 0], vec![5, 0], vec![2, 0, 2, 0], vec![4, 0, 0, 1], vec![u32::MAX, 0, 5, 1]]
    {
        assert_eq!(refusal(|wire| wire.quality = marks), ColumnError::Quality);
    }
}

#[test]
fn a_beats_run_holds_only_intervals() {
    let beats = build(&[reading(Vital::RrInterval, 1000, 900), reading(Vital::RrInterval, 1900, 900)], None);
    for wrong in [[900, -1], [900, 65_536]] {
        let mut wire = beats.to_wire();
        wire.values = crate::packed::pack(&wrong).into();
        assert_eq!(Column::from_wire(&wire, &frame(Category::Heart)), Err(ColumnError::Beat));
    }
    let mut absent = beats.to_wire();
    absent.absent = Some(vec![wire::AbsentWire { slot: 0, count: 1, reason: 1 }]);
    absent.values = crate::packed::pack(&[900]).into();
    assert_eq!(Column::from_wire(&absent, &frame(Category::Heart)), Err(ColumnError::Beat));
}

#[test]
fn an_hour_of_jittering_heart_rate_takes_less_than_half_a_byte_a_reading() {
    let mut rate = 70;
    let mut readings = rates((0..3599).map(|second| 1000 + second * 1000 + jitter(second, 15)));
    for (index, reading) in (0i64..).zip(&mut readings) {
        // A pulse that holds for a few seconds and then moves by one, as recordings of rest show.
        rate += if index % 4 == 0 { jitter(index, 1) as i32 } else { 0 };
        reading.value = Value::Number(rate);
    }
    let bytes = crate::cbor::encode(&build(&readings, Some(1_000_000)).to_wire());
    assert!(bytes.len() < 600 && bytes.len() * 2 < readings.len(), "{} bytes", bytes.len());
}

fn any_reading() -> impl Strategy<Value = Reading> {
    // RR intervals often: they have a time axis of their own.
    let vital = prop_oneof![2 => prop::sample::select(Vital::ALL.to_vec()), 1 => Just(Vital::RrInterval)];
    let number = prop_oneof![4 => 0i32..2000, 1 => any::<i32>()].prop_map(Value::Number);
    let absent = prop::sample::select(Absent::ALL.to_vec()).prop_map(Value::Absent);
    let time = prop_oneof![0..HOUR, 0..20_000i64, (0..40i64).prop_map(|second| second * 1000)];
    let bits = prop_oneof![5 => Just(0u32), 1 => any::<u32>()];
    (vital, time, prop_oneof![6 => number, 1 => absent], bits).prop_map(
        |(vital, measured_at, value, bits)| Reading {
            vital,
            measured_at,
            value,
            quality: Quality::from_bits(bits),
        },
    )
}

proptest! {
    #[test]
    fn any_readings_come_back_within_half_a_period(
        mut readings in prop::collection::vec(any_reading(), 1..80),
        cadence in prop::option::of(1u64..5_000_000),
    ) {
        readings.sort_by_key(|reading| reading.measured_at);
        for vital in Vital::ALL {
            let Some(column) = Column::build(vital, &readings, 0..HOUR, cadence) else { continue };
            let read = Column::from_wire(&column.to_wire(), &frame(vital.category())).unwrap();
            prop_assert_eq!(&read, &column);
            let expected: Vec<&Reading> = readings.iter().filter(|reading| reading.vital == vital).collect();
            let tolerance = match (vital, cadence) {
                (Vital::RrInterval, _) => BEAT_TOLERANCE_MS,
                (_, Some(period_us)) => (period_us / 2000) as i64,
                (_, None) => 500,
            };
            prop_assert_eq!(read.readings().count(), expected.len());
            for (found, wanted) in read.readings().zip(expected) {
                prop_assert_eq!((found.value, found.quality), (wanted.value, wanted.quality));
                prop_assert!((found.measured_at - wanted.measured_at).abs() <= tolerance);
            }
        }
    }
}
