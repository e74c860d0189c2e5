//! Rollups: readings summed up by minute, hour and day, sealed, so that a year is drawn without opening a year.
//!
//! They are derived: whatever of them does not open is named, thrown away and made again from the sealed segments.

mod check;
mod index;
mod keep;
pub(super) mod page;
mod repair;
mod sums;

pub use check::RollupDifference;
pub(crate) use index::Index;
pub use repair::RollupRepair;
pub use sums::{Minutes, Rollup, Summed};

use pulsebook_protocol::{
    reading::{Origin, UnixMillis},
    vital::Vital,
};

/// For fuzzing: how many rollups an opened page has, when they are those again after writing.
#[cfg(feature = "fuzzing")]
pub fn read_rollups_twice(grain: Grain, number: i64, bytes: &[u8]) -> Option<Result<usize, String>> {
    let rollups = page::decode(grain, number, bytes)?;
    let again = page::decode(grain, number, &page::encode(grain, number, &rollups));
    Some(if again.as_ref() == Some(&rollups) {
        Ok(rollups.len())
    } else {
        Err(format!("{rollups:?} became {again:?}"))
    })
}

/// For fuzzing: how many series an opened index has, when it is the same again after writing.
#[cfg(feature = "fuzzing")]
pub fn read_index_twice(bytes: &[u8]) -> Option<Result<usize, String>> {
    let index = Index::decode(bytes)?;
    let again = Index::decode(&index.encode());
    Some(if again.as_ref() == Some(&index) {
        Ok(index.series.len())
    } else {
        Err(format!("{index:?} became {again:?}"))
    })
}

/// How long one rollup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Grain {
    /// A minute; a page holds a UTC day.
    Minute = 0,
    /// An hour; a page holds 30 days.
    Hour = 1,
    /// A UTC day; a page holds 360 days.
    Day = 2,
}

impl Grain {
    /// Every grain, finest first.
    pub const ALL: [Grain; 3] = [Grain::Minute, Grain::Hour, Grain::Day];

    /// Milliseconds of one rollup.
    pub const fn ms(self) -> i64 {
        match self {
            Grain::Minute => 60_000,
            Grain::Hour => 3_600_000,
            Grain::Day => 86_400_000,
        }
    }

    /// How many rollups a page may have.
    pub(crate) fn in_page(self) -> i64 {
        match self {
            Grain::Minute => 1440,
            Grain::Hour => 720,
            Grain::Day => 360,
        }
    }

    /// The number of the rollup that a moment belongs to, counted from 1970.
    pub(crate) fn number(self, at: UnixMillis) -> i64 {
        at.div_euclid(self.ms())
    }

    /// When a page begins.
    pub(crate) fn page_start(self, page: i64) -> UnixMillis {
        page.saturating_mul(self.in_page()).saturating_mul(self.ms())
    }
}

/// What is summed up together: one vital of one origin, so that simulated values never mix with measured ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// The vital.
    pub vital: Vital,
    origin: u8,
}

impl SeriesKey {
    /// The series of a vital of this origin.
    pub fn new(vital: Vital, origin: Origin) -> SeriesKey {
        SeriesKey { vital, origin: origin.wire() }
    }

    /// Where its readings come from.
    pub fn origin(self) -> Origin {
        // Only `new` sets it.
        Origin::from_wire(self.origin).unwrap_or(Origin::Simulated)
    }
}

#[cfg(test)]
mod tests;
