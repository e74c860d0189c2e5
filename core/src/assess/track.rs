//! What is remembered of one vital of one sensor, and the checks that need it.

use super::limits::{Limits, Rate, VitalLimits};
use pulsebook_protocol::{
    quality::{Mark, Quality},
    reading::{Reading, UnixMillis, Value},
};

/// The last reading and the last possible number; nothing grows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Track {
    pub(super) latest: Option<(UnixMillis, Value)>,
    pub(super) number: Option<(UnixMillis, i32)>,
    pub(super) equal_in_a_row: u32,
}

impl Track {
    /// Judges a reading against what came before it, then remembers it.
    pub(super) fn judge(
        &mut self,
        vital: &VitalLimits,
        limits: &Limits,
        cadence_ms: Option<u32>,
        reading: &Reading,
    ) -> Quality {
        let Reading { measured_at, value, .. } = *reading;
        let fills_in = self.latest.is_some_and(|(latest, _)| measured_at < latest);
        if fills_in && reading.quality.has(Mark::FromStorage) {
            // It was measured before what came already: neither goes on from the other.
            return Quality::GOOD;
        }
        let mut quality = Quality::GOOD;
        let mut mark = |found: bool, mark| {
            if found {
                quality = quality.with(mark);
            }
        };
        let duplicate = self.latest == Some((measured_at, value));
        mark(duplicate, Mark::Duplicate);
        if let Some((before, _)) = self.latest {
            mark(before.saturating_sub(measured_at) > limits.clock.backwards_ms, Mark::ClockJump);
            let gap = cadence_ms.map(|cadence| i64::from(cadence) * limits.gap.cadences);
            mark(gap.is_some_and(|gap| measured_at.saturating_sub(before) > gap), Mark::AfterGap);
        }
        if let Value::Number(number) = value
            && !duplicate
        {
            mark(
                vital.rate.is_some_and(|rate| self.changed_too_fast(rate, measured_at, number)),
                Mark::RateOfChange,
            );
            self.count(measured_at, number, (vital.hard.0..=vital.hard.1).contains(&number));
            mark(vital.stuck.is_some_and(|stuck| self.equal_in_a_row >= stuck.count), Mark::Stuck);
        }
        self.latest = Some((measured_at, value));
        quality
    }

    fn changed_too_fast(&self, rate: Rate, measured_at: UnixMillis, number: i32) -> bool {
        self.number.is_some_and(|(before, last)| {
            measured_at.abs_diff(before) <= rate.within_ms.unsigned_abs()
                && number.abs_diff(last) > rate.delta.unsigned_abs()
        })
    }

    fn count(&mut self, measured_at: UnixMillis, number: i32, possible: bool) {
        let equal = self.number.is_some_and(|(_, last)| last == number);
        self.equal_in_a_row = if equal { self.equal_in_a_row.saturating_add(1) } else { 1 };
        // The next value is not to blame for having left an impossible one.
        if possible {
            self.number = Some((measured_at, number));
        }
    }
}
