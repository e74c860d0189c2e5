//! Why a reading was not proven, or the record not exported.

use pulsebook_protocol::proof::ReadingProofError;

/// Why no proof, or no bundle, was made.
#[derive(Debug, thiserror::Error)]
pub enum ProvingError {
    /// The record has no such reading.
    #[error("the record holds no such reading; `pulsebook show --list` prints the name of each")]
    NoSuchReading,
    /// More than one sensor measured this vital at this time.
    #[error("{} sensors measured it at this time: add one of them to the name: {}", .0.len(), .0.join(", "))]
    SeveralSensors(Vec<String>),
    /// In no block yet.
    #[error(
        "the reading is not sealed yet; seal it with `pulsebook seal`, then bring it to the nodes with `pulsebook sync`"
    )]
    NotSealed,
    /// In a block that no quorum settled.
    #[error(
        "block {0}, which holds the reading, is not settled: only what a quorum of nodes holds can be proven; sync first"
    )]
    NotSettled(u64),
    /// Nothing is signed yet.
    #[error("no checkpoint of this record is signed yet; seal first")]
    NotSigned,
    /// What was put together does not verify: the record is damaged.
    #[error(
        "the proof that was made does not hold, so the record is damaged; `pulsebook verify` names the place: {0}"
    )]
    Proof(#[from] ReadingProofError),
    /// The file.
    #[error("the bundle could not be written: {0}")]
    Write(#[from] std::io::Error),
}
