//! The state of one epoch's log, as acceptance and admission see it: generic over the digest, so that a search can use symbols.

use crate::{bytes::Digest, checkpoint::Checkpoint};
use std::{fmt::Debug, hash::Hash};

/// What stands for a root hash: the real digest, or a symbol in a search.
pub trait RootDigest: Copy + Eq + Ord + Hash + Debug {}

impl RootDigest for Digest {}

/// A digest that is only a symbol: facts about it may be assumed instead of verified.
///
/// The real [`Digest`] is not one, so that production cannot assume anything.
pub trait Symbol: RootDigest {}

/// How many blocks an epoch's log has, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogState<D> {
    /// The epoch.
    pub epoch: u32,
    /// Blocks of this epoch.
    pub size: u64,
    /// The root over them.
    pub root: D,
}

impl<D: RootDigest> LogState<D> {
    /// Whether this state can lie above the other: a later epoch, or more blocks of the same.
    pub fn is_above(&self, other: &LogState<D>) -> bool {
        (self.epoch, self.size) > (other.epoch, other.size)
    }
}

impl From<Checkpoint> for LogState<Digest> {
    fn from(checkpoint: Checkpoint) -> Self {
        LogState { epoch: checkpoint.epoch, size: checkpoint.size, root: checkpoint.root }
    }
}
