//! The keyring pages and index, made anew when blocks came since the last one.

use super::{error::SyncError, own::OwnChain};
use crate::store::{Store, StoredIndex, StoredPage};
use pulsebook_protocol::{
    bytes::Commitment,
    commitment::Dek,
    envelope::ReceivePublicKey,
    hash::sha256,
    key::SigningKey,
    keyring::{
        IndexPlace, IndexedPage, make_keyring_index, make_keyring_page, open_keyring_page, page_number,
    },
    random::Random,
    secret::Secret32,
};
use std::collections::BTreeMap;

const BLOCKS_AT_A_TIME: u32 = 64;

/// Keys of new blocks by page, each with the height up to which they go.
type NewKeys = BTreeMap<u32, (u64, Vec<(Commitment, Dek)>)>;

/// The index over all keys up to our head: the stored one, or a new one.
pub(crate) fn prepare(
    store: &Store,
    own: &OwnChain,
    (log_key, recovery): (&SigningKey, &ReceivePublicKey),
    random: &mut dyn Random,
) -> Result<StoredIndex, SyncError> {
    let old = store.keyring_index()?;
    if let Some(index) = old.as_ref().filter(|index| index.height >= own.head.height) {
        return Ok(index.clone());
    }
    let from = old.as_ref().map_or(0, |index| index.height + 1);
    let mut pages = store.keyring_pages()?;
    let changed = extend_pages(own, &mut pages, new_keys(store, from)?, random)?;
    let (version, height) = (old.map_or(0, |index| index.version) + 1, own.head.height);
    let place = IndexPlace { chain: own.chain, version, epoch: own.newest(), height };
    let listed: Vec<IndexedPage> = pages
        .iter()
        .map(|page| IndexedPage { number: page.number, key: page.key.duplicate(), hash: page.hash })
        .collect();
    let bytes = make_keyring_index(&place, &listed, recovery, log_key, random)?;
    let index = StoredIndex { version, height, bytes };
    pages.retain(|page| changed.contains(&page.number));
    store.put_keyring(&pages, &index, random)?;
    Ok(index)
}

fn new_keys(store: &Store, mut from: u64) -> Result<NewKeys, SyncError> {
    let mut keys = NewKeys::new();
    loop {
        let blocks = store.blocks(from, BLOCKS_AT_A_TIME)?;
        let Some(last) = blocks.last() else { return Ok(keys) };
        from = last.height + 1;
        for stored in &blocks {
            let block = Store::parse(stored)?;
            let (height, page) = keys.entry(page_number(block.time)).or_default();
            *height = stored.height;
            for slot in store.slots(stored.height)? {
                let commitment = block.commitments.get(usize::from(slot.slot));
                let missing = || SyncError::Missing(format!("slot {} of block {}", slot.slot, stored.height));
                page.push((*commitment.ok_or_else(missing)?, slot.dek));
            }
        }
    }
}

/// Puts new keys into their pages; the numbers of the pages that changed.
fn extend_pages(
    own: &OwnChain,
    pages: &mut Vec<StoredPage>,
    new: NewKeys,
    random: &mut dyn Random,
) -> Result<Vec<u32>, SyncError> {
    let mut changed = Vec::new();
    for (number, (height, mut added)) in new {
        let old = pages.iter().position(|page| page.number == number).map(|index| pages.remove(index));
        let (key, mut keys) = match old {
            Some(page) => (page.key.duplicate(), open_keyring_page(&own.chain, number, &page.key, &page.bytes)?),
            None => (Secret32::make(random)?, Vec::new()),
        };
        keys.append(&mut added);
        let bytes = make_keyring_page(&own.chain, number, &key, keys, random)?;
        pages.push(StoredPage { number, height, hash: sha256(&[&bytes]), key, bytes });
        changed.push(number);
    }
    pages.sort_by_key(|page| page.number);
    Ok(changed)
}
