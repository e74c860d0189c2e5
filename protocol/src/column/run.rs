//! Runs: the times of neighbouring slots in three numbers.

use crate::reading::UnixMillis;

/// Slots that follow each other in one rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The time of the first slot; of beats, when the first interval began.
    pub start: UnixMillis,
    /// Microseconds from slot to slot; 0 means beats: each slot ends the RR interval that is its value.
    pub period_us: u64,
    /// How many slots, at least 1.
    pub count: u32,
}

impl Run {
    /// Whether the values themselves give the times.
    pub fn is_beats(&self) -> bool {
        self.period_us == 0
    }
}

/// How many milliseconds after the start slot `index` of a grid lies, rounded half up.
pub(crate) fn grid_offset(index: u64, period_us: u64) -> i64 {
    let us = u128::from(index) * u128::from(period_us);
    i64::try_from((us + 500) / 1000).unwrap_or(i64::MAX)
}

/// How many milliseconds `ticks` of 1/1024 s are, rounded down.
pub(crate) fn beat_offset(ticks: i64) -> i64 {
    ticks.saturating_mul(1000).div_euclid(1024)
}
