//! Bodies of the owner's requests and a node's answers to them (docs/protocol.md §8).

use crate::{
    bytes::{ByteString, ChainId, Commitment, Digest, GrantId, Salt16},
    key::{PublicKey, Signature},
};
use minicbor::{Decode, Encode};

/// At most this many bytes in an offer.
pub const OFFER_LIMIT: usize = 4 * 1024 * 1024;

/// At most this many blocks in an offer.
pub const OFFER_BLOCKS: usize = 64;

/// At most this many bytes of blocks in an offer.
pub const OFFER_BLOCK_BYTES: usize = 1024 * 1024;

/// At most this many bytes in an upload of segments.
pub const SEGMENTS_LIMIT: usize = 4 * 1024 * 1024;

/// At most this many segments in one upload.
pub const SEGMENTS_MOST: usize = 512;

/// POST /segments: one of several sealed segments that are kept together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SegmentUpload {
    /// The commitment that it is said to have.
    #[n(0)]
    pub commitment: Commitment,
    /// The sealed segment.
    #[n(1)]
    pub sealed: ByteString,
}

/// POST /enrol: a chain asks a node to store it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Enrol {
    /// Invite code, unless the node is open to all.
    #[n(0)]
    pub invite: Option<String>,
    /// Key of the patient's device, which signs the owner's requests from now on.
    #[n(1)]
    pub device: PublicKey,
    /// Its proof of possession (role device, number 0).
    #[n(2)]
    pub held: Signature,
    /// The first root.
    #[n(3)]
    pub first_root: PublicKey,
    /// The salt in the chain id.
    #[n(4)]
    pub salt: Salt16,
    /// By which the words find the chain again.
    #[n(5)]
    pub locator: Digest,
    /// The first root's word for the device key (role enrol, number 0): who knows only the root's public half cannot enrol.
    #[n(6)]
    pub voucher: Signature,
}

/// PUT /epochs/&lt;e&gt;: an epoch's proposal, directory and control key.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EpochUpload {
    /// The proposal's signatures.
    #[n(0)]
    pub proposal: Vec<ByteString>,
    /// The directory; none in epoch 0.
    #[n(1)]
    pub directory: Option<ByteString>,
    /// The control key, 32 bytes.
    #[n(2)]
    pub control_key: ByteString,
}

impl std::fmt::Debug for EpochUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EpochUpload").field("proposal", &self.proposal).finish_non_exhaustive()
    }
}

/// POST /offers: blocks, their manifests and the checkpoint above them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Offer {
    /// The epoch.
    #[n(0)]
    pub epoch: u32,
    /// Size of this epoch's log at the node before the offer.
    #[n(1)]
    pub old_size: u64,
    /// The blocks from there on.
    #[n(2)]
    pub blocks: Vec<ByteString>,
    /// One manifest a block.
    #[n(3)]
    pub manifests: Vec<ByteString>,
    /// The checkpoint over all of them, as a note.
    #[n(4)]
    pub checkpoint: String,
    /// That the checkpoint extends the old size.
    #[n(5)]
    pub consistency: Vec<Digest>,
}

/// POST /certificates: a note with cosignatures.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CertificateUpload {
    /// The note.
    #[n(0)]
    pub note: String,
}

/// How far a grant's releases have come at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ReleaseCursor {
    /// The grant.
    #[n(0)]
    pub grant_id: GrantId,
    /// The epoch.
    #[n(1)]
    pub epoch: u32,
    /// The next seq that the node expects.
    #[n(2)]
    pub next_seq: u64,
}

/// GET /head: where a node stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NodeHead {
    /// The epoch of its head.
    #[n(0)]
    pub epoch: u32,
    /// Blocks of that epoch.
    #[n(1)]
    pub size: u64,
    /// The root over them.
    #[n(2)]
    pub root: Digest,
    /// Height of its last block; none when it holds no block.
    #[n(3)]
    pub height: Option<u64>,
    /// The newest settled note it knows.
    #[n(4)]
    pub settled: Option<String>,
    /// Releases it holds.
    #[n(5)]
    pub releases: Vec<ReleaseCursor>,
    /// Access entries it has written.
    #[n(6)]
    pub accesses: u64,
}

/// GET /blocks/&lt;height&gt;: what a node holds of a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HeldBlock {
    /// The block.
    #[n(0)]
    pub block: ByteString,
    /// Its manifest.
    #[n(1)]
    pub manifest: ByteString,
    /// Live slots and the hash of the segment that the node holds for each, computed from its bytes at this moment.
    #[n(2)]
    pub segments: Vec<HeldSegment>,
}

/// One segment a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HeldSegment {
    /// The slot.
    #[n(0)]
    pub slot: u8,
    /// SHA-256 of its bytes.
    #[n(1)]
    pub hash: Digest,
}

/// The paths of the node's routes.
pub mod path {
    use super::*;

    /// Of the node card.
    pub const CARD: &str = "/v1/card";

    /// Of a chain; everything below starts with it.
    pub fn chain(chain: &ChainId) -> String {
        format!("/v1/chains/{chain}")
    }

    /// POST, owner.
    pub fn enrol(id: &ChainId) -> String {
        format!("{}/enrol", chain(id))
    }

    /// PUT, owner.
    pub fn epoch(id: &ChainId, epoch: u32) -> String {
        format!("{}/epochs/{epoch}", chain(id))
    }

    /// PUT and GET, owner.
    pub fn segment(id: &ChainId, commitment: &Commitment) -> String {
        format!("{}/segments/{commitment}", chain(id))
    }

    /// POST, owner.
    pub fn segments(id: &ChainId) -> String {
        format!("{}/segments", chain(id))
    }

    /// PUT, owner.
    pub fn keyring_page(id: &ChainId, hash: &Digest) -> String {
        format!("{}/keyring/pages/{hash}", chain(id))
    }

    /// PUT, owner.
    pub fn keyring_index(id: &ChainId) -> String {
        format!("{}/keyring/index", chain(id))
    }

    /// POST, owner.
    pub fn offers(id: &ChainId) -> String {
        format!("{}/offers", chain(id))
    }

    /// POST, owner.
    pub fn certificates(id: &ChainId) -> String {
        format!("{}/certificates", chain(id))
    }

    /// GET, owner.
    pub fn head(id: &ChainId) -> String {
        format!("{}/head", chain(id))
    }

    /// PUT, owner.
    pub fn release(id: &ChainId, grant: &GrantId, epoch: u32, seq: u64) -> String {
        format!("{}/releases/{grant}/{epoch}/{seq}", chain(id))
    }

    /// GET, owner; `after` is exclusive.
    pub fn accesses(id: &ChainId, after: Option<u64>) -> String {
        let query = after.map(|seq| format!("?after={seq}")).unwrap_or_default();
        format!("{}/accesses{query}", chain(id))
    }

    /// GET, owner.
    pub fn block(id: &ChainId, height: u64) -> String {
        format!("{}/blocks/{height}", chain(id))
    }

    /// POST, grantee.
    pub fn read(id: &ChainId) -> String {
        format!("{}/read", chain(id))
    }
}
