//! The exported record: a sequence of CBOR byte strings that a third party verifies with public keys alone, one at a time.
//!
//! First the head, then for each block its item and the sealed segments of its live slots. Nothing here reads a file:
//! whoever does hands the items over in order, so memory holds one of them, whatever the record holds.

mod outcome;
mod verify;

pub use outcome::{BundleError, BundleFault, Kept, VerifiedBundle};
pub use verify::BundleVerifier;

use crate::{
    block::BLOCK_LIMIT,
    bytes::{ByteString, ChainId},
    cbor,
    commitment::Dek,
    manifest, note, segment,
};
use minicbor::{Decode, Encode};
use zeroize::Zeroize;

/// At most this many bytes in the item of a block: block, manifest, note and eight keys with their heads.
pub const BLOCK_ITEM_LIMIT: usize = BLOCK_LIMIT + manifest::LIMIT + note::NOTE_LIMIT + 1024;

/// At most this many bytes in the head.
pub const HEAD_LIMIT: usize = 128;

/// At most this many bytes in any item.
pub const ITEM_LIMIT: usize = segment::LIMIT;

/// The first item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BundleHead {
    #[n(0)]
    version: u8,
    /// The chain.
    #[n(1)]
    pub chain: ChainId,
    /// How many blocks follow, from height 0 on.
    #[n(2)]
    pub blocks: u64,
    #[n(3)]
    keys: Option<u8>,
}

/// The item of one block.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(map)]
pub struct BundleBlock {
    /// The block.
    #[n(0)]
    pub block: ByteString,
    /// Its manifest.
    #[n(1)]
    pub manifest: ByteString,
    /// The note whose checkpoint has this block as its last.
    #[n(2)]
    pub note: Option<String>,
    /// The keys of its live slots, ascending; only in a bundle with keys, and there in every block.
    #[n(3)]
    pub keys: Option<Vec<BundleKey>>,
}

/// The key of one slot.
#[derive(Encode, Decode)]
#[cbor(array)]
pub struct BundleKey {
    /// The slot.
    #[n(0)]
    pub slot: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    dek: [u8; 32],
}

impl BundleHead {
    /// The head of a bundle.
    pub fn new(chain: ChainId, blocks: u64, with_keys: bool) -> BundleHead {
        BundleHead { version: 1, chain, blocks, keys: with_keys.then_some(1) }
    }

    /// Whether the bundle holds the keys that open its segments.
    pub fn with_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Its item, with the head of the byte string.
    pub fn to_item(&self) -> Vec<u8> {
        item(&cbor::encode(self))
    }
}

impl BundleBlock {
    /// Its item, with the head of the byte string. With keys it is as secret as the readings.
    pub fn to_item(&self) -> zeroize::Zeroizing<Vec<u8>> {
        let bytes = zeroize::Zeroizing::new(cbor::encode(self));
        zeroize::Zeroizing::new(item(&bytes))
    }
}

impl BundleKey {
    /// The key of a slot.
    pub fn new(slot: u8, dek: &Dek) -> BundleKey {
        BundleKey { slot, dek: *dek.expose() }
    }

    /// The key.
    pub fn dek(&self) -> Dek {
        Dek::from_bytes(self.dek)
    }
}

impl Clone for BundleKey {
    fn clone(&self) -> Self {
        BundleKey { slot: self.slot, dek: self.dek }
    }
}

impl std::fmt::Debug for BundleKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BundleKey(slot {}, …)", self.slot)
    }
}

impl Drop for BundleKey {
    fn drop(&mut self) {
        self.dek.zeroize();
    }
}

/// A byte string with its head: how everything stands in a bundle.
pub fn item(bytes: &[u8]) -> Vec<u8> {
    let mut out = item_head(bytes.len());
    out.extend_from_slice(bytes);
    out
}

/// The head of a byte string of this length, shortest form.
pub fn item_head(length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing into a Vec cannot fail.
    let _ = minicbor::Encoder::new(&mut out).bytes_len(length as u64);
    out
}

/// Bytes of a head after its first byte; `None` when that byte begins no byte string that a bundle may hold.
pub fn head_rest(first: u8) -> Option<usize> {
    match first {
        0x40..=0x57 => Some(0),
        0x58 => Some(1),
        0x59 => Some(2),
        0x5a => Some(4),
        _ => None,
    }
}

/// The length that a whole head gives; `None` when it is not written in the shortest form.
pub fn item_length(head: &[u8]) -> Option<usize> {
    let (first, rest) = head.split_first()?;
    let length = match rest {
        [] => usize::from(first & 0x1f),
        _ => rest.iter().fold(0usize, |length, byte| (length << 8) | usize::from(*byte)),
    };
    (item_head(length) == head).then_some(length)
}

#[cfg(test)]
mod tests;
