//! Into a node's own SQLite file, past the node: what its operator, or whoever broke in, can do.

use crate::exit::{Failure, Outcome};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::{path::Path, time::Duration};

/// A node's database, opened beside the running node.
pub(crate) struct NodeStore {
    db: Connection,
}

/// Where a bit was flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flipped {
    /// The block.
    pub(crate) height: u64,
    /// The segment's slot in it.
    pub(crate) slot: u8,
}

/// A release as the node holds it: header and ciphertext.
pub(crate) type HeldRelease = (Vec<u8>, Vec<u8>);

impl NodeStore {
    /// Opens the database in a node's folder.
    ///
    /// # Errors
    /// It is not there.
    pub(crate) fn open(node: &Path) -> Outcome<NodeStore> {
        let file = node.join("node.db");
        let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .map_err(|error| Failure::from(error).during(&file.display().to_string()))?;
        db.busy_timeout(Duration::from_secs(5))?;
        Ok(NodeStore { db })
    }

    /// Gives every sealed segment, one at a time.
    ///
    /// # Errors
    /// The database fails.
    pub(crate) fn each_segment(&self, each: &mut dyn FnMut(&[u8])) -> Outcome {
        let mut query = self.db.prepare("SELECT bytes FROM segments")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            each(row.get_ref(0)?.as_blob()?);
        }
        Ok(())
    }

    /// Flips one bit in the middle of the first block's first segment, as a failing disk or a tampering operator does.
    ///
    /// # Errors
    /// The database fails, or has no segment.
    pub(crate) fn flip_a_bit(&self) -> Outcome<Flipped> {
        let sql = "SELECT s.height, s.slot, g.commitment, g.bytes FROM slots s
                   JOIN segments g ON g.chain = s.chain AND g.commitment = s.commitment
                   ORDER BY s.height, s.slot LIMIT 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let found: Option<(i64, u8, Vec<u8>, Vec<u8>)> = self.db.query_row(sql, [], row).optional()?;
        let (height, slot, commitment, mut bytes) =
            found.ok_or_else(|| Failure::new("the node holds no segment"))?;
        let middle = bytes.len() / 2;
        bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
        self.db.execute("UPDATE segments SET bytes = ?1 WHERE commitment = ?2", (bytes, commitment))?;
        Ok(Flipped { height: u64::try_from(height).unwrap_or(0), slot })
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
        let sql = "SELECT COALESCE(SUM(size), 0) FROM segments";
        let bytes: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}
