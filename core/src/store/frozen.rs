//! For tests/vectors: the sealed formats of this store, read from bytes instead of a record's folder.

use super::{
    Evidence, StoreError, StoreKeys, StoredFetch, evidence, fetched,
    journal::{self, JournalFile},
    page::{Place, Sealer},
    rollups::{self, Grain, Rollup},
};
use pulsebook_protocol::{bytes::ChainId, secret::Secret32};
use std::{collections::BTreeMap, path::Path};
use zeroize::Zeroizing;

/// Where a store page stands: table, column, parts of the primary key, plain columns.
pub type PagePlace<'a> = (&'a str, &'a str, &'a [&'a [u8]], &'a [&'a [u8]]);

/// What a store page says, under its key and at its place.
///
/// # Errors
/// [`StoreError::Sealed`] when it does not open there.
pub fn open_store_page(
    key: &Secret32,
    chain: ChainId,
    (table, column, primary, plain): PagePlace<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let sealer = Sealer::new(chain, StoreKeys { store: key.duplicate(), erase: key.duplicate() });
    sealer.open(Place { table, column, key: primary, plain }, sealed)
}

/// What was fetched of a memory, from the sealed page of this number.
///
/// # Errors
/// [`StoreError`] when it does not open there, or is no such page.
pub fn open_fetched_page(
    key: &Secret32,
    chain: ChainId,
    number: u64,
    sealed: &[u8],
) -> Result<StoredFetch, StoreError> {
    let sealer = Sealer::new(chain, StoreKeys { store: key.duplicate(), erase: key.duplicate() });
    fetched::open_page(&sealer, number, sealed)
}

/// The rollups on an opened page, by number since 1970.
pub fn read_rollups(grain: Grain, page: i64, bytes: &[u8]) -> Option<BTreeMap<i64, Rollup>> {
    rollups::page::decode(grain, page, bytes)
}

/// A series of an opened index: vital, origin, and the pages of each grain.
pub type ListedSeries = (u16, u8, [Vec<i64>; 3]);

/// Height of the first block that an opened index does not know, and its series by number.
pub fn read_index(bytes: &[u8]) -> Option<(u64, Vec<ListedSeries>)> {
    let index = rollups::Index::decode(bytes)?;
    let listed = index.keys().map(|key| {
        let pages = Grain::ALL.map(|grain| index.pages(key, grain).collect());
        (key.vital.wire(), key.origin().wire(), pages)
    });
    Some((index.next(), listed.collect()))
}

/// What an evidence file holds of a slot, by the index that opens it.
///
/// # Errors
/// [`StoreError`]: the index is none, or the file is not what it opens.
pub fn read_evidence_file(
    path: &Path,
    chain: &ChainId,
    index: &[u8],
    slot: u8,
) -> Result<Evidence, StoreError> {
    evidence::read_file(path, chain, index, slot)
}

/// A journal file, under the erase key that wraps its own.
///
/// # Errors
/// [`StoreError::File`] when it cannot be read.
pub fn open_journal_file(path: &Path, erase_key: &Secret32) -> Result<JournalFile, StoreError> {
    journal::open_file(path, erase_key)
}
