//! Rollups held against the sealed segments: an older copy of a page opens, but does not say what the segments say.

use super::{
    Grain, SeriesKey,
    index::Index,
    keep::{PageAt, is_damage},
    repair::RollupRepair,
    sums::{Minutes, Numbered, coarser},
};
use crate::store::{Store, error::StoreError, segments::HOUR_MS};
use pulsebook_protocol::{random::Random, time_text};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

const HOURS: i64 = Grain::Day.ms() / HOUR_MS;

/// A page of rollups that is damaged or not what the sealed segments give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollupDifference {
    /// The series; none when it is about the index, and so about all of them.
    pub page: Option<(SeriesKey, Grain, i64)>,
}

impl fmt::Display for RollupDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const AGAIN: &str = "not what the sealed readings give, and were made again from these";
        let Some((key, grain, page)) = self.page else {
            return write!(
                f,
                "the list of the sums for charts did not open: all were made again from the sealed readings"
            );
        };
        let each = match grain {
            Grain::Minute => "minute",
            Grain::Hour => "hour",
            Grain::Day => "day",
        };
        write!(f, "the sums for charts of {} by {each}", key.vital.name())?;
        if let Ok(start) = u64::try_from(grain.page_start(page).div_euclid(1000)) {
            write!(f, ", from {}", time_text::minute_utc(start))?;
        }
        write!(f, ", were {AGAIN}")
    }
}

/// Sums that pages must hold, by series.
type Sums = BTreeMap<SeriesKey, Numbered>;

impl Store {
    /// Compares every page of rollups with what the sealed segments give; a page that differs is made again. Opens each
    /// segment once and holds the minutes of one day at a time, the hours of one page, and the days of the whole record.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a segment does not open.
    pub(crate) fn check_rollups(&self, random: &mut dyn Random) -> Result<Vec<RollupDifference>, StoreError> {
        let (mut found, mut repairs) = (Vec::new(), Vec::new());
        let index = self.caught_up_rollups(&mut repairs, random)?;
        if repairs.contains(&RollupRepair::All) {
            // The index did not open: every page has been made anew.
            found.push(RollupDifference { page: None });
        }
        let days_known = self.days_with_segments(&index)?;
        let (mut hours, mut days) = (Sums::new(), Sums::new());
        for page in hour_pages(&index, &days_known) {
            for day in days_known.range(first_day(page)..first_day(page.saturating_add(1))) {
                let minutes = self.minutes_of_day(*day)?;
                self.compare((&index, Grain::Minute, Some(*day)), &minutes, &mut found, random)?;
                add_coarser(&mut hours, &minutes, Grain::Minute, Grain::Hour);
            }
            self.compare((&index, Grain::Hour, Some(page)), &hours, &mut found, random)?;
            add_coarser(&mut days, &std::mem::take(&mut hours), Grain::Hour, Grain::Day);
        }
        self.compare((&index, Grain::Day, None), &days, &mut found, random)?;
        Ok(found)
    }

    /// Days since 1970 that have a segment, or of which the index says so.
    fn days_with_segments(&self, index: &Index) -> Result<BTreeSet<i64>, StoreError> {
        let hours = self.hours(i64::MIN, i64::MAX, u32::MAX)?;
        let listed = index.keys().flat_map(|key| index.pages(key, Grain::Minute).collect::<Vec<_>>());
        Ok(hours.iter().map(|hour| hour.div_euclid(HOURS)).chain(listed).collect())
    }

    fn minutes_of_day(&self, day: i64) -> Result<Sums, StoreError> {
        let mut minutes = Minutes::default();
        let first = day.saturating_mul(HOURS);
        for hour in self.hours(first, first.saturating_add(HOURS), u32::MAX)? {
            for (height, slot) in self.slots_in_hour(hour)? {
                let known = self.slots(height)?.into_iter().find(|known| known.slot == slot);
                let known = known.ok_or(StoreError::Damaged("the keys of a block"))?;
                minutes.merge(&Minutes::of(self.open_slot(height, &known)?.segment()));
            }
        }
        Ok(minutes.into_series())
    }

    /// Holds pages of one grain, one of each series or all, against their sums.
    fn compare(
        &self,
        (index, grain, only): (&Index, Grain, Option<i64>),
        sums: &Sums,
        found: &mut Vec<RollupDifference>,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        for (number, key) in (0..).zip(index.keys()) {
            let expected = sums.get(&key);
            for page in index.pages(key, grain).filter(|page| only.is_none_or(|only| only == *page)) {
                let first = page.saturating_mul(grain.in_page());
                let within = first..first.saturating_add(grain.in_page());
                let rollups: Numbered = expected
                    .map(|all| all.range(within).map(|(number, rollup)| (*number, *rollup)).collect())
                    .unwrap_or_default();
                let at = PageAt { series: number, grain, page };
                let read = self.rollup_page(&self.db(), at);
                match read {
                    Ok(read) if read == rollups => continue,
                    Err(error) if !is_damage(&error) => return Err(error),
                    _ => {}
                }
                self.in_step(|db| self.put_rollup_page(db, at, &rollups, random))?;
                found.push(RollupDifference { page: Some((key, grain, page)) });
            }
        }
        Ok(())
    }
}

/// The day that a page of hours begins with.
fn first_day(page: i64) -> i64 {
    page.saturating_mul(Grain::Hour.in_page() / HOURS)
}

/// Pages of hours that have one of these days, or of which the index says so.
fn hour_pages(index: &Index, days: &BTreeSet<i64>) -> BTreeSet<i64> {
    let listed = index.keys().flat_map(|key| index.pages(key, Grain::Hour).collect::<Vec<_>>());
    days.iter().map(|day| day.saturating_mul(HOURS).div_euclid(Grain::Hour.in_page())).chain(listed).collect()
}

fn add_coarser(sums: &mut Sums, finer: &Sums, from: Grain, to: Grain) {
    for (key, series) in finer {
        sums.entry(*key).or_default().extend(coarser(series, from, to));
    }
}
