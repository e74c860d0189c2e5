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
pub struct Stage {
    /// What to do.
    pub plan: Plan,
    /// Where words go.
    pub out: Output,
    /// When it began, by the real clock.
    pub began: Instant,
    /// The patient's record.
    pub patient: Patient,
    /// The 24 words.
    pub words: RecoveryWords,
    /// The node processes.
    pub nodes: Vec<RunningNode>,
    /// The clinic, from step 5 on.
    pub clinic: Option<Clinic>,
    /// The grant's id, from step 5 on.
    pub grant_id: String,
    /// What the sensors sent.
    pub truth: Truth,
    /// What the record holds.
    pub held: PerVital,
    /// Bytes between phone and nodes.
    pub sync_bytes: u64,
    /// Bytes between clinic and nodes.
    pub clinic_bytes: u64,
    /// What was promised.
    pub promises: Promises,
    /// What is reported.
    pub report: Report,
}

impl Stage {
    /// A path in the demo's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.plan.dir.join(name)
    }

    /// The patient's folder.
    pub fn patient_dir(&self) -> PathBuf {
        self.path("patient")
    }

    /// Says a line.
    pub fn say(&self, line: impl std::fmt::Display) {
        self.out.say(line);
    }

    /// Checks a promise.
    pub fn promise(&mut self, promise: &str, kept: bool) {
        self.promises.check(self.out, promise, kept);
    }

    /// Adds what a sync sent.
    pub fn count_sync(&mut self, nodes: &[SyncedNode]) {
        self.sync_bytes += nodes.iter().map(|node| node.wire_bytes).sum::<u64>();
    }
}
