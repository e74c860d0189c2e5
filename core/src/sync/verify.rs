//! Checking what is held: our own chain from the first block on, and each node's copy against it.

use super::{
    client::{NodeClient, Signing},
    error::{NodeError, SyncError},
    node::NodeTransport,
    own::OwnChain,
};
use crate::store::{Store, StoredBlock};
use pulsebook_protocol::{
    bytes::{Digest, NodeLabel},
    checkpoint::verify_checkpoint,
    hash::sha256,
    manifest::Manifest,
    owner::HeldBlock,
    tree::{Frontier, leaf_hash},
};
use std::{collections::BTreeMap, ops::RangeInclusive};

const BLOCKS_AT_A_TIME: u32 = 32;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Height of the block.
    pub height: u64,
    /// Its slot, when it is about a segment.
    pub slot: Option<u8>,
    /// What differs, in words.
    pub words: String,
}

/// What was checked in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Blocks that were compared.
    pub blocks: u64,
    /// Segments that were compared.
    pub segments: u64,
    /// What differs.
    pub findings: Vec<Finding>,
    /// What is wrong with what is derived from the segments, here alone; it has been made again.
    pub derived: Vec<String>,
    /// Why the check ended early, in words.
    pub trouble: Option<String>,
}

/// One node's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCheck {
    /// The node.
    pub label: NodeLabel,
    /// The organisation's name.
    pub name: String,
    /// What was found.
    pub checked: Checked,
}

/// What a verify found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Our own database.
    pub own: Checked,
    /// Each node's copy, ascending by label.
    pub nodes: Vec<NodeCheck>,
}

impl Checked {
    fn find(&mut self, height: u64, slot: Option<u8>, words: impl Into<String>) {
        self.findings.push(Finding { height, slot, words: words.into() });
    }
}

/// Checks our own chain: blocks on their path, manifests against the bytes of the segments, checkpoints against the tree.
///
/// # Errors
/// [`SyncError`] when the store fails or our own epochs do not verify.
pub fn verify_own(store: &Store) -> Result<Checked, SyncError> {
    store.check_pages()?;
    let own = OwnChain::load(store, store.block_count()?.saturating_sub(1))?;
    let mut checked = Checked::default();
    let mut before = Digest::ZERO;
    let mut tree = Tree::default();
    let mut next = 0;
    loop {
        let blocks = store.blocks(next, BLOCKS_AT_A_TIME)?;
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(checked) };
        let mut segments = hash_segments(store, first.height..=last.height)?;
        for stored in &blocks {
            if stored.height != next {
                checked.find(next, None, "the block is missing");
            }
            next = stored.height + 1;
            let segments = segments.remove(&stored.height).unwrap_or_default();
            check_own_block(stored, &segments, before, &mut checked);
            before = leaf_hash(&stored.bytes);
            tree.append(store, stored.epoch, before)?;
            if tree.is_noted() {
                check_own_note(store, &own, stored, &tree.frontier, &mut checked)?;
            }
            checked.blocks += 1;
        }
    }
}

/// The log of an epoch as far as its blocks were walked, and the sizes of it that were signed.
#[derive(Default)]
struct Tree {
    epoch: Option<u32>,
    frontier: Frontier,
    noted: Vec<u64>,
}

impl Tree {
    fn append(&mut self, store: &Store, epoch: u32, leaf: Digest) -> Result<(), SyncError> {
        if self.epoch != Some(epoch) {
            *self =
                Tree { epoch: Some(epoch), frontier: Frontier::default(), noted: store.noted_sizes(epoch)? };
        }
        self.frontier.append(leaf);
        Ok(())
    }

    fn is_noted(&self) -> bool {
        self.noted.binary_search(&self.frontier.size()).is_ok()
    }
}

/// What the bytes of a block's segments hash to, and whether that is what was stored with them; by slot.
type Hashed = [Option<(Digest, bool)>; 8];

fn hash_segments(store: &Store, heights: RangeInclusive<u64>) -> Result<BTreeMap<u64, Hashed>, SyncError> {
    let mut hashed = BTreeMap::<u64, Hashed>::new();
    store.each_segment(heights, |height, slot, stored, bytes| {
        let found = sha256(&[bytes]);
        let of_block = hashed.entry(height).or_default();
        if let Some(hash) = of_block.get_mut(usize::from(slot)) {
            *hash = Some((found, found.as_bytes() == stored));
        }
    })?;
    Ok(hashed)
}

fn check_own_block(stored: &StoredBlock, segments: &Hashed, before: Digest, checked: &mut Checked) {
    let height = stored.height;
    let Ok(block) = Store::parse(stored) else {
        return checked.find(height, None, "the block cannot be read");
    };
    if (block.height, block.epoch, block.prev) != (height, stored.epoch, before) {
        checked.find(height, None, "the block does not follow on the one before");
    }
    for (slot, (_, as_stored)) in (0..).zip(segments).filter_map(|(slot, hash)| Some((slot, (*hash)?))) {
        if !as_stored {
            checked.find(height, Some(slot), "the segment's bytes were altered");
        }
        checked.segments += 1;
    }
    let hashes = segments.map(|hash| hash.map(|(found, _)| found));
    let verified = Manifest::decode(&stored.manifest)
        .and_then(|manifest| manifest.verify(height, &block.commitments, &hashes));
    if let Err(error) = verified {
        checked.find(height, None, error.to_string());
    }
}

