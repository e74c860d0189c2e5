//! Segments come back whole, and plaintexts that break a rule are refused.

use proptest::prelude::*;

use super::{wire::SegmentWire, *};
use crate::{
    cbor,
    quality::Quality,
    reading::{Absent, Value},
    vital::Vital,
};

fn sensor() -> Sensor {
    Sensor { id: "o-1".into(), kind: "oximeter".into() }
}

fn builder(category: Category) -> SegmentBuilder {
    SegmentBuilder::new(category, 0..60_000, Origin::Measured, sensor(), 3, Digest::ZERO)
}

fn reading(vital: Vital, measured_at: i64) -> Reading {
    Reading { vital, measured_at, value: Value::Number(980), quality: Quality::GOOD }
}

fn sample() -> Segment {
    let mut builder = builder(Category::Oxygen);
    for measured_at in [3000, 1000, 2000] {
        builder.push(reading(Vital::OximeterPulseRate, measured_at)).unwrap();
        builder.push(reading(Vital::OxygenSaturation, measured_at)).unwrap();
    }
    builder.finish().unwrap()
}

fn refusal(change: impl FnOnce(&mut SegmentWire)) -> SegmentError {
    let mut wire = sample().to_wire();
    change(&mut wire);
    Segment::decode(&cbor::encode(&wire)).unwrap_err()
}

#[test]
fn readings_come_back_by_vital_and_time() {
    let segment = Segment::decode(&sample().encode()).unwrap();
    assert_eq!(segment, sample());
    let found: Vec<(Vital, i64)> =
        segment.readings().map(|reading| (reading.vital, reading.measured_at)).collect();
    let times = [1000, 2000, 3000];
    let expected = [
        times.map(|time| (Vital::OxygenSaturation, time)),
        times.map(|time| (Vital::OximeterPulseRate, time)),
    ];
    assert_eq!(found, expected.concat());
}

/// All vitals of a category together, with the least, the greatest and no value each. RR intervals have a time axis of their own.
#[test]
fn every_vital_comes_back_from_a_segment_of_its_category() {
    for category in Category::ALL {
        let here = |vital: &Vital| vital.category() == category && *vital != Vital::RrInterval;
        let vitals = || Vital::ALL.into_iter().filter(here);
        let mut builder = builder(category);
        let values = [Value::Number(i32::MIN), Value::Number(i32::MAX), Value::Absent(Absent::NotANumber)];
        let readings: Vec<Reading> = vitals()
            .flat_map(|vital| {
                (1..).zip(values).map(move |(at, value)| Reading { value, ..reading(vital, at * 1000) })
            })
            .collect();
        if readings.is_empty() {
            continue;
        }
        readings.iter().rev().for_each(|reading| builder.push(*reading).unwrap());
        let segment = Segment::decode(&builder.finish().unwrap().encode()).unwrap();
        assert_eq!(segment.readings().collect::<Vec<_>>(), readings, "{category:?}");
    }
}

#[test]
fn readings_of_another_place_are_not_taken() {
    let mut builder = builder(Category::Oxygen);
    let rate = reading(Vital::HeartRate, 0);
    assert_eq!(builder.push(rate), Err(BuildError::Category(Vital::HeartRate)));
    assert_eq!(builder.push(reading(Vital::OxygenSaturation, 60_000)), Err(BuildError::OutsideRange(60_000)));
    assert_eq!(builder.push(reading(Vital::OxygenSaturation, -1)), Err(BuildError::OutsideRange(-1)));
    assert_eq!(builder.finish(), Err(BuildError::Empty));
    let long = Sensor { id: "x".repeat(65), kind: String::new() };
    let mut builder = SegmentBuilder::new(Category::Oxygen, 0..10, Origin::Manual, long, 0, Digest::ZERO);
    builder.push(reading(Vital::OxygenSaturation, 1)).unwrap();
    assert_eq!(builder.finish(), Err(BuildError::SensorText));
}

#[test]
fn a_plaintext_that_breaks_a_rule_is_refused() {
    assert_eq!(refusal(|wire| wire.version = 2), SegmentError::Version(2));
    assert_eq!(refusal(|wire| wire.category = 77), SegmentError::Category(77));
    assert_eq!(refusal(|wire| wire.origin = 0), SegmentError::Origin(0));
    assert_eq!(refusal(|wire| wire.to = wire.from), SegmentError::Range);
    assert_eq!(refusal(|wire| wire.sensor.kind = "x".repeat(65)), SegmentError::SensorText);
    assert_eq!(refusal(|wire| wire.columns.clear()), SegmentError::ColumnCount(0));
    assert_eq!(
        refusal(|wire| wire.columns = vec![wire.columns[0].clone(); 17]),
        SegmentError::ColumnCount(17)
    );
    assert_eq!(refusal(|wire| wire.columns.reverse()), SegmentError::ColumnOrder);
    assert_eq!(refusal(|wire| wire.columns[1] = wire.columns[0].clone()), SegmentError::ColumnOrder);
    let outside = ColumnError::OutsideRange(3000);
    assert_eq!(refusal(|wire| wire.to = 3000), SegmentError::Column { index: 0, source: outside });
    let category = ColumnError::Category { vital: Vital::OxygenSaturation };
    assert_eq!(refusal(|wire| wire.category = 1), SegmentError::Column { index: 0, source: category });
    let unknown = ColumnError::UnknownVital(500);
    assert_eq!(
        refusal(|wire| wire.columns[1].vital = 500),
        SegmentError::Column { index: 1, source: unknown }
    );
}

#[test]
fn all_columns_share_one_limit_of_slots() {
    let most = |wire: &mut SegmentWire| {
        for column in &mut wire.columns {
            column.periods = crate::packed::pack_counted(&[1]).into();
            column.counts = crate::packed::pack_counted(&[600_000]).into();
            column.values = crate::packed::pack(&vec![5; 600_000]).into();
            column.quality = vec![600_000, 0];
        }
    };
    let source = ColumnError::RunCount(600_000);
    assert_eq!(refusal(most), SegmentError::Column { index: 1, source });
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Segment::decode(&bytes);
    }

    #[test]
    fn a_plaintext_with_changed_bytes_never_panics_and_stays_deterministic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = sample().encode();
        for (at, byte) in changes {
            let index = at.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(segment) = Segment::decode(&bytes) {
            prop_assert_eq!(Segment::decode(&segment.encode()), Ok(segment.clone()));
            prop_assert!(segment.readings().all(|reading| segment.range().contains(&reading.measured_at)));
        }
    }
}
