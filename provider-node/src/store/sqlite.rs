//! The store in one SQLite file: WAL, synchronous FULL, numbered migrations.

mod columns;
mod consent;
mod ledger;
mod segments;
mod shelf;

use super::*;
use crate::store::blob::BlobId;
use columns::{Bytes, Sealed};
use pulsebook_faultpoint::{Point, pass, reach};
use pulsebook_rowsum::{self as rowsum, Found, Plain};
use rusqlite::{Connection, OptionalExtension, Transaction, config::DbConfig, params};
use shelf::Shelf;
use std::{
    io::ErrorKind,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Scripts in order; a database at version n has run the first n.
const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/001.sql"),
    include_str!("migrations/002.sql"),
    include_str!("migrations/003.sql"),
];

/// More than there are different statements.
const STATEMENTS: usize = 128;

/// The tables that are summed up, and their columns: what a node acts on without anybody's signature beside it,
/// so that a failing disk revokes no revocation. Blocks, segments, notes and releases are checked by whoever gets them.
pub const PLAIN: &[Plain] = &[
    ("chains", &["chain", "first_root", "salt", "device", "locator", "generation", "enrolled_at"]),
    ("invites", &["code", "chain"]),
    ("epochs", &["chain", "epoch", "proposal", "directory", "control_key"]),
    ("heads", &["chain", "epoch", "size", "root", "height", "cosigned_at"]),
    ("grants", &["chain", "grant_id", "authority", "mint_epoch", "height"]),
    ("revokes", &["chain", "grant_id", "time"]),
];

/// A store in an SQLite file, with blobs beside it. One connection behind a lock: SQLite has one writer anyway.
pub struct SqliteStore {
    connection: Mutex<Connection>,
    blobs: Box<dyn BlobStore>,
    /// Blobs whose rows are gone; removed once that is durable.
    dropped: Mutex<Vec<BlobId>>,
}

impl From<BlobError> for StoreError {
    fn from(error: BlobError) -> Self {
        use ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error {
            BlobError::System { source, .. }
                if matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge) =>
            {
                StoreError::Full(source)
            }
            BlobError::Gone(_) | BlobError::Damaged(_) => StoreError::Damaged(error.to_string()),
            _ => StoreError::Failed(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly};
        let error = match error {
            rusqlite::Error::ToSqlConversionFailure(cause) => match cause.downcast::<BlobError>() {
                Ok(blob) => return StoreError::from(*blob),
                Err(cause) => rusqlite::Error::ToSqlConversionFailure(cause),
            },
            error => error,
        };
        let words = error.to_string();
        match error.sqlite_error_code() {
            Some(DiskFull) => StoreError::Full(std::io::Error::new(ErrorKind::StorageFull, words)),
            Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged(words),
            Some(ReadOnly) => StoreError::ReadOnly,
            _ if rowsum::is_not_as_written(&error) => StoreError::Damaged(words),
            _ => StoreError::Failed(words),
        }
    }
}

