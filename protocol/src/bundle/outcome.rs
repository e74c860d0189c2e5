//! What verifying a bundle ends with: how far who vouches for it, or what is wrong first and where.

use crate::{
    block::BlockError,
    bytes::{ChainId, NodeLabel},
    cbor::CborError,
    checkpoint::{CheckpointError, UnixSeconds},
    epoch::EpochError,
    key::PublicKey,
    manifest::ManifestError,
    note::NoteError,
    sealed_segment::{OpenSegmentError, WrongCommitment},
};

/// What is wrong with a bundle first, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", place(*height, *slot))]
pub struct BundleError {
    /// The block.
    pub height: Option<u64>,
    /// The slot in it.
    pub slot: Option<u8>,
    /// What is wrong.
    pub fault: BundleFault,
}

fn place(height: Option<u64>, slot: Option<u8>) -> String {
    let height = height.map(|height| format!("block {height}")).unwrap_or_default();
    let slot = slot.map(|slot| format!(", slot {slot}")).unwrap_or_default();
    if height.is_empty() { height } else { format!("{height}{slot}: ") }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleFault {
    /// Not an item's bytes.
    #[error("the file cannot be read here: {0}")]
    Malformed(#[from] CborError),
    /// A version this program does not know.
    #[error("bundle of version {0}; this program reads version 1: update it")]
    Version(u8),
    /// Of another record.
    #[error("the bundle is of chain {found}, expected {expected}")]
    OtherChain {
        /// The chain asked for.
        expected: ChainId,
        /// The bundle's.
        found: ChainId,
    },
    /// The block itself.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The block does not stand where it should.
    #[error("the block does not follow on the one before: {0}")]
    DoesNotFollow(&'static str),
    /// An epoch's first block.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// The manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A note that cannot be read.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A checkpoint's signature.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint of another size or root than the blocks give.
    #[error("the signed checkpoint has another size or root than the blocks give")]
    OtherRoot,
    /// Settled without a hand-over.
    #[error("the checkpoint is settled, but the first block of epoch {0} was not handed over")]
    NotHandedOver(u32),
    /// Keys that are missing, out of order, or not announced.
    #[error("the keys are not those of the live slots: {0}")]
    Keys(&'static str),
    /// A segment that does not open with its key.
    #[error(transparent)]
    Open(#[from] OpenSegmentError),
    /// A segment that opens to something else than the block commits to.
    #[error(transparent)]
    Commitment(#[from] WrongCommitment),
    /// A segment over its limit.
    #[error("the segment has {0} bytes, at most 4 MiB are allowed")]
    TooLarge(usize),
    /// Something after the last block.
    #[error("more follows after the last block")]
    Trailing,
    /// The end came early.
    #[error("the file ends here; {0} expected")]
    Ends(&'static str),
    /// Nobody signed the last blocks.
    #[error("no signed checkpoint covers the last blocks")]
    NotSigned,
}

/// How far a quorum vouches, and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Height of the last block that it covers.
    pub height: u64,
    /// The nodes, each with the time of its cosignature.
    pub nodes: Vec<(NodeLabel, UnixSeconds)>,
    /// By when it existed at the latest, if no more nodes lie than the circle tolerates.
    pub existed_by: UnixSeconds,
}

/// A record whose every byte was checked from the first root on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBundle {
    /// The chain: whoever verifies must know from elsewhere whose it is.
    pub chain: ChainId,
    /// Its first root.
    pub first_root: PublicKey,
    /// The newest epoch.
    pub epoch: u32,
    /// Blocks.
    pub blocks: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes of the segments.
    pub segment_bytes: u64,
    /// Readings, when the bundle holds the keys.
    pub readings: Option<u64>,
    /// How far k witnesses vouch.
    pub certified: Option<Kept>,
    /// How far k mirrors hold every byte.
    pub settled: Option<Kept>,
}
