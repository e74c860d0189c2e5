//! What a node keeps, and the promises a store of it makes.
//!
//! **Contract** (`store/contract.rs` is the same as tests, and every store passes it):
//! - What a method returned `Ok` for is durable: a power cut after it changes nothing. Only what waits
//!   ([`NodeStore::put_segments`]), the keyring ([`NodeStore::put_keyring_page`], [`NodeStore::put_keyring`]) and owners'
//!   nonces ([`NodeStore::take_nonce`]) may be lost to a power cut until another method has written; a killed process loses
//!   nothing of them either.
//! - Each method is one transaction: all of it happened or nothing.
//! - A head moves by compare-and-swap: [`NodeStore::append`] names the head it was decided on.
//! - Reads after a write see it. Methods may be called from many threads; they block, so call them off the event loop.
//! - Segment bytes leave only against a [`crate::permit::SegmentPermit`].

pub mod blob;
#[cfg(test)]
mod contract;
mod memory;
mod rows;
mod sqlite;

pub use blob::{BlobError, BlobStore, FileBlobs, MemoryBlobs};
pub use memory::MemoryStore;
pub use rows::{
    Append, Appended, BlockRow, ChainRow, Enrolled, EpochRow, HeadRow, KeyringRow, NoteRow, PutEpoch,
    PutKeyring, PutRelease, PutSegment, Quota, ReleaseRow, StoredSegment,
};
pub use sqlite::{PLAIN, SqliteStore};

pub use crate::permit::{GrantRow, GrantState};

use crate::permit::SegmentPermit;
use pulsebook_protocol::{
    bytes::{ChainId, Commitment, Digest, GrantId},
    key::PublicKey,
    owner::ReleaseCursor,
    request::Nonce,
    request_key::RequestKey,
};

/// The store failed; nothing of the operation happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room.
    #[error("the node's disk is full ({0}); nothing was changed: free some space, then start or ask again")]
    Full(#[source] std::io::Error),
    /// What is in the database is not what was written.
    #[error(
        "the node's database node.db is damaged: {0}; stop the node, copy its folder away as it is, then put node.db back from a backup"
    )]
    Damaged(String),
    /// A version that this program does not know: of a newer program, or a changed number.
    #[error(
        "the node's database node.db is of version {found}, this program knows versions up to {known}: if a newer program made it, use that program; if none did, node.db is damaged: stop the node, copy its folder away as it is, then put node.db back from a backup"
    )]
    Newer {
        /// Version in the file.
        found: i64,
        /// Newest version known here.
        known: usize,
    },
    /// The database cannot be written: by its permissions, or by a changed byte of its header.
    #[error(
        "the node's database node.db can only be read: see that it and its folder are this user's to write; if they are, its header is damaged: stop the node, copy its folder away as it is, then put node.db back from a backup"
    )]
    ReadOnly,
    /// Anything else.
    #[error(
        "the node's store failed ({0}); nothing was changed: look at the disk and permissions of node.db"
    )]
    Failed(String),
}

/// Result of a store operation.
pub type Stored<T> = Result<T, StoreError>;

/// Makes the access entry for a place in the log: its number and the hash of the entry before it.
pub type MakeEntry<'a> = &'a mut dyn FnMut(u64, Digest) -> Vec<u8>;

/// Everything a node keeps. See the module's contract.
pub trait NodeStore: Send + Sync {
    /// Takes a chain in, using up `invite`; a chain that is known stays as it is and uses up nothing.
    ///
    /// # Errors
    /// [`StoreError`], as for every method here.
    fn enrol(&self, row: &ChainRow, invite: Option<&str>) -> Stored<Enrolled>;

    /// Puts another device in the place of the one that enrolled; an unknown chain stays unknown.
    ///
    /// # Errors
    /// [`StoreError`].
    fn replace_device(&self, chain: &ChainId, device: &PublicKey) -> Stored<()>;

    /// A chain that was taken in.
    ///
    /// # Errors
    /// [`StoreError`].
    fn chain(&self, chain: &ChainId) -> Stored<Option<ChainRow>>;

    /// Keeps an epoch's proposal, directory and control key. Another one replaces it until the epoch has a block.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_epoch(&self, chain: &ChainId, row: &EpochRow) -> Stored<PutEpoch>;

    /// Epochs of a chain, ascending.
    ///
    /// # Errors
    /// [`StoreError`].
    fn epochs(&self, chain: &ChainId) -> Stored<Vec<EpochRow>>;

