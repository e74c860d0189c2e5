//! Access entries pulled from nodes: who read what, sealed like everything personal.

use super::{Store, error::StoreError, page::Place, rows, step::commit};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{bytes::NodeLabel, random::Random};

/// An access entry of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAccess {
    /// The node that wrote it.
    pub label: NodeLabel,
    /// Its number at that node, from 0.
    pub seq: u64,
    /// The entry's COSE bytes.
    pub entry: Vec<u8>,
}

impl Store {
    /// Keeps entries of a node in one step; entries that are there already stay as they are.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the randomness fails.
    pub fn put_accesses(&self, entries: &[StoredAccess], random: &mut dyn Random) -> Result<(), StoreError> {
        let mut db = self.db();
        let step = db.transaction()?;
        for StoredAccess { label, seq, entry } in entries {
            let sealed = self.sealer.seal(place(&[label.as_bytes(), &rows::be(*seq)]), entry, random)?;
            step.prepare_cached("INSERT OR IGNORE INTO accesses (label, seq, sealed) VALUES (?1, ?2, ?3)")?
                .execute((label.as_bytes(), rows::to_sql(*seq), sealed))?;
        }
        commit((Point::AccessesCommit, Point::AccessesCommitted), step)
    }

    /// Entries of a node from a number on, ascending, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn accesses(
        &self,
        label: &NodeLabel,
        from: u64,
        limit: u32,
    ) -> Result<Vec<StoredAccess>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(
            "SELECT seq, sealed FROM accesses WHERE label = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
        )?;
        let found = query
            .query_map((label.as_bytes(), rows::to_sql(from), limit), |row| {
                Ok((rows::from_sql(row.get(0)?), row.get::<_, Vec<u8>>(1)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let access = |(seq, sealed): &(u64, Vec<u8>)| {
            let opened = self.sealer.open(place(&[label.as_bytes(), &rows::be(*seq)]), sealed)?;
            Ok(StoredAccess { label: *label, seq: *seq, entry: opened.to_vec() })
        };
        found.iter().map(access).collect()
    }
}

fn place<'a>(key: &'a [&'a [u8]; 2]) -> Place<'a> {
    Place { table: "accesses", column: "sealed", key, plain: &[] }
}
