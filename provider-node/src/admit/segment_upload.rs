//! Keeping sealed segments until a block names them.

use super::Admitted;
use crate::{
    node::Node,
    permit::Owner,
    refusal::Refusal,
    store::{PutSegment, Quota},
};
use pulsebook_protocol::{
    answer::Code,
    bytes::Commitment,
    cbor,
    owner::{SEGMENTS_LIMIT, SEGMENTS_MOST, SegmentUpload},
    seal, segment,
};
use std::collections::BTreeSet;

/// What may wait for a block: 1,024 segments and 128 MiB a chain, for 24 hours. The largest offer takes 512 segments, so an
/// upload that was cut off leaves room for another.
pub(crate) const QUOTA: Quota = Quota { segments: 1024, bytes: 128 * 1024 * 1024, seconds: 86_400 };

/// Keeps the bytes under the commitment they are said to have; the offer's manifest shows whether that is so.
pub(crate) fn segment_upload(
    node: &Node,
    owner: &Owner,
    commitment: &Commitment,
    bytes: &[u8],
    now_s: u64,
) -> Admitted<()> {
    keep(node, owner, &[(*commitment, bytes)], now_s)
}

/// Keeps several, all or none: one signature and one transaction for a day's segments.
pub(crate) fn segments_upload(node: &Node, owner: &Owner, body: &[u8], now_s: u64) -> Admitted<()> {
    let uploads: Vec<SegmentUpload> = cbor::decode(body, SEGMENTS_LIMIT).map_err(Refusal::malformed)?;
    let named: BTreeSet<&Commitment> = uploads.iter().map(|upload| &upload.commitment).collect();
    if uploads.is_empty() || uploads.len() > SEGMENTS_MOST || named.len() < uploads.len() {
        return Err(Refusal::malformed("1 to 512 segments, each commitment once, are expected"));
    }
    let segments: Vec<(Commitment, &[u8])> =
        uploads.iter().map(|upload| (upload.commitment, upload.sealed.0.as_slice())).collect();
    keep(node, owner, &segments, now_s)
}

fn keep(node: &Node, owner: &Owner, segments: &[(Commitment, &[u8])], now_s: u64) -> Admitted<()> {
    if !segments.iter().all(|(_, bytes)| is_sealed(bytes)) {
        return Err(Refusal::malformed("not a sealed segment of suite 1 with at most 4 MiB"));
    }
    match node.store.put_segments(&owner.chain(), segments, now_s, QUOTA)? {
        PutSegment::Done => Ok(()),
        PutSegment::Differs => Err(Refusal::new(
            Code::Conflict,
            "the bytes that a block here is bound to",
            "a commitment names one segment for ever: upload the bytes it was made from",
        )),
        PutSegment::OverQuota => Err(Refusal::new(
            Code::SlowDown,
            "at most 1,024 segments and 128 MiB that no block names yet",
            "offer the blocks of the waiting segments first",
        )),
    }
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes.first() == Some(&1) && bytes.len() > seal::OVERHEAD && bytes.len() <= segment::LIMIT
}
