//! Columns: the readings of one vital as runs of time, integers, absences and quality marks.

mod fit;
mod run;
mod slots;
mod wire;

pub use run::Run;
pub(crate) use run::{beat_offset, grid_offset};
pub use slots::{Slot, Slots};
pub(crate) use wire::{ColumnWire, Frame};

use thiserror::Error;

use crate::{
    packed::PackedError,
    quality::Quality,
    reading::{Absent, Reading, UnixMillis, Value},
    vital::Vital,
};

/// The most slots all columns of a segment have together.
pub const MAX_SLOTS: usize = 1 << 20;

/// The longest period of a run: one day, in microseconds.
pub const MAX_PERIOD_US: u64 = 86_400_000_000;

/// The largest RR interval a beats run holds, in 1/1024 s: what the Heart Rate Service can send.
pub const MAX_BEAT: i32 = 65_535;

/// How far fitting may move the end of an RR interval, in milliseconds: beats reach the phone in notifications about
/// a second apart, so a beat's own time is not known better than to half of that.
pub const BEAT_TOLERANCE_MS: i64 = 512;

/// Whose clock the times of a column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Clock {
    /// The sensor's.
    Sensor = 1,
    /// The phone's, fitted to the sensor's rhythm.
    Fitted = 2,
}

/// The readings of one vital, in order of time.
///
/// ```
/// use pulsebook_protocol::{column::Column, quality::Quality, reading::{Reading, Value}, vital::Vital};
/// let beat = |second: i64, rate| Reading {
///     vital: Vital::HeartRate, measured_at: second * 1000, value: Value::Number(rate), quality: Quality::GOOD,
/// };
/// let readings = [beat(0, 60), beat(1, 61), beat(2, 61)];
/// let column = Column::build(Vital::HeartRate, &readings, 0..3_600_000, Some(1_000_000)).expect("not empty");
/// assert_eq!(column.runs().len(), 1);
/// assert!(column.readings().eq(readings));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    vital: Vital,
    clock: Clock,
    runs: Vec<Run>,
    numbers: Vec<i32>,
    absent: Vec<AbsentRun>,
    quality: Vec<QualityRun>,
}

/// Neighbouring slots without a value, for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AbsentRun {
    slot: u32,
    count: u32,
    reason: Absent,
}

/// Neighbouring slots with the same marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct QualityRun {
    count: u32,
    quality: Quality,
}

/// Why a column cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ColumnError {
    /// A vital this version does not know.
    #[error("unknown vital {0}; this program is older than the segment: update it")]
    UnknownVital(u16),
    /// The vital is sealed in another category.
    #[error("{vital:?} does not belong into this segment's category")]
    Category {
        /// The column's vital.
        vital: Vital,
    },
    /// The exponent is not the vital's.
    #[error("exponent {found}, {expected} expected")]
    Exponent {
        /// The column's.
        found: i8,
        /// The vital's.
        expected: i8,
    },
    /// No such clock.
    #[error("clock {0}; 1 (sensor) or 2 (fitted) expected")]
    Clock(u8),
    /// Packed integers that cannot be read.
    #[error("{part}: {source}")]
    Packed {
        /// Which part of the column.
        part: &'static str,
        /// Why.
        source: PackedError,
    },
    /// Starts, periods and counts differ in number, or there is no run.
    #[error("run starts, periods and counts do not belong together")]
    Runs,
    /// A run without slots, or with more than are allowed in a segment.
    #[error("a run of {0} slots")]
    RunCount(i64),
    /// A period out of range.
    #[error("a run with a period of {0} µs; 0 to a day expected, 0 only for RR intervals")]
    Period(i64),
    /// Absences that do not ascend, are empty, or lie outside the column.
    #[error("absent slots do not ascend, are not joined, or lie outside the column")]
    Absences,
    /// No such reason.
    #[error("unknown reason of absence {0}")]
    Reason(u8),
    /// A value outside 32 bits.
    #[error("value {0} has more than 32 bits")]
    Value(i64),
    /// A beats run holds an absence or an interval out of range.
    #[error("a beats run holds what is no interval of 0 to 65,535")]
    Beat,
    /// Quality marks do not cover the slots exactly, or neighbours are equal.
    #[error("quality marks do not cover the slots, each group once")]
    Quality,
    /// A time outside the segment's range.
    #[error("a reading at {0} ms lies outside the segment's range")]
    OutsideRange(UnixMillis),
    /// Times that go back.
    #[error("times go back at {0} ms")]
    Order(UnixMillis),
}

impl Column {
    /// Builds the column of a vital from its readings, which ascend by time and lie in `range`; `None` without a reading.
    ///
    /// `cadence_us` is the sensor's nominal period in microseconds, when it has one. Readings of other vitals are left out.
    /// Times move onto the sensor's rhythm: by at most half a period, [`BEAT_TOLERANCE_MS`] for RR intervals, and not
    /// at all for readings without cadence that are not a stream.
    pub fn build(
        vital: Vital,
        readings: &[Reading],
        range: std::ops::Range<UnixMillis>,
        cadence_us: Option<u64>,
    ) -> Option<Column> {
        let readings: Vec<Reading> =
            readings.iter().copied().filter(|reading| reading.vital == vital).collect();
        if readings.is_empty() {
            return None;
        }
        let runs = fit::fit(&readings, range, fit::Rhythm::of(vital, &readings, cadence_us));
        let mut column = Column {
            vital,
            clock: Clock::Sensor,
            runs,
            numbers: readings.iter().filter_map(|reading| number(reading.value)).collect(),
            absent: absent_runs(&readings),
            quality: quality_runs(&readings),
        };
        column.clock = clock(&column, &readings);
        Some(column)
    }

    /// What was measured.
    pub fn vital(&self) -> Vital {
        self.vital
    }

    /// Whose clock its times come from.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Its runs, in order of time.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Its slots, in order of time.
    pub fn slots(&self) -> Slots<'_> {
        Slots::new(self)
    }

    /// Its readings at their stored times, in order of time.
    pub fn readings(&self) -> impl Iterator<Item = Reading> + '_ {
        self.slots().map(|slot| Reading {
            vital: self.vital,
            measured_at: slot.measured_at,
            value: slot.value,
            quality: slot.quality,
        })
    }
}

fn number(value: Value) -> Option<i32> {
    match value {
        Value::Number(number) => Some(number),
        Value::Absent(_) => None,
    }
}

/// Fitted when the phone's clock gave a time or a time was moved.
fn clock(column: &Column, readings: &[Reading]) -> Clock {
    let by_phone = readings.iter().any(|reading| reading.quality.has(crate::quality::Mark::PhoneTime));
    let moved = column.slots().zip(readings).any(|(slot, reading)| slot.measured_at != reading.measured_at);
    if by_phone || moved { Clock::Fitted } else { Clock::Sensor }
}

fn absent_runs(readings: &[Reading]) -> Vec<AbsentRun> {
    let mut runs: Vec<AbsentRun> = Vec::new();
    for (slot, reading) in (0u32..).zip(readings) {
        let Value::Absent(reason) = reading.value else { continue };
        match runs.last_mut() {
            Some(last) if last.reason == reason && last.slot + last.count == slot => last.count += 1,
            _ => runs.push(AbsentRun { slot, count: 1, reason }),
        }
    }
    runs
}

fn quality_runs(readings: &[Reading]) -> Vec<QualityRun> {
    let mut runs: Vec<QualityRun> = Vec::new();
    for reading in readings {
        match runs.last_mut() {
            Some(last) if last.quality == reading.quality => last.count += 1,
            _ => runs.push(QualityRun { count: 1, quality: reading.quality }),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
