//! Keeping rollups: in the very transaction of the blocks they sum up, so that none is lost and none counted twice.

use super::{
    Grain, SeriesKey,
    index::Index,
    page,
    sums::{Minutes, Numbered, Rollup, coarser},
};
use crate::store::{Store, error::StoreError, page::Place, rows};
use pulsebook_protocol::{keyring, random::Random};
use rusqlite::{Connection, OptionalExtension};
use std::ops::RangeInclusive;

/// One page of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageAt {
    pub(super) series: u32,
    pub(super) grain: Grain,
    pub(super) page: i64,
}

impl PageAt {
    /// Keys change with the time that was measured, as those of segments do with the time of sealing.
    fn period(self) -> u32 {
        let seconds = self.grain.page_start(self.page).div_euclid(1000);
        keyring::page_number(u64::try_from(seconds).unwrap_or(0))
    }

    fn key(self) -> [[u8; 8]; 3] {
        [rows::be(self.series.into()), rows::be(self.grain as u64), self.page.to_be_bytes()]
    }

    fn row(self) -> (u32, u8, i64) {
        (self.series, self.grain as u8, self.page)
    }
}

/// Whether stored bytes are not what was written, in contrast to a database that fails.
pub(super) fn is_damage(error: &StoreError) -> bool {
    matches!(error, StoreError::Sealed { .. } | StoreError::Damaged(_))
}

impl Store {
    /// Adds the segments of blocks `heights`, together with these blocks. When the rollups do not reach up to them, as
    /// in a database of an earlier program, nothing is added: they are caught up with before they are next read.
    pub(crate) fn add_rollups(
        &self,
        db: &Connection,
        heights: RangeInclusive<u64>,
        minutes: &Minutes,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let mut index = match self.rollup_index(db) {
            Ok(index) if index.next == *heights.start() => index,
            Ok(_) => return Ok(()),
            // Derived bytes must not keep readings from being sealed; whoever reads them will find the damage.
            Err(error) if is_damage(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        for (key, series) in minutes.series() {
            for grain in Grain::ALL {
                self.add_series(
                    db,
                    &mut index,
                    (key, grain),
                    &coarser(series, Grain::Minute, grain),
                    random,
                )?;
            }
        }
        index.next = heights.end() + 1;
        self.put_rollup_index(db, &index, random)
    }

    fn add_series(
        &self,
        db: &Connection,
        index: &mut Index,
        (key, grain): (SeriesKey, Grain),
        new: &Numbered,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let series = index.number_or_new(key);
        let mut rest = new.clone();
        while let Some((first, _)) = rest.first_key_value() {
            let number = first.div_euclid(grain.in_page());
            let later = rest.split_off(&(number + 1).saturating_mul(grain.in_page()));
            let at = PageAt { series, grain, page: number };
            self.add_page(db, index, at, &rest, random)?;
            rest = later;
        }
        Ok(())
    }

    fn add_page(
        &self,
        db: &Connection,
        index: &mut Index,
        at: PageAt,
        new: &Numbered,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let Some(listed) = index.listed(at.series) else { return Ok(()) };
        let Some(pages) = listed.pages.get_mut(usize::from(at.grain as u8)) else { return Ok(()) };
        let before = pages.range(..at.page).next_back().copied();
        let newest = pages.last().is_none_or(|last| *last <= at.page);
        let mut rollups = match pages.insert(at.page) {
            true => {
                self.close_page(db, before.map(|page| PageAt { page, ..at }), random)?;
                Numbered::new()
            }
            false => match self.rollup_page(db, at) {
                Ok(rollups) => rollups,
                // It stays listed: whoever reads it finds it damaged and makes it again, these segments included.
                Err(error) if is_damage(&error) => return self.drop_rollup_page(db, at),
                Err(error) => return Err(error),
            },
        };
        new.iter().for_each(|(number, rollup)| rollups.entry(*number).or_default().merge(rollup));
        // More will come to the newest page, within the hour: it is packed well when the next one begins.
        let encode = if newest { page::encode_open } else { page::encode };
        self.put_page_bytes(db, at, &encode(at.grain, at.page, &rollups), random)
    }

    /// Packs a page well that nothing more comes to, as a rule; one that is damaged stays, to be found and made again.
    fn close_page(
        &self,
        db: &Connection,
        at: Option<PageAt>,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let Some(at) = at else { return Ok(()) };
        match self.rollup_page(db, at) {
            Ok(rollups) => self.put_rollup_page(db, at, &rollups, random),
            Err(error) if is_damage(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A page that the index lists.
    pub(super) fn rollup_page(&self, db: &Connection, at: PageAt) -> Result<Numbered, StoreError> {
        Ok(self.rollup_rows(db, at)?.into_iter().collect())
    }

    /// The same, ascending.
    pub(super) fn rollup_rows(&self, db: &Connection, at: PageAt) -> Result<Vec<(i64, Rollup)>, StoreError> {
        let damaged = || StoreError::Damaged("a page of rollups");
        let sql = "SELECT period, sealed FROM rollups WHERE series = ?1 AND grain = ?2 AND page = ?3";
        let mut query = db.prepare_cached(sql)?;
        let row = query.query_row(at.row(), |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let (period, sealed) = row.optional()?.ok_or_else(damaged)?;
        let (key, plain) = (at.key(), period.to_be_bytes());
        let opened =
            self.with_place(&key, &plain, |place| self.sealer.open_in_period(db, period, place, &sealed))?;
        page::decode_rows(at.grain, at.page, &opened).ok_or_else(damaged)
    }

    pub(super) fn put_rollup_page(
        &self,
        db: &Connection,
        at: PageAt,
        rollups: &Numbered,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        self.put_page_bytes(db, at, &page::encode(at.grain, at.page, rollups), random)
    }

    fn put_page_bytes(
        &self,
        db: &Connection,
        at: PageAt,
        bytes: &[u8],
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let period = at.period();
        let (key, plain) = (at.key(), period.to_be_bytes());
        let sealed = self.with_place(&key, &plain, |place| {
            self.sealer.seal_in_period(db, period, (place, bytes), random)
        })?;
        let sql = "INSERT OR REPLACE INTO rollups (series, grain, page, period, sealed) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (series, grain, page) = at.row();
        db.prepare_cached(sql)?.execute((series, grain, page, period, sealed))?;
        Ok(())
    }

    fn drop_rollup_page(&self, db: &Connection, at: PageAt) -> Result<(), StoreError> {
        let sql = "DELETE FROM rollups WHERE series = ?1 AND grain = ?2 AND page = ?3";
        db.prepare_cached(sql)?.execute(at.row())?;
        Ok(())
    }

    fn with_place<T>(&self, key: &[[u8; 8]; 3], period: &[u8; 4], work: impl FnOnce(Place<'_>) -> T) -> T {
        let [series, grain, page] = key;
        let (key, plain): ([&[u8]; 3], [&[u8]; 1]) = ([series, grain, page], [period]);
        work(Place { table: "rollups", column: "sealed", key: &key, plain: &plain })
    }
}
