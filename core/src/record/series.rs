//! A vital over time as a chart needs it: rollups for long ranges, the readings themselves for short ones, and what
//! waits for its block on top.

mod buckets;
mod gaps;

pub use buckets::{Bucket, Buckets};

use super::{Inner, Record, VitalsQuery, blocking};
use crate::{
    error::Error,
    store::{Grain, Index, Rollup, RollupRepair, SeriesKey, locked},
};
use pulsebook_protocol::{
    reading::{Origin, Reading, UnixMillis},
    vital::Vital,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// The most buckets of one answer.
pub const MOST_BUCKETS: u32 = 10_000;

/// Longer ranges are drawn from rollups, however narrow the buckets: memory and time stay bounded.
const LONGEST_RAW_MS: i64 = 24 * 3_600_000;

/// Which series, and how finely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesQuery {
    /// The vital.
    pub vital: Vital,
    /// From this time on.
    pub from: UnixMillis,
    /// Up to before this time.
    pub to: UnixMillis,
    /// At most so many buckets: 1 to [`MOST_BUCKETS`]; what lies outside is brought inside.
    pub buckets: u32,
    /// Readings of this origin. When none is named: measured ones, else typed, else replayed, else simulated ones.
    pub origin: Option<Origin>,
}

/// One vital of one origin over time; values of two origins never mix.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The vital; values are in its unit as a patient reads it, RR intervals in milliseconds.
    pub vital: Vital,
    /// Where the readings come from; none without any reading.
    pub origin: Option<Origin>,
    /// Other origins that have readings of this vital in this range.
    pub others: Vec<Origin>,
    /// What the buckets cover: the range asked for, widened to whole minutes, hours or days when drawn from rollups.
    pub covered: Range<UnixMillis>,
    /// Milliseconds of each bucket; the last one may be cut off.
    pub width_ms: i64,
    /// Values that stayed out for longer are a gap: five times as long as usual, in milliseconds.
    pub longest_step_ms: i64,
    /// Buckets that have a reading, ascending.
    pub buckets: Buckets,
    /// The readings themselves, in order of time, when the buckets are narrower than a minute and the range is at most a day.
    pub points: Vec<Reading>,
    /// Rollups that were found damaged and have been made again.
    pub repairs: Vec<RollupRepair>,
}

impl Record {
    /// A vital over time in at most so many buckets, what is not sealed yet included.
    ///
    /// A database of an earlier program is summed up first, which is done once.
    ///
    /// ```
    /// # async fn example(record: &pulsebook_core::record::Record) -> Result<(), pulsebook_core::error::Error> {
    /// use pulsebook_core::record::SeriesQuery;
    /// use pulsebook_protocol::vital::Vital;
    /// let (from, to) = (1_772_323_200_000, 1_772_409_600_000);
    /// let query = SeriesQuery { vital: Vital::HeartRate, from, to, buckets: 1000, origin: None };
    /// let series = record.series(query).await?;
    /// for bucket in series.buckets.rows() {
    ///     println!("{}: {:?} to {:?}, {} doubtful", bucket.start, bucket.min, bucket.max, bucket.doubtful);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] when the database fails, or a segment that is needed does not open.
    pub async fn series(&self, query: SeriesQuery) -> Result<Series, Error> {
        let _turn = self.inner.turn.lock().await;
        let inner = self.inner.clone();
        blocking(move || inner.series(query)).await
    }

    /// From the first to after the last minute that has a reading of a vital; none without any.
    ///
    /// # Errors
    /// As [`Record::series`].
    pub async fn extent(
        &self,
        vital: Vital,
        origin: Option<Origin>,
    ) -> Result<Option<Range<UnixMillis>>, Error> {
        let _turn = self.inner.turn.lock().await;
        let inner = self.inner.clone();
        blocking(move || inner.extent(vital, origin)).await
    }
}

/// Measured readings first, simulated ones last.
const PREFERRED: [Origin; 4] = [Origin::Measured, Origin::Manual, Origin::Replayed, Origin::Simulated];

