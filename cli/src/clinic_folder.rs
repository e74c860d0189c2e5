//! The clinic's side as the commands see it: grantee's client, its answers as plain values to print.

use crate::{
    exit::{Failure, Outcome},
    patient::SegmentView,
};
use pulsebook_protocol::{
    card::{GrantFile, GranteeCard},
    grant::Purpose,
    vital::Category,
};
use serde::Serialize;
use std::path::Path;

/// A clinic's folder: its keys and its card.
pub(crate) struct Clinic {}

/// What a clinic asks for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// What for.
    pub(crate) purpose: Purpose,
    /// Only these; none: all that is granted.
    pub(crate) categories: Vec<Category>,
    /// Only at the node with this name.
    pub(crate) node: Option<String>,
}

impl Ask {
    /// Everything that is granted, at any node.
    pub(crate) fn new(purpose: Purpose) -> Ask {
        Ask { purpose, categories: Vec::new(), node: None }
    }
}

/// One claim that was checked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// What, in words.
    pub(crate) what: String,
    /// Whether it held.
    pub(crate) held: bool,
}

/// What one read gave.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReadView {
    /// The node that answered.
    pub(crate) node: String,
    /// Why it refused, when it did.
    pub(crate) refused: Option<String>,
    /// What was checked.
    pub(crate) checks: Vec<Check>,
    /// Bytes both ways.
    pub(crate) wire_bytes: u64,
}

impl Clinic {
    /// Makes a clinic's folder.
    pub(crate) fn create(_dir: &Path, _name: &str) -> Outcome<Clinic> {
        Err(Failure::new("not connected yet"))
    }
    /// Opens it.
    pub(crate) fn open(_dir: &Path) -> Outcome<Clinic> {
        Err(Failure::new("not connected yet"))
    }
    /// Its card.
    pub(crate) fn card(&self) -> Outcome<GranteeCard> {
        Err(Failure::new("not connected yet"))
    }
    /// Reads what is granted, segment by segment.
    pub(crate) async fn read(
        &self,
        _grant: &GrantFile,
        _ask: &Ask,
        _each: &mut dyn FnMut(SegmentView) -> Outcome,
    ) -> Outcome<ReadView> {
        Err(Failure::new("not connected yet"))
    }
    /// Tries every key that was released to this clinic on a sealed segment; whether one opens it.
    pub(crate) fn can_open(
        &self,
        _grant: &GrantFile,
        _releases: &[(Vec<u8>, Vec<u8>)],

        _sealed: &[u8],
    ) -> Outcome<bool> {
        Err(Failure::new("not connected yet"))
    }
}
