//! Proving: one reading to a stranger, or the whole record, both checked with public keys alone.

mod bundle;

pub use bundle::BundleSummary;

use super::{Inner, Record, blocking};
use crate::{
    error::{Error, ProvingError},
    ledger::inclusion_path,
    store::{Slot, Store, StoreError, StoredBlock, locked},
    sync::accepted_sizes,
};
use pulsebook_protocol::{
    chunk::{Disclosure, disclose},
    proof::{ProofEpoch, ProofOpening, ProofPlace, ReadingProof, verify_reading_proof},
    reading::UnixMillis,
    sealed_segment::open_segment,
    vital::Vital,
};

const HOUR_MS: i64 = 3_600_000;

/// Which reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingName {
    /// What was measured.
    pub vital: Vital,
    /// Exactly when, as the record keeps it.
    pub measured_at: UnixMillis,
    /// The id of the sensor; needed only when several measured this vital at this time.
    pub sensor: Option<String>,
}

/// A reading found in a slot.
struct Found {
    sensor: String,
    height: u64,
    slot: u8,
    opening: ProofOpening,
    shown: Disclosure,
}

impl Record {
    /// Proves one spot reading, or the minute of the stream that holds the reading: the bytes of docs/protocol.md §11.
    ///
    /// # Errors
    /// [`ProvingError`] when there is no such reading, or its block is not settled; [`Error::Store`].
    pub async fn prove(&self, name: &ReadingName) -> Result<Vec<u8>, Error> {
        let (inner, name) = (self.inner.clone(), name.clone());
        blocking(move || inner.prove(&name)).await
    }
}

impl Inner {
    fn prove(&self, name: &ReadingName) -> Result<Vec<u8>, Error> {
        let found = self.find(name)?;
        let block = self.store.block(found.height)?.ok_or(StoreError::Damaged("a block"))?;
        let place = place(&self.store, &block, found.slot)?;
        let proof = ReadingProof::new(place, found.opening, found.shown).encode();
        verify_reading_proof(&proof, Some(&self.store.identity().chain)).map_err(ProvingError::from)?;
        Ok(proof)
    }

    /// The one slot that holds the reading.
    fn find(&self, name: &ReadingName) -> Result<Found, Error> {
        let hour = name.measured_at.div_euclid(HOUR_MS);
        let mut found: Vec<Found> = Vec::new();
        for (height, slot) in self.store.slots_in_hour(hour)? {
            let known = self.store.slots(height)?.into_iter().find(|known| known.slot == slot);
            let known = known.ok_or(StoreError::Damaged("a segment"))?;
            if known.category != name.vital.category() {
                continue;
            }
            let one = self.look_into(height, &known, name)?;
            // The same reading in two segments of one sensor is the same reading.
            found.extend(one.filter(|one| found.iter().all(|other| other.sensor != one.sensor)));
        }
        match found.len() {
            0 => Err(self.absent(hour, name).into()),
            1 => found.pop().ok_or_else(|| ProvingError::NoSuchReading.into()),
            _ => {
                Err(ProvingError::SeveralSensors(found.into_iter().map(|found| found.sensor).collect())
                    .into())
            }
        }
    }

    /// The reading in this slot, if it is there.
    fn look_into(&self, height: u64, known: &Slot, name: &ReadingName) -> Result<Option<Found>, Error> {
        let damaged = || StoreError::Damaged("a segment");
        let stored = self.store.segment(height, known.slot)?.ok_or_else(damaged)?;
        let chain = self.store.identity().chain;
        let opened = open_segment(&chain, &known.dek, &stored.bytes).map_err(|_| damaged())?;
        let (segment_hash, key_check) = (opened.hash(), known.dek.key_check());
        let opening = ProofOpening { key_check, blinder: opened.blinder(), segment_hash };
        let block = self.store.block(height)?.ok_or_else(damaged)?;
        let commitments = Store::parse(&block)?.commitments;
        let commitment = commitments.get(usize::from(known.slot)).ok_or_else(damaged)?;
        let verified = opened.verify_commitment(commitment).map_err(|_| damaged())?;
        let segment = verified.segment();
        let sensor = segment.sensor().id.clone();
        if name.sensor.as_ref().is_some_and(|wanted| *wanted != sensor) {
            return Ok(None);
        }
        let shown = disclose(segment, &known.dek, name.vital, name.measured_at);
        Ok(shown.map(|shown| Found { sensor, height, slot: known.slot, opening, shown }))
    }

    /// Why nothing sealed was found: it waits, or it never was.
    fn absent(&self, hour: i64, name: &ReadingName) -> ProvingError {
        let pipeline = locked(&self.pipeline);
        let waits = pipeline.staging().in_hour(hour).any(|staged| {
            (staged.reading.vital, staged.reading.measured_at) == (name.vital, name.measured_at)
                && name.sensor.as_ref().is_none_or(|wanted| *wanted == staged.sensor.id)
        });
        if waits { ProvingError::NotSealed } else { ProvingError::NoSuchReading }
    }
}

/// What leads from a slot to the first root: by the newest settled note, or by the hand-over of the epoch after.
fn place(store: &Store, block: &StoredBlock, slot: u8) -> Result<ProofPlace, Error> {
    let newest = store.newest_epoch()?;
    let last = newest.min(block.epoch.saturating_add(1));
    let first = store.epoch(block.epoch)?.ok_or(StoreError::Damaged("an epoch"))?.first_height;
    let index = block.height.saturating_sub(first);
    let settled = accepted_sizes(store, last)?.1;
    let own = last == block.epoch;
    if settled == 0 || own && settled <= index {
        return Err(ProvingError::NotSettled(block.height).into());
    }
    let size = if own { settled } else { u64::try_from(store.leaves(block.epoch)?.len()).unwrap_or(0) };
    let note = if own { store.note(last, settled)?.map(|note| note.to_string()) } else { None };
    let path = inclusion_path(store, block.epoch, index, size)?;
    let epochs = (0..=last).map(|number| shown_epoch(store, number)).collect::<Result<_, Error>>()?;
    Ok(ProofPlace { chain: store.identity().chain, epochs, note, block: (block.bytes.clone(), path), slot })
}

fn shown_epoch(store: &Store, number: u32) -> Result<ProofEpoch, Error> {
    let damaged = || StoreError::Damaged("an epoch");
    let first_height = store.epoch(number)?.ok_or_else(damaged)?.first_height;
    let first_block = store.block(first_height)?.ok_or_else(damaged)?.bytes.into();
    let Some(before) = number.checked_sub(1) else {
        return Ok(ProofEpoch { first_block, hand_over: None, base_path: Vec::new() });
    };
    let hand_over = store.note(number, 1)?.map(|note| note.to_string());
    let size = u64::try_from(store.leaves(before)?.len()).unwrap_or(0);
    let base_path = inclusion_path(store, before, size.saturating_sub(1), size)?;
    Ok(ProofEpoch { first_block, hand_over, base_path })
}
