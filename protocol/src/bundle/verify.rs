//! Verifying a bundle item by item: one signature a checkpoint, each segment hashed once, nothing kept but the right edge.

use super::{
    BLOCK_ITEM_LIMIT, BundleBlock, BundleError, BundleFault, BundleHead, BundleKey, HEAD_LIMIT, Kept,
    VerifiedBundle,
};
use crate::{
    block::{Block, SLOTS},
    bytes::{ChainId, Digest},
    cbor,
    checkpoint::{Checkpoint, CosignerRole, UnixSeconds, VerifiedCosignature, verify_checkpoint},
    epoch::{VerifiedEpoch, verify_epoch},
    hash::sha256,
    manifest::{Manifest, ManifestError, Row},
    note::Note,
    quorum::valid_cosignatures,
    sealed_segment::open_segment,
    segment,
    tree::{Frontier, leaf_hash},
};

/// The block whose segments are being read.
struct Pending {
    block: Block,
    manifest: Manifest,
    hashes: [Option<Digest>; SLOTS],
    keys: Vec<BundleKey>,
    /// The next slot to look at.
    slot: usize,
}

/// Takes a bundle's items in order.
pub struct BundleVerifier {
    expected: Option<ChainId>,
    head: Option<BundleHead>,
    next: u64,
    before: Digest,
    epoch: Option<VerifiedEpoch>,
    frontier: Frontier,
    handed_over: bool,
    signed: bool,
    pending: Option<Pending>,
    counts: (u64, u64, u64),
    certified: Option<Kept>,
    settled: Option<Kept>,
}

impl std::fmt::Debug for BundleVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BundleVerifier(block {})", self.next)
    }
}

impl BundleVerifier {
    /// At the beginning of a bundle, of the expected chain when one is.
    pub fn new(expected: Option<ChainId>) -> BundleVerifier {
        BundleVerifier {
            expected,
            head: None,
            next: 0,
            before: Digest::ZERO,
            epoch: None,
            frontier: Frontier::default(),
            handed_over: false,
            signed: false,
            pending: None,
            counts: (0, 0, 0),
            certified: None,
            settled: None,
        }
    }

    /// At most this many bytes may the next item have.
    pub fn limit(&self) -> usize {
        match (&self.head, &self.pending) {
            (None, _) => HEAD_LIMIT,
            (_, Some(_)) => segment::LIMIT,
            _ => BLOCK_ITEM_LIMIT,
        }
    }

    /// Takes the next item, without the head of its byte string.
    ///
    /// # Errors
    /// [`BundleError`] names what is wrong; nothing more may be taken then.
    pub fn take(&mut self, item: &[u8]) -> Result<(), BundleError> {
        if self.head.is_none() {
            return self.take_head(item).map_err(|fault| self.at(None, fault));
        }
        match self.pending.take() {
            Some(mut pending) => {
                let slot = pending.slot;
                self.take_segment(&mut pending, item).map_err(|fault| self.at(Some(slot), fault))?;
                self.go_on(pending)
            }
            None => {
                let pending = self.take_block(item).map_err(|fault| self.at(None, fault))?;
                self.go_on(pending)
            }
        }
    }

    /// At the end of the file.
    ///
    /// # Errors
    /// [`BundleError`] when it ends early, or its last blocks are not signed.
    pub fn finish(self) -> Result<VerifiedBundle, BundleError> {
        if let Some(pending) = &self.pending {
            return Err(self.at(Some(pending.slot), BundleFault::Ends("a sealed segment")));
        }
        let (Some(head), Some(epoch)) = (&self.head, &self.epoch) else {
            return Err(self.at(None, BundleFault::Ends("a head and a first block")));
        };
        if self.next < head.blocks {
            return Err(self.at(None, BundleFault::Ends("another block")));
        }
        if !self.signed {
            return Err(self.at(None, BundleFault::NotSigned));
        }
        let (segments, segment_bytes, readings) = self.counts;
        Ok(VerifiedBundle {
            chain: head.chain,
            first_root: epoch.proposal().first_root,
            epoch: epoch.number(),
            blocks: self.next,
            segments,
            segment_bytes,
            readings: head.with_keys().then_some(readings),
            certified: self.certified,
            settled: self.settled,
        })
    }

