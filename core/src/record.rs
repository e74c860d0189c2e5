//! A record as an app holds it: `Send + Sync`, `&self`, async; everything a patient does starts here.
//!
//! Blocking work runs on tokio's blocking threads or under a short lock that is never held across an await.

mod circle;
mod collect;
mod consent;
mod evidence;
mod lifecycle;
mod options;
mod proving;
mod sealing;
mod sensors;
mod series;
mod status;
mod sync;
mod users;
mod vitals;

pub use crate::pipeline::Whose;
pub use circle::CircleNodeView;
pub use collect::{CollectOptions, CollectSummary};
pub use consent::{AccessView, Given, GrantStanding};
pub use evidence::SegmentEvidence;
pub use options::RecordOptions;
pub use proving::{BundleSummary, ReadingName};
pub use sealing::SealSummary;
pub use sensors::KnownSensor;
pub use series::{Bucket, Buckets, MOST_BUCKETS, Series, SeriesQuery};
pub use status::RecordStatus;
pub use users::{Assigned, SensorUser};
pub use vitals::{KeptReading, PageMark, SensorLabel, VitalsPage, VitalsQuery};

use crate::{
    clock::Clock,
    event::{EventStream, Events},
    keys::KeyVault,
    ledger::Ledger,
    pipeline::{Pipeline, ReplayReport},
    store::{Removed, Store},
};
use pulsebook_protocol::{bytes::ChainId, random::Random};
use std::{
    fmt,
    sync::{Arc, Mutex},
};

/// The patient's record: collects, keeps and seals; sharing and syncing build on it.
///
/// ```
/// # async fn example(dir: &std::path::Path) -> Result<(), pulsebook_core::error::Error> {
/// use pulsebook_core::{keys::{FileVault, PassphraseCost}, record::{Record, RecordOptions}};
/// let vault = FileVault::create(&dir.join("vault.json"), "a long passphrase", PassphraseCost::STRONG)?;
/// let (record, words) = Record::create(&dir.join("record"), Box::new(vault), RecordOptions::default()).await?;
/// println!("write these down: {}", *words.expose());
/// println!("{} blocks", record.status().await?.blocks);
/// # Ok(()) }
/// ```
pub struct Record {
    inner: Arc<Inner>,
}

/// What a record's methods share. Locks are taken in the order of the fields.
pub(crate) struct Inner {
    /// Whoever changes the chain waits for its turn; the only lock that may be held across an await.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// One sync at a time; may be held across an await too, and never waited for by whoever has the turn.
    pub(crate) syncing: tokio::sync::Mutex<()>,
    pub(crate) pipeline: Mutex<Pipeline>,
    pub(crate) ledger: Mutex<Ledger>,
    pub(crate) random: Mutex<Box<dyn Random>>,
    pub(crate) store: Store,
    pub(crate) vault: Box<dyn KeyVault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
    pub(crate) replayed: ReplayReport,
    /// What opening could not do and went on without, in words.
    pub(crate) left_undone: Vec<String>,
    /// Evidence that opening removed.
    pub(crate) expired: Removed,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({})", self.inner.store.folder().path().display())
    }
}

impl Record {
    /// The chain's id.
    pub fn chain(&self) -> ChainId {
        self.inner.store.identity().chain
    }

    /// Listens to everything that happens from now on.
    pub fn events(&self) -> EventStream {
        self.inner.events.listen()
    }

    /// Raw notifications that opening the record removed, because they were kept long enough.
    pub fn evidence_removed_at_opening(&self) -> Removed {
        self.inner.expired
    }

    /// What opening the record found in the journal.
    pub fn replayed(&self) -> ReplayReport {
        self.inner.replayed.clone()
    }
}

impl Inner {
    /// UTC seconds, for blocks and notes.
    pub(crate) fn seconds(&self) -> u64 {
        u64::try_from(self.clock.now().div_euclid(1000)).unwrap_or(0)
    }
}

/// Runs blocking work on a thread made for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, crate::error::Error> + Send + 'static,
) -> Result<T, crate::error::Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| crate::error::Error::CutOff)?
}

#[cfg(test)]
mod tests;
