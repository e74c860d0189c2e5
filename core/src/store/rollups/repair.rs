//! Reading rollups, and making again from the sealed segments what is missing or damaged.
//!
//! Whoever calls these has the record's turn: no block is sealed meanwhile.

use super::{
    Grain, SeriesKey,
    index::Index,
    keep::{PageAt, is_damage},
    sums::{Minutes, Numbered, Rollup, coarser},
};
use crate::store::{Slot, Store, error::StoreError, segments::HOUR_MS, step::commit};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{
    random::Random,
    reading::UnixMillis,
    sealed_segment::{VerifiedSegment, open_segment},
};
use std::ops::Range;

/// Blocks summed up in one transaction when catching up.
const STEP: u64 = 24;

/// Rollups that were damaged and have been made again from the sealed segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollupRepair {
    /// The index was damaged, so all of them.
    All,
    /// One page.
    Page {
        /// How long its rollups are.
        grain: Grain,
        /// When it begins.
        start: UnixMillis,
    },
}

impl Store {
    /// The index, after every sealed segment has been summed up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a segment does not open.
    pub(crate) fn caught_up_rollups(
        &self,
        repairs: &mut Vec<RollupRepair>,
        random: &mut dyn Random,
    ) -> Result<Index, StoreError> {
        let end = self.head()?.map_or(0, |head| head.height + 1);
        let read = self.rollup_index(&self.db());
        let mut index = match read {
            Ok(index) if index.next <= end => index,
            Ok(_) => self.forget_rollups(repairs)?,
            Err(error) if is_damage(&error) => self.forget_rollups(repairs)?,
            Err(error) => return Err(error),
        };
        while index.next < end {
            let last = end.min(index.next.saturating_add(STEP)) - 1;
            let heights = index.next..=last;
            let minutes = self.minutes_of_blocks(heights.clone())?;
            self.in_step(|db| self.add_rollups(db, heights, &minutes, random))?;
            let reached = self.rollup_index(&self.db())?;
            if reached.next <= last {
                return Err(StoreError::Damaged("the index of the rollups"));
            }
            index = reached;
        }
        Ok(index)
    }

    /// The rollups of a series within `[from, to)`, ascending by number.
    ///
    /// # Errors
    /// As [`Store::caught_up_rollups`].
    pub(crate) fn rollups(
        &self,
        index: &Index,
        (key, grain): (SeriesKey, Grain),
        range: Range<UnixMillis>,
        repairs: &mut Vec<RollupRepair>,
        random: &mut dyn Random,
    ) -> Result<Vec<(i64, Rollup)>, StoreError> {
        let mut found = Vec::new();
        let Some(series) = index.number(key) else { return Ok(found) };
        let overlaps = |page: &i64| {
            grain.page_start(*page) < range.end && range.start < grain.page_start(page.saturating_add(1))
        };
        for page in index.pages(key, grain).filter(overlaps) {
            let at = PageAt { series, grain, page };
            found.extend(self.page_or_repaired(index, (key, at), repairs, random)?);
        }
        let first = grain.number(range.start);
        let end = grain.number(range.end.saturating_sub(1)).saturating_add(1);
        found.retain(|(number, _)| (first..end).contains(number));
        Ok(found)
    }

    fn page_or_repaired(
        &self,
        index: &Index,
        (key, at): (SeriesKey, PageAt),
        repairs: &mut Vec<RollupRepair>,
        random: &mut dyn Random,
    ) -> Result<Vec<(i64, Rollup)>, StoreError> {
        let read = self.rollup_rows(&self.db(), at);
        match read {
            Err(error) if is_damage(&error) => {}
            undamaged => return undamaged,
        }
        let rollups = self.page_from_finer(index, (key, at), repairs, random)?;
        self.in_step(|db| self.put_rollup_page(db, at, &rollups, random))?;
        repairs.push(RollupRepair::Page { grain: at.grain, start: at.grain.page_start(at.page) });
        Ok(rollups.into_iter().collect())
    }

    /// Minutes come from the segments, hours from minutes, days from hours.
    fn page_from_finer(
        &self,
        index: &Index,
        (key, at): (SeriesKey, PageAt),
        repairs: &mut Vec<RollupRepair>,
        random: &mut dyn Random,
    ) -> Result<Numbered, StoreError> {
        let range = at.grain.page_start(at.page)..at.grain.page_start(at.page.saturating_add(1));
        let finer = match at.grain {
            Grain::Minute => return self.minutes_of_range(key, range),
            Grain::Hour => Grain::Minute,
            Grain::Day => Grain::Hour,
        };
        let rollups = self.rollups(index, (key, finer), range, repairs, random)?;
        Ok(coarser(&rollups.into_iter().collect(), finer, at.grain))
    }

    fn minutes_of_range(&self, key: SeriesKey, range: Range<UnixMillis>) -> Result<Numbered, StoreError> {
        let mut minutes = Minutes::default();
        let hours = range.start.div_euclid(HOUR_MS)..range.end.div_euclid(HOUR_MS);
        for hour in self.hours(hours.start, hours.end, u32::MAX)? {
            for (height, slot) in self.slots_in_hour(hour)? {
                let known = self.slots(height)?.into_iter().find(|known| known.slot == slot);
                let known = known.ok_or(StoreError::Damaged("the keys of a block"))?;
                if known.category == key.vital.category() {
                    minutes.merge(&Minutes::of(self.open_slot(height, &known)?.segment()));
                }
            }
        }
        Ok(minutes.take(key))
    }

    fn minutes_of_blocks(&self, heights: std::ops::RangeInclusive<u64>) -> Result<Minutes, StoreError> {
        let mut minutes = Minutes::default();
        for height in heights {
            for slot in self.slots(height)? {
                minutes.merge(&Minutes::of(self.open_slot(height, &slot)?.segment()));
            }
        }
        Ok(minutes)
    }

    /// Opens a sealed segment and holds it against its block's commitment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is not what was sealed.
    pub(crate) fn open_slot(&self, height: u64, known: &Slot) -> Result<VerifiedSegment, StoreError> {
        let damaged = || StoreError::Damaged("a segment");
        let stored = self.segment(height, known.slot)?.ok_or_else(damaged)?;
        let block = Store::parse(&self.block(height)?.ok_or_else(damaged)?)?;
        let commitment = block.commitments.get(usize::from(known.slot)).ok_or_else(damaged)?;
        let opened =
            open_segment(&self.identity().chain, &known.dek, &stored.bytes).map_err(|_| damaged())?;
        opened.verify_commitment(commitment).map_err(|_| damaged())
    }

    fn forget_rollups(&self, repairs: &mut Vec<RollupRepair>) -> Result<Index, StoreError> {
        self.in_step(|db| Ok(db.execute_batch("DELETE FROM rollups; DELETE FROM rollup_index;")?))?;
        repairs.push(RollupRepair::All);
        Ok(Index::default())
    }

    /// Runs work in one transaction.
    pub(super) fn in_step(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut db = self.db();
        let step = db.transaction()?;
        let points = (Point::RollupsCommit, Point::RollupsCommitted);
        let done = work(&step).and_then(|()| commit(points, step));
        if done.is_err() {
            self.sealer.forget_periods();
        }
        done
    }
}
