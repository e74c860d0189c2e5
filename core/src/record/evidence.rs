//! Raw evidence: what is kept, how long, and showing it with the segment that it stands behind.

use super::{Inner, Record, SensorLabel, blocking};
use crate::{
    error::Error,
    event::Event,
    store::{
        EvidenceClass, EvidenceFile, Keep, Keeping, MalformedNotification, Removed, StoreError,
        VerifiedEvidence,
    },
};
use pulsebook_protocol::{bytes::Digest, reading::UnixMillis, vital::Category};
use std::{ops::Range, sync::Arc};

/// The raw notifications behind one sealed segment, held against its evidence root.
#[derive(Debug)]
pub struct SegmentEvidence {
    /// Height of the block.
    pub height: u64,
    /// The slot in it.
    pub slot: u8,
    /// What the segment holds.
    pub category: Category,
    /// Its range, half-open.
    pub range: Range<UnixMillis>,
    /// Its sensor.
    pub sensor: SensorLabel,
    /// Version of the decoders that made its readings.
    pub decoder_version: u16,
    /// The evidence root in it, which the chain has fixed.
    pub root: Digest,
    /// The notifications and the seed of their salts: with both anybody can compute the root again.
    pub evidence: VerifiedEvidence,
}

impl Record {
    /// Every evidence file there is or was, ascending by height of its block.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn evidence_files(&self) -> Result<Vec<EvidenceFile>, Error> {
        let inner = self.inner.clone();
        blocking(move || Ok(inner.store.evidence_files()?)).await
    }

    /// How long evidence of each class is kept.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn evidence_keeping(&self) -> Result<Keeping, Error> {
        Ok(self.inner.store.evidence_keeping()?)
    }

    /// Keeps evidence of a class so long from now on, and removes what is over that time already.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn keep_evidence(&self, class: EvidenceClass, keep: Keep) -> Result<Removed, Error> {
        let inner = self.inner.clone();
        let work = move || {
            inner.store.keep_evidence(class, keep)?;
            Ok(inner.store.expire_evidence(inner.seconds(), true)?)
        };
        let removed = blocking(work).await?;
        self.inner.tell_removed(removed);
        Ok(removed)
    }

    /// What stands behind the segment in a slot; nothing when it was not kept, or not any more.
    ///
    /// # Errors
    /// [`Error::Store`] when segment or evidence are damaged, or do not belong together.
    pub async fn segment_evidence(&self, height: u64, slot: u8) -> Result<Option<SegmentEvidence>, Error> {
        let inner = self.inner.clone();
        blocking(move || inner.segment_evidence(height, slot)).await
    }
}

impl Record {
    /// The first page of malformed notifications from a number on, oldest first, with its number; none at the end.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn malformed_page(
        &self,
        from: u64,
    ) -> Result<Option<(u64, Vec<MalformedNotification>)>, Error> {
        let inner = self.inner.clone();
        blocking(move || Ok(inner.store.malformed_page(from)?)).await
    }
}

impl Inner {
    fn segment_evidence(&self, height: u64, slot: u8) -> Result<Option<SegmentEvidence>, Error> {
        let Some(evidence) = self.store.evidence(height, slot)? else { return Ok(None) };
        let known = self.store.slots(height)?.into_iter().find(|known| known.slot == slot);
        let known = known.ok_or(StoreError::Damaged("a segment"))?;
        let verified = self.store.open_slot(height, &known)?;
        let segment = verified.segment();
        let (sensor, root) = (segment.sensor(), segment.evidence_root());
        Ok(Some(SegmentEvidence {
            height,
            slot,
            category: segment.category(),
            range: segment.range(),
            sensor: SensorLabel {
                id: sensor.id.clone(),
                kind: sensor.kind.clone(),
                origin: segment.origin(),
            },
            decoder_version: segment.decoder_version(),
            root,
            evidence: evidence.verify_root(&root)?,
        }))
    }

    /// Removes evidence that is over its time; a sealing does not fail for it.
    pub(super) async fn expire_evidence(self: &Arc<Self>) {
        let inner = self.clone();
        let now = self.seconds();
        if let Ok(removed) = blocking(move || Ok(inner.store.expire_evidence(now, false)?)).await {
            self.tell_removed(removed);
        }
    }

    fn tell_removed(&self, removed: Removed) {
        if removed.files > 0 {
            let Removed { files, bytes } = removed;
            self.events.tell(|| Event::EvidenceRemoved { files, bytes });
        }
    }
}
