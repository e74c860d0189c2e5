//! The rows of the store and what its operations answer.

use pulsebook_protocol::{
    bytes::{ChainId, Commitment, Digest, GrantId, Salt16},
    checkpoint::UnixSeconds,
    control::ControlEntry,
    hash::sha256,
    key::PublicKey,
    secret::Secret32,
};

/// A chain that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRow {
    /// The chain.
    pub chain: ChainId,
    /// Its first root key.
    pub first_root: PublicKey,
    /// The 16 bytes that, with the root, make the chain id.
    pub salt: Salt16,
    /// The device key that enrolled.
    pub device: PublicKey,
    /// How the patient finds the chain again with the words alone.
    pub locator: Digest,
    /// Generation of this node's keys for the chain, from 0.
    pub generation: u32,
    /// When it was taken in, seconds.
    pub enrolled_at: UnixSeconds,
}

/// What enrolling came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolled {
    /// Taken in now.
    New,
    /// Was here already, as this.
    Known(ChainRow),
    /// Another chain used the invite.
    InviteUsed,
}

/// An epoch as its owner announced it.
#[derive(Debug)]
pub struct EpochRow {
    /// Number of the epoch.
    pub epoch: u32,
    /// The proposal: its COSE signatures.
    pub proposal: Vec<Vec<u8>>,
    /// The signed directory; none in epoch 0.
    pub directory: Option<Vec<u8>>,
    /// Opens the epoch's control entries, and nothing else. A secret: whoever reads the database file reads it.
    pub control_key: Secret32,
}

impl EpochRow {
    /// A second copy, secret included.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        EpochRow {
            epoch: self.epoch,
            proposal: self.proposal.clone(),
            directory: self.directory.clone(),
            control_key: self.control_key.duplicate(),
        }
    }
}

/// What keeping an epoch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutEpoch {
    /// Kept, or kept already.
    Done,
    /// The epoch has blocks under another proposal.
    Begun,
}

/// How much may wait for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// At most this many pending segments a chain.
    pub segments: usize,
    /// At most this many bytes of them.
    pub bytes: usize,
    /// After this many seconds a pending segment is dropped.
    pub seconds: u64,
}

/// What keeping a segment came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutSegment {
    /// Kept, or these very bytes were kept already.
    Done,
    /// Other bytes are bound to this commitment by a block.
    Differs,
    /// Too many wait already.
    OverQuota,
}

/// A sealed segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// The sealed bytes, as they are on disk now.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes that were uploaded.
    pub hash: Digest,
}

impl StoredSegment {
    /// Whether these are still the bytes that were uploaded.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        sha256(&[&self.bytes]) == self.hash
    }
}

/// The keyring index, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringRow {
    /// Version, ascending.
    pub version: u64,
    /// The height up to which it has keys.
    pub height: u64,
    /// Hashes of its pages.
    pub pages: Vec<Digest>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What keeping an index came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutKeyring {
    /// Kept, or kept already.
    Done,
    /// A newer one, or another of this version, is kept: its version.
    NotNewer(u64),
    /// This page must come first.
    MissingPage(Digest),
}

/// Where a chain ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// Newest epoch with a block here.
    pub epoch: u32,
    /// Blocks in it.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
    /// Height of the last block.
    pub height: u64,
    /// Time of the newest cosignature on it, seconds; 0 in epoch 0, which is not cosigned.
    pub cosigned_at: UnixSeconds,
}

/// A block with its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// Its height.
    pub height: u64,
    /// Its epoch.
    pub epoch: u32,
    /// Its leaf hash.
    pub leaf: Digest,
    /// Its bytes.
    pub block: Vec<u8>,
    /// The manifest's bytes.
    pub manifest: Vec<u8>,
    /// Live slots: slot and commitment.
    pub live: Vec<(u8, Commitment)>,
    /// Control entries that it carries, opened. Only [`NodeStore::append`](super::NodeStore::append) uses them.
    pub entries: Vec<ControlEntry>,
}

/// What an admitted offer changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// New blocks, ascending; none when only the cosignature is renewed.
    pub blocks: Vec<BlockRow>,
    /// The new head.
    pub head: HeadRow,
}

/// What appending came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// Done.
    Done,
    /// The head is not the expected one any more.
    HeadMoved,
    /// A live segment is not held (any more).
    SegmentGone(Commitment),
}

/// A quorum certificate, perhaps settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    /// Epoch.
    pub epoch: u32,
    /// Size.
    pub size: u64,
    /// Root.
    pub root: Digest,
    /// The note's text.
    pub note: String,
    /// Whether k mirrors signed it.
    pub settled: bool,
    /// Time of this node's newest mirror cosignature, seconds.
    pub mirrored_at: UnixSeconds,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// The grant.
    pub grant_id: GrantId,
    /// Epoch of its header.
    pub epoch: u32,
    /// Number in grant and epoch.
    pub seq: u64,
    /// SHA-256 of the header.
    pub hash: Digest,
    /// Hash of the header before it.
    pub previous: Digest,
    /// The header's COSE bytes.
    pub header: Vec<u8>,
    /// The sealed keys.
    pub ciphertext: Vec<u8>,
}

/// What keeping a release came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutRelease {
    /// Kept, or kept already.
    Done,
    /// Another release is kept under this number.
    Differs,
    /// It does not follow; this number does.
    Expected(u64),
}

/// Which notes stay, by (epoch, size): size 1 of each epoch (the hand-over), the newest, the newest settled.
pub(super) fn notes_kept(notes: &[NoteRow]) -> Vec<(u32, u64)> {
    let mut kept: Vec<(u32, u64)> =
        notes.iter().filter(|note| note.size == 1).map(|note| (note.epoch, 1)).collect();
    let place = |note: &NoteRow| (note.epoch, note.size);
    kept.extend(notes.iter().map(place).max());
    kept.extend(notes.iter().filter(|note| note.settled).map(place).max());
    kept
}
