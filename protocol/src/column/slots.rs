//! Walking through a column slot by slot.

use super::{AbsentRun, Column, QualityRun, Run, run};
use crate::{
    quality::Quality,
    reading::{UnixMillis, Value},
};

/// One slot of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Which run it belongs to, from 0.
    pub run: usize,
    /// Where its time begins: its own time, of a beat the start of its interval.
    pub begins_at: UnixMillis,
    /// Its time, of a beat the end of its interval.
    pub measured_at: UnixMillis,
    /// Its value.
    pub value: Value,
    /// Its marks.
    pub quality: Quality,
}

/// The slots of a column in order of time.
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    runs: &'a [Run],
    numbers: std::slice::Iter<'a, i32>,
    absent: &'a [AbsentRun],
    quality: &'a [QualityRun],
    /// Slots of all runs, of this run, of these marks, that were passed.
    passed: u32,
    in_run: u32,
    in_quality: u32,
    run: usize,
    /// 1/1024 s since this beats run began.
    ticks: i64,
}

impl<'a> Slots<'a> {
    pub(super) fn new(column: &'a Column) -> Slots<'a> {
        Slots {
            runs: &column.runs,
            numbers: column.numbers.iter(),
            absent: &column.absent,
            quality: &column.quality,
            passed: 0,
            in_run: 0,
            in_quality: 0,
            run: 0,
            ticks: 0,
        }
    }

    fn value(&mut self) -> Option<Value> {
        if let Some((first, rest)) = self.absent.split_first()
            && first.slot <= self.passed
        {
            if self.passed + 1 >= first.slot.saturating_add(first.count) {
                self.absent = rest;
            }
            return Some(Value::Absent(first.reason));
        }
        self.numbers.next().copied().map(Value::Number)
    }

    fn quality(&mut self) -> Option<Quality> {
        let (first, rest) = self.quality.split_first()?;
        self.in_quality += 1;
        if self.in_quality >= first.count {
            (self.quality, self.in_quality) = (rest, 0);
        }
        Some(first.quality)
    }

    fn times(&mut self, run: &Run, value: Value) -> (UnixMillis, UnixMillis) {
        if !run.is_beats() {
            let time = run.start.saturating_add(run::grid_offset(u64::from(self.in_run), run.period_us));
            return (time, time);
        }
        let begins_at = run.start.saturating_add(run::beat_offset(self.ticks));
        if let Value::Number(interval) = value {
            self.ticks = self.ticks.saturating_add(i64::from(interval));
        }
        (begins_at, run.start.saturating_add(run::beat_offset(self.ticks)))
    }
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let run = *self.runs.get(self.run)?;
        let (value, quality) = (self.value()?, self.quality()?);
        let (begins_at, measured_at) = self.times(&run, value);
        let slot = Slot { run: self.run, begins_at, measured_at, value, quality };
        self.passed += 1;
        self.in_run += 1;
        if self.in_run >= run.count {
            (self.run, self.in_run, self.ticks) = (self.run + 1, 0, 0);
        }
        Some(slot)
    }
}
