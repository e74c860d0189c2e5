//! The keyring: brought up to the head before a node is asked to settle it.

use super::{Ledger, LedgerError};
use crate::store::{Store, StoredIndex, StoredPage};
use pulsebook_protocol::{
    bytes::Commitment,
    commitment::Dek,
    envelope::ReceivePublicKey,
    hash::sha256,
    keyring::{
        IndexPlace, IndexedPage, make_keyring_index, make_keyring_page, open_keyring_page, page_number,
    },
    random::Random,
    secret::Secret32,
};
use std::collections::BTreeMap;

/// Blocks read at a time.
const STRIDE: u32 = 64;

type NewKeys = BTreeMap<u32, Vec<(Commitment, Dek)>>;

impl Ledger {
    /// Makes pages and index hold every key up to the head; does nothing when they do already.
    ///
    /// Only pages with new keys change. The index is signed by L_e and sealed to the recovery key.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`], [`LedgerError::Keyring`], [`LedgerError::Store`].
    pub fn update_keyring(
        &self,
        store: &Store,
        recovery: &ReceivePublicKey,
        random: &mut dyn Random,
    ) -> Result<StoredIndex, LedgerError> {
        let before = store.keyring_index()?;
        let height = self.head.height;
        if let Some(index) = before.as_ref().filter(|index| index.height == height) {
            return Ok(index.clone());
        }
        let log_key = self.log_key()?;
        let from = before.as_ref().map_or(0, |index| index.height + 1);
        let mut pages: BTreeMap<u32, StoredPage> =
            store.keyring_pages()?.into_iter().map(|page| (page.number, page)).collect();
        let mut changed = Vec::new();
        for (number, keys) in new_keys(store, from, height)? {
            let page = self.extend(pages.remove(&number), number, keys, random)?;
            changed.push(page);
        }
        let mut listed: Vec<IndexedPage> = pages.values().chain(&changed).map(indexed).collect();
        listed.sort_by_key(|page| page.number);
        let version = before.map_or(1, |index| index.version + 1);
        let place = IndexPlace { chain: self.identity.chain, version, epoch: self.head.epoch, height };
        let bytes = make_keyring_index(&place, &listed, recovery, log_key, random)?;
        let index = StoredIndex { version, height, bytes };
        store.put_keyring(&changed, &index, random)?;
        Ok(index)
    }

    fn extend(
        &self,
        old: Option<StoredPage>,
        number: u32,
        new: Vec<(Commitment, Dek)>,
        random: &mut dyn Random,
    ) -> Result<StoredPage, LedgerError> {
        let chain = &self.identity.chain;
        let (key, mut keys) = match old {
            Some(page) => {
                let keys = open_keyring_page(chain, number, &page.key, &page.bytes)?;
                (page.key, keys)
            }
            None => (Secret32::make(random)?, Vec::new()),
        };
        keys.extend(new);
        let bytes = make_keyring_page(chain, number, &key, keys, random)?;
        Ok(StoredPage { number, height: self.head.height, hash: sha256(&[&bytes]), key, bytes })
    }
}

fn indexed(page: &StoredPage) -> IndexedPage {
    IndexedPage { number: page.number, key: page.key.duplicate(), hash: page.hash }
}

fn new_keys(store: &Store, mut from: u64, last: u64) -> Result<NewKeys, LedgerError> {
    let mut keys = NewKeys::new();
    while from <= last {
        for stored in store.blocks(from, STRIDE)?.iter().filter(|stored| stored.height <= last) {
            let block = Store::parse(stored)?;
            for slot in store.slots(stored.height)? {
                let Some(commitment) = block.commitments.get(usize::from(slot.slot)) else { continue };
                keys.entry(page_number(block.time)).or_default().push((*commitment, slot.dek));
            }
        }
        from += u64::from(STRIDE);
    }
    Ok(keys)
}