    /// An error at the block that is being read: one that is pending, or the next.
    fn at(&self, slot: Option<usize>, fault: BundleFault) -> BundleError {
        let height = self.head.is_some().then_some(self.next);
        BundleError { height, slot: slot.and_then(|slot| u8::try_from(slot).ok()), fault }
    }

    fn take_head(&mut self, item: &[u8]) -> Result<(), BundleFault> {
        let head: BundleHead = cbor::decode(item, HEAD_LIMIT)?;
        if head.version != 1 || head.keys.is_some_and(|keys| keys != 1) {
            return Err(BundleFault::Version(head.version));
        }
        if let Some(expected) = self.expected.filter(|expected| *expected != head.chain) {
            return Err(BundleFault::OtherChain { expected, found: head.chain });
        }
        self.head = Some(head);
        Ok(())
    }

    fn take_block(&mut self, item: &[u8]) -> Result<Pending, BundleFault> {
        let head = self.head.ok_or(BundleFault::Ends("a head"))?;
        if self.next >= head.blocks {
            return Err(BundleFault::Trailing);
        }
        let shown: BundleBlock = cbor::decode(item, BLOCK_ITEM_LIMIT)?;
        let block = Block::from_bytes(&shown.block.0)?;
        self.check_place(&block, &head.chain)?;
        let manifest = Manifest::decode(&shown.manifest.0)?;
        self.before = leaf_hash(&shown.block.0);
        self.frontier.append(self.before);
        self.signed = false;
        if let Some(note) = &shown.note {
            self.take_note(&Note::parse(note)?)?;
        }
        let keys = keys_of(&manifest, shown.keys, head.with_keys())?;
        Ok(Pending { block, manifest, hashes: [None; SLOTS], keys, slot: 0 })
    }

    /// Chain, height and previous hash; a new epoch begins exactly where a certificate stands.
    fn check_place(&mut self, block: &Block, chain: &ChainId) -> Result<(), BundleFault> {
        if (block.chain, block.height, block.prev) != (*chain, self.next, self.before) {
            return Err(BundleFault::DoesNotFollow("another chain, height or previous hash"));
        }
        let current = self.epoch.as_ref().map(VerifiedEpoch::number);
        if block.certificate.is_none() && current == Some(block.epoch) {
            return Ok(());
        }
        if block.certificate.is_some() && current.is_some_and(|current| block.epoch <= current) {
            return Err(BundleFault::DoesNotFollow(
                "a certificate stands only in the first block of an epoch",
            ));
        }
        let epoch = verify_epoch(block, chain, self.epoch.as_ref())?;
        if let (Some(before), Some(base)) = (&self.epoch, epoch.base()) {
            let base = Note::parse(&base.note)?;
            let base = Checkpoint::parse(base.text(), chain, before.number())?;
            if (base.size, base.root) != (self.frontier.size(), self.frontier.root()) {
                return Err(BundleFault::OtherRoot);
            }
        }
        (self.epoch, self.frontier, self.handed_over) = (Some(epoch), Frontier::default(), false);
        Ok(())
    }

