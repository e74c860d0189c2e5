//! Giving the owner back what the node holds: blocks with their manifests, and sealed segments.

use super::{Admitted, chain::corrupt};
use crate::{
    node::Node,
    permit::{Owner, SegmentPermit},
    refusal::Refusal,
};
use pulsebook_protocol::{
    answer::Code,
    bytes::Commitment,
    cbor,
    hash::sha256,
    owner::{HeldBlock, HeldSegment},
};

/// A block, its manifest and the hashes of the segments held for it, computed from the bytes as they are on disk now.
pub(crate) fn block_read(node: &Node, owner: &Owner, height: u64) -> Admitted<Vec<u8>> {
    let row = node.store.block(&owner.chain(), height)?.ok_or_else(unknown)?;
    let mut segments = Vec::new();
    for (slot, commitment) in &row.live {
        if let Some(held) = node.store.segment(&SegmentPermit::for_owner(owner, *commitment))? {
            segments.push(HeldSegment { slot: *slot, hash: sha256(&[&held.bytes]) });
        }
    }
    Ok(cbor::encode(&HeldBlock { block: row.block.into(), manifest: row.manifest.into(), segments }))
}

/// A sealed segment, if it still is the one that was uploaded.
pub(crate) fn segment_read(node: &Node, owner: &Owner, commitment: &Commitment) -> Admitted<Vec<u8>> {
    let permit = SegmentPermit::for_owner(owner, *commitment);
    let segment = node.store.segment(&permit)?.ok_or_else(unknown)?;
    match segment.is_whole() {
        true => Ok(segment.bytes),
        false => {
            Err(corrupt(format!("the segment of commitment {commitment} is altered on the node's disk")))
        }
    }
}

fn unknown() -> Refusal {
    Refusal::new(
        Code::UnknownObject,
        "an object that was uploaded here",
        "fetch the head to see what is held",
    )
}
