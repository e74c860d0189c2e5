//! Answers of the record as plain values: for tables, sentences and `--json`.

use pulsebook_protocol::{
    grant::Purpose,
    reading::{Origin, Reading, UnixMillis},
    segment::Sensor,
    vital::Category,
};
use serde::Serialize;

/// What came in and what became of it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counted {
    /// Notifications received.
    pub notifications: u64,
    /// Readings decoded from them.
    pub readings: u64,
    /// Notifications that could not be decoded; kept raw.
    pub malformed: u64,
    /// Readings with a mark against them.
    pub marked: u64,
    /// Readings without a value.
    pub absent: u64,
}

/// A node as the patient knows it.
#[derive(Clone, Debug, Serialize)]
pub struct CircleNode {
    /// The organisation's name.
    pub name: String,
    /// Its HTTPS address.
    pub address: String,
    /// Whether it counts yet.
    pub confirmed: bool,
}

/// What one sync did at one node.
#[derive(Clone, Debug, Serialize)]
pub struct SyncedNode {
    /// The node.
    pub name: String,
    /// Blocks it took this time.
    pub blocks: u64,
    /// Bytes sent and received.
    pub wire_bytes: u64,
    /// Why it did not go on, in words.
    pub error: Option<String>,
}

/// A number of blocks: by their own checkpoint, or covered by one above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Blocks whose own checkpoint has the signatures.
    pub direct: u64,
    /// Blocks below such a checkpoint.
    pub covered: u64,
}

impl Progress {
    /// Both.
    pub fn total(self) -> u64 {
        self.direct + self.covered
    }
}

/// How far a node has come.
#[derive(Clone, Debug, Serialize)]
pub struct NodeProgress {
    /// The node.
    pub name: String,
    /// Blocks it has accepted, counted over the chain.
    pub blocks: u64,
    /// Blocks that it still lacks.
    pub behind: u64,
    /// Why it is behind, if it said so.
    pub reason: Option<String>,
}

/// The state of the record.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StatusView {
    /// The chain.
    pub chain: String,
    /// The newest epoch.
    pub epoch: u32,
    /// Blocks sealed.
    pub blocks: u64,
    /// Accepted by the majority.
    pub certified: Progress,
    /// Final: a quorum holds every byte.
    pub settled: Progress,
    /// How many nodes are a quorum; none without a circle.
    pub quorum: Option<u32>,
    /// The nodes.
    pub nodes: Vec<NodeProgress>,
    /// Why the record signs nothing, when it does not.
    pub fenced: Option<String>,
    /// What was counted.
    pub counts: Counted,
}

/// What the patient wants to allow.
#[derive(Clone, Debug)]
pub struct GrantWish {
    /// Which categories.
    pub categories: Vec<Category>,
    /// Measured from: a whole hour.
    pub from: UnixMillis,
    /// Measured before: a whole hour.
    pub to: UnixMillis,
    /// For what.
    pub purpose: Purpose,
    /// Until when it may be read: real time.
    pub until: UnixMillis,
}

/// A grant that was made.
#[derive(Clone, Debug)]
pub struct Granted {
    /// Its id in hex.
    pub id: String,
    /// What was granted, as a sentence.
    pub sentence: String,
    /// The grant file for the grantee: as secret as the readings it names.
    pub file: zeroize::Zeroizing<String>,
}

/// A grant in a list.
#[derive(Clone, Debug, Serialize)]
pub struct GrantView {
    /// Its id in hex.
    pub id: String,
    /// What was granted.
    pub sentence: String,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Where a revocation is in force.
#[derive(Clone, Debug)]
pub struct Revoked {
    /// Nodes at which it is in force.
    pub in_force: Vec<String>,
    /// Nodes that have not been reached, with the reason.
    pub not_reached: Vec<(String, String)>,
}

/// Who read, or tried to read, what.
#[derive(Clone, Debug, Serialize)]
pub struct AccessView {
    /// The node that says so.
    pub node: String,
    /// The number of the entry there.
    pub seq: u64,
    /// When, in seconds since 1970.
    pub time_s: u64,
    /// Who: the name on the grantee's card.
    pub who: String,
    /// What was asked: "read".
    pub action: String,
    /// How many segments were served.
    pub segments: u64,
    /// What for.
    pub purpose: String,
    /// `permit`, or `deny:` and why.
    pub outcome: String,
    /// The state it was served from, in words.
    pub as_of: String,
}

/// Something `verify` found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The node, or none for this device.
    pub node: Option<String>,
    /// The block's height, when it is about one.
    pub block: Option<u64>,
    /// The slot of the segment in its block.
    pub segment: Option<u8>,
    /// In words.
    pub what: String,
}

/// What `verify` did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// Blocks checked on this device.
    pub blocks: u64,
    /// Segments checked on this device.
    pub segments: u64,
    /// Nodes that answered, and how many segments of each were checked.
    pub nodes: Vec<(String, u64)>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// A segment of the record, opened.
pub struct SegmentView {
    /// Where it stands: the height of its block.
    pub height: u64,
    /// And its slot there.
    pub slot: u8,
    /// Its category.
    pub category: Category,
    /// Its sensor.
    pub sensor: Sensor,
    /// Where its readings come from.
    pub origin: Origin,
    /// Its readings.
    pub readings: Vec<Reading>,
}

/// Bytes on this device.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RestView {
    /// All of it.
    pub total: u64,
    /// Sealed segments: they grow with the readings.
    pub segments: u64,
    /// Raw notifications, kept as evidence: they grow too.
    pub evidence: u64,
    /// Blocks, manifests and notes.
    pub blocks: u64,
}
