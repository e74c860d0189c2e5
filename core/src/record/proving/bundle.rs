//! The exported record, written as it goes: one block in memory, whatever the record holds.

use super::super::{Inner, Record, blocking};
use crate::{
    error::{Error, ProvingError},
    store::{Store, StoreError, StoredBlock},
    sync::accepted_sizes,
};
use pulsebook_protocol::bundle::{BundleBlock, BundleHead, BundleKey, item_head};
use std::io::Write;

const BLOCKS_AT_A_TIME: u32 = 32;

/// What a bundle holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BundleSummary {
    /// Blocks.
    pub blocks: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Counts what it writes.
struct Out {
    sink: Box<dyn Write + Send>,
    summary: BundleSummary,
}

impl Out {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.sink.write_all(bytes).map_err(ProvingError::from)?;
        self.summary.bytes += bytes.len() as u64;
        Ok(())
    }
}

impl Record {
    /// Exports the record up to its last signed checkpoint: what a third party needs to verify the chain, and with
    /// `with_keys` also what opens every reading.
    ///
    /// # Errors
    /// [`ProvingError::NotSigned`], [`ProvingError::Write`]; [`Error::Store`].
    pub async fn export_bundle(
        &self,
        with_keys: bool,
        sink: Box<dyn Write + Send>,
    ) -> Result<BundleSummary, Error> {
        let inner = self.inner.clone();
        blocking(move || inner.export(with_keys, Out { sink, summary: BundleSummary::default() })).await
    }
}

impl Inner {
    fn export(&self, with_keys: bool, mut out: Out) -> Result<BundleSummary, Error> {
        let store = &self.store;
        let end = signed_blocks(store)?;
        out.put(&BundleHead::new(store.identity().chain, end, with_keys).to_item())?;
        let mut next = 0;
        while next < end {
            let blocks = store.blocks(next, BLOCKS_AT_A_TIME)?;
            if blocks.is_empty() {
                return Err(StoreError::Damaged("a block").into());
            }
            for block in blocks.iter().filter(|block| block.height < end) {
                put_block(store, block, end, with_keys, &mut out)?;
            }
            next += blocks.len() as u64;
        }
        out.sink.flush().map_err(ProvingError::from)?;
        Ok(out.summary)
    }
}

/// How many blocks the last signed checkpoint covers.
fn signed_blocks(store: &Store) -> Result<u64, Error> {
    for number in (0..=store.newest_epoch()?).rev() {
        let epoch = store.epoch(number)?.ok_or(StoreError::Damaged("an epoch"))?;
        if let Some((size, _)) = store.newest_note(number)? {
            return Ok(epoch.first_height + size);
        }
    }
    Err(ProvingError::NotSigned.into())
}

fn put_block(
    store: &Store,
    stored: &StoredBlock,
    end: u64,
    with_keys: bool,
    out: &mut Out,
) -> Result<(), Error> {
    let key = |slot: &crate::store::Slot| BundleKey::new(slot.slot, &slot.dek);
    let slots = store.slots(stored.height)?;
    let shown = BundleBlock {
        block: stored.bytes.clone().into(),
        manifest: stored.manifest.clone().into(),
        note: note_of(store, stored, end)?,
        keys: with_keys.then(|| slots.iter().map(key).collect()),
    };
    out.put(&shown.to_item())?;
    out.summary.blocks += 1;
    for slot in slots {
        let segment = store.segment(stored.height, slot.slot)?.ok_or(StoreError::Damaged("a segment"))?;
        out.put(&item_head(segment.bytes.len()))?;
        out.put(&segment.bytes)?;
        out.summary.segments += 1;
    }
    Ok(())
}

/// The note over this block, when a verifier needs it: a hand-over, the newest settled one, and the last.
fn note_of(store: &Store, block: &StoredBlock, end: u64) -> Result<Option<String>, Error> {
    let first = store.epoch(block.epoch)?.ok_or(StoreError::Damaged("an epoch"))?.first_height;
    let size = block.height.saturating_sub(first) + 1;
    let hand_over = size == 1 && block.epoch > 0;
    let settled = accepted_sizes(store, block.epoch)?.1;
    if !hand_over && size != settled && block.height + 1 != end {
        return Ok(None);
    }
    Ok(store.note(block.epoch, size)?.map(|note| note.to_string()))
}
