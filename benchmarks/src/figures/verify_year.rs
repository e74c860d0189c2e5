//! Verifying a year of blocks with their segments, as `pulsebook verify` does with the own database.

use super::{Scale, Tell};
use crate::{
    measure::{Scratch, median, timed},
    row::{Bound, Row},
    sealed_year::{open_store, seal_hours, vault},
    trouble::Outcome,
    world::block_on,
};
use pulsebook_core::{store::Store, sync::verify_own};
use pulsebook_protocol::{checkpoint::verify_checkpoint, epoch::verify_epoch, hash::sha256};

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("verify")?;
    let folder = scratch.file("year");
    let store = block_on(async {
        seal_hours(&folder, scale.year_hours, None).await?;
        open_store(&folder, &vault(&folder)?).await
    })?;
    let bytes = everything(&store)?;
    let (mut ours, mut hash, mut checked) = (Vec::new(), Vec::new(), 0);
    for _ in 0..scale.rounds {
        let (found, cpu, _) = timed(|| Ok(verify_own(&store)?))?;
        if !found.findings.is_empty() {
            return Err(format!("an untouched record has findings: {:?}", found.findings.first()).into());
        }
        checked = found.blocks;
        ours.push(cpu);
        hash.push(
            timed(|| Ok(bytes.iter().map(|part| sha256(&[part]).as_bytes()[0]).fold(0, u8::wrapping_add)))?.1,
        );
    }
    let size: f64 = bytes.iter().map(|part| part.len() as f64).sum();
    let speed = |seconds: &[f64]| size / 1e6 / median(seconds);
    let name =
        format!("verify {checked} blocks with their segments, {:.0} MB, from the database", size / 1e6);
    let beside = (speed(&hash), "MB/s: SHA-256 of the same bytes");
    tell(Row::ratio(&name, (speed(&ours), "MB/s"), beside, Bound::AtLeast(0.5)))?;
    let (signatures, spent, _) = timed(|| signatures(&store))?;
    let share = 100.0 * spent / median(&ours);
    let words = format!("{signatures} Ed25519 verifications, {share:.0} % of all");
    tell(Row::printed("signatures of checkpoints among it, processor time", (spent * 1e3, "ms"), &words))
}

/// What a verify does that is no hashing: each signed checkpoint of the one epoch is verified. How many.
fn signatures(store: &Store) -> Outcome<usize> {
    let chain = store.identity().chain;
    let first = store.block(0)?.ok_or("the first block is missing")?;
    let log_key = verify_epoch(&Store::parse(&first)?, &chain, None)?.log_key();
    let notes = store.notes(0, u32::MAX)?;
    for (_, note) in &notes {
        verify_checkpoint(note, &chain, 0, &log_key)?;
    }
    Ok(notes.len())
}

/// Every block, manifest and segment.
fn everything(store: &Store) -> Outcome<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    for height in 0..store.block_count()? {
        let block = store.block(height)?.ok_or("a block is missing")?;
        parts.push(block.bytes);
        parts.push(block.manifest);
        for slot in 0..8 {
            parts.extend(store.segment(height, slot)?.map(|segment| segment.bytes));
        }
    }
    Ok(parts)
}
