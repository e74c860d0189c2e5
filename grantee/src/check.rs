//! What a grantee demands before it believes a reading, and what became of each demand.

use std::{collections::BTreeMap, fmt};

/// One demand. In the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The record begins with the first root of the grant file.
    Chain,
    /// Every epoch certificate follows on the one before.
    EpochCertificates,
    /// Each epoch was handed over to by its circle.
    HandOver,
    /// The organisations are those that the patient signed.
    Directory,
    /// The token is signed by the patient's consent key, for this grantee's keys.
    Grant,
    /// The newest checkpoint is certified and settled by the circle.
    Settled,
    /// A quorum said so lately.
    Fresh,
    /// Release headers are signed by the patient and follow on each other without a gap.
    ReleaseHeaders,
    /// Every released row is accounted for.
    Complete,
    /// Released keys open with the grantee's own key.
    Envelope,
    /// The released slot is the block's slot.
    HeaderRow,
    /// The block lies under the settled checkpoint.
    Inclusion,
    /// The segment is the one that the block commits to.
    Commitment,
    /// The readings lead to the disclosure root in that commitment.
    DisclosureRoot,
    /// What was opened is of the category that was granted.
    Label,
    /// What was opened was measured in the time that was granted.
    Range,
}

impl Check {
    /// Every demand, in order.
    pub const ALL: [Check; 16] = [
        Check::Chain,
        Check::EpochCertificates,
        Check::HandOver,
        Check::Directory,
        Check::Grant,
        Check::Settled,
        Check::Fresh,
        Check::ReleaseHeaders,
        Check::Complete,
        Check::Envelope,
        Check::HeaderRow,
        Check::Inclusion,
        Check::Commitment,
        Check::DisclosureRoot,
        Check::Label,
        Check::Range,
    ];

    /// What is demanded, in few words.
    pub fn words(self) -> &'static str {
        match self {
            Check::Chain => "first root and chain",
            Check::EpochCertificates => "epoch certificates",
            Check::HandOver => "hand-over",
            Check::Directory => "directory of the circle",
            Check::Grant => "grant and its holder",
            Check::Settled => "accepted and held by the circle",
            Check::Fresh => "fresh",
            Check::ReleaseHeaders => "release headers without a gap",
            Check::Complete => "nothing left out",
            Check::Envelope => "opened with the own key",
            Check::HeaderRow => "released slot is the block's",
            Check::Inclusion => "block lies under the checkpoint",
            Check::Commitment => "segment is what the block commits to",
            Check::DisclosureRoot => "readings lead to the disclosure root",
            Check::Label => "category is the granted one",
            Check::Range => "measured in the granted time",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// A demand that was not met. What it was about is not believed and not handed on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("check failed: {check}: {why}")]
pub struct CheckFailed {
    /// Which demand.
    pub check: Check,
    /// What was found instead.
    pub why: String,
}

impl CheckFailed {
    pub(crate) fn new(check: Check, why: impl fmt::Display) -> Self {
        CheckFailed { check, why: why.to_string() }
    }
}

/// Puts an error under the demand it fails.
pub(crate) trait Failing<T> {
    fn failing(self, check: Check) -> Result<T, CheckFailed>;
}

impl<T, E: fmt::Display> Failing<T> for Result<T, E> {
    fn failing(self, check: Check) -> Result<T, CheckFailed> {
        self.map_err(|error| CheckFailed::new(check, error))
    }
}

/// How often each demand was met, and with what, for people.
///
/// ```
/// use pulsebook_grantee::{Check, Checks};
/// assert!(Checks::default().iter().all(|(_, times, _)| times == 0));
/// assert_eq!(Checks::default().iter().count(), Check::ALL.len());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks(BTreeMap<Check, (u64, String)>);

impl Checks {
    pub(crate) fn held(&mut self, check: Check) {
        self.0.entry(check).or_default().0 += 1;
    }

    pub(crate) fn held_with(&mut self, check: Check, detail: impl Into<String>) {
        self.held(check);
        self.0.entry(check).or_default().1 = detail.into();
    }

    /// Each demand in order, how often it was met, and a detail of the last time ("by 3 of 4 nodes"; may be empty).
    pub fn iter(&self) -> impl Iterator<Item = (Check, u64, &str)> {
        Check::ALL.into_iter().map(|check| match self.0.get(&check) {
            Some((times, detail)) => (check, *times, detail.as_str()),
            None => (check, 0, ""),
        })
    }

    /// How often a demand was met.
    pub fn times(&self, check: Check) -> u64 {
        self.0.get(&check).map_or(0, |held| held.0)
    }
}
