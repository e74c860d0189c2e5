//! The one JSON object that the demo ends with, for machines.

use crate::patient::Progress;
use serde::Serialize;

/// What was done and found. Field order is the order in the object.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// The seed of the simulated body.
    pub(crate) seed: u64,
    /// Notifications received.
    pub(crate) notifications: u64,
    /// Readings decoded.
    pub(crate) readings: u64,
    /// Notifications that could not be decoded; kept raw.
    pub(crate) malformed: u64,
    /// Readings with a mark against them.
    pub(crate) marked: u64,
    /// Readings without a value.
    pub(crate) absent: u64,
    /// Blocks sealed.
    pub(crate) blocks: u64,
    /// Blocks accepted by the majority.
    pub(crate) certified: Progress,
    /// Blocks that are final.
    pub(crate) settled: Progress,
    /// Bytes over HTTP both ways: the phone with all nodes, and the clinic.
    pub(crate) wire_bytes: u64,
    /// Bytes of the record on the phone.
    pub(crate) rest_bytes: u64,
    /// Reads by the clinic that were served.
    pub(crate) reads_allowed: u64,
    /// Reads by the clinic that were refused.
    pub(crate) reads_denied: u64,
    /// Segments that the clinic could open without a grant for them; 0 or the demo fails.
    pub(crate) ungranted_opened: u64,
    /// Tampered segments that `verify` named exactly.
    pub(crate) tamper_found: u64,
    /// Readings that the sensors sent and the record lacks.
    pub(crate) lost: u64,
    /// Readings that the record has and the sensors did not send.
    pub(crate) doubled: u64,
    /// Real seconds from start to end.
    pub(crate) seconds: f64,
}
