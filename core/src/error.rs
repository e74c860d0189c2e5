//! What a record can fail with: one enum for whoever holds a record, nothing below it knows it.

mod proving;

pub use proving::ProvingError;

use crate::{
    ble::TransportError,
    consent::ConsentError,
    keys::VaultError,
    ledger::LedgerError,
    pipeline::DraftError,
    store::StoreError,
    sync::{NodeError, SyncError},
};
use pulsebook_protocol::{random::RandomUnavailable, words::WordsError};

/// Why a record did not do what was asked. Says what happened, what was expected and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What waits cannot be sealed.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// Consent.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// Syncing, on our own side.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// One node.
    #[error("node {name}: {source}")]
    Node {
        /// The organisation's name.
        name: String,
        /// What went wrong there.
        source: NodeError,
    },
    /// A node that is staged or in the circle already.
    #[error("{0} is there already; each node stands in the circle once")]
    NodeTwice(String),
    /// Proving or exporting.
    #[error(transparent)]
    Proving(#[from] ProvingError),
    /// Bluetooth.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The words that were typed.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// A node that did not enrol the chain yet.
    #[error(
        "node {0} has not enrolled this record yet; it must be reachable when the circle is confirmed: try again"
    )]
    NotEnrolled(String),
    /// Nobody to sync with.
    #[error(
        "the record has no circle yet, so there is nobody to sync with; name its nodes with `pulsebook circle add CARD`, then begin it with `pulsebook circle confirm`"
    )]
    NoCircle,
    /// The record never met this sensor.
    #[error("the record has not met a sensor {0}; see the list of those it has met")]
    UnknownSensor(String),
    /// A worker thread ended before its work was done.
    #[error("work was cut off because the program is ending; what is durable stays")]
    CutOff,
}