impl Inner {
    fn series(&self, query: SeriesQuery) -> Result<Series, Error> {
        let (query, shape) = Shape::of(query);
        let mut repairs = Vec::new();
        let index = self.store.caught_up_rollups(&mut repairs, &mut **locked(&self.random))?;
        let mut origins = self.origins(&index, query.vital, &shape.covered);
        let origin = query.origin.or(origins.first().copied());
        origins.retain(|other| Some(*other) != origin);
        let (mut sums, mut points) = (BTreeMap::new(), Vec::new());
        if let Some(origin) = origin {
            let key = SeriesKey::new(query.vital, origin);
            match shape.grain {
                None => points = self.points(key, &shape, &mut sums)?,
                Some(grain) => self.sums(&index, (key, grain), &shape, &mut sums, &mut repairs)?,
            }
        }
        let (buckets, longest_step_ms) =
            Buckets::of(query.vital, &shape.covered, shape.width_ms, &sums, &points);
        let origin = origin.filter(|_| !sums.is_empty());
        let Shape { covered, width_ms, .. } = shape;
        let (vital, others) = (query.vital, origins);
        Ok(Series { vital, origin, others, covered, width_ms, longest_step_ms, buckets, points, repairs })
    }

    /// Which origins have readings of a vital on the days of a range, the preferred one first.
    fn origins(&self, index: &Index, vital: Vital, range: &Range<UnixMillis>) -> Vec<Origin> {
        let day = |at: UnixMillis| at.div_euclid(Grain::Day.ms());
        let days = day(range.start)..=day(range.end.saturating_sub(1));
        let sealed = |origin| {
            index.pages(SeriesKey::new(vital, origin), Grain::Minute).any(|page| days.contains(&page))
        };
        let pipeline = locked(&self.pipeline);
        let waits = |wanted| {
            let mut staged = pipeline.staging().of_vital(vital);
            staged.any(|(origin, reading)| origin == wanted && range.contains(&reading.measured_at))
        };
        PREFERRED.into_iter().filter(|origin| sealed(*origin) || waits(*origin)).collect()
    }

    /// The readings of a short range, and their sums by bucket.
    fn points(
        &self,
        key: SeriesKey,
        shape: &Shape,
        sums: &mut BTreeMap<i64, Rollup>,
    ) -> Result<Vec<Reading>, Error> {
        let (from, to) = (shape.covered.start, shape.covered.end);
        let query = VitalsQuery { from, to, vitals: vec![key.vital], limit: u32::MAX, after: None };
        let page = self.page(&query)?;
        let wanted = |sensor: u32| {
            let label = usize::try_from(sensor).ok().and_then(|sensor| page.sensors.get(sensor));
            label.is_some_and(|label| label.origin == key.origin())
        };
        let kept = page.readings.iter().filter(|kept| wanted(kept.sensor));
        let points: Vec<Reading> = kept.map(|kept| kept.reading).collect();
        points.iter().for_each(|reading| shape.add(sums, reading.measured_at, &Rollup::of(reading)));
        Ok(points)
    }

    /// Rollups of a long range, and what waits, by bucket.
    fn sums(
        &self,
        index: &Index,
        (key, grain): (SeriesKey, Grain),
        shape: &Shape,
        sums: &mut BTreeMap<i64, Rollup>,
        repairs: &mut Vec<RollupRepair>,
    ) -> Result<(), Error> {
        let range = shape.covered.clone();
        // Each lock for itself: whoever takes both begins with the pipeline's.
        let rollups = self.store.rollups(index, (key, grain), range, repairs, &mut **locked(&self.random))?;
        shape.add_all(
            sums,
            rollups.iter().map(|(number, rollup)| (number.saturating_mul(grain.ms()), rollup)),
        );
        let pipeline = locked(&self.pipeline);
        for (origin, reading) in pipeline.staging().of_vital(key.vital) {
            if origin == key.origin() {
                shape.add(sums, reading.measured_at, &Rollup::of(reading));
            }
        }
        Ok(())
    }

