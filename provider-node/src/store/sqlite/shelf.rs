//! Large bytes of one transaction: put before their row is written, removed after their row is gone.

use super::*;
use crate::store::blob::{Blob, BlobError, BlobId, BlobStore, LARGE};
use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use std::{cell::RefCell, collections::BTreeSet};

/// What a transaction does with blobs.
pub(super) struct Shelf<'a> {
    blobs: &'a dyn BlobStore,
    made: RefCell<Vec<BlobId>>,
    dropped: RefCell<Vec<BlobId>>,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(blobs: &'a dyn BlobStore) -> Self {
        Shelf { blobs, made: RefCell::default(), dropped: RefCell::default() }
    }

    /// For the columns `bytes` and `file`: small bytes themselves, large ones in a blob that is durable already.
    pub(super) fn keep<'b>(&self, bytes: &'b [u8]) -> rusqlite::Result<(&'b [u8], Option<Blob>)> {
        if bytes.len() < LARGE {
            return Ok((bytes, None));
        }
        let blob = Blob::put(self.blobs, bytes).map_err(of_blob)?;
        self.made.borrow_mut().push(blob.id);
        Ok((&[], Some(blob)))
    }

    /// The row that names it goes away.
    pub(super) fn let_go(&self, blob: Option<Blob>) {
        self.dropped.borrow_mut().extend(blob.map(|blob| blob.id));
    }

    /// Whether a blob that a row names still has its bytes.
    pub(super) fn is_whole(&self, blob: &Blob) -> bool {
        blob.open(self.blobs).is_ok()
    }

    /// The transaction is committed: what may be removed once that is durable.
    pub(super) fn committed(self) -> Vec<BlobId> {
        self.dropped.into_inner()
    }

    /// The transaction did not happen.
    pub(super) fn undone(self) {
        remove(self.blobs, &self.made.into_inner());
    }
}

/// Removes blobs that no row names. One that stays is swept when the node starts again.
pub(super) fn remove(blobs: &dyn BlobStore, gone: &[BlobId]) {
    for id in gone {
        let _ = blobs.remove(id);
    }
}

/// Removes every blob that no row names: left by a kill between the file and its row, or the row and its file.
pub(super) fn sweep(db: &Connection, blobs: &dyn BlobStore) -> Stored<()> {
    let sql = "SELECT file FROM segments WHERE file IS NOT NULL UNION ALL \
               SELECT file FROM keyring_pages WHERE file IS NOT NULL UNION ALL \
               SELECT file FROM releases WHERE file IS NOT NULL";
    let mut statement = db.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok(row.get::<_, Blob>(0)?.id))?;
    let named = rows.collect::<rusqlite::Result<BTreeSet<BlobId>>>()?;
    let orphans: Vec<BlobId> = blobs.all()?.into_iter().filter(|id| !named.contains(id)).collect();
    remove(blobs, &orphans);
    Ok(())
}

/// A blob's failure inside a transaction.
pub(super) fn of_blob(error: BlobError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

impl ToSql for Blob {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.to_bytes()))
    }
}

impl FromSql for Blob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Blob::from_bytes(value.as_blob()?).ok_or(FromSqlError::InvalidType)
    }
}