fn check_own_note(
    store: &Store,
    own: &OwnChain,
    stored: &StoredBlock,
    tree: &Frontier,
    checked: &mut Checked,
) -> Result<(), SyncError> {
    let Some(note) = store.note(stored.epoch, tree.size())? else { return Ok(()) };
    let log_key = own.epoch(stored.epoch)?.log_key();
    match verify_checkpoint(&note, &own.chain, stored.epoch, &log_key) {
        Ok(verified) if verified.checkpoint().root == tree.root() => {}
        Ok(_) => {
            checked.find(stored.height, None, "the signed checkpoint has another root than the blocks give")
        }
        Err(error) => checked.find(stored.height, None, error.to_string()),
    }
    Ok(())
}

/// What of a node's segments is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The SHA-256 that the node says it has just computed.
    Hashes,
    /// The bytes, fetched one segment at a time and hashed here.
    Bytes,
}

/// How a node's copy is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// What of its segments is compared.
    pub depth: Depth,
    /// Our own copy is known to be behind: where the node goes on otherwise the check ends, and nobody is accused.
    pub old_copy: bool,
}

/// Compares a node's copy with ours, block by block up to its head. Ends early only when it does not answer.
///
/// # Errors
/// [`SyncError`] when our own store fails; whatever the node does is in the result.
pub async fn verify_node(
    store: &Store,
    transport: &dyn NodeTransport,
    signing: &Signing<'_>,
    how: How,
) -> Result<Checked, SyncError> {
    let client = NodeClient::new(transport, signing);
    let mut checked = Checked::default();
    match compare(store, client, &mut checked, how).await {
        Ok(()) => {}
        Err(NodeError::Own(error)) => return Err(error),
        Err(error) => checked.trouble = Some(error.to_string()),
    }
    Ok(checked)
}

const OLD_COPY: &str = "this device holds an old copy of the record; the nodes are ahead";

async fn compare(
    store: &Store,
    client: NodeClient<'_>,
    checked: &mut Checked,
    how: How,
) -> Result<(), NodeError> {
    let old_copy = how.old_copy;
    let Some(last) = client.head().await?.height else { return Ok(()) };
    let mut next = 0;
    while next <= last {
        let blocks = store.blocks(next, BLOCKS_AT_A_TIME)?;
        if blocks.is_empty() {
            if old_copy {
                return Err(NodeError::Head(OLD_COPY.to_owned()));
            }
            checked.find(
                next,
                None,
                format!("the node says that it holds blocks up to {last}; we have none from here on"),
            );
            return Ok(());
        }
        for stored in blocks.iter().filter(|stored| stored.height <= last) {
            match client.block(stored.height).await {
                Ok(held) if old_copy && held.block.0 != stored.bytes => {
                    return Err(NodeError::Head(OLD_COPY.to_owned()));
                }
                Ok(held) => {
                    compare_block(store, stored, &held, checked)?;
                    if how.depth == Depth::Bytes {
                        fetch_segments(store, client, stored, checked).await?;
                    }
                }
                Err(error @ NodeError::Refused { .. }) => {
                    checked.find(stored.height, None, error.to_string())
                }
                Err(error) => return Err(error),
            }
        }
        next = blocks.last().map_or(last, |block| block.height) + 1;
    }
    Ok(())
}

fn compare_block(
    store: &Store,
    stored: &StoredBlock,
    held: &HeldBlock,
    checked: &mut Checked,
) -> Result<(), SyncError> {
    let height = stored.height;
    checked.blocks += 1;
    if held.block.0 != stored.bytes {
        checked.find(height, None, "the block's bytes are not those that were sent");
    }
    if held.manifest.0 != stored.manifest {
        checked.find(height, None, "the manifest's bytes are not those that were sent");
    }
    for (slot, ours) in (0_u8..).zip(store.segment_hashes(height)?) {
        let theirs = held.segments.iter().find(|segment| segment.slot == slot).map(|segment| segment.hash);
        checked.segments += u64::from(ours.is_some());
        match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                let words =
                    format!("the segment's bytes were altered: expected SHA-256 {ours}, found {theirs}");
                checked.find(height, Some(slot), words);
            }
            (Some(_), None) => checked.find(height, Some(slot), "the segment is missing"),
            (None, Some(_)) => checked.find(height, Some(slot), "a segment that was never sent"),
            _ => {}
        }
    }
    Ok(())
}

/// Fetches the block's segments and hashes them here. One that differs is told once, here or by its hash before.
async fn fetch_segments(
    store: &Store,
    client: NodeClient<'_>,
    stored: &StoredBlock,
    checked: &mut Checked,
) -> Result<(), NodeError> {
    let height = stored.height;
    let block = Store::parse(stored)?;
    for (slot, ours) in (0_u8..).zip(store.segment_hashes(height)?) {
        let (Some(ours), Some(commitment)) = (ours, block.commitments.get(usize::from(slot))) else {
            continue;
        };
        let told = |finding: &Finding| (finding.height, finding.slot) == (height, Some(slot));
        if checked.findings.iter().rev().any(told) {
            continue;
        }
        match client.segment(commitment).await {
            Ok(bytes) if sha256(&[&bytes]) == ours => {}
            Ok(_) => {
                let words = "the node gives the right SHA-256, but serves other bytes";
                checked.find(height, Some(slot), words);
            }
            Err(error @ NodeError::Refused { .. }) => checked.find(height, Some(slot), error.to_string()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
