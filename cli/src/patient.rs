//! The patient's side as the commands see it: core's `Record`, its answers as plain values to print.

mod views;

pub(crate) use views::{
    AccessView, CircleNode, Counted, Finding, GrantView, GrantWish, Granted, NodeProgress, Progress,
    RestView, Revoked, SegmentView, StatusView, SyncedNode, Verified,
};

use crate::exit::{Failure, Outcome};
use pulsebook_core::ble::{BleTransport, UnixMillis};
use pulsebook_protocol::{
    card::{GranteeCard, NodeCard},
    words::RecoveryWords,
};
use std::path::Path;

/// An open record.
pub(crate) struct Patient {}

fn later<T>() -> Outcome<T> {
    Err(Failure::new("not connected yet"))
}

impl Patient {
    /// Makes a record in a new folder, by a clock that stands at `start` when one is given.
    pub(crate) async fn create(
        _dir: &Path,
        _passphrase: &str,
        _start: Option<UnixMillis>,
    ) -> Outcome<(Patient, RecoveryWords)> {
        later()
    }
    /// Opens a record.
    pub(crate) async fn open(_dir: &Path, _passphrase: &str, _start: Option<UnixMillis>) -> Outcome<Patient> {
        later()
    }
    /// What drives a simulated clock.
    pub(crate) fn clock_hand(&self) -> Box<dyn FnMut(UnixMillis) + Send> {
        Box::new(|_| {})
    }
    /// Collects until the transport has finished.
    pub(crate) async fn collect(&self, _transport: &mut dyn BleTransport) -> Outcome {
        later()
    }
    /// What came in and what became of it.
    pub(crate) async fn counted(&self) -> Outcome<Counted> {
        later()
    }
    /// Seals all that is open; how many blocks that made.
    pub(crate) async fn seal(&self) -> Outcome<u64> {
        later()
    }
    /// Stages a node for the circle.
    pub(crate) async fn add_node(&self, _card: &NodeCard) -> Outcome {
        later()
    }
    /// Starts epoch 1 with the staged nodes.
    pub(crate) async fn confirm_circle(&self, _words: &RecoveryWords) -> Outcome {
        later()
    }
    /// The nodes, staged and confirmed.
    pub(crate) async fn circle(&self) -> Outcome<Vec<CircleNode>> {
        later()
    }
    /// Sends what waits to every node; one that fails does not hold up the others.
    pub(crate) async fn sync(&self) -> Outcome<Vec<SyncedNode>> {
        later()
    }
    /// What is sealed, certified, settled, and who is behind.
    pub(crate) async fn status(&self) -> Outcome<StatusView> {
        later()
    }
    /// Grants, and makes the grant file.
    pub(crate) async fn grant(&self, _card: &GranteeCard, _wish: &GrantWish) -> Outcome<Granted> {
        later()
    }
    /// All grants.
    pub(crate) async fn grants(&self) -> Outcome<Vec<GrantView>> {
        later()
    }
    /// Ends a grant and tells the nodes.
    pub(crate) async fn revoke(&self, _id: &str) -> Outcome<Revoked> {
        later()
    }
    /// Pulls and lists the access entries.
    pub(crate) async fn accesses(&self) -> Outcome<Vec<AccessView>> {
        later()
    }
    /// Checks the record here and at each node.
    pub(crate) async fn verify(&self) -> Outcome<Verified> {
        later()
    }
    /// Gives every segment of the record, oldest first, opened.
    pub(crate) async fn each_segment(&self, _each: &mut dyn FnMut(SegmentView) -> Outcome) -> Outcome {
        later()
    }
    /// The record's bytes on this device.
    pub(crate) async fn at_rest(&self) -> Outcome<RestView> {
        later()
    }
    /// The chain in base32.
    pub(crate) fn chain(&self) -> String {
        String::new()
    }
    /// The chain.
    pub(crate) fn chain_id(&self) -> pulsebook_protocol::bytes::ChainId {
        pulsebook_protocol::bytes::ChainId::from_bytes([0; 32])
    }
}
