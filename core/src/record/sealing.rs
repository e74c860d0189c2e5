//! Sealing: what waits becomes blocks, durable first, signed after.

use super::{Inner, Record, blocking};
use crate::{
    error::Error,
    event::Event,
    store::{SealedBlock, Sealing, locked},
};
use pulsebook_protocol::control::ControlEntry;
use std::sync::Arc;

/// What a sealing made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SealSummary {
    /// Blocks.
    pub blocks: u32,
    /// Segments in them.
    pub segments: u32,
    /// Height of the last block now.
    pub height: u64,
}

impl Record {
    /// Seals everything that waits, now ("share now"); without anything waiting it makes no block.
    ///
    /// # Errors
    /// [`Error::Ledger`] when the record is fenced, [`Error::Draft`] when readings make no segment, [`Error::Store`] or [`Error::Vault`] when one fails; nothing is lost.
    pub async fn seal(&self) -> Result<SealSummary, Error> {
        self.inner.seal(Vec::new()).await
    }
}

impl Inner {
    /// Seals everything that waits, with control entries in the first block; entries alone make a block too.
    pub(crate) async fn seal(self: &Arc<Self>, entries: Vec<ControlEntry>) -> Result<SealSummary, Error> {
        let _turn = self.turn.lock().await;
        let inner = self.clone();
        let blocks = blocking(move || inner.seal_blocks(&entries)).await?;
        // Also without a new block: a signing that failed before is caught up.
        self.sign_head().await?;
        for (height, segments) in &blocks {
            let (height, segments) = (*height, *segments);
            self.events.tell(|| Event::Sealed { height, segments });
        }
        if !blocks.is_empty() {
            self.expire_evidence().await;
        }
        Ok(SealSummary {
            blocks: u32::try_from(blocks.len()).unwrap_or(u32::MAX),
            segments: blocks.iter().map(|(_, segments)| segments).sum(),
            height: locked(&self.ledger).head().height,
        })
    }

    /// Everything up to durable: height and number of segments of each block.
    fn seal_blocks(&self, entries: &[ControlEntry]) -> Result<Vec<(u64, u32)>, Error> {
        let mut pipeline = locked(&self.pipeline);
        let (mut ledger, mut random) = (locked(&self.ledger), locked(&self.random));
        if pipeline.staging().is_empty() && entries.is_empty() {
            return Ok(Vec::new());
        }
        let time = self.seconds();
        let drafts = pipeline.staging().drafts(&mut **random)?;
        let sealing = Sealing {
            blocks: ledger.build(drafts, entries, time, &mut **random)?,
            epoch: None,
            malformed: pipeline.staging().malformed().to_vec(),
            counts: pipeline.counts(),
            fetched: pipeline.fetched(),
            journal_through: pipeline.last_file(),
        };
        self.store.commit(&sealing, time, &mut **random)?;
        ledger.advance(&sealing.blocks);
        let receives = pipeline.receives();
        pipeline.sealed();
        // What cannot be deleted now is skipped by number and deleted with the next sealing.
        let _ = self.store.drop_journal();
        if receives {
            pipeline.make_ready(&self.store, &mut **random);
        }
        Ok(sealing.blocks.iter().map(summary).collect())
    }
}

fn summary(sealed: &SealedBlock) -> (u64, u32) {
    (sealed.block.height, u32::try_from(sealed.segments.len()).unwrap_or(u32::MAX))
}
