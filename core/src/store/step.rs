//! Steps of the database between their fault points: where a test kills the process, or the disk refuses.

use super::error::StoreError;
use pulsebook_faultpoint::{Point, pass, reach};
use rusqlite::{Connection, Transaction, ffi};

/// Runs one durable step of the database.
pub(crate) fn step<T>(
    (before, after): (Point, Point),
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    may_fail(before)?;
    let done = work()?;
    pass(after);
    Ok(done)
}

/// Runs one step that a killed process leaves done. A power cut may undo it, together with all such steps after it, until
/// the next step that is not one of these: that one syncs the write-ahead log with everything before it.
pub(crate) fn step_ahead<T>(
    db: &Connection,
    points: (Point, Point),
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> Result<T, StoreError> {
    db.pragma_update(None, "synchronous", "NORMAL")?;
    let done = step(points, work);
    db.pragma_update(None, "synchronous", "FULL")?;
    done
}

/// Commits a transaction.
pub(crate) fn commit(points: (Point, Point), transaction: Transaction<'_>) -> Result<(), StoreError> {
    step(points, || transaction.commit())
}

/// As SQLite says it when the system refuses.
fn may_fail(point: Point) -> rusqlite::Result<()> {
    reach(point).map_err(|error| {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let code = if full { ffi::SQLITE_FULL } else { ffi::SQLITE_IOERR };
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(error.to_string()))
    })
}
