//! One sealing, one transaction: blocks, segments, keys, evidence (its files are durable before), counters and how far the
//! journal is done with.

use super::{
    RawNotification, Store, counters,
    counters::Counts,
    epochs::directory_place,
    error::StoreError,
    evidence::Evidence,
    fetched::StoredFetch,
    page::Place,
    rollups::Minutes,
    rows,
    segments::{HOUR_MS, Slot, row_of},
    step::commit,
};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{
    block::Block, bytes::NodeLabel, keyring, manifest::Manifest, random::Random,
    sealed_segment::SealedSegment,
};
use rusqlite::Connection;

/// A segment that goes into a block.
#[derive(Debug)]
pub struct NewSegment {
    /// What the phone keeps about it.
    pub slot: Slot,
    /// Its sealed bytes and names.
    pub sealed: SealedSegment,
    /// The raw notifications behind it.
    pub evidence: Evidence,
    /// Its readings summed up.
    pub minutes: Minutes,
}

/// A block with everything in it.
#[derive(Debug)]
pub struct SealedBlock {
    /// The block.
    pub block: Block,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its live slots.
    pub segments: Vec<NewSegment>,
}

/// What begins with the first block of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEpoch {
    /// The proposal's COSE bytes.
    pub proposal: Vec<u8>,
    /// The directory's COSE bytes; none in epoch 0.
    pub directory: Option<Vec<u8>>,
    /// Nodes that are confirmed by it.
    pub confirmed: Vec<NodeLabel>,
}

/// Everything that one sealing changes.
#[derive(Debug, Default)]
pub struct Sealing {
    /// Its blocks, ascending; none when only malformed notifications waited.
    pub blocks: Vec<SealedBlock>,
    /// The epoch that the first of them begins.
    pub epoch: Option<NewEpoch>,
    /// Malformed notifications, with their sensor.
    pub malformed: Vec<(String, RawNotification)>,
    /// What was counted since the last sealing.
    pub counts: Counts,
    /// Which records of sensors' memories are in these blocks.
    pub fetched: Vec<StoredFetch>,
    /// Number of the last journal file whose content is in these blocks.
    pub journal_through: Option<u64>,
}

impl Store {
    /// Makes a sealing durable, all of it or nothing.
    ///
    /// `period_time` (UTC seconds) chooses the key period of malformed notifications.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed then.
    pub fn commit(
        &self,
        sealing: &Sealing,
        period_time: u64,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let done = self.try_commit(sealing, period_time, random);
        if done.is_err() {
            self.sealer.forget_periods();
        }
        done
    }

    fn try_commit(
        &self,
        sealing: &Sealing,
        period_time: u64,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let evidence = self.write_evidence(&sealing.blocks, random)?;
        // Nodes are opened and sealed again before the transaction takes the database.
        let nodes = self.nodes()?;
        let mut db = self.db();
        let step = db.transaction()?;
        if let (Some(epoch), Some(first)) = (&sealing.epoch, sealing.blocks.first()) {
            self.insert_epoch(&step, &first.block, epoch, random)?;
            for node in nodes.into_iter().filter(|node| epoch.confirmed.contains(&node.label)) {
                self.confirm(&step, node, random)?;
            }
        }
        for sealed in &sealing.blocks {
            self.insert_block(&step, sealed, random)?;
        }
        self.insert_evidence(&step, &evidence, random)?;
        self.sum_up(&step, &sealing.blocks, random)?;
        if !sealing.malformed.is_empty() {
            self.insert_malformed(&step, keyring::page_number(period_time), &sealing.malformed, random)?;
        }
        self.insert_fetched(&step, &sealing.fetched, random)?;
        counters::add(&step, sealing.counts)?;
        if let Some(number) = sealing.journal_through {
            counters::set_journal_through(&step, number)?;
        }
        commit((Point::SealCommit, Point::SealCommitted), step)
    }

    fn sum_up(
        &self,
        db: &Connection,
        blocks: &[SealedBlock],
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(()) };
        let mut minutes = Minutes::default();
        let segments = blocks.iter().flat_map(|sealed| &sealed.segments);
        segments.for_each(|segment| minutes.merge(&segment.minutes));
        self.add_rollups(db, first.block.height..=last.block.height, &minutes, random)
    }

    fn insert_epoch(
        &self,
        db: &Connection,
        first: &Block,
        new: &NewEpoch,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let key = rows::be(first.epoch.into());
        let place = Place { table: "epochs", column: "directory", key: &directory_place(&key), plain: &[] };
        let directory = match &new.directory {
            Some(directory) => Some(self.sealer.seal(place, directory, random)?),
            None => None,
        };
        let sql = "INSERT INTO epochs (epoch, first_height, proposal, directory) VALUES (?1, ?2, ?3, ?4)";
        db.execute(sql, (first.epoch, rows::to_sql(first.height), &new.proposal, directory))?;
        Ok(())
    }

    fn insert_block(
        &self,
        db: &Connection,
        sealed: &SealedBlock,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let SealedBlock { block, manifest, segments } = sealed;
        let (height, time) = (block.height, block.time);
        let sql = "INSERT INTO blocks (height, epoch, leaf, has_entries, block, manifest) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (leaf, entries) = (*block.leaf().as_bytes(), block.control.is_some());
        let row = (rows::to_sql(height), block.epoch, leaf, entries, block.to_bytes(), manifest.encode());
        db.prepare_cached(sql)?.execute(row)?;
        if segments.is_empty() {
            return Ok(());
        }
        let slots: Vec<&Slot> = segments.iter().map(|segment| &segment.slot).collect();
        self.insert_slots(db, (height, time), &slots, random)?;
        for NewSegment { slot, sealed, .. } in segments {
            let hour = slot.from.div_euclid(HOUR_MS);
            let sql = "INSERT INTO segments (place, hour, hash, sealed) VALUES (?1, ?2, ?3, ?4)";
            let row = (row_of(height, slot.slot), hour, sealed.hash.as_bytes(), &sealed.bytes);
            db.prepare_cached(sql)?.execute(row)?;
        }
        Ok(())
    }
}
