//! Everything that the steps of the story share: who is there, what was promised, what was counted.

use super::{nodes::RunningNode, plan::Plan, promises::Promises, report::Report};
use crate::{
    clinic_folder::Clinic,
    output::Output,
    patient::{Patient, SyncedNode},
    truth::{PerVital, Truth},
};
use pulsebook_protocol::words::RecoveryWords;
use std::{path::PathBuf, time::Instant};

/// The stage. Dropping it ends the node processes.
pub(crate) struct Stage {
    /// What to do.
    pub(crate) plan: Plan,
    /// Where words go.
    pub(crate) out: Output,
    /// When it began, by the real clock.
    pub(crate) began: Instant,
    /// The patient's record.
    pub(crate) patient: Patient,
    /// The 24 words.
    pub(crate) words: RecoveryWords,
    /// The node processes.
    pub(crate) nodes: Vec<RunningNode>,
    /// The clinic, from step 5 on.
    pub(crate) clinic: Option<Clinic>,
    /// The grant's id, from step 5 on.
    pub(crate) grant_id: String,
    /// What the sensors sent.
    pub(crate) truth: Truth,
    /// What the record holds.
    pub(crate) held: PerVital,
    /// Bytes between phone and nodes.
    pub(crate) sync_bytes: u64,
    /// Bytes between clinic and nodes.
    pub(crate) clinic_bytes: u64,
    /// What was promised.
    pub(crate) promises: Promises,
    /// What is reported.
    pub(crate) report: Report,
}

impl Stage {
    /// A path in the demo's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.plan.dir.join(name)
    }

    /// The patient's folder.
    pub(crate) fn patient_dir(&self) -> PathBuf {
        self.path("patient")
    }

    /// Says a line.
    pub(crate) fn say(&self, line: impl std::fmt::Display) {
        self.out.say(line);
    }

    /// Checks a promise.
    pub(crate) fn promise(&mut self, promise: &str, kept: bool) {
        self.promises.check(self.out, promise, kept);
    }

    /// Adds what a sync sent.
    pub(crate) fn count_sync(&mut self, nodes: &[SyncedNode]) {
        self.sync_bytes += nodes.iter().map(|node| node.wire_bytes).sum::<u64>();
    }
}
