//! The floor: order-0 entropy of each series' differences, and 80 bytes for each segment and hour.

use pulsebook_core::{ble::Notification, decode::decode};
use pulsebook_protocol::{
    reading::Value,
    vital::{Category, Vital},
};
use std::collections::{BTreeMap, BTreeSet};

/// One hash, one commitment and one tag.
const SEGMENT_BYTES: f64 = 80.0;

const HOUR_MS: i64 = 3_600_000;

/// What a day holds and the least that any code without memory could store it in.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    series: BTreeMap<Vital, Series>,
    segments: BTreeSet<(i64, Category)>,
}

#[derive(Debug, Default)]
struct Series {
    last: i64,
    count: u64,
    differences: BTreeMap<i64, u64>,
}

impl Floor {
    /// Of these notifications' readings.
    pub(crate) fn of<'a>(notifications: impl Iterator<Item = &'a Notification>) -> Floor {
        let mut floor = Floor::default();
        for notification in notifications {
            for reading in decode(notification).map(|decoded| decoded.readings).unwrap_or_default() {
                let Value::Number(number) = reading.value else { continue };
                floor.series.entry(reading.vital).or_default().add(number.into());
                let hour = reading.measured_at.div_euclid(HOUR_MS);
                floor.segments.insert((hour, reading.vital.category()));
            }
        }
        floor
    }

    /// Readings in all.
    pub(crate) fn readings(&self) -> f64 {
        self.series.values().map(|series| series.count as f64).sum()
    }

    /// Bytes of the floor.
    pub(crate) fn bytes(&self) -> f64 {
        let values: f64 = self.series.values().map(Series::bytes).sum();
        values + SEGMENT_BYTES * self.segments.len() as f64
    }

    /// Count and bytes a reading of each series.
    pub(crate) fn words(&self) -> String {
        let each = self.series.iter().map(|(vital, series)| {
            format!("{vital:?} {} at {:.3} B", series.count, series.bytes() / series.count as f64)
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

impl Series {
    fn add(&mut self, value: i64) {
        *self.differences.entry(value - self.last).or_default() += 1;
        (self.last, self.count) = (value, self.count + 1);
    }

    fn bytes(&self) -> f64 {
        let count = self.count as f64;
        let bits = |times: &u64| -(*times as f64) * (*times as f64 / count).log2();
        self.differences.values().map(bits).sum::<f64>() / 8.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_differences_cost_their_logarithm_and_equal_ones_nothing() {
        let of = |values: &[i64]| {
            let mut series = Series::default();
            values.iter().for_each(|value| series.add(*value));
            series.bytes()
        };
        // Differences 1, 2, 3, 4 once each: two bits a value, one byte in all.
        assert!((of(&[1, 3, 6, 10]) - 1.0).abs() < 1e-12);
        assert!(of(&[5, 10, 15, 20]).abs() < 1e-12);
    }
}
