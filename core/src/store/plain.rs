//! What stands in the clear in the database, and the check that a failing disk did not change it.
//!
//! Blocks, notes, releases and sealed pages prove themselves when they are used. Places, hours and counters do not: they are
//! summed up (crate rowsum), so that no reading vanishes because its hour changed.

use super::{Store, error::StoreError};
use pulsebook_rowsum::{self as rowsum, Found, Plain};
use rusqlite::Connection;

/// The tables of the database and their columns that stand in the clear, as they are summed up.
///
/// Rollups are not in it: their sealed index lists them, and they are made again.
pub const PLAIN: &[Plain] = &[
    ("chain", &["chain", "salt", "first_root"]),
    ("period_keys", &["period"]),
    ("epochs", &["epoch", "first_height"]),
    ("blocks", &["height", "epoch", "leaf", "has_entries"]),
    ("segments", &["place", "hour", "hash"]),
    ("segment_keys", &["height", "period"]),
    ("notes", &["epoch", "size"]),
    ("counters", &["name", "value"]),
    ("nodes", &["label", "state"]),
    ("cursors", &["label", "name", "value"]),
    ("grants", &["grant_id", "state"]),
    ("releases", &["grant_id", "epoch", "seq"]),
    ("accesses", &["label", "seq"]),
    ("keyring_pages", &["page", "height", "hash"]),
    ("keyring_index", &["version", "height"]),
    ("visits", &["label"]),
    ("evidence_files", &["height", "class", "sealed_at", "period", "bytes", "removed_at"]),
    ("evidence_keeping", &["class", "days"]),
    ("evidence_clock", &["seen", "doubted"]),
    ("sensors", &["number"]),
    ("fetched", &["number"]),
    ("unassigned", &["number"]),
];

/// Compares what is there with its sum, and keeps the sum from here on.
pub(super) fn check(db: &mut Connection) -> Result<(), StoreError> {
    told(rowsum::check(db, PLAIN)?)?;
    Ok(rowsum::watch(db, PLAIN)?)
}

fn told(found: Found) -> Result<(), StoreError> {
    match found {
        Found::Whole => Ok(()),
        Found::Damaged(what) => Err(StoreError::Changed(what)),
    }
}

impl Store {
    /// Looks at every page and index of the database, however large it is.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when one is not as it was written.
    pub fn check_pages(&self) -> Result<(), StoreError> {
        told(rowsum::check_pages(&self.db())?)
    }
}
