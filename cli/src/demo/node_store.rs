//! Into a node's own SQLite file, past the node: what its operator, or whoever broke in, can do.

use crate::exit::{Failure, Outcome};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::{path::Path, time::Duration};

/// A node's database, opened beside the running node.
pub(crate) struct NodeStore {
    db: Connection,
}

/// A release as the node holds it: header and ciphertext.
pub(crate) type HeldRelease = (Vec<u8>, Vec<u8>);

impl NodeStore {
    /// Opens the database in a node's folder.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) fn open(node: &Path) -> Outcome<NodeStore> {
        let file = node.join("node.sqlite");
        let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .map_err(|error| Failure::from(error).during(&file.display().to_string()))?;
        db.busy_timeout(Duration::from_secs(5))?;
        Ok(NodeStore { db })
    }

    /// The sealed segment in a slot of a block, with its commitment.
    ///
    /// # Errors
    /// The database fails, or has none there.
    pub(crate) fn segment(&self, height: u64, slot: u8) -> Outcome<(Vec<u8>, Vec<u8>)> {
        let sql = "SELECT g.commitment, g.bytes FROM slots s JOIN segments g ON g.chain = s.chain AND g.commitment = s.commitment
                   WHERE s.height = ?1 AND s.slot = ?2";
        let height = i64::try_from(height).unwrap_or(i64::MAX);
        let found =
            self.db.query_row(sql, (height, slot), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        found.ok_or_else(|| Failure::new(format!("the node holds no segment {slot} of block {height}")))
    }

    /// Flips one bit of one byte in the middle of the segment in a slot, as a failing disk or a tampering operator does.
    ///
    /// # Errors
    /// As [`NodeStore::segment`].
    pub(crate) fn flip_a_byte(&self, height: u64, slot: u8) -> Outcome {
        let (commitment, mut bytes) = self.segment(height, slot)?;
        let middle = bytes.len() / 2;
        bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
        self.db.execute("UPDATE segments SET bytes = ?1 WHERE commitment = ?2", (bytes, commitment))?;
        Ok(())
    }

    /// Every release of every grant, oldest first.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) fn releases(&self) -> Outcome<Vec<HeldRelease>> {
        let mut query =
            self.db.prepare("SELECT header, ciphertext FROM releases ORDER BY grant_id, epoch, seq")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }

    /// Bytes of all sealed segments.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) fn segment_bytes(&self) -> Outcome<u64> {
        let sql = "SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM segments";
        let bytes: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}
