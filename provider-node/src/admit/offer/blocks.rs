//! The blocks of an offer, each against the one before, its manifest, its segments and its epoch.

use super::{Offer, conflict};
use crate::{
    admit::{Admitted, chain::Chain, epoch_upload::bad_epoch},
    node::Node,
    refusal::Refusal,
    store::BlockRow,
};
use pulsebook_protocol::{
    answer::Code,
    block::{Block, SLOTS},
    bytes::{ChainId, Commitment, Digest},
    control::{ControlEntry, open_entries},
    epoch::{EpochError, VerifiedEpoch, verify_epoch},
    manifest::{Manifest, ManifestError, VerifiedManifest},
};

/// The first block of the offer and its verified epoch, when the offer starts one.
pub(super) fn first_of_epoch(chain: &Chain, offer: &Offer) -> Admitted<Option<(Block, VerifiedEpoch)>> {
    if chain.epoch(offer.epoch).is_some() {
        return Ok(None);
    }
    if offer.old_size != 0 {
        return Err(conflict(chain));
    }
    let bytes = offer.blocks.first().ok_or_else(|| conflict(chain))?;
    let block = Block::from_bytes(&bytes.0).map_err(bad_block)?;
    let epoch = verify_epoch(&block, &chain.row.chain, chain.newest()).map_err(refuse_epoch)?;
    let announced = chain
        .announced(offer.epoch)
        .ok_or_else(|| Refusal::missing(format!("proposal and control key of epoch {}", offer.epoch)))?;
    if chain.proposal(announced)? != *epoch.proposal() || epoch.number() != offer.epoch {
        return Err(bad_epoch("its proposal is not the one that was uploaded here"));
    }
    if epoch.proposal().first_root != chain.row.first_root {
        return Err(bad_epoch("it is of another root than the one that enrolled"));
    }
    Ok(Some((block, epoch)))
}

fn refuse_epoch(error: EpochError) -> Refusal {
    match error {
        EpochError::UnsupportedEpoch(_) => {
            Refusal::new(Code::UnsupportedEpoch, "epoch 0 or 1", "use a newer version of the node")
                .because(error)
        }
        other => bad_epoch(other),
    }
}

/// Verifies every block of the offer, in order.
pub(super) fn verify_all(
    node: &Node,
    chain: &Chain,
    offer: &Offer,
    epoch: &VerifiedEpoch,
) -> Admitted<Vec<BlockRow>> {
    let control_key = &chain.announced(offer.epoch).ok_or_else(|| conflict(chain))?.control_key;
    let mut before = match &chain.head {
        Some(head) => Some(held(node, chain, head.height)?),
        None => None,
    };
    let blocks = offer.blocks.iter().map(|bytes| Block::from_bytes(&bytes.0).map_err(bad_block));
    let blocks = blocks.collect::<Admitted<Vec<Block>>>()?;
    let hashes = segment_hashes(node, &chain.row.chain, &blocks)?;
    let mut rows = Vec::with_capacity(offer.blocks.len());
    for (((block, hashes), bytes), manifest) in
        blocks.into_iter().zip(&hashes).zip(&offer.blocks).zip(&offer.manifests)
    {
        check_link(&block, before.as_ref(), epoch)?;
        let manifest = verify_manifest(&block, hashes, &manifest.0).map(|live| (manifest.0.clone(), live))?;
        let entries = match &block.control {
            Some(sealed) => open(control_key, &block, &sealed.0)?,
            None => Vec::new(),
        };
        rows.push(BlockRow {
            height: block.height,
            epoch: block.epoch,
            leaf: block.leaf(),
            block: bytes.0.clone(),
            manifest: manifest.0,
            live: manifest.1.live().iter().map(|slot| (slot.slot, slot.commitment)).collect(),
            entries,
        });
        before = Some(block);
    }
    Ok(rows)
}

fn held(node: &Node, chain: &Chain, height: u64) -> Admitted<Block> {
    let row = node.store.block(&chain.row.chain, height)?.ok_or_else(|| conflict(chain))?;
    Block::from_bytes(&row.block).map_err(super::super::chain::corrupt)
}

fn check_link(block: &Block, before: Option<&Block>, epoch: &VerifiedEpoch) -> Admitted<()> {
    match before {
        Some(before) => block.follows(before).map_err(bad_block)?,
        None if (block.height, block.prev) == (0, Digest::ZERO) => {}
        None => return Err(bad_block("the first block has height 0 and nothing before it")),
    }
    if (block.chain, block.epoch) != (epoch.chain(), epoch.number()) {
        return Err(bad_block("it is of another chain or epoch than the offer"));
    }
    if block.certificate.is_some() != (block.leaf() == epoch.first_leaf()) {
        return Err(bad_block("the first block of an epoch carries its certificate, and no other"));
    }
    Ok(())
}

type SlotHashes = [Option<Digest>; SLOTS];

/// What is held of each block's slots, asked for together.
fn segment_hashes(node: &Node, chain: &ChainId, blocks: &[Block]) -> Admitted<Vec<SlotHashes>> {
    let asked: Vec<Commitment> = blocks.iter().flat_map(|block| block.commitments).collect();
    let found = node.store.segment_hashes(chain, &asked)?;
    let (hashes, rest) = found.as_chunks::<SLOTS>();
    if hashes.len() != blocks.len() || !rest.is_empty() {
        return Err(super::super::chain::corrupt_slots());
    }
    Ok(hashes.to_vec())
}

fn verify_manifest(block: &Block, hashes: &SlotHashes, bytes: &[u8]) -> Admitted<VerifiedManifest> {
    let manifest = Manifest::decode(bytes).map_err(bad_manifest)?;
    manifest.verify(block.height, &block.commitments, hashes).map_err(|error| match error {
        ManifestError::MissingSegment(slot) => {
            let commitment = block.commitments.get(usize::from(slot)).map(ToString::to_string);
            Refusal::missing(format!("segment {}", commitment.unwrap_or_default())).because(error)
        }
        other => bad_manifest(other),
    })
}

fn open(
    control_key: &pulsebook_protocol::secret::Secret32,
    block: &Block,
    sealed: &[u8],
) -> Admitted<Vec<ControlEntry>> {
    open_entries(control_key, (&block.chain, block.epoch, block.height), sealed).map_err(|error| {
        let advice = "upload the epoch's control key, or use a newer version of the node";
        Refusal::new(Code::BadEntry, "entries that open under the epoch's control key", advice).because(error)
    })
}

fn bad_block(reason: impl std::fmt::Display) -> Refusal {
    let advice = "fetch the head and offer the blocks that follow it";
    Refusal::new(Code::BadBlock, "blocks that follow docs/protocol.md §4", advice).because(reason)
}

fn bad_manifest(reason: impl std::fmt::Display) -> Refusal {
    let advice = "upload the segments again, then offer with their manifest";
    Refusal::new(Code::BadManifest, "a manifest that leads to the block's commitments", advice)
        .because(reason)
}
