//! Notifications that no decoder understood: kept raw and sealed, in pages that stay small whatever came.

use super::{RawNotification, Store, error::StoreError, page::Place, rows};
use pulsebook_protocol::{cbor, random::Random};
use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroizing;

/// A malformed notification and the identity of the sensor it came from.
pub type MalformedNotification = (String, RawNotification);

/// Most notifications of one page.
const PAGE: usize = 4096;

/// Most bytes that the frames of one page have together, unless a single one has more.
const PAGE_BYTES: usize = 1 << 20;

/// The first version made one page of a sealing, however large: as much as SQLite takes.
const LIMIT: usize = 1 << 30;

fn place<'a>(key: &'a [&'a [u8]; 1], period: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "malformed", column: "sealed", key, plain: period }
}

/// How many of the next go on one page; at least one when there is one.
fn page_of(malformed: &[MalformedNotification]) -> usize {
    let mut bytes = 0;
    let fits = |(_, raw): &&MalformedNotification| {
        bytes += raw.bytes.0.len();
        bytes <= PAGE_BYTES
    };
    malformed.iter().take(PAGE).take_while(fits).count().max(1).min(malformed.len())
}

impl Store {
    pub(crate) fn insert_malformed(
        &self,
        db: &Connection,
        period: u32,
        malformed: &[MalformedNotification],
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let sql = "SELECT COALESCE(MAX(number), -1) + 1 FROM malformed";
        let mut number: u64 = rows::from_sql(db.query_row(sql, [], |row| row.get(0))?);
        let mut rest = malformed;
        while !rest.is_empty() {
            let (page, after) = rest.split_at(page_of(rest));
            let plain_page = Zeroizing::new(cbor::encode(&page.to_vec()));
            let (key, plain) = (rows::be(number), period.to_be_bytes());
            let sealed =
                self.sealer.seal_in_period(db, period, (place(&[&key], &[&plain]), &plain_page), random)?;
            let row = (rows::to_sql(number), period, sealed);
            db.execute("INSERT INTO malformed (number, period, sealed) VALUES (?1, ?2, ?3)", row)?;
            (rest, number) = (after, number + 1);
        }
        Ok(())
    }

    /// The first page of malformed notifications from a number on, oldest first, with its number; a page is at most a few
    /// MiB, so that reading all of them takes little memory.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the page does not open.
    pub fn malformed_page(&self, from: u64) -> Result<Option<(u64, Vec<MalformedNotification>)>, StoreError> {
        let db = self.db();
        let sql = "SELECT number, period, sealed FROM malformed WHERE number >= ?1 ORDER BY number LIMIT 1";
        type Columns = (i64, u32, Vec<u8>);
        let found: Option<Columns> = db
            .prepare_cached(sql)?
            .query_row([rows::to_sql(from)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((number, period, sealed)) = found else { return Ok(None) };
        let (key, plain) = (number.to_be_bytes(), period.to_be_bytes());
        let opened = self.sealer.open_in_period(&db, period, place(&[&key], &[&plain]), &sealed)?;
        let page =
            cbor::decode(&opened, LIMIT).map_err(|_| StoreError::Damaged("the malformed notifications"))?;
        Ok(Some((rows::from_sql(number), page)))
    }

    /// Every malformed notification that was kept raw, oldest first.
    ///
    /// # Errors
    /// As [`Store::malformed_page`].
    pub fn malformed(&self) -> Result<Vec<MalformedNotification>, StoreError> {
        let (mut all, mut from) = (Vec::new(), 0);
        while let Some((number, page)) = self.malformed_page(from)? {
            all.extend(page);
            from = number + 1;
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{scratch, store};
    use pulsebook_protocol::random::SeededRandom;

    #[test]
    fn what_one_sealing_brings_is_cut_into_small_pages_and_comes_back_whole() {
        let (scratch, random) = (scratch(), &mut SeededRandom::new(3));
        let store = store(&scratch);
        let frame = |at: i64, length: usize| {
            let bytes = vec![7; length].into();
            (
                "hostile".to_owned(),
                RawNotification { service: 1, characteristic: 2, instance: 0, received_at: at, bytes },
            )
        };
        let mut malformed: Vec<_> = (0..60).map(|at| frame(at, 60_000)).collect();
        malformed.extend((60..6000).map(|at| frame(at, 1)));
        store.insert_malformed(&store.db(), 0, &malformed, random).unwrap();
        let (mut pages, mut from) = (0, 0);
        while let Some((number, page)) = store.malformed_page(from).unwrap() {
            assert!(page.iter().map(|(_, raw)| raw.bytes.0.len()).sum::<usize>() <= PAGE_BYTES);
            (pages, from) = (pages + 1, number + 1);
        }
        assert_eq!(pages, 5);
        assert!(store.malformed().unwrap() == malformed);
    }
}
