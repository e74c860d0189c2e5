//! Keyring pages and index as they were last made, so that every node gets the same bytes.

use super::{Store, error::StoreError, page::Place, rows, step::commit};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{bytes::Digest, random::Random, secret::Secret32};
use rusqlite::OptionalExtension;

/// A keyring page's key and its place.
#[derive(Debug)]
pub struct PageEntry {
    /// Its number: days since 1970 ÷ 30.
    pub number: u32,
    /// Height up to which its keys go.
    pub height: u64,
    /// SHA-256 of its bytes.
    pub hash: Digest,
    /// Its random key.
    pub key: Secret32,
}

/// A keyring page.
#[derive(Debug)]
pub struct StoredPage {
    /// Its key and place.
    pub entry: PageEntry,
    /// Its sealed bytes.
    pub bytes: Vec<u8>,
}

/// The newest keyring index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIndex {
    /// Counts upwards with each index.
    pub version: u64,
    /// Height up to which the pages have every key.
    pub height: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Keeps changed pages and the index over all of them in one step.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the randomness fails.
    pub fn put_keyring(
        &self,
        pages: &[StoredPage],
        index: &StoredIndex,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let mut db = self.db();
        let step = db.transaction()?;
        for StoredPage { entry: PageEntry { number, height, hash, key }, bytes } in pages {
            let wrapped = self.sealer.seal(place(&[&number.to_be_bytes()]), key.expose(), random)?;
            let sql = "INSERT OR REPLACE INTO keyring_pages (page, height, hash, wrapped, sealed) VALUES (?1, ?2, ?3, ?4, ?5)";
            step.execute(sql, (number, rows::to_sql(*height), hash.as_bytes(), wrapped, bytes))?;
        }
        let row = (rows::to_sql(index.version), rows::to_sql(index.height), &index.bytes);
        let sql = "INSERT OR REPLACE INTO keyring_index (one, version, height, bytes) VALUES (1, ?1, ?2, ?3)";
        step.execute(sql, row)?;
        commit((Point::KeyringCommit, Point::KeyringCommitted), step)
    }

    /// All keyring pages without their bytes, ascending by number. The bytes of a year are megabytes.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page key does not open.
    pub fn keyring_entries(&self) -> Result<Vec<PageEntry>, StoreError> {
        let db = self.db();
        let mut query =
            db.prepare_cached("SELECT page, height, hash, wrapped FROM keyring_pages ORDER BY page")?;
        let found = query.query_map([], columns)?.collect::<Result<Vec<Columns>, _>>()?;
        found.into_iter().map(|columns| self.entry(columns)).collect()
    }

    /// The keyring page of a number.
    ///
    /// # Errors
    /// As [`Store::keyring_entries`].
    pub fn keyring_page(&self, number: u32) -> Result<Option<StoredPage>, StoreError> {
        let db = self.db();
        let sql = "SELECT page, height, hash, wrapped, sealed FROM keyring_pages WHERE page = ?1";
        let mut query = db.prepare_cached(sql)?;
        let found = query.query_row([number], |row| Ok((columns(row)?, row.get(4)?))).optional()?;
        let page = |(columns, bytes)| Ok(StoredPage { entry: self.entry(columns)?, bytes });
        found.map(page).transpose()
    }

    fn entry(&self, (number, height, hash, wrapped): Columns) -> Result<PageEntry, StoreError> {
        let opened = self.sealer.open(place(&[&number.to_be_bytes()]), &wrapped)?;
        let key = <[u8; 32]>::try_from(&opened[..]).map_err(|_| StoreError::Damaged("a page key"))?;
        let (height, hash) = (rows::from_sql(height), rows::fixed(&hash, "a page hash")?);
        Ok(PageEntry { number, height, hash, key: Secret32::from_bytes(key) })
    }

    /// The newest index.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn keyring_index(&self) -> Result<Option<StoredIndex>, StoreError> {
        let index = |row: &rusqlite::Row<'_>| {
            let (version, height) = (rows::from_sql(row.get(0)?), rows::from_sql(row.get(1)?));
            Ok(StoredIndex { version, height, bytes: row.get(2)? })
        };
        let sql = "SELECT version, height, bytes FROM keyring_index";
        Ok(self.db().query_row(sql, [], index).optional()?)
    }
}

type Columns = (u32, i64, Vec<u8>, Vec<u8>);

fn columns(row: &rusqlite::Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn place<'a>(key: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "keyring_pages", column: "wrapped", key, plain: &[] }
}
