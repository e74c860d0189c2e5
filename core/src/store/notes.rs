//! Signed notes: our checkpoints, with whatever cosignatures came back.

use super::{
    Store,
    error::StoreError,
    rows,
    step::{step, step_ahead},
};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::note::Note;
use rusqlite::OptionalExtension;

const PUT: &str = "INSERT OR REPLACE INTO notes (epoch, size, note) VALUES (?1, ?2, ?3)";
const NOTE: (Point, Point) = (Point::NoteCommit, Point::NoteCommitted);

impl Store {
    /// The note at a size of an epoch's log.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the note is damaged.
    pub fn note(&self, epoch: u32, size: u64) -> Result<Option<Note>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT note FROM notes WHERE epoch = ?1 AND size = ?2")?;
        let text = query.query_row((epoch, rows::to_sql(size)), |row| row.get::<_, String>(0)).optional()?;
        text.map(|text| parse(&text)).transpose()
    }

    /// The note of the largest size of an epoch, with that size.
    ///
    /// # Errors
    /// As [`Store::note`].
    pub fn newest_note(&self, epoch: u32) -> Result<Option<(u64, Note)>, StoreError> {
        Ok(self.notes(epoch, 1)?.pop())
    }

    /// The notes of an epoch, largest size first, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::note`].
    pub fn notes(&self, epoch: u32, limit: u32) -> Result<Vec<(u64, Note)>, StoreError> {
        let db = self.db();
        let mut query =
            db.prepare_cached("SELECT size, note FROM notes WHERE epoch = ?1 ORDER BY size DESC LIMIT ?2")?;
        let found = query
            .query_map((epoch, limit), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        found.iter().map(|(size, text)| Ok((rows::from_sql(*size), parse(text)?))).collect()
    }

    /// Keeps a note that we signed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn put_note(&self, epoch: u32, size: u64, note: &Note) -> Result<(), StoreError> {
        let db = self.db();
        let mut put = db.prepare_cached(PUT)?;
        let row = (epoch, rows::to_sql(size), note.to_string());
        step(NOTE, || put.execute(row))?;
        Ok(())
    }

    /// Keeps a note with another cosignature in place of the one without. A power cut may take the cosignature back until
    /// the next durable step: its node is then asked for it again.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn put_cosigned(&self, epoch: u32, size: u64, note: &Note) -> Result<(), StoreError> {
        let db = self.db();
        let mut put = db.prepare_cached(PUT)?;
        let row = (epoch, rows::to_sql(size), note.to_string());
        step_ahead(&db, NOTE, || put.execute(row))?;
        Ok(())
    }
}

fn parse(text: &str) -> Result<Note, StoreError> {
    Note::parse(text).map_err(|_| StoreError::Damaged("a signed note"))
}
