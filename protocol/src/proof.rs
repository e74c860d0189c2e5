//! A proof of one reading: what a stranger needs to check it with public keys alone, and nothing about its neighbours.

use crate::{
    block::{Block, BlockError, SLOTS},
    bytes::{Blinder, ByteString, ChainId, Digest, NodeLabel},
    cbor::{self, CborError},
    checkpoint::{Checkpoint, CheckpointError, UnixSeconds, VerifiedCosignature, verify_checkpoint},
    chunk::{ChunkError, PathStep, ShownChunk, leaf_of_bytes, root_above},
    commitment,
    epoch::VerifiedEpoch,
    key::PublicKey,
    note::{Note, NoteError},
    quorum::{
        HistoryError, QuorumError, ShownEpoch, VerifiedHistory, VerifiedSettled, verify_hand_over,
        verify_history, verify_settled,
    },
    tree::{self, leaf_hash, verify_inclusion},
};
use minicbor::{Decode, Encode};

/// At most this many bytes in a proof.
pub const PROOF_LIMIT: usize = 4 * 1024 * 1024;

/// At most this many steps from a chunk to the disclosure root: a segment has at most 2²⁰ slots.
const CHUNK_STEPS: usize = 20;

/// An epoch as a proof shows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProofEpoch {
    /// Its first block, with the epoch certificate.
    #[n(0)]
    pub first_block: ByteString,
    /// The note that settled its first block; none for epoch 0.
    #[n(1)]
    pub hand_over: Option<String>,
    /// That its base is the last leaf under the base's checkpoint; empty for epoch 0 and for a base of size 1.
    #[n(2)]
    pub base_path: Vec<Digest>,
}

/// The bytes of a proof of one reading: docs/protocol.md §11.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadingProof {
    #[n(0)]
    version: u8,
    /// The chain.
    #[n(1)]
    pub chain: ChainId,
    /// The epochs from 0 to the one whose circle settled the block.
    #[n(2)]
    pub epochs: Vec<ProofEpoch>,
    /// The settled note above the block; none when the last epoch's hand-over settled it.
    #[n(3)]
    pub note: Option<String>,
    /// The block.
    #[n(4)]
    pub block: ByteString,
    /// That it lies under the checkpoint.
    #[n(5)]
    pub block_path: Vec<Digest>,
    /// The slot of the segment.
    #[n(6)]
    pub slot: u8,
    /// The check value of the segment's key.
    #[n(7)]
    pub key_check: Digest,
    /// The blinder of the commitment.
    #[n(8)]
    pub blinder: Blinder,
    /// SHA-256 of the sealed segment.
    #[n(9)]
    pub segment_hash: Digest,
    /// The chunk.
    #[n(10)]
    pub chunk: ByteString,
    /// The chunk's salt.
    #[n(11)]
    pub salt: Digest,
    /// From the chunk's leaf to the disclosure root.
    #[n(12)]
    pub chunk_path: Vec<PathStep>,
}

/// What a proof says about the place of its chunk, without the chunk.
#[derive(Clone, Debug)]
pub struct ProofPlace {
    /// The chain.
    pub chain: ChainId,
    /// The epochs.
    pub epochs: Vec<ProofEpoch>,
    /// The settled note.
    pub note: Option<String>,
    /// The block and its path.
    pub block: (Vec<u8>, Vec<Digest>),
    /// The slot.
    pub slot: u8,
}

/// What opens a commitment to its disclosure root, without the key.
#[derive(Clone, Copy, Debug)]
pub struct ProofOpening {
    /// The check value of the segment's key.
    pub key_check: Digest,
    /// The blinder.
    pub blinder: Blinder,
    /// SHA-256 of the sealed segment.
    pub segment_hash: Digest,
}

