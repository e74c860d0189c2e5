//! From segments and control entries to blocks with their manifests.

use super::{Ledger, LedgerError};
use crate::store::{Evidence, Minutes, NewSegment, SealedBlock, Slot};
use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{Blinder, ByteString, ChainId, Commitment, Digest},
    checkpoint::UnixSeconds,
    commitment::{self, Dek},
    control::{self, ControlEntry, ENTRY_LIMIT},
    manifest::{Manifest, Row},
    random::Random,
    sealed_segment::seal_segment,
    segment::Segment,
};

/// A segment that waits for its block, with the raw notifications behind it.
#[derive(Debug)]
pub struct SegmentDraft {
    /// The segment; its evidence root is that of the notifications.
    pub segment: Segment,
    /// The notifications.
    pub evidence: Evidence,
}

/// Where a block goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockPlace {
    pub(super) chain: ChainId,
    pub(super) epoch: u32,
    pub(super) height: u64,
    pub(super) prev: Digest,
    pub(super) time: UnixSeconds,
}

impl Ledger {
    /// Makes blocks of these segments, eight each; the entries stand in the first. Changes nothing yet.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`], [`LedgerError::TooManyEntries`], [`LedgerError::Segment`], [`LedgerError::Random`].
    pub fn build(
        &self,
        drafts: Vec<SegmentDraft>,
        entries: &[ControlEntry],
        time: UnixSeconds,
        random: &mut dyn Random,
    ) -> Result<Vec<SealedBlock>, LedgerError> {
        self.check_not_fenced()?;
        if entries.len() > ENTRY_LIMIT {
            return Err(LedgerError::TooManyEntries(entries.len()));
        }
        let (chain, epoch, prev) = (self.identity.chain, self.head.epoch, self.head.leaf);
        let mut place = BlockPlace { chain, epoch, height: self.head.height + 1, prev, time };
        let mut drafts = drafts.into_iter();
        let mut blocks = Vec::new();
        loop {
            let slots: Vec<SegmentDraft> = drafts.by_ref().take(SLOTS).collect();
            let carries_entries = blocks.is_empty() && !entries.is_empty();
            if slots.is_empty() && !carries_entries {
                return Ok(blocks);
            }
            let (mut block, manifest, segments) = fill(place, slots, random)?;
            if carries_entries {
                let at = (&chain, epoch, place.height);
                block.control = Some(control::seal_entries(&self.control_key, at, entries, random)?.into());
            }
            place = BlockPlace { height: place.height + 1, prev: block.leaf(), ..place };
            blocks.push(SealedBlock { block, manifest, segments });
        }
    }

    /// Takes over blocks that the store has made durable.
    pub fn advance(&mut self, blocks: &[SealedBlock]) {
        for SealedBlock { block, .. } in blocks {
            self.head.height = block.height;
            self.head.leaf = block.leaf();
            self.frontier.append(self.head.leaf);
        }
    }
}

type Filled = (Block, Manifest, Vec<NewSegment>);

/// Seals the segments into the first slots and fills the rest.
fn fill(
    place: BlockPlace,
    drafts: Vec<SegmentDraft>,
    random: &mut dyn Random,
) -> Result<Filled, LedgerError> {
    let (mut rows, mut commitments) = unused(random)?;
    let mut segments = Vec::new();
    let slots = (0u8..).zip(rows.iter_mut().zip(commitments.iter_mut())).zip(drafts);
    for ((slot, (row, commitment)), draft) in slots {
        let new = seal_draft(&place.chain, slot, draft, random)?;
        *row = Row::Live { blinder: new.sealed.blinder, inner: new.sealed.inner };
        *commitment = new.sealed.commitment;
        segments.push(new);
    }
    let block = Block::new(place.chain, place.epoch, (place.height, place.prev), place.time, commitments);
    Ok((block, Manifest::new(place.height, rows), segments))
}

fn unused(random: &mut dyn Random) -> Result<([Row; SLOTS], [Commitment; SLOTS]), LedgerError> {
    let mut blinders = [Blinder::from_bytes([0; 32]); SLOTS];
    for blinder in &mut blinders {
        *blinder = commitment::make_blinder(random)?;
    }
    let rows = blinders.map(|blinder| Row::Unused { blinder });
    Ok((rows, blinders.map(|blinder| commitment::unused(&blinder))))
}

fn seal_draft(
    chain: &ChainId,
    slot: u8,
    draft: SegmentDraft,
    random: &mut dyn Random,
) -> Result<NewSegment, LedgerError> {
    let SegmentDraft { segment, evidence } = draft;
    let dek = Dek::make(random)?;
    let sealed = seal_segment(chain, &dek, &segment, random)?;
    let (range, category) = (segment.range(), segment.category());
    let readings = u32::try_from(segment.readings().count()).unwrap_or(u32::MAX);
    let slot = Slot { slot, category, from: range.start, to: range.end, readings, dek };
    Ok(NewSegment { slot, sealed, evidence, minutes: Minutes::of(&segment) })
}

/// The first block of an epoch: no segment, the certificate, and restated entries.
pub(super) fn first_block(
    place: BlockPlace,
    certificate: Vec<u8>,
    control: Option<Vec<u8>>,
    random: &mut dyn Random,
) -> Result<SealedBlock, LedgerError> {
    let (mut block, manifest, segments) = fill(place, Vec::new(), random)?;
    block.certificate = Some(ByteString(certificate));
    block.control = control.map(ByteString);
    Ok(SealedBlock { block, manifest, segments })
}
