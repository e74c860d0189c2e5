//! Our own chain as sync sees it: verified epochs, leaf hashes, sizes and heights.

use super::error::SyncError;
use crate::store::Store;
use pulsebook_protocol::{
    bytes::{ChainId, Digest},
    epoch::{VerifiedEpoch, verify_epoch},
    tree,
};

/// Our own chain at the beginning of a sync. Holds 32 bytes a block.
#[derive(Debug)]
pub(crate) struct OwnChain {
    pub(crate) chain: ChainId,
    newest: u32,
    epochs: Vec<VerifiedEpoch>,
    leaves: Vec<Vec<Digest>>,
}

impl OwnChain {
    /// The chain up to the last signed checkpoint at or below `height`.
    pub(crate) fn load(store: &Store, height: u64) -> Result<Self, SyncError> {
        let chain = store.identity().chain;
        let head = store.head()?.ok_or_else(|| SyncError::Missing("the first block".into()))?;
        let (mut epochs, mut leaves): (Vec<VerifiedEpoch>, Vec<Vec<Digest>>) = (Vec::new(), Vec::new());
        for number in 0..=head.epoch {
            let missing = || SyncError::Missing(format!("epoch {number}"));
            let stored = store.epoch(number)?.ok_or_else(missing)?;
            let first = store.block(stored.first_height)?.ok_or_else(missing)?;
            epochs.push(verify_epoch(&Store::parse(&first)?, &chain, epochs.last())?);
            leaves.push(store.leaves(number)?);
        }
        let mut own = OwnChain { chain, newest: head.epoch, epochs, leaves };
        let first = own.epoch(head.epoch)?.first_height();
        let size = store.noted_size(head.epoch, 0, (height + 1).saturating_sub(first))?.unwrap_or(0);
        if let Some(leaves) = own.leaves.last_mut() {
            leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        }
        Ok(own)
    }

    /// The epoch of our head.
    pub(crate) fn newest(&self) -> u32 {
        self.newest
    }

    pub(crate) fn epoch(&self, number: u32) -> Result<&VerifiedEpoch, SyncError> {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        self.epochs.get(index).ok_or_else(|| SyncError::Missing(format!("epoch {number}")))
    }

    fn leaves(&self, epoch: u32) -> &[Digest] {
        let index = usize::try_from(epoch).unwrap_or(usize::MAX);
        self.leaves.get(index).map_or(&[], Vec::as_slice)
    }

    /// Blocks of an epoch.
    pub(crate) fn size(&self, epoch: u32) -> u64 {
        u64::try_from(self.leaves(epoch).len()).unwrap_or(u64::MAX)
    }

    /// The root of an epoch's log at a size we have.
    pub(crate) fn root(&self, epoch: u32, size: u64) -> Option<Digest> {
        let size = usize::try_from(size).ok()?;
        self.leaves(epoch).get(..size).map(tree::root)
    }

    /// That the log at size `new` extends the log at size `old`; nothing to show from size 0 or to itself.
    pub(crate) fn consistency(&self, epoch: u32, old: u64, new: u64) -> Vec<Digest> {
        let (Ok(old), Ok(new)) = (usize::try_from(old), usize::try_from(new)) else { return Vec::new() };
        match self.leaves(epoch).get(..new) {
            Some(leaves) if old > 0 && old < new => tree::consistency_proof(leaves, old),
            _ => Vec::new(),
        }
    }

    /// The height of the block that follows on `size` blocks of an epoch.
    pub(crate) fn height_after(&self, epoch: u32, size: u64) -> Result<u64, SyncError> {
        Ok(self.epoch(epoch)?.first_height() + size)
    }
}
