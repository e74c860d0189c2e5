//! What can go wrong with one node, and what stops a sync altogether.

use super::node::NodeUnreachable;
use crate::{consent::ConsentError, store::StoreError};
use pulsebook_protocol::{
    answer::Code, checkpoint::CheckpointError, epoch::EpochError, random::RandomUnavailable,
};

/// Why something was not done at one node. The others go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No answer.
    #[error(transparent)]
    Unreachable(#[from] NodeUnreachable),
    /// A clear no.
    #[error("the node refused ({code}): {words}")]
    Refused {
        /// The answer's code.
        code: Code,
        /// Its message, what it expected and what to do.
        words: String,
    },
    /// Its head is another one than the offer assumed.
    #[error("the node stands elsewhere: {head}")]
    Conflict {
        /// The node's head as it says.
        head: String,
    },
    /// It answers, but not as a node does.
    #[error(
        "the node's answer is not what docs/protocol.md has: expected {expected}, found {found}; tell the organisation"
    )]
    Garbage {
        /// What was expected.
        expected: &'static str,
        /// The beginning of what came, or what is wrong with it.
        found: String,
    },
    /// It claims a head that is not ours.
    #[error("{0}")]
    Head(String),
    /// Our own side.
    #[error(transparent)]
    Own(#[from] SyncError),
}

/// Why a sync, or a step of it, cannot be done on our own side.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// Our own epochs do not verify.
    #[error("the record's own epochs do not verify: {0}")]
    Epoch(#[from] EpochError),
    /// Our own checkpoint does not verify.
    #[error("the record's own checkpoint does not verify: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Releases could not be made.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// Something that must be in the store is not.
    #[error("{0} is missing in the record's database; run `pulsebook verify`")]
    Missing(String),
}

impl From<RandomUnavailable> for NodeError {
    fn from(error: RandomUnavailable) -> Self {
        NodeError::Own(error.into())
    }
}

impl From<StoreError> for NodeError {
    fn from(error: StoreError) -> Self {
        NodeError::Own(error.into())
    }
}
