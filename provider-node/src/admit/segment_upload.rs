//! Keeping sealed segments until a block names them.

use super::Admitted;
use crate::{
    node::Node,
    permit::Owner,
    refusal::Refusal,
    store::{PutSegment, Quota},
};
use pulsebook_protocol::{answer::Code, bytes::Commitment, seal, segment};

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
    let sealed = bytes.first() == Some(&1) && bytes.len() > seal::OVERHEAD && bytes.len() <= segment::LIMIT;
    if !sealed {
        return Err(Refusal::malformed("not a sealed segment of suite 1 with at most 4 MiB"));
    }
    match node.store.put_segment(&owner.chain(), commitment, bytes, now_s, QUOTA)? {
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
