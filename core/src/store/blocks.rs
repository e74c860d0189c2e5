//! Blocks, their manifests and leaf hashes.

use super::{Store, error::StoreError, rows};
use pulsebook_protocol::{block::Block, bytes::Digest};
use rusqlite::Row;

/// The last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its epoch.
    pub epoch: u32,
    /// Its height.
    pub height: u64,
    /// Its leaf hash.
    pub leaf: Digest,
}

/// A block with its manifest, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Its height.
    pub height: u64,
    /// Its epoch.
    pub epoch: u32,
    /// Its leaf hash.
    pub leaf: Digest,
    /// The block's bytes.
    pub bytes: Vec<u8>,
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
}

const COLUMNS: &str = "height, epoch, leaf, block, manifest";

impl Store {
    /// The last block, none in an unfinished record.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn head(&self) -> Result<Option<Head>, StoreError> {
        let found = self
            .query_blocks("SELECT {} FROM blocks WHERE height >= ?1 ORDER BY height DESC LIMIT ?2", (0, 1))?;
        let head = |block: &StoredBlock| Head { epoch: block.epoch, height: block.height, leaf: block.leaf };
        Ok(found.first().map(head))
    }

    /// The block at a height.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn block(&self, height: u64) -> Result<Option<StoredBlock>, StoreError> {
        Ok(self.blocks(height, 1)?.into_iter().find(|block| block.height == height))
    }

    /// Blocks from a height on, ascending, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn blocks(&self, from: u64, limit: u32) -> Result<Vec<StoredBlock>, StoreError> {
        let sql = "SELECT {} FROM blocks WHERE height >= ?1 ORDER BY height LIMIT ?2";
        self.query_blocks(sql, (rows::to_sql(from), i64::from(limit)))
    }

    /// Blocks of an epoch that carry control entries.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn blocks_with_entries(&self, epoch: u32) -> Result<Vec<StoredBlock>, StoreError> {
        let sql = "SELECT {} FROM blocks WHERE epoch = ?1 AND has_entries = 1 AND ?2 = 0 ORDER BY height";
        self.query_blocks(sql, (i64::from(epoch), 0))
    }

    /// Leaf hashes of an epoch's log, in order: what proofs are made from.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn leaves(&self, epoch: u32) -> Result<Vec<Digest>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT leaf FROM blocks WHERE epoch = ?1 ORDER BY height")?;
        let found = query.query_map([epoch], |row| row.get::<_, Vec<u8>>(0))?;
        found.map(|leaf| rows::fixed(&leaf?, "a leaf hash")).collect()
    }

    /// Reads a stored block's fields.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when its bytes are no block.
    pub fn parse(block: &StoredBlock) -> Result<Block, StoreError> {
        Block::from_bytes(&block.bytes).map_err(|_| StoreError::Damaged("a block"))
    }

    fn query_blocks(&self, sql: &str, bounds: (i64, i64)) -> Result<Vec<StoredBlock>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(&sql.replace("{}", COLUMNS))?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        type Columns = (i64, u32, Vec<u8>, Vec<u8>, Vec<u8>);
        let found: Vec<Columns> = query.query_map(bounds, read)?.collect::<Result<_, _>>()?;
        let block = |(height, epoch, leaf, bytes, manifest): Columns| {
            let leaf = rows::fixed(&leaf, "a leaf hash")?;
            Ok(StoredBlock { height: rows::from_sql(height), epoch, leaf, bytes, manifest })
        };
        found.into_iter().map(block).collect()
    }
}
