//! Quorum certificates and settled notes: a checkpoint that enough of the circle cosigned.

use crate::{
    block::{Block, BlockError},
    bytes::{ChainId, Digest, NodeLabel},
    checkpoint::{
        Checkpoint, CheckpointError, CosignerRole, UnixSeconds, VerifiedCosignature, cosigner_name,
        verify_checkpoint,
    },
    epoch::{Base, EpochError, VerifiedEpoch, verify_epoch},
    note::Note,
    tree::{ProofError, VerifiedInclusion, verify_inclusion},
};

/// A note that does not carry what it is shown for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// The log's own signature.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Too few valid cosignatures.
    #[error("{role} cosignatures of {found} nodes, {needed} needed")]
    TooFew {
        /// "witness" or "mirror".
        role: &'static str,
        /// Valid ones.
        found: usize,
        /// Needed ones.
        needed: usize,
    },
    /// An epoch without nodes.
    #[error("epoch {0} has no circle; nothing is certified in it")]
    NoCircle(u32),
}

/// A checkpoint that k witnesses of its epoch's circle cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedQuorum {
    checkpoint: Checkpoint,
    note: Note,
    witnesses: Vec<VerifiedCosignature>,
}

/// A checkpoint that k witnesses and k mirrors of its epoch's circle cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSettled {
    quorum: VerifiedQuorum,
    mirrors: Vec<VerifiedCosignature>,
}

/// The valid cosignatures of one role on a note, one a node; whatever does not verify is left out.
pub fn valid_cosignatures(
    note: &Note,
    checkpoint: &Checkpoint,
    epoch: &VerifiedEpoch,
    role: CosignerRole,
) -> Vec<VerifiedCosignature> {
    let verify = |node: &crate::circle::CircleNode| {
        let key = if role == CosignerRole::Witness { &node.witness } else { &node.mirror };
        let line = note.line(&cosigner_name(&node.label, role))?;
        checkpoint.verify_cosignature(line, &node.label, role, key).ok()
    };
    epoch.circle().nodes().iter().filter_map(verify).collect()
}

/// Checks that a note is a quorum certificate of this epoch.
///
/// # Errors
/// [`QuorumError`] when the log key did not sign it, or fewer than k witnesses did.
pub fn verify_quorum(note: &Note, epoch: &VerifiedEpoch) -> Result<VerifiedQuorum, QuorumError> {
    let verified = verify_checkpoint(note, &epoch.chain(), epoch.number(), &epoch.log_key())?;
    let checkpoint = verified.checkpoint();
    let needed = epoch.circle().quorum().k;
    if needed == 0 {
        return Err(QuorumError::NoCircle(epoch.number()));
    }
    let witnesses = valid_cosignatures(note, &checkpoint, epoch, CosignerRole::Witness);
    if witnesses.len() < needed {
        return Err(QuorumError::TooFew { role: "witness", found: witnesses.len(), needed });
    }
    Ok(VerifiedQuorum { checkpoint, note: note.clone(), witnesses })
}

/// Checks that a note is settled in this epoch.
///
/// # Errors
/// [`QuorumError`] when it is no quorum certificate, or fewer than k mirrors cosigned it.
pub fn verify_settled(note: &Note, epoch: &VerifiedEpoch) -> Result<VerifiedSettled, QuorumError> {
    let quorum = verify_quorum(note, epoch)?;
    let needed = epoch.circle().quorum().k;
    let mirrors = valid_cosignatures(note, &quorum.checkpoint, epoch, CosignerRole::Mirror);
    if mirrors.len() < needed {
        return Err(QuorumError::TooFew { role: "mirror", found: mirrors.len(), needed });
    }
    Ok(VerifiedSettled { quorum, mirrors })
}

impl VerifiedQuorum {
    /// The certified checkpoint.
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// The note with all lines.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The witnesses' cosignatures.
    pub fn witnesses(&self) -> &[VerifiedCosignature] {
        &self.witnesses
    }

    /// By when it existed at the latest, if no more than f nodes lie: the (f+1)-th oldest cosignature time.
    pub fn existed_by(&self, f: usize) -> UnixSeconds {
        let mut times: Vec<UnixSeconds> = self.witnesses.iter().map(VerifiedCosignature::time).collect();
        times.sort_unstable();
        times.get(f).copied().unwrap_or(UnixSeconds::MAX)
    }

    /// Since when k witnesses vouch for it: the k-th newest cosignature time.
    pub fn fresh_at(&self, k: usize) -> UnixSeconds {
        let mut times: Vec<UnixSeconds> = self.witnesses.iter().map(VerifiedCosignature::time).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(k.saturating_sub(1)).copied().unwrap_or(0)
    }
}

impl VerifiedSettled {
    /// The quorum certificate in it.
    pub fn quorum(&self) -> &VerifiedQuorum {
        &self.quorum
    }

    /// The settled checkpoint.
    pub fn checkpoint(&self) -> Checkpoint {
        self.quorum.checkpoint
    }