impl SqliteStore {
    /// Opens or makes the database at `path`, brings it to the newest version and removes blobs that no row names.
    ///
    /// # Errors
    /// [`StoreError`] when the file is no such database, is damaged, is from a newer version or cannot be written.
    pub fn open(path: &Path, blobs: Box<dyn BlobStore>) -> Stored<Self> {
        may_fail(Point::NodeStoreOpen)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        // All there are: each is compiled once.
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Otherwise each with a range is compiled again for every new value.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        check(&connection)?;
        if connection.is_readonly(rusqlite::MAIN_DB)? {
            return Err(StoreError::ReadOnly);
        }
        migrate(&mut connection)?;
        match rowsum::check(&mut connection, PLAIN)? {
            Found::Whole => rowsum::watch(&connection, PLAIN)?,
            Found::Damaged(what) => return Err(StoreError::Damaged(what)),
        }
        shelf::sweep(&connection, &*blobs)?;
        Ok(SqliteStore { connection: Mutex::new(connection), blobs, dropped: Mutex::default() })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Stored<T> {
        // A panic under the lock rolled its transaction back; the connection itself stays good.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(work(&connection)?)
    }

    /// One transaction that a power cut leaves whole.
    fn write<T>(
        &self,
        points: (Point, Point),
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Stored<T> {
        self.write_blobs(points, |db, _| work(db))
    }

    /// The same, putting blobs and letting others go. Those that were let go since the last one are removed now: that
    /// their rows are gone is durable.
    fn write_blobs<T>(
        &self,
        points: (Point, Point),
        work: impl FnOnce(&Transaction<'_>, &Shelf<'_>) -> rusqlite::Result<T>,
    ) -> Stored<T> {
        self.commit("FULL", points, work)
    }

    /// One transaction that a killed process leaves whole; a power cut may undo it, together with all such after it,
    /// until the next [`SqliteStore::write`]: that one syncs the write-ahead log with everything before it.
    fn write_ahead<T>(
        &self,
        points: (Point, Point),
        work: impl FnOnce(&Transaction<'_>, &Shelf<'_>) -> rusqlite::Result<T>,
    ) -> Stored<T> {
        self.commit("NORMAL", points, work)
    }

    fn commit<T>(
        &self,
        synchronous: &str,
        points: (Point, Point),
        work: impl FnOnce(&Transaction<'_>, &Shelf<'_>) -> rusqlite::Result<T>,
    ) -> Stored<T> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.pragma_update(None, "synchronous", synchronous)?;
        let (shelf, changes) = (Shelf::new(&*self.blobs), connection.total_changes());
        match transact(&mut connection, points, |db| work(db, &shelf)) {
            Ok(value) => {
                let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
                dropped.extend(shelf.committed());
                // A transaction that wrote nothing synced nothing either.
                if synchronous == "FULL" && connection.total_changes() > changes {
                    shelf::remove(&*self.blobs, &std::mem::take(&mut *dropped));
                }
                Ok(value)
            }
            Err(error) => {
                shelf.undone();
                Err(error)
            }
        }
    }
}

fn transact<T>(
    connection: &mut Connection,
    (before, after): (Point, Point),
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> Stored<T> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    may_fail(before)?;
    transaction.commit()?;
    pass(after);
    Ok(value)
}

/// Refuses a database whose pages do not fit together, before anything is believed or written.
fn check(connection: &Connection) -> Stored<()> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        found => Err(StoreError::Damaged(found.to_owned())),
    }
}

/// As SQLite says it when the system refuses.
fn may_fail(point: Point) -> Stored<()> {
    reach(point).map_err(|error| match error.kind() {
        ErrorKind::StorageFull => StoreError::Full(error),
        _ => StoreError::Failed(error.to_string()),
    })
}

fn migrate(connection: &mut Connection) -> Stored<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len();
    // Below zero it is no number that any program wrote.
    let version = usize::try_from(found).ok().filter(|version| *version <= known);
    let version = version.ok_or(StoreError::Newer { found, known })?;
    for (index, script) in MIGRATIONS.iter().enumerate().skip(version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "user_version", index + 1)?;
        may_fail(Point::NodeMigrateCommit)?;
        transaction.commit()?;
        pass(Point::NodeMigrateCommitted);
    }
    Ok(())
}

impl NodeStore for SqliteStore {
    fn enrol(&self, row: &ChainRow, invite: Option<&str>) -> Stored<Enrolled> {
        self.write((Point::NodeEnrolCommit, Point::NodeEnrolCommitted), |db| ledger::enrol(db, row, invite))
    }

    fn replace_device(&self, chain: &ChainId, device: &PublicKey) -> Stored<()> {
        self.write((Point::NodeEnrolCommit, Point::NodeEnrolCommitted), |db| {
            ledger::replace_device(db, chain, device)
        })
    }

    fn chain(&self, chain: &ChainId) -> Stored<Option<ChainRow>> {
        self.read(|db| ledger::chain(db, chain))
    }

    fn put_epoch(&self, chain: &ChainId, row: &EpochRow) -> Stored<PutEpoch> {
        self.write((Point::NodeEpochCommit, Point::NodeEpochCommitted), |db| {
            ledger::put_epoch(db, chain, row)
        })
    }

    fn epochs(&self, chain: &ChainId) -> Stored<Vec<EpochRow>> {
        self.read(|db| ledger::epochs(db, chain))
    }

    fn put_segments(
        &self,
        chain: &ChainId,
        segments: &[(Commitment, &[u8])],
        now_s: u64,
        quota: Quota,
    ) -> Stored<PutSegment> {
        self.write_ahead((Point::NodeSegmentCommit, Point::NodeSegmentCommitted), |db, shelf| {
            segments::put((db, shelf), chain, segments, now_s, quota)
        })
    }

    fn segment_hashes(&self, chain: &ChainId, asked: &[Commitment]) -> Stored<Vec<Option<Digest>>> {
        self.read(|db| {
            // One snapshot: SQLite takes its locks once, not for each.
            let snapshot = db.unchecked_transaction()?;
            asked.iter().map(|commitment| segments::hash(&snapshot, chain, commitment)).collect()
        })
    }

