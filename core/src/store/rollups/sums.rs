//! What one rollup says, and how readings and rollups are added up: in any order, with the same result.

use super::{Grain, SeriesKey};
use pulsebook_protocol::{
    quality::{Quality, Tier},
    reading::{Origin, Reading, Value},
    segment::Segment,
    vital::Vital,
};
use std::collections::BTreeMap;

/// Count, least, greatest and sum of values, as stored integers at the vital's exponent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summed {
    /// How many values.
    pub count: u64,
    /// The least; 0 without a value.
    pub min: i32,
    /// The greatest; 0 without a value.
    pub max: i32,
    /// Their sum.
    pub sum: i64,
}

/// What a minute, an hour or a day says of one vital. Doubtful values are kept apart, impossible ones only counted:
/// neither widens the band of the good ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollup {
    /// Values without a mark that weighs.
    pub good: Summed,
    /// Questionable values.
    pub doubtful: Summed,
    /// Readings that are impossible or invalid.
    pub errors: u64,
    /// Readings without a value.
    pub absent: u64,
    /// Every mark of every reading.
    pub marks: Quality,
}

impl Summed {
    fn value(number: i32) -> Summed {
        Summed { count: 1, min: number, max: number, sum: i64::from(number) }
    }

    /// The mean, at the vital's exponent; none without a value.
    pub fn mean(self) -> Option<f64> {
        // Both are far below 2⁵³: a year of readings at 100 Hz has 2³² of them.
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    fn merge(&mut self, other: Summed) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other;
            return;
        }
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        (self.min, self.max) = (self.min.min(other.min), self.max.max(other.max));
    }
}

impl Rollup {
    /// One reading.
    pub fn of(reading: &Reading) -> Rollup {
        let mut rollup = Rollup { marks: reading.quality, ..Rollup::default() };
        match (reading.value, reading.quality.tier()) {
            (Value::Absent(_), _) => rollup.absent = 1,
            (Value::Number(_), Tier::Error) => rollup.errors = 1,
            (Value::Number(number), Tier::Questionable) => rollup.doubtful = Summed::value(number),
            (Value::Number(number), Tier::Good) => rollup.good = Summed::value(number),
        }
        rollup
    }

    /// Adds what another says.
    pub fn merge(&mut self, other: &Rollup) {
        self.good.merge(other.good);
        self.doubtful.merge(other.doubtful);
        self.errors = self.errors.saturating_add(other.errors);
        self.absent = self.absent.saturating_add(other.absent);
        self.marks = self.marks.union(other.marks);
    }

    /// How many readings it sums up.
    pub fn readings(&self) -> u64 {
        self.good
            .count
            .saturating_add(self.doubtful.count)
            .saturating_add(self.errors)
            .saturating_add(self.absent)
    }
}

/// Rollups by number.
pub(crate) type Numbered = BTreeMap<i64, Rollup>;

/// Readings summed up by minute, for each series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minutes(BTreeMap<SeriesKey, Numbered>);

impl Minutes {
    /// Those of one segment.
    pub fn of(segment: &Segment) -> Minutes {
        let (mut minutes, origin) = (Minutes::default(), segment.origin());
        // Readings come by vital and time: a minute is summed up before the map is asked for it.
        let mut open: Option<(Vital, i64, Rollup)> = None;
        for reading in segment.readings() {
            let (vital, number) = (reading.vital, Grain::Minute.number(reading.measured_at));
            match &mut open {
                Some((of, at, rollup)) if (*of, *at) == (vital, number) => {
                    rollup.merge(&Rollup::of(&reading))
                }
                _ => {
                    let before = open.replace((vital, number, Rollup::of(&reading)));
                    minutes.put(origin, before);
                }
            }
        }
        minutes.put(origin, open);
        minutes
    }

    #[cfg(test)]
    pub(crate) fn add(&mut self, origin: Origin, reading: &Reading) {
        let number = Grain::Minute.number(reading.measured_at);
        self.put(origin, Some((reading.vital, number, Rollup::of(reading))));
    }

    fn put(&mut self, origin: Origin, minute: Option<(Vital, i64, Rollup)>) {
        let Some((vital, number, rollup)) = minute else { return };
        let series = self.0.entry(SeriesKey::new(vital, origin)).or_default();
        series.entry(number).or_default().merge(&rollup);
    }

    pub(crate) fn merge(&mut self, other: &Minutes) {
        for (key, minutes) in &other.0 {
            let series = self.0.entry(*key).or_default();
            minutes.iter().for_each(|(number, rollup)| series.entry(*number).or_default().merge(rollup));
        }
    }

    pub(crate) fn series(&self) -> impl Iterator<Item = (SeriesKey, &Numbered)> {
        self.0.iter().map(|(key, minutes)| (*key, minutes))
    }

    pub(crate) fn into_series(self) -> BTreeMap<SeriesKey, Numbered> {
        self.0
    }

    pub(crate) fn take(&mut self, key: SeriesKey) -> Numbered {
        self.0.remove(&key).unwrap_or_default()
    }
}

/// Rollups of a finer grain as those of a coarser one.
pub(crate) fn coarser(finer: &Numbered, from: Grain, to: Grain) -> Numbered {
    let mut sums = Numbered::new();
    for (number, rollup) in finer {
        let number = number.saturating_mul(from.ms()).div_euclid(to.ms());
        sums.entry(number).or_default().merge(rollup);
    }
    sums
}
