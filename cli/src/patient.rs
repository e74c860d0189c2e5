//! The patient's side as the commands see it: core's `Record`, its answers as plain values to print.

mod proving;
mod reading;
mod sharing;
mod throwaway;
mod views;

pub(crate) use throwaway::Throwaway;
pub(crate) use views::{
    AccessView, Batch, CheckedNode, CircleNode, Finding, GrantView, GrantWish, Granted, InForce,
    NodeProgress, NotAsked, Progress, StatusView, SyncedNode, Verified, Wanted,
};

use crate::{
    exit::{Failure, Outcome},
    output::Output,
    reading_line::ReadingLine,
    role, unfinished,
};
use pulsebook_core::{
    ble::{BleTransport, UnixMillis},
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

    /// Opens a record by the real clock.
    ///
    /// # Errors
    /// Another role's folder, a wrong passphrase, in use, damaged.
    pub(crate) async fn open(dir: &Path, passphrase: &str) -> Outcome<Patient> {
        Patient::open_with(dir, passphrase, RecordOptions::default()).await
    }

    /// Opens a record by this clock, which simulated and replayed sensors move.
    ///
    /// # Errors
    /// As [`Patient::open`].
    pub(crate) async fn open_by(dir: &Path, passphrase: &str, clock: &ManualClock) -> Outcome<Patient> {
        Patient::open_with(dir, passphrase, by(clock)).await
    }

    async fn open_with(dir: &Path, passphrase: &str, options: RecordOptions) -> Outcome<Patient> {
        unfinished::expect_none(dir)?;
        role::expect(dir, ROLE, "init")?;
        let vault = FileVault::open(&vault_file(dir), passphrase)?;
        let record = Record::open(dir, Box::new(vault), options).await?;
        Ok(Patient { record })
    }

    /// Collects until the sensors have finished.
    ///
    /// # Errors
    /// The record cannot keep what comes.
    pub(crate) async fn collect(&self, sensors: Box<dyn BleTransport>) -> Outcome<CollectSummary> {
        Ok(self.record.collect(sensors, CollectOptions::default()).await?)
    }

    /// Collects until the sensors have finished, and prints each reading as a line once it is kept.
    ///
    /// # Errors
    /// As [`Patient::collect`].
    pub(crate) async fn collect_aloud(
        &self,
        sensors: Box<dyn BleTransport>,
        out: Output,
    ) -> Outcome<CollectSummary> {
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
            collected = self.collect(sensors) => collected,
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
        Some(start) => by(&ManualClock::at(start)),
        None => RecordOptions::default(),
    }
}

fn by(clock: &ManualClock) -> RecordOptions {
    RecordOptions { clock: Arc::new(clock.clone()), ..RecordOptions::default() }
}