    fn segment(&self, permit: &SegmentPermit) -> Stored<Option<StoredSegment>> {
        self.read(|db| segments::segment(db, &*self.blobs, permit))
    }

    fn missing_segments(&self, chain: &ChainId, height: u64) -> Stored<Vec<(u64, u8)>> {
        self.read(|db| segments::missing(db, chain, height))
    }

    fn put_keyring_page(&self, chain: &ChainId, hash: &Digest, bytes: &[u8], most: usize) -> Stored<bool> {
        self.write_ahead((Point::NodeKeyringCommit, Point::NodeKeyringCommitted), |db, shelf| {
            segments::put_page((db, shelf), (chain, hash), bytes, most)
        })
    }

    fn put_keyring(&self, chain: &ChainId, row: &KeyringRow) -> Stored<PutKeyring> {
        self.write_ahead((Point::NodeKeyringCommit, Point::NodeKeyringCommitted), |db, shelf| {
            segments::put_keyring((db, shelf), chain, row)
        })
    }

    fn keyring(&self, chain: &ChainId) -> Stored<Option<KeyringRow>> {
        self.read(|db| segments::keyring(db, chain))
    }

    fn head(&self, chain: &ChainId) -> Stored<Option<HeadRow>> {
        self.read(|db| ledger::head(db, chain))
    }

    fn append(&self, chain: &ChainId, expected: Option<&HeadRow>, append: &Append) -> Stored<Appended> {
        self.write((Point::NodeAppendCommit, Point::NodeAppendCommitted), |db| {
            ledger::append(db, chain, expected, append)
        })
    }

    fn block(&self, chain: &ChainId, height: u64) -> Stored<Option<BlockRow>> {
        self.read(|db| ledger::block(db, chain, height))
    }

    fn first_block(&self, chain: &ChainId, epoch: u32) -> Stored<Option<BlockRow>> {
        self.read(|db| ledger::first_block(db, chain, epoch))
    }

    fn leaves(&self, chain: &ChainId, epoch: u32) -> Stored<Vec<Digest>> {
        self.read(|db| ledger::leaves(db, chain, epoch))
    }

    fn put_note(&self, chain: &ChainId, row: &NoteRow) -> Stored<()> {
        self.write((Point::NodeNoteCommit, Point::NodeNoteCommitted), |db| consent::put_note(db, chain, row))
    }

    fn notes(&self, chain: &ChainId) -> Stored<Vec<NoteRow>> {
        self.read(|db| consent::notes(db, chain))
    }

    fn grant(&self, chain: &ChainId, grant: &GrantId) -> Stored<GrantState> {
        self.read(|db| consent::grant(db, chain, grant))
    }

    fn put_release(&self, chain: &ChainId, row: &ReleaseRow) -> Stored<PutRelease> {
        self.write_blobs((Point::NodeReleaseCommit, Point::NodeReleaseCommitted), |db, shelf| {
            consent::put_release((db, shelf), chain, row)
        })
    }

    fn releases(
        &self,
        chain: &ChainId,
        grant: &GrantId,
        from: (u32, u64),
        most: usize,
    ) -> Stored<Vec<ReleaseRow>> {
        self.read(|db| consent::releases((db, &*self.blobs), (chain, grant), from, most))
    }

    fn release_cursors(&self, chain: &ChainId) -> Stored<Vec<ReleaseCursor>> {
        self.read(|db| consent::release_cursors(db, chain))
    }

    fn append_access(
        &self,
        chain: &ChainId,
        nonce: (&RequestKey, &Nonce),
        make: MakeEntry<'_>,
    ) -> Stored<Option<u64>> {
        self.write((Point::NodeAccessCommit, Point::NodeAccessCommitted), |db| {
            consent::append_access(db, chain, nonce, make)
        })
    }

    fn accesses(&self, chain: &ChainId, after: Option<u64>, most: usize) -> Stored<Vec<Vec<u8>>> {
        self.read(|db| consent::accesses(db, chain, after, most))
    }

    fn access_count(&self, chain: &ChainId) -> Stored<u64> {
        self.read(|db| consent::access_count(db, chain))
    }

    fn take_nonce(&self, key: &PublicKey, nonce: &Nonce, now_s: u64) -> Stored<bool> {
        self.write_ahead((Point::NodeNonceCommit, Point::NodeNonceCommitted), |db, _| {
            consent::take_nonce(db, key, nonce, now_s)
        })
    }
}

#[cfg(test)]
mod tests;