    /// The mirrors' cosignatures.
    pub fn mirrors(&self) -> &[VerifiedCosignature] {
        &self.mirrors
    }

    /// The nodes that hold every byte.
    pub fn holders(&self) -> impl Iterator<Item = NodeLabel> + '_ {
        self.mirrors.iter().map(VerifiedCosignature::label)
    }
}

/// A chain whose epochs were checked from the first root to the newest, the last handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHistory {
    epochs: Vec<VerifiedEpoch>,
}

/// A history that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// A first block cannot be read.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// An epoch certificate fails.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// A hand-over fails.
    #[error("epoch {epoch} was not handed over: {source}")]
    NotHandedOver {
        /// The epoch.
        epoch: u32,
        /// Why.
        source: QuorumError,
    },
    /// The hand-over note is not of size 1 over the first block.
    #[error("the hand-over of epoch {0} is not over its first block")]
    WrongHandOver(u32),
    /// The base is not the last block under its checkpoint.
    #[error("the base of epoch {epoch} is not the last block under its checkpoint: {source}")]
    WrongBase {
        /// The epoch.
        epoch: u32,
        /// Why.
        source: ProofError,
    },
    /// Nothing to check.
    #[error("no epoch is shown")]
    Empty,
}

impl VerifiedHistory {
    /// All epochs, from 0.
    pub fn epochs(&self) -> &[VerifiedEpoch] {
        &self.epochs
    }

    /// The epoch of that number.
    pub fn epoch(&self, number: u32) -> Option<&VerifiedEpoch> {
        self.epochs.iter().find(|epoch| epoch.number() == number)
    }

    /// The newest epoch.
    pub fn newest(&self) -> Option<&VerifiedEpoch> {
        self.epochs.last()
    }
}

/// How one epoch is shown to a verifier.
#[derive(Clone, Copy, Debug)]
pub struct ShownEpoch<'a> {
    /// Its first block, with the epoch certificate.
    pub first_block: &'a [u8],
    /// The note that settled its first block; epoch 0 has none of its own.
    pub hand_over: Option<&'a Note>,
    /// That its base is the last leaf under the base's checkpoint; empty for epoch 0 and for a base of size 1.
    pub base_path: &'a [Digest],
}

/// Checks a chain's epochs in order, from the first root to the newest hand-over.
///
/// # Errors
/// [`HistoryError`] naming the first epoch that fails.
pub fn verify_history<'a>(
    chain: &ChainId,
    epochs: impl IntoIterator<Item = ShownEpoch<'a>>,
) -> Result<VerifiedHistory, HistoryError> {
    let mut verified: Vec<VerifiedEpoch> = Vec::new();
    for shown in epochs {
        let before = verified.last();
        let epoch = verify_epoch(&Block::from_bytes(shown.first_block)?, chain, before)?;
        if let (Some(before), Some(base)) = (before, epoch.base()) {
            verify_base(base, before, shown.base_path)?;
            verify_hand_over(&epoch, shown.hand_over)?;
        }
        verified.push(epoch);
    }
    if verified.is_empty() { Err(HistoryError::Empty) } else { Ok(VerifiedHistory { epochs: verified }) }
}

/// Checks that the block an epoch branches off is the last one under the checkpoint that its certificate shows.
///
/// # Errors
/// [`HistoryError::WrongBase`] when the path does not lead there.
pub fn verify_base(
    base: &Base,
    before: &VerifiedEpoch,
    path: &[Digest],
) -> Result<VerifiedInclusion, HistoryError> {
    let wrong = |source| HistoryError::WrongBase { epoch: before.number() + 1, source };
    let note = Note::parse(&base.note).map_err(EpochError::from)?;
    let checkpoint = verify_checkpoint(&note, &before.chain(), before.number(), &before.log_key())
        .map_err(EpochError::from)?
        .checkpoint();
    let index = checkpoint.size.checked_sub(1).ok_or_else(|| wrong(ProofError::OutOfRange))?;
    verify_inclusion(base.leaf, index, checkpoint.size, path, checkpoint.root).map_err(wrong)
}

/// Checks that an epoch's first block was settled by the circle that hands it over.
///
/// # Errors
/// [`HistoryError::NotHandedOver`] or [`HistoryError::WrongHandOver`].
pub fn verify_hand_over(epoch: &VerifiedEpoch, note: Option<&Note>) -> Result<VerifiedSettled, HistoryError> {
    let number = epoch.number();
    let note = note.ok_or(HistoryError::WrongHandOver(number))?;
    let settled = verify_settled(note, epoch)
        .map_err(|source| HistoryError::NotHandedOver { epoch: number, source })?;
    let checkpoint = settled.checkpoint();
    if (checkpoint.size, checkpoint.root) != (1, epoch.first_leaf()) {
        return Err(HistoryError::WrongHandOver(number));
    }
    Ok(settled)
}