    fn extent(&self, vital: Vital, origin: Option<Origin>) -> Result<Option<Range<UnixMillis>>, Error> {
        let wanted = |other| origin.is_none_or(|origin| origin == other);
        let mut minutes = self.outer_minutes(vital, wanted)?;
        let pipeline = locked(&self.pipeline);
        let staged = pipeline.staging().of_vital(vital).filter(|(other, _)| wanted(*other));
        minutes.extend(staged.map(|(_, reading)| Grain::Minute.number(reading.measured_at)));
        let ends = minutes.first().zip(minutes.last());
        Ok(ends.map(|(first, last)| first * Grain::Minute.ms()..(last + 1) * Grain::Minute.ms()))
    }

    /// Sealed minutes of the first and of the last day.
    fn outer_minutes(&self, vital: Vital, wanted: impl Fn(Origin) -> bool) -> Result<BTreeSet<i64>, Error> {
        let random = &mut **locked(&self.random);
        let index = self.store.caught_up_rollups(&mut Vec::new(), random)?;
        let mut minutes = BTreeSet::new();
        for key in index.keys().filter(|key| key.vital == vital && wanted(key.origin())) {
            let pages: Vec<i64> = index.pages(key, Grain::Minute).collect();
            for day in pages.first().into_iter().chain(pages.last()) {
                let range = day * Grain::Day.ms()..(day + 1) * Grain::Day.ms();
                let series = (key, Grain::Minute);
                let found = self.store.rollups(&index, series, range, &mut Vec::new(), random)?;
                minutes.extend(found.into_iter().map(|(number, _)| number));
            }
        }
        Ok(minutes)
    }
}

/// How a range is cut into buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    covered: Range<UnixMillis>,
    width_ms: i64,
    /// Which rollups serve; none for the readings themselves.
    grain: Option<Grain>,
}

impl Shape {
    fn of(query: SeriesQuery) -> (SeriesQuery, Shape) {
        // Years far outside what a record holds would overflow below.
        let bound = |at: UnixMillis| at.clamp(-(1 << 50), 1 << 50);
        let (from, to) = (bound(query.from), bound(query.to));
        let buckets = i64::from(query.buckets.clamp(1, MOST_BUCKETS));
        let length = to.saturating_sub(from).max(1);
        let width = (length + buckets - 1) / buckets;
        let covered = from..to.max(from);
        if width < Grain::Minute.ms() && length <= LONGEST_RAW_MS {
            return (query, Shape { covered, width_ms: width, grain: None });
        }
        let grain = fitting(width);
        let start = grain.number(from) * grain.ms();
        let end = (grain.number(to.saturating_sub(1)) + 1) * grain.ms();
        let count = (end - start) / grain.ms();
        let width_ms = ((count + buckets - 1) / buckets).max(1) * grain.ms();
        (query, Shape { covered: start..end, width_ms, grain: Some(grain) })
    }

    fn add(&self, sums: &mut BTreeMap<i64, Rollup>, at: UnixMillis, rollup: &Rollup) {
        self.add_all(sums, std::iter::once((at, rollup)));
    }

    /// Rollups that come by time are added up before the map is asked for their bucket.
    fn add_all<'a>(
        &self,
        sums: &mut BTreeMap<i64, Rollup>,
        rollups: impl Iterator<Item = (UnixMillis, &'a Rollup)>,
    ) {
        let mut put = |(bucket, sum): (i64, Rollup)| sums.entry(bucket).or_default().merge(&sum);
        let mut open: Option<(i64, Rollup)> = None;
        for (at, rollup) in rollups.filter(|(at, _)| self.covered.contains(at)) {
            let bucket = (at - self.covered.start).div_euclid(self.width_ms);
            match &mut open {
                Some((same, sum)) if *same == bucket => sum.merge(rollup),
                _ => open.replace((bucket, *rollup)).into_iter().for_each(&mut put),
            }
        }
        open.into_iter().for_each(put);
    }
}

/// The longest grain that cuts buckets of about this width: several a bucket, so that rounding up to whole ones does not
/// halve how many buckets there are; few enough that a year is still 14 pages.
fn fitting(width_ms: i64) -> Grain {
    match width_ms {
        width if width >= 4 * Grain::Day.ms() => Grain::Day,
        width if width >= 2 * Grain::Hour.ms() => Grain::Hour,
        _ => Grain::Minute,
    }
}

#[cfg(test)]
mod tests;
