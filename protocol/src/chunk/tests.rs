//! Chunks: where they are cut, what they say, and that the root sees every change.

use super::*;
use crate::{
    quality::{Mark, Quality},
    reading::{Absent, Reading},
    segment::SegmentBuilder,
    tree,
    vital::Category,
};

fn segment(readings: &[Reading]) -> Segment {
    let sensor = Sensor { id: "a".into(), kind: "b".into() };
    let category = readings[0].vital.category();
    let mut builder = SegmentBuilder::new(category, 0..3_600_000, Origin::Measured, sensor, 1, Digest::ZERO);
    builder.cadence(Vital::HeartRate, 1_000_000);
    readings.iter().for_each(|reading| builder.push(*reading).unwrap());
    builder.finish().unwrap()
}

fn reading(vital: Vital, measured_at: i64, value: i32) -> Reading {
    Reading { vital, measured_at, value: Value::Number(value), quality: Quality::GOOD }
}

fn starts_and_counts(segment: &Segment) -> Vec<(i64, usize)> {
    chunks(segment).map(|chunk| (chunk.start, chunk.values.len())).collect()
}

#[test]
fn a_stream_is_cut_at_minutes_and_at_gaps() {
    let times = (58..=62).chain(70..=71);
    let readings: Vec<Reading> = times.map(|second| reading(Vital::HeartRate, second * 1000, 60)).collect();
    assert_eq!(starts_and_counts(&segment(&readings)), [(58_000, 2), (60_000, 3), (70_000, 2)]);
}

#[test]
fn a_beat_belongs_to_the_minute_in_which_it_ends() {
    let beats = [59_000, 59_999, 60_999].map(|end| reading(Vital::RrInterval, end, 1023));
    assert_eq!(starts_and_counts(&segment(&beats)), [(58_001, 2), (59_999, 1)]);
}

#[test]
fn spot_readings_are_a_chunk_each_and_columns_come_in_order() {
    let spots = [
        reading(Vital::DiastolicPressure, 5, 800),
        reading(Vital::SystolicPressure, 5, 1200),
        reading(Vital::SystolicPressure, 90_000, 1210),
        reading(Vital::SystolicPressure, 95_000, 1220),
    ];
    let found: Vec<_> = chunks(&segment(&spots)).map(|chunk| (chunk.vital, chunk.start)).collect();
    let systolic = Vital::SystolicPressure;
    let expected = [(systolic, 5), (systolic, 90_000), (systolic, 95_000), (Vital::DiastolicPressure, 5)];
    assert_eq!(found, expected);
}

#[test]
fn a_chunk_is_written_as_documented() {
    let mut readings = [reading(Vital::HeartRate, 1000, 60), reading(Vital::HeartRate, 2000, 0)];
    readings[1].value = Value::Absent(Absent::NotAvailable);
    readings[1].quality = Quality::GOOD.with(Mark::Stuck);
    let segment = segment(&readings);
    let bytes = chunks(&segment).next().unwrap().encode();
    let expected =
        "a9 0001 0101 0201 03a2 006161 016162 0401 051903e8 061a000f4240 0782 183c a10006 0882 00 08";
    assert_eq!(data_encoding::HEXLOWER.encode(&bytes), expected.replace(' ', ""));
}

#[test]
fn the_root_is_rfc_6962_over_the_salted_chunks() {
    let dek = Dek::from_bytes([7; 32]);
    for minutes in [1, 2, 5] {
        let readings: Vec<Reading> =
            (0..minutes * 60).map(|second| reading(Vital::HeartRate, second * 1000, 60)).collect();
        let segment = segment(&readings);
        let leaves: Vec<Digest> = (0..)
            .zip(chunks(&segment))
            .map(|(index, chunk)| leaf(&dek.disclosure_salt(index), &chunk))
            .collect();
        assert_eq!(leaves.len() as i64, minutes);
        assert_eq!(disclosure_root(&segment, &dek), tree::root(&leaves));
    }
}

#[test]
fn any_change_of_a_chunk_changes_the_root() {
    let dek = Dek::from_bytes([7; 32]);
    let base = [reading(Vital::HeartRate, 1000, 60), reading(Vital::HeartRate, 90_000, 61)];
    let root = disclosure_root(&segment(&base), &dek);
    let changes: [fn(&mut Reading); 4] = [
        |reading| reading.value = Value::Number(62),
        |reading| reading.value = Value::Absent(Absent::NotANumber),
        |reading| reading.quality = Quality::GOOD.with(Mark::Unusual),
        |reading| reading.measured_at += 1,
    ];
    for change in changes {
        let mut readings = base;
        change(&mut readings[1]);
        assert_ne!(disclosure_root(&segment(&readings), &dek), root);
    }
    assert_ne!(disclosure_root(&segment(&base), &Dek::from_bytes([8; 32])), root);
    assert_eq!(segment(&base).category(), Category::Heart);
}
