//! Where a record stands, in numbers and words.

use super::{Inner, Record};
use crate::{
    error::Error,
    store::{Counts, RestBytes, StoreError, StoredEpoch, locked},
    sync::Accepted,
};
use pulsebook_protocol::{
    bytes::ByteString,
    circle::{Promise, Quorum},
    proposal::verify_proposal,
};

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordStatus {
    /// The chain's id.
    pub chain: String,
    /// Its epoch; 0 while there is no circle.
    pub epoch: u32,
    /// Blocks sealed.
    pub blocks: u64,
    /// Segments that wait for the next block.
    pub waiting_segments: u32,
    /// Readings that wait for the next block.
    pub waiting_readings: u64,
    /// Nodes in the circle.
    pub circle_nodes: u32,
    /// How many of so many nodes may fail and lie, in one line.
    pub headline: String,
    /// What so many nodes can and cannot promise, in sentences.
    pub promise: Promise,
    /// Why nothing is signed any more, if so, and what comes next.
    pub fenced: Option<String>,
    /// What opening found damaged, if anything.
    pub damage: Vec<String>,
    /// What opening could not do and went on without, such as writing to a full disk.
    pub left_undone: Vec<String>,
}

impl Record {
    /// Where the record stands.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn status(&self) -> Result<RecordStatus, Error> {
        let inner = &self.inner;
        let (counts, segments) = {
            let pipeline = locked(&inner.pipeline);
            (pipeline.counts(), pipeline.staging().segments())
        };
        let (epoch, fenced) = {
            let ledger = locked(&inner.ledger);
            (ledger.epoch(), ledger.fenced())
        };
        let stored = inner.store.epoch(epoch)?;
        let nodes = stored.map_or(Ok(0), |stored| circle_size(&stored))?;
        let fenced = fenced.map(|reason| {
            format!("{reason}; readings are still kept here, nothing is signed until a new epoch begins, which a later version brings")
        });
        Ok(RecordStatus {
            chain: self.chain().to_string(),
            epoch,
            blocks: inner.store.block_count()?,
            waiting_segments: u32::try_from(segments).unwrap_or(u32::MAX),
            waiting_readings: counts.readings,
            circle_nodes: u32::try_from(nodes).unwrap_or(u32::MAX),
            headline: Quorum::of(nodes).headline(),
            promise: Quorum::of(nodes).promise(),
            fenced,
            damage: damage(inner),
            left_undone: inner.left_undone.clone(),
        })
    }

    /// What came in so far, sealed and waiting together.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn counts(&self) -> Result<Counts, Error> {
        let waiting = locked(&self.inner.pipeline).counts();
        Ok(self.inner.store.counts()?.plus(waiting))
    }

    /// How the chain's blocks stand with the circle, as of the last sync.
    ///
    /// # Errors
    /// [`Error::Sync`] when the record's own epochs or notes do not verify.
    pub async fn accepted(&self) -> Result<Accepted, Error> {
        Ok(crate::sync::accepted(&self.inner.store)?)
    }

    /// How many bytes lie where.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn rest_bytes(&self) -> Result<RestBytes, Error> {
        Ok(self.inner.store.rest_bytes()?)
    }
}

fn damage(inner: &Inner) -> Vec<String> {
    let log = inner.store.broken_log().map(|log| {
        format!(
            "{log}: run `pulsebook sync` and `pulsebook verify`, then take the copy away or keep it elsewhere"
        )
    });
    inner.replayed.damage.iter().map(ToString::to_string).chain(log).collect()
}

fn circle_size(epoch: &StoredEpoch) -> Result<usize, Error> {
    let proposal = verify_proposal(&[ByteString(epoch.proposal.clone())], None);
    let verified = proposal.map_err(|_| StoreError::Damaged("an epoch's proposal"))?;
    Ok(verified.proposal().circle.nodes().len())
}
