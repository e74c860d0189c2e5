//! Bringing a node's head to ours: segments singly, then offers that one transaction takes or refuses.

use super::{
    error::{NodeError, SyncError},
    exchange::{BLOCKS, Exchange, Peer, SEGMENTS},
    report::SyncEvent,
    segments::Stopped,
    votes::our_note,
};
use crate::{ledger::offer_reach, store::StoredBlock};
use pulsebook_protocol::{
    answer::Code,
    block::SLOTS,
    bytes::ByteString,
    checkpoint::{CosignerRole, cosigner_name},
    owner::{NodeHead, OFFER_BLOCKS, Offer},
};

/// Where a node stands while it is being brought forward.
#[derive(Clone, Copy, Debug)]
struct Stand {
    epoch: u32,
    size: u64,
}

impl Exchange<'_> {
    /// Sends what follows on the node's head. A refusal for a missing segment sends the segments once more, then gives up.
    pub(crate) async fn send_blocks(&self, peer: &Peer<'_>, head: &NodeHead) -> Result<(), NodeError> {
        let mut stand = Stand { epoch: head.epoch, size: head.size };
        self.renew(peer, stand).await?;
        self.remember(peer, stand)?;
        let mut resent = false;
        loop {
            if stand.size >= self.own.size(stand.epoch) {
                if stand.epoch >= self.own.newest() {
                    return Ok(());
                }
                stand = Stand { epoch: stand.epoch + 1, size: 0 };
            }
            match self.offer_next(peer, stand).await {
                Ok(next) => stand = next,
                Err(NodeError::Refused { code: Code::Missing, .. }) if !resent => {
                    resent = true;
                    let height = self.own.height_after(stand.epoch, stand.size)?;
                    self.store.set_cursor(&peer.label, SEGMENTS, height * SLOTS as u64)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks again for the cosignature of the head the node has, when it is not among our lines: its answer was lost.
    async fn renew(&self, peer: &Peer<'_>, stand: Stand) -> Result<(), NodeError> {
        if stand.epoch != self.own.newest() || stand.epoch == 0 || stand.size == 0 {
            return Ok(());
        }
        let name = cosigner_name(&peer.label, CosignerRole::Witness);
        let Some(note) = self.store.note(stand.epoch, stand.size)? else { return Ok(()) };
        if note.line(&name).is_some() {
            return Ok(());
        }
        let offer = Offer {
            epoch: stand.epoch,
            old_size: stand.size,
            blocks: Vec::new(),
            manifests: Vec::new(),
            checkpoint: note.to_string(),
            consistency: Vec::new(),
        };
        self.cosigned(peer, stand, peer.client.offer(&offer).await?)
    }

    /// One offer with the segments of its blocks before it.
    async fn offer_next(&self, peer: &Peer<'_>, old: Stand) -> Result<Stand, NodeError> {
        let mut new = Stand { size: self.next_size(old)?, ..old };
        let from = self.own.height_after(old.epoch, old.size)?;
        let mut blocks = self.store.blocks(from, u32::try_from(new.size - old.size).unwrap_or(u32::MAX))?;
        match self.send_segments(peer, &blocks).await {
            Ok(()) => {}
            Err(Stopped { done, error: full @ NodeError::Refused { code: Code::SlowDown, .. } }) => {
                // What waits there makes room once its blocks are offered.
                let noted = self.store.noted_size(old.epoch, old.size, old.size + done)?;
                new.size = noted.ok_or(full)?;
            }
            Err(Stopped { error, .. }) => return Err(error),
        }
        let sent = new.size - old.size;
        blocks.truncate(usize::try_from(sent).unwrap_or(usize::MAX));
        let offer = self.offer_of(old, new, blocks)?;
        let line = peer.client.offer(&offer).await?;
        peer.note(|done| done.sent.blocks += sent);
        self.remember(peer, new)?;
        (self.on_event)(SyncEvent::Offered { node: peer.label, epoch: new.epoch, size: new.size });
        self.cosigned(peer, new, line)?;
        Ok(new)
    }

    /// The largest size that one offer may reach and that we have a checkpoint of. The first block of an epoch with a
    /// circle goes alone: its checkpoint is the hand-over.
    fn next_size(&self, old: Stand) -> Result<u64, NodeError> {
        let left = self.own.size(old.epoch) - old.size;
        let most = if old.epoch > 0 && old.size == 0 { 1 } else { left.min(OFFER_BLOCKS as u64) };
        let from = self.own.height_after(old.epoch, old.size)?;
        let reach = offer_reach(self.store, from, most)?;
        // Records of earlier programs have fewer checkpoints: then as far as the node takes at all.
        for blocks in [reach, most] {
            if let Some(size) = self.store.noted_size(old.epoch, old.size, old.size + blocks)? {
                return Ok(size);
            }
        }
        let what = format!("a checkpoint of epoch {} over size {}", old.epoch, old.size);
        Err(SyncError::Missing(what).into())
    }

    fn offer_of(&self, old: Stand, new: Stand, blocks: Vec<StoredBlock>) -> Result<Offer, NodeError> {
        let (mut bytes, mut manifests) = (Vec::with_capacity(blocks.len()), Vec::with_capacity(blocks.len()));
        for block in blocks {
            bytes.push(ByteString(block.bytes));
            manifests.push(ByteString(block.manifest));
        }
        Ok(Offer {
            epoch: new.epoch,
            old_size: old.size,
            blocks: bytes,
            manifests,
            checkpoint: our_note(self.store, new.epoch, new.size)?.to_string(),
            consistency: self.own.consistency(new.epoch, old.size, new.size),
        })
    }

    /// Counts the answer to an offer: a cosignature in an epoch with a circle, nothing in epoch 0.
    fn cosigned(
        &self,
        peer: &Peer<'_>,
        stand: Stand,
        line: Option<pulsebook_protocol::note::NoteLine>,
    ) -> Result<(), NodeError> {
        match line {
            Some(line) if stand.epoch == self.own.newest() && stand.epoch > 0 => {
                self.take(peer, CosignerRole::Witness, stand.size, line)
            }
            None if stand.epoch == 0 => Ok(()),
            _ => {
                let expected = "a cosignature from epoch 1 on, and none in epoch 0";
                Err(NodeError::Garbage {
                    expected,
                    found: format!("another answer in epoch {}", stand.epoch),
                })
            }
        }
    }

    fn remember(&self, peer: &Peer<'_>, stand: Stand) -> Result<(), NodeError> {
        let blocks = self.own.height_after(stand.epoch, stand.size)?;
        Ok(self.store.set_cursor(&peer.label, BLOCKS, blocks)?)
    }
}
