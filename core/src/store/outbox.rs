//! What sync remembers about the circle as a whole, and the notes it walks through.

use super::{
    Store,
    error::StoreError,
    rows,
    step::{step, step_ahead},
};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::note::Note;
use rusqlite::OptionalExtension;

const CIRCLE_MARK: (Point, Point) = (Point::CircleMarkCommit, Point::CircleMarkCommitted);

impl Store {
    /// A number about the whole circle, by name; names of sync begin with `sync/`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn mark(&self, name: &str) -> Result<Option<u64>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT value FROM counters WHERE name = ?1")?;
        Ok(query.query_row([name], |row| row.get(0)).optional()?.map(rows::from_sql))
    }

    /// Remembers a number about the whole circle.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn set_mark(&self, name: &str, value: u64) -> Result<(), StoreError> {
        let db = self.db();
        let mut put = db.prepare_cached("INSERT OR REPLACE INTO counters (name, value) VALUES (?1, ?2)")?;
        step(CIRCLE_MARK, || put.execute((name, rows::to_sql(value))))?;
        Ok(())
    }

    /// Remembers several numbers that can be counted again, in one step, which a power cut may take back until the next
    /// durable one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn set_counts(&self, counts: &[(&str, u64)]) -> Result<(), StoreError> {
        let db = self.db();
        step_ahead(&db, CIRCLE_MARK, || {
            let transaction = db.unchecked_transaction()?;
            for (name, value) in counts {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO counters (name, value) VALUES (?1, ?2)")?
                    .execute((name, rows::to_sql(*value)))?;
            }
            transaction.commit()
        })
    }

    /// The largest size with a note in `(above, up_to]` of an epoch's log.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn noted_size(&self, epoch: u32, above: u64, up_to: u64) -> Result<Option<u64>, StoreError> {
        let db = self.db();
        let sql = "SELECT MAX(size) FROM notes WHERE epoch = ?1 AND size > ?2 AND size <= ?3";
        let bounds = (epoch, rows::to_sql(above), rows::to_sql(up_to));
        let size: Option<i64> = db.prepare_cached(sql)?.query_row(bounds, |row| row.get(0))?;
        Ok(size.map(rows::from_sql))
    }

    /// Sizes of an epoch's log that have a note, ascending.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn noted_sizes(&self, epoch: u32) -> Result<Vec<u64>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT size FROM notes WHERE epoch = ?1 ORDER BY size")?;
        let sizes = query.query_map([epoch], |row| Ok(rows::from_sql(row.get(0)?)))?;
        Ok(sizes.collect::<Result<_, _>>()?)
    }

    /// Notes of an epoch with a size from `from` on, ascending, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a note is damaged.
    pub fn notes_from(&self, epoch: u32, from: u64, limit: u32) -> Result<Vec<(u64, Note)>, StoreError> {
        let db = self.db();
        let sql = "SELECT size, note FROM notes WHERE epoch = ?1 AND size >= ?2 ORDER BY size LIMIT ?3";
        let mut query = db.prepare_cached(sql)?;
        let found = query
            .query_map((epoch, rows::to_sql(from), limit), |row| {
                Ok((rows::from_sql(row.get(0)?), row.get::<_, String>(1)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let parse = |(size, text): (u64, String)| {
            Ok((size, Note::parse(&text).map_err(|_| StoreError::Damaged("a signed note"))?))
        };
        found.into_iter().map(parse).collect()
    }

    /// How many access entries of a node are kept; they are gap-free, so this is also the next number.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn access_count(&self, label: &pulsebook_protocol::bytes::NodeLabel) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM accesses WHERE label = ?1";
        let count = self.db().query_row(sql, [label.as_bytes()], |row| row.get(0))?;
        Ok(rows::from_sql(count))
    }
}
