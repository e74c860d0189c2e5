//! The patient's side as the commands see it: core's `Record`, its answers as plain values to print.

mod proving;
mod reading;
mod sharing;
mod views;

pub(crate) use views::{
    AccessView, Batch, CheckedNode, CircleNode, Finding, GrantView, GrantWish, Granted, InForce,
    NodeProgress, NotAsked, Progress, StatusView, SyncedNode, Verified, Wanted,
};

use crate::{
    exit::{Failure, Outcome},
    feed::Feed,
    output::Output,
    reading_line::ReadingLine,
    role, unfinished,
};
use pulsebook_core::{
    ble::UnixMillis,
    clock::ManualClock,
    event::Event,
    keys::{FileVault, PassphraseCost},
    record::{CollectOptions, CollectSummary, Record, RecordOptions},
    store::{Counts, RestBytes},
};
use pulsebook_protocol::{bytes::ChainId, words::RecoveryWords};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

const ROLE: &str = "patient";

#[cfg(not(feature = "faults"))]
const PASSPHRASE_COST: PassphraseCost = PassphraseCost::STRONG;
/// Thousands of processes are started and killed in a run: what a passphrase costs is not what they prove.
#[cfg(feature = "faults")]
const PASSPHRASE_COST: PassphraseCost = PassphraseCost::WEAK_FOR_TESTS;

/// An open record.
pub(crate) struct Patient {
    record: Record,
}

impl Patient {
    /// Makes a record in a new folder, by a clock that stands at `start` when one is given.
    ///
    /// # Errors
    /// The folder is taken or cannot be written.
    pub(crate) async fn create(
        dir: &Path,
        passphrase: &str,
        start: Option<UnixMillis>,
    ) -> Outcome<(Patient, RecoveryWords)> {
        role::expect_free(dir, ROLE)?;
        let made = pulsebook_faultpoint::reach(pulsebook_faultpoint::Point::FolderMake)
            .and_then(|()| fs::create_dir_all(dir));
        made.map_err(|error| Failure::from(error).during(&dir.display().to_string()))?;
        let vault = FileVault::create(&vault_file(dir), passphrase, PASSPHRASE_COST)?;
        let (record, words) = Record::create(dir, Box::new(vault), options(start)).await?;
        Ok((Patient { record }, words))
    }

    /// Opens a record, by a clock that stands at `start` until a simulated sensor moves it when one is given.
    ///
    /// # Errors
    /// Another role's folder, a wrong passphrase, in use, damaged.
    pub(crate) async fn open(dir: &Path, passphrase: &str, start: Option<UnixMillis>) -> Outcome<Patient> {
        unfinished::expect_none(dir)?;
        role::expect(dir, ROLE, "init")?;
        let vault = FileVault::open(&vault_file(dir), passphrase)?;
        let record = Record::open(dir, Box::new(vault), options(start)).await?;
        Ok(Patient { record })
    }

    /// Collects until the feed has finished.
    ///
    /// # Errors
    /// The record cannot keep what comes.
    pub(crate) async fn collect(&self, feed: Feed) -> Outcome<CollectSummary> {
        Ok(self.record.collect(Box::new(feed), CollectOptions::default()).await?)
    }

    /// Collects until the feed has finished, and prints each reading as a line once it is kept.
    ///
    /// # Errors
    /// As [`Patient::collect`].
    pub(crate) async fn collect_aloud(&self, feed: Feed, out: Output) -> Outcome<CollectSummary> {
        let mut events = self.record.events();
        let told = async {
            while let Some(heard) = events.next().await {
                if let Event::ReadingKept { sensor, reading } = heard.event {
                    ReadingLine::new(&reading, &sensor).print(out)?;
                }
            }
            Ok::<(), Failure>(())
        };
        // Both in one task: the feed lets the printer run before each event. Dropping it at the end is no loss.
        tokio::select! {
            biased;
            Err(failure) = told => Err(failure),
            collected = self.collect(feed) => collected,
        }
    }

    /// What came in so far and what became of it.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn counts(&self) -> Outcome<Counts> {
        Ok(self.record.counts().await?)
    }

    /// Seals all that is open; how many blocks that made.
    ///
    /// # Errors
    /// The record is fenced, or cannot be written.
    pub(crate) async fn seal(&self) -> Outcome<u64> {
        Ok(u64::from(self.record.seal().await?.blocks))
    }

    /// The record's bytes on this device.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) async fn at_rest(&self) -> Outcome<RestBytes> {
        Ok(self.record.rest_bytes().await?)
    }

    /// The record itself, for commands that only pass its answers on.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// The chain.
    pub(crate) fn chain(&self) -> ChainId {
        self.record.chain()
    }
}

fn vault_file(dir: &Path) -> PathBuf {
    dir.join("vault.json")
}

fn options(start: Option<UnixMillis>) -> RecordOptions {
    match start {
        Some(start) => RecordOptions { clock: Arc::new(ManualClock::at(start)), ..RecordOptions::default() },
        None => RecordOptions::default(),
    }
}
