//! Fitting: laying times that jitter onto the rhythm of the sensor, as few runs as possible.
//!
//! A run keeps every start that leaves each of its slots within the tolerance; it ends when none is left, and then
//! takes the start in the middle. So neither a late first notification nor a slow drift of the clock breaks a run early.

use std::ops::Range;

use super::{BEAT_TOLERANCE_MS, MAX_BEAT, MAX_PERIOD_US, Run, run};
use crate::{
    reading::{Reading, UnixMillis, Value},
    vital::Vital,
};

/// Readings further apart are not a stream unless the sensor's cadence says so, and keep their times exactly.
const STREAM_PERIOD_MS: i64 = 5_000;
/// Fewer readings are not taken for a stream.
const STREAM_READINGS: usize = 16;
/// The most a time moves without a known cadence.
const STREAM_TOLERANCE_MS: i64 = 500;
/// The period of a run whose slots have no rhythm.
const NO_RHYTHM_US: u64 = 1_000_000;

/// How far apart a vital's readings should be and how far they may be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rhythm {
    period_us: u64,
    tolerance_ms: i64,
}

impl Rhythm {
    /// The sensor's nominal cadence, else the median distance of a stream, else exact times.
    pub(super) fn of(vital: Vital, readings: &[Reading], cadence_us: Option<u64>) -> Rhythm {
        if vital == Vital::RrInterval {
            // Of RR intervals only those that cannot be beats lie on a grid: with the same tolerance, to fit between.
            let period_us = 2_000 * BEAT_TOLERANCE_MS.unsigned_abs();
            return Rhythm { period_us, tolerance_ms: BEAT_TOLERANCE_MS };
        }
        if let Some(cadence) = cadence_us {
            let period_us = cadence.clamp(1, MAX_PERIOD_US);
            return Rhythm { period_us, tolerance_ms: half(period_us) };
        }
        let median = median_distance(readings);
        let period_us =
            median.map_or(NO_RHYTHM_US, |ms| ms.unsigned_abs().saturating_mul(1000).min(MAX_PERIOD_US));
        let stream = readings.len() >= STREAM_READINGS && median.is_some_and(|ms| ms <= STREAM_PERIOD_MS);
        let tolerance_ms = if stream { half(period_us).min(STREAM_TOLERANCE_MS) } else { 0 };
        Rhythm { period_us, tolerance_ms }
    }
}

fn half(period_us: u64) -> i64 {
    i64::try_from(period_us / 2_000).unwrap_or(i64::MAX)
}

/// The median distance of neighbours in milliseconds; `None` when it is 0 or there is none.
fn median_distance(readings: &[Reading]) -> Option<i64> {
    let distance = |pair: &[Reading]| match pair {
        [before, after] => after.measured_at.saturating_sub(before.measured_at),
        _ => 0,
    };
    let mut distances: Vec<i64> = readings.windows(2).map(distance).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().filter(|ms| *ms > 0)
}

/// The runs of readings that ascend by time and lie in `range`.
pub(super) fn fit(readings: &[Reading], range: Range<UnixMillis>, rhythm: Rhythm) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut floor = range.start;
    let mut open: Option<OpenRun> = None;
    for reading in readings {
        if open.as_mut().is_some_and(|run| run.take(reading, range.end)) {
            continue;
        }
        if let Some(run) = open.take() {
            floor = run.last();
            runs.push(run.close());
        }
        open = Some(OpenRun::new(reading, rhythm, floor, range.end));
    }
    runs.extend(open.map(OpenRun::close));
    runs
}

/// A run that may still take slots.
#[derive(Debug)]
struct OpenRun {
    beats: bool,
    rhythm: Rhythm,
    count: u32,
    /// 1/1024 s of all intervals so far.
    ticks: i64,
    /// How far after the start the newest slot lies.
    offset: i64,
    starts: Starts,
}

/// The starts that are still possible: near enough to every slot, and within what came before and the range.
#[derive(Clone, Copy, Debug)]
struct Starts {
    near: (i64, i64),
    allowed: (i64, i64),
}

impl Starts {
    fn narrowed(self, wanted: i64, tolerance: i64, latest: i64) -> Starts {
        let near = (
            self.near.0.max(wanted.saturating_sub(tolerance)),
            self.near.1.min(wanted.saturating_add(tolerance)),
        );
        Starts { near, allowed: (self.allowed.0, self.allowed.1.min(latest)) }
    }

    fn is_possible(self) -> bool {
        self.near.0.max(self.allowed.0) <= self.near.1.min(self.allowed.1)
    }

    /// The middle of the near ones, or what is allowed next to it.
    fn best(self) -> i64 {
        let middle = self.near.0.midpoint(self.near.1);
        middle.min(self.allowed.1).max(self.allowed.0)
    }
}

impl OpenRun {
    fn new(reading: &Reading, rhythm: Rhythm, floor: UnixMillis, end: UnixMillis) -> OpenRun {
        let ticks = interval(reading);
        let offset = ticks.map_or(0, run::beat_offset);
        let anywhere =
            Starts { near: (i64::MIN, i64::MAX), allowed: (floor.saturating_sub(offset), i64::MAX) };
        let mut run = OpenRun {
            beats: ticks.is_some(),
            rhythm,
            count: 1,
            ticks: ticks.unwrap_or(0),
            offset,
            starts: anywhere,
        };
        run.starts = run.starts_with(reading, offset, end);
        run
    }

    fn starts_with(&self, reading: &Reading, offset: i64, end: UnixMillis) -> Starts {
        let wanted = reading.measured_at.saturating_sub(offset);
        let latest = end.saturating_sub(1).saturating_sub(offset);
        self.starts.narrowed(wanted, self.rhythm.tolerance_ms, latest)
    }

    /// Takes the reading as the next slot, if one start suits it and all before.
    fn take(&mut self, reading: &Reading, end: UnixMillis) -> bool {
        let ticks = interval(reading).map_or(0, |interval| self.ticks.saturating_add(interval));
        let offset = match self.beats {
            true => run::beat_offset(ticks),
            false => run::grid_offset(u64::from(self.count), self.rhythm.period_us),
        };
        let starts = self.starts_with(reading, offset, end);
        if self.beats != interval(reading).is_some() || !starts.is_possible() {
            return false;
        }
        (self.starts, self.offset, self.ticks) = (starts, offset, ticks);
        self.count += 1;
        true
    }

    /// The time of the newest slot.
    fn last(&self) -> UnixMillis {
        self.starts.best().saturating_add(self.offset)
    }

    fn close(self) -> Run {
        let period_us = if self.beats { 0 } else { self.rhythm.period_us };
        Run { start: self.starts.best(), period_us, count: self.count }
    }
}

/// The RR interval in 1/1024 s, when the reading can be part of a beats run.
fn interval(reading: &Reading) -> Option<i64> {
    match reading.value {
        Value::Number(ticks) if reading.vital == Vital::RrInterval && (0..=MAX_BEAT).contains(&ticks) => {
            Some(i64::from(ticks))
        }
        _ => None,
    }
}
