//! How many blocks one offer takes, so that what waits at a node for it stays far below what the node keeps for a chain.

use crate::store::{Store, StoreError};
use pulsebook_protocol::owner::{OFFER_BLOCK_BYTES, OFFER_BLOCKS};

/// Most segments that one offer lets wait at a node.
const SEGMENTS: u64 = 128;
/// Most bytes of segments that one offer lets wait at a node.
const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;

/// How many of the `most` blocks from a height on go into one offer; at least one when there is one.
///
/// A checkpoint stands at least this often in a log, so an offer from one checkpoint always reaches another.
///
/// # Errors
/// [`StoreError`].
pub fn offer_reach(store: &Store, from: u64, most: u64) -> Result<u64, StoreError> {
    let limit = u32::try_from(most.min(OFFER_BLOCKS as u64)).unwrap_or(1);
    let (mut bytes, mut waiting, mut reach) = (0, (0, 0), 0);
    for block in store.blocks(from, limit)? {
        bytes += block.bytes.len();
        let (segments, size) = store.segment_total(block.height)?;
        waiting = (waiting.0 + segments, waiting.1 + size);
        let fits = bytes <= OFFER_BLOCK_BYTES && waiting.0 <= SEGMENTS && waiting.1 <= SEGMENT_BYTES;
        if !fits && reach > 0 {
            break;
        }
        reach += 1;
    }
    Ok(reach)
}
