//! A record of many hours without the time it takes to collect them: one day's readings, moved to every day.

use crate::{
    day::Day,
    serving::{NodeProcess, Warm},
    trouble::Outcome,
};
use pulsebook_core::{
    clock::ManualClock,
    decode::{DECODER_VERSION, decode},
    keys::{FileVault, KeyVault, PassphraseCost, SecretName},
    ledger::{Ledger, SegmentDraft, mark_head, vault_secret},
    record::{Record, RecordOptions},
    store::{Evidence, Folder, Sealing, Store, StoreKeys},
};
use pulsebook_protocol::{
    bytes::Digest,
    random::SystemRandom,
    reading::{Origin, Reading},
    secret::Secret32,
    segment::{SegmentBuilder, Sensor},
    vital::{Category, Vital},
};
use std::{collections::BTreeMap, path::Path, sync::Arc};

const HOUR_MS: i64 = 3_600_000;
const PASSPHRASE: &str = "a passphrase for the bench";

/// Blocks before the head is signed: a sync a day.
const SIGNED_EACH: u64 = 24;

fn options() -> RecordOptions {
    RecordOptions { clock: Arc::new(ManualClock::at(crate::day::START)), random: Box::new(SystemRandom) }
}

/// Opens the record in a folder as an app does: passphrase first.
pub(crate) async fn open(folder: &Path) -> Outcome<Record> {
    let vault = vault(folder)?;
    crate::measure::forget_peak()?;
    open_with(folder, vault).await
}

/// Opens it with a vault that is open.
pub(crate) async fn open_with(folder: &Path, vault: FileVault) -> Outcome<Record> {
    Ok(Record::open(&folder.join("record"), Box::new(vault), options()).await?)
}

/// A new record under a passphrase.
pub(crate) async fn create(folder: &Path) -> Outcome<(Record, pulsebook_protocol::words::RecoveryWords)> {
    std::fs::create_dir_all(folder)?;
    let vault = FileVault::create(&folder.join("vault.json"), PASSPHRASE, PassphraseCost::STRONG)?;
    crate::measure::forget_peak()?;
    Ok(Record::create(&folder.join("record"), Box::new(vault), options()).await?)
}

/// A record of so many hourly blocks, known to a node that has none of them yet.
pub(crate) async fn seal_hours(folder: &Path, hours: u64, node: Option<&NodeProcess>) -> Outcome {
    let (record, words) = create(folder).await?;
    if let Some(node) = node {
        record.circle_add(&node.card).await?;
        let warm = Warm::default();
        record.circle_confirm_through(words, &*warm.connect()).await?;
        crate::world::settled(record.sync_through(&*warm.connect()).await?)?;
    }
    drop(record);
    let vault = FileVault::open(&folder.join("vault.json"), PASSPHRASE)?;
    let store = open_store(folder, &vault).await?;
    let mut ledger = Ledger::open(&store, &vault).await?;
    let day = day_of_readings()?;
    let mut hours_of_day = day.iter().cycle();
    for hour in 1..=hours {
        let Some(of_hour) = hours_of_day.next() else { break };
        let time = u64::try_from(crate::day::START / 1000)? + hour * 3600;
        let later = i64::try_from((hour - 1) / day.len().max(1) as u64)? * 24;
        let drafts =
            of_hour.1.iter().map(|(category, readings)| draft(*of_hour.0, later, *category, readings));
        let drafts = drafts.collect::<Outcome<Vec<_>>>()?;
        let blocks = ledger.build(drafts, &[], time, &mut SystemRandom)?;
        let sealing = Sealing { blocks, ..Sealing::default() };
        store.commit(&sealing, time, &mut SystemRandom)?;
        ledger.advance(&sealing.blocks);
        if hour % SIGNED_EACH == 0 || hour == hours {
            ledger.sign(&store, &mark_head(&vault, ledger.mark()).await?)?;
        }
    }
    Ok(())
}

/// Opens the database of such a record.
pub(crate) async fn open_store(folder: &Path, vault: &dyn KeyVault) -> Outcome<Store> {
    let keys = StoreKeys {
        store: vault_secret(vault, SecretName::StoreKey).await?,
        erase: vault_secret(vault, SecretName::EraseKey).await?,
    };
    Ok(Store::open(Folder::open(&folder.join("record"))?, keys)?)
}

/// The vault of such a record.
pub(crate) fn vault(folder: &Path) -> Outcome<FileVault> {
    Ok(FileVault::open(&folder.join("vault.json"), PASSPHRASE)?)
}

type Hours = BTreeMap<i64, BTreeMap<Category, Vec<Reading>>>;

/// The readings of each full hour of the patient-day.
fn day_of_readings() -> Outcome<Hours> {
    let mut hours = Hours::new();
    for notification in Day::seconds(86_400) {
        for reading in decode(&notification)?.readings {
            let hour = hours.entry(reading.measured_at.div_euclid(HOUR_MS)).or_default();
            hour.entry(reading.vital.category()).or_default().push(reading);
        }
    }
    // The last frames fall into the next day: 24 full hours are enough.
    hours.retain(|_, categories| categories.len() == 3);
    Ok(hours)
}

/// The readings of an hour as a segment so many hours later.
fn draft(hour: i64, later: i64, category: Category, readings: &[Reading]) -> Outcome<SegmentDraft> {
    let hour = hour + later;
    let range = hour * HOUR_MS..(hour + 1) * HOUR_MS;
    let sensor = Sensor { id: format!("{category:?}"), kind: "simulated".into() };
    let origin = Origin::Simulated;
    let mut builder = SegmentBuilder::new(category, range, origin, sensor, DECODER_VERSION, Digest::ZERO);
    for vital in [Vital::HeartRate, Vital::OxygenSaturation, Vital::OximeterPulseRate] {
        if vital.category() == category {
            builder.cadence(vital, 1_000_000);
        }
    }
    for reading in readings {
        builder.push(Reading { measured_at: reading.measured_at + later * HOUR_MS, ..*reading })?;
    }
    let evidence = Evidence { seed: Secret32::make(&mut SystemRandom)?, notifications: Arc::default() };
    Ok(SegmentDraft { segment: builder.finish()?, evidence })
}