/// A proof that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadingProofError {
    /// Not a proof's bytes.
    #[error("not a proof of a reading: {0}")]
    Malformed(#[from] CborError),
    /// A version this program does not know.
    #[error("proof of version {0}; this program reads version 1: update it")]
    Version(u8),
    /// Of another record.
    #[error("the proof is of chain {found}, expected {expected}")]
    OtherChain {
        /// The chain asked for.
        expected: ChainId,
        /// The proof's.
        found: ChainId,
    },
    /// An epoch, or its hand-over.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A note that cannot be read.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The base's note.
    #[error("the checkpoint above the block: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The note above the block is not settled.
    #[error("the block is not settled: {0}")]
    NotSettled(#[from] QuorumError),
    /// The block.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// Parts that do not belong together.
    #[error("the proof's parts do not belong together: {0}")]
    Parts(&'static str),
    /// The block does not lie under the checkpoint.
    #[error("block {height} does not lie under the checkpoint: {source}")]
    NotIncluded {
        /// The block.
        height: u64,
        /// Why.
        source: tree::ProofError,
    },
    /// The chunk.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// The chunk is not what the block commits to.
    #[error("block {height}, slot {slot}: the chunk does not lead to the block's commitment")]
    Commitment {
        /// The block.
        height: u64,
        /// The slot.
        slot: u8,
    },
}

impl ReadingProof {
    /// Puts a proof together; it is checked by [`verify_reading_proof`], not here.
    pub fn new(place: ProofPlace, opening: ProofOpening, shown: crate::chunk::Disclosure) -> ReadingProof {
        ReadingProof {
            version: 1,
            chain: place.chain,
            epochs: place.epochs,
            note: place.note,
            block: place.block.0.into(),
            block_path: place.block.1,
            slot: place.slot,
            key_check: opening.key_check,
            blinder: opening.blinder,
            segment_hash: opening.segment_hash,
            chunk: shown.chunk.into(),
            salt: shown.salt,
            chunk_path: shown.path,
        }
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a proof without checking what it says.
    ///
    /// # Errors
    /// [`ReadingProofError::Malformed`] or [`ReadingProofError::Version`].
    pub fn decode(bytes: &[u8]) -> Result<ReadingProof, ReadingProofError> {
        let proof: ReadingProof = cbor::decode(bytes, PROOF_LIMIT)?;
        if proof.version != 1 {
            return Err(ReadingProofError::Version(proof.version));
        }
        Ok(proof)
    }
}

/// A reading, or a minute of them, that a circle settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReadingProof {
    chunk: ShownChunk,
    history: VerifiedHistory,
    settled: VerifiedSettled,
    block: Block,
    slot: u8,
}

impl VerifiedReadingProof {
    /// What is shown.
    pub fn chunk(&self) -> &ShownChunk {
        &self.chunk
    }

    /// The chain: whoever verifies must know from elsewhere whose it is.
    pub fn chain(&self) -> ChainId {
        self.block.chain
    }

    /// The chain's first root.
    pub fn first_root(&self) -> Option<PublicKey> {
        self.history.epoch(0).map(|epoch| epoch.proposal().first_root)
    }

    /// Epoch, height and slot of the segment.
    pub fn place(&self) -> (u32, u64, u8) {
        (self.block.epoch, self.block.height, self.slot)
    }

    /// When the block says that it was sealed, rounded down to the hour: the patient's claim.
    pub fn sealed_at(&self) -> UnixSeconds {
        self.block.time
    }

    /// The checkpoint's cosignatures.
    pub fn settled(&self) -> &VerifiedSettled {
        &self.settled
    }

    /// The circle that settled it.
    pub fn epoch(&self) -> Option<&VerifiedEpoch> {
        self.history.newest()
    }

    /// The nodes that hold every byte, each with the time of its cosignature.
    pub fn holders(&self) -> impl Iterator<Item = (NodeLabel, UnixSeconds)> + '_ {
        let of = |mirror: &VerifiedCosignature| (mirror.label(), mirror.time());
        self.settled.mirrors().iter().map(of)
    }

    /// By when the reading stood in the record at the latest, if no more nodes lie than the circle tolerates.
    pub fn existed_by(&self) -> UnixSeconds {
        let liars = self.epoch().map_or(0, |epoch| epoch.circle().quorum().f);
        self.settled.quorum().existed_by(liars)
    }
}

/// Checks a proof of one reading, against the chain that is expected when one is.
///
/// # Errors
/// [`ReadingProofError`] saying what fails first.
pub fn verify_reading_proof(
    bytes: &[u8],
    expected: Option<&ChainId>,
) -> Result<VerifiedReadingProof, ReadingProofError> {
    let proof = ReadingProof::decode(bytes)?;
    if let Some(expected) = expected.filter(|expected| **expected != proof.chain) {
        return Err(ReadingProofError::OtherChain { expected: *expected, found: proof.chain });
    }
    let hand_overs = proof.hand_overs()?;
    let shown = proof.epochs.iter().zip(&hand_overs).map(|(epoch, note)| ShownEpoch {
        first_block: &epoch.first_block.0,
        hand_over: note.as_ref(),
        base_path: &epoch.base_path,
    });
    let history = verify_history(&proof.chain, shown)?;
    let block = Block::from_bytes(&proof.block.0)?;
    let (settled, above) = proof.covering(&block, &history, hand_overs.last().and_then(Option::as_ref))?;
    proof.check_included(&block, &history, &above)?;
    let chunk = proof.check_commitment(&block)?;
    Ok(VerifiedReadingProof { chunk, history, settled, slot: proof.slot, block })
}

impl ReadingProof {
    /// The hand-over notes; epoch 0 shows none, and no base path.
    fn hand_overs(&self) -> Result<Vec<Option<Note>>, ReadingProofError> {
        if self.epochs.first().is_some_and(|first| first.hand_over.is_some() || !first.base_path.is_empty()) {
            return Err(ReadingProofError::Parts("epoch 0 has no hand-over and no base"));
        }
        let parse = |epoch: &ProofEpoch| epoch.hand_over.as_deref().map(Note::parse).transpose();
        Ok(self.epochs.iter().map(parse).collect::<Result<_, _>>()?)
    }

    /// What settles the block, and the checkpoint it lies under: of its own epoch, or the base of the epoch after it.
    fn covering(
        &self,
        block: &Block,
        history: &VerifiedHistory,
        hand_over: Option<&Note>,
    ) -> Result<(VerifiedSettled, Checkpoint), ReadingProofError> {
        let newest = history.newest().ok_or(HistoryError::Empty)?;
        match &self.note {
            Some(note) if block.epoch == newest.number() => {
                let settled = verify_settled(&Note::parse(note)?, newest)?;
                let above = settled.checkpoint();
                Ok((settled, above))
            }
            None if block.epoch.checked_add(1) == Some(newest.number()) => {
                let parts = ReadingProofError::Parts("the epoch of the block is not shown");
                let own = history.epoch(block.epoch).ok_or(parts)?;
                let base = newest.base().ok_or(ReadingProofError::Parts("the last epoch has no base"))?;
                let note = Note::parse(&base.note)?;
                let above = verify_checkpoint(&note, &self.chain, own.number(), &own.log_key())?.checkpoint();
                Ok((verify_hand_over(newest, hand_over)?, above))
            }
            _ => Err(ReadingProofError::Parts(
                "a note goes with a block of the last epoch shown, none with a block of the epoch before it",
            )),
        }
    }

    fn check_included(
        &self,
        block: &Block,
        history: &VerifiedHistory,
        above: &Checkpoint,
    ) -> Result<(), ReadingProofError> {
        let epoch = history.epoch(block.epoch).filter(|_| block.chain == self.chain);
        let epoch = epoch.ok_or(ReadingProofError::Parts("the block is of another chain"))?;
        let height = block.height;
        let refused = |source| ReadingProofError::NotIncluded { height, source };
        let index = height.checked_sub(epoch.first_height()).ok_or(refused(tree::ProofError::OutOfRange))?;
        let leaf = leaf_hash(&self.block.0);
        verify_inclusion(leaf, index, above.size, &self.block_path, above.root).map(drop).map_err(refused)
    }

    fn check_commitment(&self, block: &Block) -> Result<ShownChunk, ReadingProofError> {
        if self.chunk_path.len() > CHUNK_STEPS {
            return Err(ReadingProofError::Parts("no segment has so many chunks"));
        }
        let chunk = ShownChunk::decode(&self.chunk.0)?;
        let leaf = leaf_of_bytes(self.salt.as_bytes(), &self.chunk.0);
        let inner = commitment::inner(&self.key_check, &root_above(leaf, &self.chunk_path));
        let found = commitment::live(&self.blinder, &inner, &self.segment_hash);
        let expected = block.commitments.get(usize::from(self.slot).min(SLOTS));
        if expected == Some(&found) {
            return Ok(chunk);
        }
        Err(ReadingProofError::Commitment { height: block.height, slot: self.slot })
    }
}

#[cfg(test)]
mod tests;
