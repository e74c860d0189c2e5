//! Buckets of a series: flat columns, in the unit a patient reads.

use super::gaps;
use crate::store::{Rollup, Summed};
use pulsebook_protocol::{
    quality::Quality,
    reading::{Reading, UnixMillis},
    vital::{Unit, Vital},
};
use std::{collections::BTreeMap, ops::Range};

/// One row for each bucket that has a reading. None where there is no such value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    /// When each begins.
    pub start: Vec<UnixMillis>,
    /// How many good values it has.
    pub count: Vec<u64>,
    /// The lowest good value.
    pub min: Vec<Option<f64>>,
    /// The mean of the good values.
    pub mean: Vec<Option<f64>>,
    /// The highest good value.
    pub max: Vec<Option<f64>>,
    /// How many doubtful values it has; they are in no other column than these three.
    pub doubtful: Vec<u64>,
    /// The lowest doubtful value.
    pub doubtful_min: Vec<Option<f64>>,
    /// The highest doubtful value.
    pub doubtful_max: Vec<Option<f64>>,
    /// Readings that are impossible or invalid: counted, no value.
    pub errors: Vec<u64>,
    /// Readings without a value.
    pub absent: Vec<u64>,
    /// Every mark of every reading; its tier is the worst quality.
    pub marks: Vec<Quality>,
    /// Whether values, good or doubtful, stayed out before it for longer than [`super::Series::longest_step_ms`].
    pub gap_before: Vec<bool>,
}

/// One row of [`Buckets`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// When it begins.
    pub start: UnixMillis,
    /// How many good values.
    pub count: u64,
    /// The lowest good value.
    pub min: Option<f64>,
    /// The mean of the good values.
    pub mean: Option<f64>,
    /// The highest good value.
    pub max: Option<f64>,
    /// How many doubtful values.
    pub doubtful: u64,
    /// The lowest doubtful value.
    pub doubtful_min: Option<f64>,
    /// The highest doubtful value.
    pub doubtful_max: Option<f64>,
    /// Impossible or invalid readings.
    pub errors: u64,
    /// Readings without a value.
    pub absent: u64,
    /// Every mark of every reading.
    pub marks: Quality,
    /// Whether values stayed out before it.
    pub gap_before: bool,
}

impl Buckets {
    /// The buckets, and the longest distance between two of them that is no gap.
    pub(super) fn of(
        vital: Vital,
        covered: &Range<UnixMillis>,
        width_ms: i64,
        sums: &BTreeMap<i64, Rollup>,
        points: &[Reading],
    ) -> (Buckets, i64) {
        let mut buckets = Buckets::default();
        for (number, rollup) in sums {
            buckets.push(vital, covered.start + number * width_ms, rollup);
        }
        let longest = gaps::longest_ms(&buckets, width_ms, points);
        buckets.gap_before = gaps::before(&buckets, longest);
        (buckets, longest)
    }

    fn push(&mut self, vital: Vital, start: UnixMillis, rollup: &Rollup) {
        let least = |summed: Summed| shown(vital, (summed.count > 0).then(|| f64::from(summed.min)));
        let greatest = |summed: Summed| shown(vital, (summed.count > 0).then(|| f64::from(summed.max)));
        let Rollup { good, doubtful, .. } = *rollup;
        self.start.push(start);
        self.count.push(good.count);
        self.min.push(least(good));
        self.mean.push(shown(vital, good.mean()));
        self.max.push(greatest(good));
        self.doubtful.push(doubtful.count);
        self.doubtful_min.push(least(doubtful));
        self.doubtful_max.push(greatest(doubtful));
        self.errors.push(rollup.errors);
        self.absent.push(rollup.absent);
        self.marks.push(rollup.marks);
    }

    /// How many buckets have a reading.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// The rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = Bucket> + '_ {
        (0..self.len()).filter_map(|index| self.row(index))
    }

    fn row(&self, index: usize) -> Option<Bucket> {
        let number = |column: &[Option<f64>]| column.get(index).copied().flatten();
        Some(Bucket {
            start: *self.start.get(index)?,
            count: *self.count.get(index)?,
            min: number(&self.min),
            mean: number(&self.mean),
            max: number(&self.max),
            doubtful: *self.doubtful.get(index)?,
            doubtful_min: number(&self.doubtful_min),
            doubtful_max: number(&self.doubtful_max),
            errors: *self.errors.get(index)?,
            absent: *self.absent.get(index)?,
            marks: *self.marks.get(index)?,
            gap_before: self.gap_before.get(index).copied().unwrap_or(false),
        })
    }
}

/// A stored number in the unit a patient reads.
fn shown(vital: Vital, stored: Option<f64>) -> Option<f64> {
    stored.map(|stored| match vital.unit() {
        Unit::Second1024th => stored * 1000.0 / 1024.0,
        _ => stored / 10f64.powi(-i32::from(vital.exponent())),
    })
}
