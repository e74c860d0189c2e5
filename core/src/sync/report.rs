//! What a sync did, what waits, and what went wrong, node by node and in words.

use super::node::WireBytes;
use pulsebook_protocol::bytes::NodeLabel;

/// Something that just became true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncEvent {
    /// A checkpoint and the blocks under it reached a node.
    Offered {
        /// The node.
        node: NodeLabel,
        /// The epoch.
        epoch: u32,
        /// Blocks under the checkpoint.
        size: u64,
    },
    /// A checkpoint is accepted by the majority.
    Certified {
        /// The epoch.
        epoch: u32,
        /// Blocks under the checkpoint.
        size: u64,
    },
    /// A checkpoint is final.
    Settled {
        /// The epoch.
        epoch: u32,
        /// Blocks under the checkpoint.
        size: u64,
    },
}

/// What was sent to a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Sealed segments.
    pub segments: u64,
    /// Blocks.
    pub blocks: u64,
    /// Quorum certificates and settled notes.
    pub certificates: u64,
    /// Releases.
    pub releases: u64,
}

/// One node after a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// Its label.
    pub label: NodeLabel,
    /// The organisation's name.
    pub name: String,
    /// Whether somebody showed another TLS key there than the one on the node's card.
    pub other_key: bool,
    /// Whether it answered at all.
    pub reachable: bool,
    /// What it took.
    pub sent: Sent,
    /// Access entries that were pulled and verified.
    pub accesses: u64,
    /// Over the wire in this sync.
    pub wire: WireBytes,
    /// Blocks that it does not have yet.
    pub waiting: u64,
    /// What went wrong there, in words.
    pub trouble: Option<String>,
}

/// How blocks of the whole chain stand, counted both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Blocks in all.
    pub blocks: u64,
    /// Blocks whose own checkpoint is certified.
    pub certified_directly: u64,
    /// Blocks certified by a later checkpoint.
    pub certified_covered: u64,
    /// Blocks whose own checkpoint is settled.
    pub settled_directly: u64,
    /// Blocks settled by a later checkpoint.
    pub settled_covered: u64,
}

impl Accepted {
    /// Blocks that are certified either way.
    pub fn certified(&self) -> u64 {
        self.certified_directly + self.certified_covered
    }

    /// Blocks that are settled either way.
    pub fn settled(&self) -> u64 {
        self.settled_directly + self.settled_covered
    }
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Node by node, ascending by label.
    pub nodes: Vec<NodeReport>,
    /// How the chain's blocks stand now.
    pub accepted: Accepted,
    /// Releases that were made in this sync.
    pub releases_made: u64,
    /// Why nothing may be signed any more: another copy of this record has written.
    pub fenced: Option<Fenced>,
}

/// Another copy of this record has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fenced {
    /// Height up to which nodes say that they hold blocks.
    pub height: u64,
    /// What that means and what comes next.
    pub words: String,
}
