//! The keyring: brought up to the head before a node is asked to settle it.

use super::{Ledger, LedgerError};
use crate::store::{PageEntry, Store, StoredIndex, StoredPage};
use pulsebook_protocol::{
    block::Block,
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
use std::{collections::BTreeMap, ops::RangeInclusive};

/// Blocks read at a time.
const STRIDE: u32 = 64;

/// Heights of blocks whose keys go into one page.
type Heights = Vec<RangeInclusive<u64>>;

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
        let mut changed = Vec::new();
        // The keys of one page at a time: those of a year are megabytes.
        for (number, heights) in pages_of(store, from, height)? {
            let keys = new_keys(store, heights)?;
            if !keys.is_empty() {
                changed.push(self.extend(store.keyring_page(number)?, number, keys, random)?);
            }
        }
        let mut listed: BTreeMap<u32, IndexedPage> =
            store.keyring_entries()?.iter().map(|entry| (entry.number, indexed(entry))).collect();
        listed.extend(changed.iter().map(|page| (page.entry.number, indexed(&page.entry))));
        let listed: Vec<IndexedPage> = listed.into_values().collect();
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
                let keys = open_keyring_page(chain, number, &page.entry.key, &page.bytes)?;
                (page.entry.key, keys)
            }
            None => (Secret32::make(random)?, Vec::new()),
        };
        keys.extend(new);
        let bytes = make_keyring_page(chain, number, &key, keys, random)?;
        let entry = PageEntry { number, height: self.head.height, hash: sha256(&[&bytes]), key };
        Ok(StoredPage { entry, bytes })
    }
}

fn indexed(page: &PageEntry) -> IndexedPage {
    IndexedPage { number: page.number, key: page.key.duplicate(), hash: page.hash }
}

/// Which page the keys of each block go into.
fn pages_of(store: &Store, from: u64, last: u64) -> Result<BTreeMap<u32, Heights>, LedgerError> {
    let mut pages = BTreeMap::<u32, Heights>::new();
    each_block(store, from..=last, |height, block| {
        let heights = pages.entry(page_number(block.time)).or_default();
        match heights.last_mut().filter(|run| run.end() + 1 == height) {
            Some(run) => *run = *run.start()..=height,
            None => heights.push(height..=height),
        }
        Ok(())
    })?;
    Ok(pages)
}

fn new_keys(store: &Store, heights: Heights) -> Result<Vec<(Commitment, Dek)>, LedgerError> {
    let mut keys = Vec::new();
    for run in heights {
        each_block(store, run, |height, block| {
            for slot in store.slots(height)? {
                let Some(commitment) = block.commitments.get(usize::from(slot.slot)) else { continue };
                keys.push((*commitment, slot.dek));
            }
            Ok(())
        })?;
    }
    Ok(keys)
}

fn each_block(
    store: &Store,
    heights: RangeInclusive<u64>,
    mut work: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let (mut from, last) = heights.into_inner();
    while from <= last {
        for stored in store.blocks(from, STRIDE)?.iter().filter(|stored| stored.height <= last) {
            work(stored.height, &Store::parse(stored)?)?;
        }
        from += u64::from(STRIDE);
    }
    Ok(())
}
