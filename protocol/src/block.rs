//! Blocks: the leaves of an epoch's log. A block is not signed by itself; a checkpoint above it is.

use crate::{
    bytes::{ByteString, ChainId, Commitment, Digest},
    cbor::{self, CborError},
    checkpoint::UnixSeconds,
    tree::leaf_hash,
};
use minicbor::{Decode, Encode};

/// Slots of a block: used or not, there are always eight.
pub const SLOTS: usize = 8;

/// At most this many bytes in a block.
pub const BLOCK_LIMIT: usize = 96 * 1024;

/// Seconds in the hour that a block's time is rounded down to.
pub const HOUR_SECONDS: u64 = 3600;

/// A block that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Not a block's bytes.
    #[error("not a block: {0}")]
    Malformed(#[from] CborError),
    /// Another version.
    #[error("block version {0} is unknown here; version 1 expected")]
    UnknownVersion(u8),
    /// The time is not a full hour.
    #[error("the block's time is not rounded down to the hour")]
    NotAnHour,
    /// Of another chain, epoch or place.
    #[error("block {found} does not follow: expected {expected}")]
    DoesNotFollow {
        /// What had to come.
        expected: String,
        /// What came.
        found: String,
    },
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Block {
    #[n(0)]
    version: u8,
    /// The chain.
    #[n(1)]
    pub chain: ChainId,
    /// The epoch.
    #[n(2)]
    pub epoch: u32,
    /// Place in the chain, from 0.
    #[n(3)]
    pub height: u64,
    /// Leaf hash of the block before; zeros at height 0.
    #[n(4)]
    pub prev: Digest,
    /// When it was sealed, rounded down to the hour: a claim.
    #[n(5)]
    pub time: UnixSeconds,
    /// One commitment a slot, used or not.
    #[n(6)]
    pub commitments: [Commitment; SLOTS],
    /// The epoch certificate, in the first block of an epoch.
    #[n(7)]
    pub certificate: Option<ByteString>,
    /// Sealed control entries.
    #[n(8)]
    pub control: Option<ByteString>,
}

impl Block {
    /// Makes a block; `time` is rounded down to the hour.
    pub fn new(
        chain: ChainId,
        epoch: u32,
        place: (u64, Digest),
        time: UnixSeconds,
        commitments: [Commitment; SLOTS],
    ) -> Self {
        Block {
            version: 1,
            chain,
            epoch,
            height: place.0,
            prev: place.1,
            time: time - time % HOUR_SECONDS,
            commitments,
            certificate: None,
            control: None,
        }
    }

    /// The block's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a block.
    ///
    /// # Errors
    /// [`BlockError`] when the bytes are not exactly what [`Block::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlockError> {
        let block: Block = cbor::decode(bytes, BLOCK_LIMIT)?;
        if block.version != 1 {
            return Err(BlockError::UnknownVersion(block.version));
        }
        if !block.time.is_multiple_of(HOUR_SECONDS) {
            return Err(BlockError::NotAnHour);
        }
        Ok(block)
    }

    /// The leaf hash of its bytes: what the next block names as `prev`.
    pub fn leaf(&self) -> Digest {
        leaf_hash(&self.to_bytes())
    }

    /// Checks that this block follows directly on a place of the same chain.
    ///
    /// # Errors
    /// [`BlockError::DoesNotFollow`] when chain, height or previous hash differ, or the epoch goes back.
    pub fn follows(&self, before: &Block) -> Result<(), BlockError> {
        let expected = (before.chain, before.height.checked_add(1), before.leaf());
        let found = (self.chain, Some(self.height), self.prev);
        if expected != found || self.epoch < before.epoch {
            return Err(BlockError::DoesNotFollow {
                expected: format!("a block after height {}, {}", before.height, expected.2),
                found: format!("height {} after {}", self.height, found.2),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(height: u64, prev: Digest) -> Block {
        let commitments = [Commitment::from_bytes([4; 32]); SLOTS];
        Block::new(ChainId::from_bytes([1; 32]), 0, (height, prev), 7_300, commitments)
    }

    #[test]
    fn a_block_comes_back_and_its_time_is_a_full_hour() {
        let first = block(0, Digest::ZERO);
        assert_eq!(first.time, 7_200);
        assert_eq!(Block::from_bytes(&first.to_bytes()), Ok(first.clone()));
        let odd = Block { time: 7_201, ..first };
        assert_eq!(Block::from_bytes(&odd.to_bytes()), Err(BlockError::NotAnHour));
    }

    #[test]
    fn a_block_follows_only_the_one_it_names() {
        let first = block(0, Digest::ZERO);
        let second = block(1, first.leaf());
        assert_eq!(second.follows(&first), Ok(()));
        assert!(block(2, first.leaf()).follows(&first).is_err());
        assert!(block(1, Digest::ZERO).follows(&first).is_err());
    }

    /// Found by fuzzing.
    #[test]
    fn nothing_follows_the_greatest_height() {
        let last = block(u64::MAX, Digest::ZERO);
        assert!(block(0, last.leaf()).follows(&last).is_err());
        assert!(last.follows(&last).is_err());
    }

    #[test]
    fn a_version_of_the_future_is_named() {
        let later = Block { version: 2, ..block(0, Digest::ZERO) };
        assert_eq!(Block::from_bytes(&later.to_bytes()), Err(BlockError::UnknownVersion(2)));
    }
}
