//! Answers of the record as plain values: for tables, sentences and `--json`.

use pulsebook_core::record::KeptReading;
use pulsebook_protocol::{
    grant::Purpose,
    reading::{Origin, Reading, UnixMillis},
    segment::Sensor,
    vital::{Category, Vital},
};
use serde::Serialize;

/// A node as the patient knows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CircleNode {
    /// The organisation's name.
    pub(crate) name: String,
    /// Its HTTPS address.
    pub(crate) address: String,
    /// Whether it counts yet.
    pub(crate) confirmed: bool,
}

/// What one sync did at one node.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SyncedNode {
    /// The node.
    pub(crate) name: String,
    /// Blocks it took this time.
    pub(crate) blocks: u64,
    /// Blocks that it does not have yet.
    pub(crate) waiting: u64,
    /// Bytes sent and received.
    pub(crate) wire_bytes: u64,
    /// Whether somebody answered there with another TLS key than the one on the node's card.
    pub(crate) shows_another_key: bool,
    /// Why it did not go on, in words.
    pub(crate) error: Option<String>,
}

/// A number of blocks: by their own checkpoint, or covered by one above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    /// Blocks whose own checkpoint has the signatures.
    pub(crate) direct: u64,
    /// Blocks below such a checkpoint.
    pub(crate) covered: u64,
}

impl Progress {
    /// Both.
    pub(crate) fn total(self) -> u64 {
        self.direct + self.covered
    }
}

/// How far a node has come.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NodeProgress {
    /// The node.
    pub(crate) name: String,
    /// Blocks it has accepted, counted over the chain.
    pub(crate) blocks: u64,
    /// Blocks that it still lacks.
    pub(crate) behind: u64,
    /// What went wrong with it at the last sync, if anything did.
    pub(crate) trouble: Option<String>,
    /// When a sync with it last went through, in seconds since 1970.
    pub(crate) last_reached_s: Option<u64>,
}

/// The state of the record.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct StatusView {
    /// The chain.
    pub(crate) chain: String,
    /// The newest epoch.
    pub(crate) epoch: u32,
    /// Blocks sealed.
    pub(crate) blocks: u64,
    /// Accepted by the majority.
    pub(crate) certified: Progress,
    /// Final: a quorum holds every byte.
    pub(crate) settled: Progress,
    /// How many nodes are a quorum; none without a circle.
    pub(crate) quorum: Option<usize>,
    /// The nodes.
    pub(crate) nodes: Vec<NodeProgress>,
    /// Why the record signs nothing, when it does not.
    pub(crate) fenced: Option<String>,
    /// What opening found damaged.
    pub(crate) damage: Vec<String>,
    /// What opening could not do and went on without.
    pub(crate) left_undone: Vec<String>,
    /// Files of raw notifications that this opening removed because they were kept long enough.
    pub(crate) evidence_removed: u64,
    /// Notifications received.
    pub(crate) notifications: u64,
    /// Readings decoded from them.
    pub(crate) readings: u64,
    /// Notifications that could not be decoded; kept raw.
    pub(crate) malformed: u64,
    /// Readings that wait for the next block.
    pub(crate) waiting_readings: u64,
    /// How many of so many nodes may fail and lie, in one line.
    pub(crate) promise: String,
    /// What so many nodes promise, in sentences.
    pub(crate) can: Vec<String>,
    /// What they do not promise.
    pub(crate) cannot: Vec<String>,
}

/// What the patient wants to allow.
#[derive(Clone, Debug)]
pub(crate) struct GrantWish {
    /// Which categories.
    pub(crate) categories: Vec<Category>,
    /// Measured from: a whole hour.
    pub(crate) from: UnixMillis,
    /// Measured before: a whole hour.
    pub(crate) to: UnixMillis,
    /// For what.
    pub(crate) purpose: Purpose,
    /// Until when it may be read: real time.
    pub(crate) until: UnixMillis,
    /// How many times the grantee may pass it on.
    pub(crate) delegate: u8,
}

/// A grant that was made.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// Its id in hex.
    pub(crate) id: String,
    /// What was granted, as a sentence.
    pub(crate) sentence: String,
    /// The grant file for the grantee: as secret as the readings it names.
    pub(crate) file: zeroize::Zeroizing<String>,
}

/// A grant in a list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GrantView {
    /// Its id in hex.
    pub(crate) id: String,
    /// What was granted.
    pub(crate) sentence: String,
    /// Where it stands, in words.
    pub(crate) state: String,
}

/// Where a grant or a revocation is in force.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct InForce {
    /// Nodes at which it is in force.
    pub(crate) nodes: usize,
    /// Nodes of the circle.
    pub(crate) of: usize,
}

/// Who read, or tried to read, what.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AccessView {
    /// The node that says so.
    pub(crate) node: String,
    /// The number of the entry there.
    pub(crate) seq: u64,
    /// When, in seconds since 1970.
    pub(crate) time_s: u64,
    /// Who: the name on the grantee's card.
    pub(crate) who: String,
    /// What was asked: "read".
    pub(crate) action: String,
    /// How many segments were served.
    pub(crate) segments: u64,
    /// What for.
    pub(crate) purpose: String,
    /// `permit`, or `deny:` and why.
    pub(crate) outcome: String,
    /// The state it was served from, in words.
    pub(crate) as_of: String,
}

/// Something `verify` found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// The node, or none for this device.
    pub(crate) node: Option<String>,
    /// The block's height, when it is about one.
    pub(crate) block: Option<u64>,
    /// The slot of the segment in its block.
    pub(crate) segment: Option<u8>,
    /// In words.
    pub(crate) what: String,
}

/// A node that `verify` could not ask.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NotAsked {
    /// The node.
    pub(crate) node: String,
    /// Segments that were checked before it stopped answering.
    pub(crate) segments: u64,
    /// Why, in words.
    pub(crate) why: String,
}

/// What `verify` did.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Verified {
    /// Blocks checked on this device.
    pub(crate) blocks: u64,
    /// Segments checked on this device.
    pub(crate) segments: u64,
    /// Nodes that were checked to the end, by name.
    pub(crate) nodes: Vec<CheckedNode>,
    /// Nodes that could not be asked, or not to the end; that accuses nobody. By name.
    pub(crate) could_not_ask: Vec<NotAsked>,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
}

/// Readings of one sensor within one hour, sealed or not yet.
pub(crate) struct Batch {
    /// The sensor.
    pub(crate) sensor: Sensor,
    /// Where its readings come from.
    pub(crate) origin: Origin,
    /// Its readings, each with the block it is in.
    pub(crate) kept: Vec<KeptReading>,
}

impl Batch {
    /// The readings alone.
    pub(crate) fn readings(&self) -> impl Iterator<Item = Reading> {
        self.kept.iter().map(|kept| kept.reading)
    }
}

/// Which readings are wanted; all by default.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// From this time on.
    pub(crate) from: Option<UnixMillis>,
    /// Before this time.
    pub(crate) before: Option<UnixMillis>,
    /// Of this vital.
    pub(crate) vital: Option<Vital>,
}

/// A node that `verify` checked to the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct CheckedNode {
    /// The node.
    pub(crate) name: String,
    /// Segments fetched and checked.
    pub(crate) segments: u64,
}
