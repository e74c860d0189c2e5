//! What can go wrong in the ledger, and why it may be fenced.

use crate::{
    keys::{SecretName, VaultError},
    store::StoreError,
};
use pulsebook_protocol::{
    checkpoint::CheckpointError, circle::CircleError, key_certificate::KeyCertificateError,
    keyring::KeyringError, random::RandomUnavailable, sealed_segment::SealError,
};

/// Why this device signs nothing any more. It keeps collecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FenceReason {
    /// The vault knows a later block than the database.
    #[error("the database is an old copy: it ends at block {found}, block {signed} was signed already")]
    OldDatabase {
        /// Last block in the database.
        found: u64,
        /// Last block that was signed.
        signed: u64,
    },
    /// The vault knows another block at the same place.
    #[error("the database has another block {height} than the one that was signed")]
    OtherBlock {
        /// The height.
        height: u64,
    },
    /// A node holds a later head than the database.
    #[error(
        "this device holds an old copy of the record; the nodes are ahead: they hold blocks up to {node} that another copy made, this one ends at block {found}"
    )]
    NodeAhead {
        /// The node's last block.
        node: u64,
        /// Ours.
        found: u64,
    },
}

/// Why the ledger did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// Nothing may be signed.
    #[error(
        "{0}; readings are still kept here, nothing is signed until a new epoch begins, which a later version brings"
    )]
    Fenced(FenceReason),
    /// A segment that cannot be sealed.
    #[error(transparent)]
    Segment(#[from] SealError),
    /// A note of our own that cannot be signed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The database has no chain.
    #[error("the record has no first block; it was never finished")]
    NoChain,
    /// The vault was not marked before signing.
    #[error("the vault was not marked for this block; nothing was signed")]
    NotMarked,
    /// A secret of another length.
    #[error("the vault's {0} has the wrong length; this is another record's vault")]
    BadSecret(SecretName),
    /// More control entries than a block takes.
    #[error("{0} control entries at once; at most 64 fit into a block")]
    TooManyEntries(usize),
    /// Entries that do not open.
    #[error("the control entries of block {0} do not open")]
    Entries(u64),
    /// The circle.
    #[error(transparent)]
    Circle(#[from] CircleError),
    /// A node's keys.
    #[error("the key certificate of node {name}: {source}")]
    Node {
        /// The node's name.
        name: String,
        /// Why.
        source: KeyCertificateError,
    },
    /// No nodes for the circle.
    #[error("no node is staged; add one with `pulsebook circle add`")]
    NoNodes,
    /// There is a circle already.
    #[error("the record has a circle already (epoch {0}); changing it comes with a later version")]
    HasCircle(u32),
    /// Other words.
    #[error("these words belong to another record; type the 24 words that were shown when this one was made")]
    OtherWords,
    /// The keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}