    fn take_note(&mut self, note: &Note) -> Result<(), BundleFault> {
        let Some(epoch) = &self.epoch else { return Err(BundleFault::NotSigned) };
        let verified = verify_checkpoint(note, &epoch.chain(), epoch.number(), &epoch.log_key())?;
        let checkpoint = verified.checkpoint();
        if (checkpoint.size, checkpoint.root) != (self.frontier.size(), self.frontier.root()) {
            return Err(BundleFault::OtherRoot);
        }
        self.signed = true;
        let quorum = epoch.circle().quorum();
        let witnesses = valid_cosignatures(note, &checkpoint, epoch, CosignerRole::Witness);
        if quorum.k == 0 || witnesses.len() < quorum.k {
            return Ok(());
        }
        let mirrors = valid_cosignatures(note, &checkpoint, epoch, CosignerRole::Mirror);
        let existed_by = existed_by(&witnesses, quorum.f);
        self.certified = Some(kept(self.next, &witnesses, existed_by));
        if mirrors.len() < quorum.k {
            return Ok(());
        }
        self.handed_over |= checkpoint.size == 1;
        if !self.handed_over {
            return Err(BundleFault::NotHandedOver(epoch.number()));
        }
        self.settled = Some(kept(self.next, &mirrors, existed_by));
        Ok(())
    }

    fn take_segment(&mut self, pending: &mut Pending, item: &[u8]) -> Result<(), BundleFault> {
        if item.len() > segment::LIMIT {
            return Err(BundleFault::TooLarge(item.len()));
        }
        let slot = pending.slot;
        let key = pending.keys.iter().find(|key| usize::from(key.slot) == slot);
        let hash = match key {
            None => sha256(&[item]),
            Some(key) => {
                let opened = open_segment(&pending.block.chain, &key.dek(), item)?;
                let hash = opened.hash();
                let commitment = pending.block.commitments.get(slot);
                let commitment = commitment.ok_or(BundleFault::Keys("no such slot"))?;
                let verified = opened.verify_commitment(commitment)?;
                self.counts.2 += verified.segment().readings().count() as u64;
                hash
            }
        };
        if let Some(place) = pending.hashes.get_mut(slot) {
            *place = Some(hash);
        }
        pending.slot += 1;
        self.counts.0 += 1;
        self.counts.1 += item.len() as u64;
        Ok(())
    }

    /// Waits for the next live slot's segment, or closes the block.
    fn go_on(&mut self, mut pending: Pending) -> Result<(), BundleError> {
        let live = |row: &Row| matches!(row, Row::Live { .. });
        let rest = pending.manifest.rows().iter().skip(pending.slot).position(live);
        if let Some(ahead) = rest {
            pending.slot += ahead;
            self.pending = Some(pending);
            return Ok(());
        }
        let Pending { block, manifest, hashes, .. } = pending;
        manifest.verify(block.height, &block.commitments, &hashes).map_err(|error| {
            let slot = match error {
                ManifestError::Commitment(slot) | ManifestError::Erased(slot) => Some(usize::from(slot)),
                _ => None,
            };
            self.at(slot, error.into())
        })?;
        self.next += 1;
        Ok(())
    }
}

/// The keys of the live slots, one each, ascending; none in a bundle without keys.
fn keys_of(
    manifest: &Manifest,
    keys: Option<Vec<BundleKey>>,
    expected: bool,
) -> Result<Vec<BundleKey>, BundleFault> {
    if keys.is_some() != expected {
        return Err(BundleFault::Keys("the head announces something else"));
    }
    let keys = keys.unwrap_or_default();
    let live = (0u8..).zip(manifest.rows()).filter(|(_, row)| matches!(row, Row::Live { .. }));
    if expected && !live.map(|(slot, _)| slot).eq(keys.iter().map(|key| key.slot)) {
        return Err(BundleFault::Keys("one for each, ascending, is expected"));
    }
    Ok(keys)
}

fn existed_by(witnesses: &[VerifiedCosignature], liars: usize) -> UnixSeconds {
    let mut times: Vec<UnixSeconds> = witnesses.iter().map(VerifiedCosignature::time).collect();
    times.sort_unstable();
    times.get(liars).copied().unwrap_or(UnixSeconds::MAX)
}

fn kept(height: u64, nodes: &[VerifiedCosignature], existed_by: UnixSeconds) -> Kept {
    let nodes = nodes.iter().map(|node| (node.label(), node.time())).collect();
    Kept { height, nodes, existed_by }
}
