//! Epochs: where each begins, its proposal and its directory.

use super::{Store, error::StoreError, page::Place, rows};
use rusqlite::OptionalExtension;

/// An epoch as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEpoch {
    /// Its number.
    pub epoch: u32,
    /// Height of its first block.
    pub first_height: u64,
    /// The proposal's COSE bytes.
    pub proposal: Vec<u8>,
    /// The directory's COSE bytes; none in epoch 0.
    pub directory: Option<Vec<u8>>,
}

pub(crate) fn directory_place(epoch: &[u8; 8]) -> [&[u8]; 1] {
    [epoch]
}

impl Store {
    /// The epoch of that number.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the directory does not open.
    pub fn epoch(&self, epoch: u32) -> Result<Option<StoredEpoch>, StoreError> {
        type Columns = (i64, Vec<u8>, Option<Vec<u8>>);
        let row: Option<Columns> = self
            .db()
            .prepare_cached("SELECT first_height, proposal, directory FROM epochs WHERE epoch = ?1")?
            .query_row([epoch], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((first_height, proposal, sealed)) = row else { return Ok(None) };
        let key = rows::be(epoch.into());
        let open = |sealed: Vec<u8>| {
            let place =
                Place { table: "epochs", column: "directory", key: &directory_place(&key), plain: &[] };
            self.sealer.open(place, &sealed).map(|opened| opened.to_vec())
        };
        let directory = sealed.map(open).transpose()?;
        Ok(Some(StoredEpoch { epoch, first_height: rows::from_sql(first_height), proposal, directory }))
    }

    /// The newest epoch's number.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn newest_epoch(&self) -> Result<u32, StoreError> {
        Ok(self.db().query_row("SELECT COALESCE(MAX(epoch), 0) FROM epochs", [], |row| row.get(0))?)
    }
}
