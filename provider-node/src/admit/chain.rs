//! What the node knows of one chain, loaded and verified anew for each request.

use super::Admitted;
use crate::{authenticate::unknown_chain, node::Node, refusal::Refusal, store::*};
use pulsebook_protocol::{
    admission::Admission,
    answer::Code,
    bytes::{ByteString, ChainId, Digest, NodeLabel},
    epoch::VerifiedEpoch,
    key_certificate::NodeKeys,
    log_state::LogState,
    note::Note,
    proposal::{Proposal, verify_proposal},
    quorum::{VerifiedQuorum, verify_quorum},
};
use std::sync::Arc;

/// One chain as this node has it.
pub(crate) struct Chain {
    pub(crate) row: ChainRow,
    pub(crate) epochs: Vec<EpochRow>,
    /// Epochs whose first block is held, verified.
    pub(crate) verified: Vec<VerifiedEpoch>,
    pub(crate) head: Option<HeadRow>,
    pub(crate) notes: Vec<NoteRow>,
    pub(crate) keys: Arc<NodeKeys>,
}

impl Chain {
    /// Loads it.
    pub(crate) fn load(node: &Node, id: &ChainId) -> Admitted<Chain> {
        let store = &node.store;
        let row = store.chain(id)?.ok_or_else(unknown_chain)?;
        let epochs = store.epochs(id)?;
        let mut verified = Vec::new();
        for epoch in &epochs {
            let Some(first) = store.first_block(id, epoch.epoch)? else { break };
            let epoch = node.verified.epoch(&first.block, id, verified.last()).map_err(corrupt)?;
            verified.push(epoch);
        }
        let keys = node.keys(id, row.generation).map_err(corrupt)?;
        Ok(Chain { head: store.head(id)?, notes: store.notes(id)?, row, epochs, verified, keys })
    }

    /// A verified epoch by its number.
    pub(crate) fn epoch(&self, number: u32) -> Option<&VerifiedEpoch> {
        self.verified.iter().find(|epoch| epoch.number() == number)
    }

    /// The newest epoch that has a block here.
    pub(crate) fn newest(&self) -> Option<&VerifiedEpoch> {
        self.verified.last()
    }

    /// What the owner announced for an epoch.
    pub(crate) fn announced(&self, number: u32) -> Option<&EpochRow> {
        self.epochs.iter().find(|epoch| epoch.epoch == number)
    }

    /// The proposal of an announced epoch.
    pub(crate) fn proposal(&self, row: &EpochRow) -> Admitted<Proposal> {
        let signatures: Vec<ByteString> = row.proposal.iter().cloned().map(ByteString).collect();
        let verified = verify_proposal(&signatures, Some(&self.row.first_root)).map_err(corrupt)?;
        Ok(verified.proposal().clone())
    }

    /// This node's label in an epoch's circle, if its own keys stand there.
    pub(crate) fn label(&self, proposal: &Proposal) -> Option<NodeLabel> {
        let own = (self.keys.witness.public(), self.keys.mirror.public(), self.keys.entry.public());
        let ours =
            |node: &&pulsebook_protocol::circle::CircleNode| (node.witness, node.mirror, node.entry) == own;
        proposal.circle.nodes().iter().find(ours).map(|node| node.label)
    }

    /// The state machine, restored from what is durable.
    pub(crate) fn admission(&self) -> Admission<Digest> {
        let newest = |keep: fn(&&NoteRow) -> bool| self.notes.iter().filter(keep).map(state_of).max();
        Admission::restore(
            self.head.as_ref().map(|head| LogState { epoch: head.epoch, size: head.size, root: head.root }),
            newest(|_| true),
            newest(|note| note.mirrored_at > 0),
            newest(|note| note.settled),
        )
    }

    /// The newest settled note.
    pub(crate) fn settled(&self) -> Option<&NoteRow> {
        self.notes.iter().rfind(|note| note.settled)
    }

    /// The settled hand-over of an epoch: its note of size 1.
    pub(crate) fn hand_over(&self, epoch: u32) -> Option<&NoteRow> {
        self.notes.iter().find(|note| note.settled && (note.epoch, note.size) == (epoch, 1))
    }

    /// The newest quorum certificate, verified again.
    pub(crate) fn newest_quorum(&self) -> Option<VerifiedQuorum> {
        let row = self.notes.last()?;
        verify_quorum(&Note::parse(&row.note).ok()?, self.epoch(row.epoch)?).ok()
    }

    /// Highest height under the newest note of which `keep` is true.
    pub(crate) fn height_under(&self, note: Option<&NoteRow>) -> Option<u64> {
        let note = note?;
        self.epoch(note.epoch)?.first_height().checked_add(note.size)?.checked_sub(1)
    }
}

fn state_of(note: &NoteRow) -> LogState<Digest> {
    LogState { epoch: note.epoch, size: note.size, root: note.root }
}

/// What was verified before it was stored does not verify any more.
pub(crate) fn corrupt(reason: impl std::fmt::Display) -> Refusal {
    let advice = "tell the node's operator: the node's database or disk is damaged";
    Refusal::new(Code::TryAgain, "an undamaged store", advice).because(reason)
}

/// A bound segment whose bytes are lost or altered: never served.
pub(crate) fn damaged(height: u64, slot: u8) -> Refusal {
    corrupt(format!("segment {slot} of block {height} is lost or altered on the node's disk"))
}

/// A store that answered with another number of hashes than asked.
pub(crate) fn corrupt_slots() -> Refusal {
    corrupt("the store answered for another number of segments")
}