    /// Keeps segments as pending, all or none, after dropping the chain's pending ones that are older than the quota
    /// allows. No commitment may come twice.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_segments(
        &self,
        chain: &ChainId,
        segments: &[(Commitment, &[u8])],
        now_s: u64,
        quota: Quota,
    ) -> Stored<PutSegment>;

    /// SHA-256 of each segment that is held, in the order asked.
    ///
    /// # Errors
    /// [`StoreError`].
    fn segment_hashes(&self, chain: &ChainId, asked: &[Commitment]) -> Stored<Vec<Option<Digest>>>;

    /// The sealed segment that `permit` is for, as its bytes are now: whoever serves them asks [`StoredSegment::is_whole`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn segment(&self, permit: &SegmentPermit) -> Stored<Option<StoredSegment>>;

    /// Live slots up to `height` whose segment is not held: [height, slot], at most 16.
    ///
    /// # Errors
    /// [`StoreError`].
    fn missing_segments(&self, chain: &ChainId, height: u64) -> Stored<Vec<(u64, u8)>>;

    /// Keeps a keyring page; false when `most` unnamed pages wait already.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_keyring_page(&self, chain: &ChainId, hash: &Digest, bytes: &[u8], most: usize) -> Stored<bool>;

    /// Replaces the keyring index, if its pages are held and it is not older; drops pages that it does not name.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_keyring(&self, chain: &ChainId, row: &KeyringRow) -> Stored<PutKeyring>;

    /// The keyring index.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keyring(&self, chain: &ChainId) -> Stored<Option<KeyringRow>>;

    /// Where the chain ends at this node.
    ///
    /// # Errors
    /// [`StoreError`].
    fn head(&self, chain: &ChainId) -> Stored<Option<HeadRow>>;

    /// Moves the head from exactly `expected`: blocks, manifests, control entries and head in one transaction that
    /// demands every live segment and makes it no longer pending.
    ///
    /// # Errors
    /// [`StoreError`].
    fn append(&self, chain: &ChainId, expected: Option<&HeadRow>, append: &Append) -> Stored<Appended>;

    /// The block at a height.
    ///
    /// # Errors
    /// [`StoreError`].
    fn block(&self, chain: &ChainId, height: u64) -> Stored<Option<BlockRow>>;

    /// The first block of an epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    fn first_block(&self, chain: &ChainId, epoch: u32) -> Stored<Option<BlockRow>>;

    /// Leaf hashes of an epoch's log, from its first block on.
    ///
    /// # Errors
    /// [`StoreError`].
    fn leaves(&self, chain: &ChainId, epoch: u32) -> Stored<Vec<Digest>>;

    /// Keeps a quorum certificate or settled note in place of what is kept for its size. Of all notes stay: size 1 of
    /// each epoch, the newest, and the newest settled.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_note(&self, chain: &ChainId, row: &NoteRow) -> Stored<()>;

    /// Notes kept, ascending by epoch and size.
    ///
    /// # Errors
    /// [`StoreError`].
    fn notes(&self, chain: &ChainId) -> Stored<Vec<NoteRow>>;

    /// What the chain's control entries say of a grant.
    ///
    /// # Errors
    /// [`StoreError`].
    fn grant(&self, chain: &ChainId, grant: &GrantId) -> Stored<GrantState>;

    /// Keeps a release, if it is the next of its grant and epoch or the very one that is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn put_release(&self, chain: &ChainId, row: &ReleaseRow) -> Stored<PutRelease>;

    /// Releases of a grant from (epoch, seq) on, that one included, ascending, at most `most`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn releases(
        &self,
        chain: &ChainId,
        grant: &GrantId,
        from: (u32, u64),
        most: usize,
    ) -> Stored<Vec<ReleaseRow>>;

    /// The number that the next release of each grant and epoch will have.
    ///
    /// # Errors
    /// [`StoreError`].
    fn release_cursors(&self, chain: &ChainId) -> Stored<Vec<ReleaseCursor>>;

    /// Takes the grantee's nonce and appends the access entry, both or neither; `None` when the nonce was taken before.
    ///
    /// # Errors
    /// [`StoreError`].
    fn append_access(
        &self,
        chain: &ChainId,
        nonce: (&RequestKey, &Nonce),
        make: MakeEntry<'_>,
    ) -> Stored<Option<u64>>;

    /// Access entries after number `after` (exclusive; from the first when `None`), at most `most`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn accesses(&self, chain: &ChainId, after: Option<u64>, most: usize) -> Stored<Vec<Vec<u8>>>;

    /// How many access entries there are.
    ///
    /// # Errors
    /// [`StoreError`].
    fn access_count(&self, chain: &ChainId) -> Stored<u64>;

    /// Takes an owner's nonce for 120 s; false when it is taken.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_nonce(&self, key: &PublicKey, nonce: &Nonce, now_s: u64) -> Stored<bool>;
}

/// How long an owner's nonce is remembered, in seconds: twice the 60 s for which a request is valid.
pub const NONCE_SECONDS: u64 = 120;
