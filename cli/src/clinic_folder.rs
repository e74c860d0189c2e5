//! The clinic's side as the commands see it: grantee's client, its answers as plain values to print.

use crate::exit::{Failure, Outcome};
use pulsebook_protocol::{card::{GranteeCard, GrantFile}, grant::Purpose};
use std::path::Path;

/// A clinic's folder: its keys and its card.
pub struct Clinic {}

/// What one read gave.
pub struct ReadView {
    /// The node that served.
    pub node: String,
    /// Checks in order: what was checked and whether it held.
    pub checks: Vec<(String, Result<(), String>)>,
}

impl Clinic {
    /// Makes a clinic's folder.
    pub fn create(_dir: &Path, _name: &str) -> Outcome<Clinic> {
        Err(Failure::new("not connected yet"))
    }
    /// Opens it.
    pub fn open(_dir: &Path) -> Outcome<Clinic> {
        Err(Failure::new("not connected yet"))
    }
    /// Its card.
    pub fn card(&self) -> Outcome<GranteeCard> {
        Err(Failure::new("not connected yet"))
    }
    /// Reads.
    pub async fn read(&self, _grant: &GrantFile, _purpose: Purpose) -> Outcome<ReadView> {
        Err(Failure::new("not connected yet"))
    }
}
