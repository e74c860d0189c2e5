//! Epoch certificates, and what follows from them: whose signatures count in which epoch.

use crate::{
    block::{Block, BlockError},
    bytes::{ByteString, ChainId, Digest},
    cbor::{self, CborError},
    checkpoint::{Checkpoint, CheckpointError, verify_checkpoint},
    circle::Circle,
    cose::{self, CoseError, Sign1},
    domain,
    hash::sha256,
    key::{PublicKey, SigningKey},
    note::{Note, NoteError},
    proposal::{Proposal, ProposalError, verify_proposal},
};
use minicbor::{Decode, Encode};

/// At most this many bytes in an epoch certificate.
pub const EPOCH_CERTIFICATE_LIMIT: usize = 64 * 1024;

/// An epoch certificate that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// The first block is no block, or does not follow on the base.
    #[error("the epoch's first block: {0}")]
    Block(#[from] BlockError),
    /// The block carries no certificate.
    #[error("block {0} carries no epoch certificate")]
    NoCertificate(u64),
    /// The signature by the new log key.
    #[error("the epoch certificate is not signed by its log key: {0}")]
    Signature(#[from] CoseError),
    /// The payload.
    #[error("malformed epoch certificate: {0}")]
    Malformed(#[from] CborError),
    /// The proposal inside.
    #[error(transparent)]
    Proposal(#[from] ProposalError),
    /// The base's note.
    #[error("the epoch's base: {0}")]
    Base(#[from] CheckpointError),
    /// The base's note cannot be read.
    #[error("the epoch's base: {0}")]
    BaseNote(#[from] NoteError),
    /// Chain, epoch, previous certificate or base do not fit what came before.
    #[error("the epoch does not follow on the one before: {0}")]
    DoesNotFollow(&'static str),
    /// An epoch change that needs freezes.
    #[error("epoch {0} needs freezes, which this version cannot verify: use a newer version")]
    UnsupportedEpoch(u32),
}

/// Where an epoch branches off the one before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Base {
    /// Its epoch.
    #[n(0)]
    pub epoch: u32,
    /// Height of its last block.
    #[n(1)]
    pub height: u64,
    /// Leaf hash of that block.
    #[n(2)]
    pub leaf: Digest,
    /// The checkpoint with that block as its last, as a note.
    #[n(3)]
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Payload {
    #[n(0)]
    version: u8,
    #[n(1)]
    proposal: Vec<ByteString>,
    #[n(2)]
    base: Option<Base>,
    #[n(3)]
    freezes: Vec<ByteString>,
}

/// Signs an epoch certificate without freezes (epochs 0 and 1) with the new log key.
pub fn sign_epoch_certificate(log_key: &SigningKey, proposal: &[Vec<u8>], base: Option<Base>) -> Vec<u8> {
    let proposal = proposal.iter().cloned().map(ByteString).collect();
    let payload = Payload { version: 1, proposal, base, freezes: Vec::new() };
    cose::sign(log_key, domain::EPOCH_CERTIFICATE, &cbor::encode(&payload))
}

/// An epoch whose certificate was checked from the chain's first root on.
///
/// That its hand-over happened is shown by [`crate::quorum::verify_settled`] at size 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedEpoch {
    proposal: Proposal,
    base: Option<Base>,
    certificate_hash: Digest,
    first_height: u64,
    first_leaf: Digest,
}

impl VerifiedEpoch {
    /// The proposal: keys, devices, circle.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// The chain.
    pub fn chain(&self) -> ChainId {
        self.proposal.chain
    }

    /// The epoch's number.
    pub fn number(&self) -> u32 {
        self.proposal.epoch
    }

    /// The log key L_e.
    pub fn log_key(&self) -> PublicKey {
        self.proposal.log_key
    }

    /// The circle that counts in this epoch.
    pub fn circle(&self) -> &Circle {
        &self.proposal.circle
    }

    /// Where it branches off; none for epoch 0.
    pub fn base(&self) -> Option<&Base> {
        self.base.as_ref()
    }

    /// SHA-256 of the certificate, which the next proposal names.
    pub fn certificate_hash(&self) -> Digest {
        self.certificate_hash
    }

    /// Height of its first block.
    pub fn first_height(&self) -> u64 {
        self.first_height
    }

    /// Leaf hash of its first block: the root of its log at size 1.
    pub fn first_leaf(&self) -> Digest {
        self.first_leaf
    }

    /// The height of the last block under a checkpoint of this epoch; `None` for an empty one.
    pub fn last_height(&self, checkpoint: &Checkpoint) -> Option<u64> {
        checkpoint.size.checked_sub(1)?.checked_add(self.first_height)
    }
}

/// Checks the first block of an epoch and its certificate against the epoch before (none for epoch 0).
///
/// # Errors
/// [`EpochError`] saying what fails; an epoch beyond 1 is [`EpochError::UnsupportedEpoch`].
pub fn verify_epoch(
    first_block: &Block,
    chain: &ChainId,
    before: Option<&VerifiedEpoch>,
) -> Result<VerifiedEpoch, EpochError> {
    let certificate =
        first_block.certificate.as_ref().ok_or(EpochError::NoCertificate(first_block.height))?;
    let signed = Sign1::parse(&certificate.0, EPOCH_CERTIFICATE_LIMIT)?;
    let payload: Payload = cbor::decode(signed.unverified_payload(), EPOCH_CERTIFICATE_LIMIT)?;
    let root = before.map(|epoch| epoch.proposal.root);
    let proposal = verify_proposal(&payload.proposal, root.as_ref())?.proposal().clone();
    signed.verify(domain::EPOCH_CERTIFICATE, &proposal.log_key)?;
    if proposal.epoch > 1 || !payload.freezes.is_empty() {
        return Err(EpochError::UnsupportedEpoch(proposal.epoch));
    }
    if payload.version != 1 || proposal.chain != *chain || first_block.chain != *chain {
        return Err(EpochError::DoesNotFollow("it is of another chain or version"));
    }
    check_place(first_block, &proposal, payload.base.as_ref(), before)?;
    Ok(VerifiedEpoch {
        proposal,
        base: payload.base,
        certificate_hash: sha256(&[&certificate.0]),
        first_height: first_block.height,
        first_leaf: first_block.leaf(),
    })
}

fn check_place(
    first_block: &Block,
    proposal: &Proposal,
    base: Option<&Base>,
    before: Option<&VerifiedEpoch>,
) -> Result<(), EpochError> {
    if first_block.epoch != proposal.epoch {
        return Err(EpochError::DoesNotFollow("the block is of another epoch than its certificate"));
    }
    match (before, base) {
        (None, None) => {
            let empty = proposal.circle.nodes().is_empty() && proposal.directory_hash.is_none();
            let first = (first_block.height, first_block.prev) == (0, Digest::ZERO);
            let start = proposal.epoch == 0 && proposal.previous.is_none();
            if empty && first && start { Ok(()) } else { Err(EpochError::DoesNotFollow("not an epoch 0")) }
        }
        (Some(before), Some(base)) => check_base(first_block, proposal, base, before),
        _ => Err(EpochError::DoesNotFollow("epoch 0 has no base, and every other epoch has one")),
    }
}

fn check_base(
    first_block: &Block,
    proposal: &Proposal,
    base: &Base,
    before: &VerifiedEpoch,
) -> Result<(), EpochError> {
    if proposal.previous != Some(before.certificate_hash) || proposal.epoch != before.number() + 1 {
        return Err(EpochError::DoesNotFollow("it names another certificate as the one before"));
    }
    if proposal.circle.nodes().is_empty() || base.epoch != before.number() {
        return Err(EpochError::DoesNotFollow("it has no circle, or its base is of another epoch"));
    }
    let note = Note::parse(&base.note)?;
    let checkpoint = verify_checkpoint(&note, &proposal.chain, base.epoch, &before.log_key())?.checkpoint();
    if before.last_height(&checkpoint) != Some(base.height) {
        return Err(EpochError::DoesNotFollow("its base is not the last block under the base's checkpoint"));
    }
    if (Some(first_block.height), first_block.prev) != (base.height.checked_add(1), base.leaf) {
        return Err(EpochError::DoesNotFollow("its first block does not follow on the base"));
    }
    Ok(())
}
