//! The one JSON object that the demo ends with, for machines.

use crate::patient::Progress;
use serde::Serialize;

/// What was done and found. Field order is the order in the object.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The seed of the simulated body.
    pub seed: u64,
    /// Notifications received.
    pub notifications: u64,
    /// Readings decoded.
    pub readings: u64,
    /// Notifications that could not be decoded; kept raw.
    pub malformed: u64,
    /// Readings with a mark against them.
    pub marked: u64,
    /// Readings without a value.
    pub absent: u64,
    /// Blocks sealed.
    pub blocks: u64,
    /// Blocks accepted by the majority.
    pub certified: Progress,
    /// Blocks that are final.
    pub settled: Progress,
    /// Bytes over HTTP both ways: the phone with all nodes, and the clinic.
    pub wire_bytes: u64,
    /// Bytes of the record on the phone.
    pub rest_bytes: u64,
    /// Reads by the clinic that were served.
    pub reads_allowed: u64,
    /// Reads by the clinic that were refused.
    pub reads_denied: u64,
    /// Segments that the clinic could open without a grant for them; 0 or the demo fails.
    pub ungranted_opened: u64,
    /// Tampered segments that `verify` named exactly.
    pub tamper_found: u64,
    /// Readings that the sensors sent and the record lacks.
    pub lost: u64,
    /// Readings that the record has and the sensors did not send.
    pub doubled: u64,
    /// Real seconds from start to end.
    pub seconds: f64,
}
