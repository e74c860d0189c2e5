//! A chain that was handed over to a circle: what notes, histories and proofs are made from.

use crate::key;
use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{ByteString, ChainId, Commitment, Digest, NodeLabel, Salt16},
    checkpoint::{Checkpoint, CosignerRole},
    circle::{Circle, CircleNode},
    epoch::{Base, sign_epoch_certificate},
    hash::sha256,
    key::SigningKey,
    key_certificate::NodeKeys,
    note::Note,
    proof::ProofEpoch,
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, chain_id, sign_proposal},
    quorum::{HistoryError, ShownEpoch, VerifiedHistory, verify_history},
    read::ReadEpoch,
    secret::Secret32,
    tree,
};

const SALT: Salt16 = Salt16::from_bytes([0x5a; 16]);

/// Nodes of the circle, blocks of epoch 0, blocks of epoch 1 after its first.
pub(crate) type Shape = (u8, usize, usize);

/// A chain of two epochs and its circle.
#[derive(Debug)]
pub(crate) struct Handed {
    pub(crate) chain: ChainId,
    log: SigningKey,
    nodes: Vec<(NodeKeys, NodeLabel)>,
    pub(crate) epochs: [ReadEpoch; 2],
    blocks: [Vec<Block>; 2],
}

/// Keys of one patient, by number.
fn keys(seed: [u8; 31]) -> impl Fn(u8) -> SigningKey {
    move |number| {
        let mut bytes = [number; 32];
        bytes[..31].copy_from_slice(&seed);
        key(bytes)
    }
}

/// So many blocks, one on the other.
fn blocks(
    chain: ChainId,
    epoch: u32,
    first: (u64, Digest),
    certificate: Vec<u8>,
    (slots, count): ([Commitment; SLOTS], usize),
) -> Vec<Block> {
    let (mut place, mut certificate, mut blocks) = (first, Some(ByteString(certificate)), Vec::new());
    for _ in 0..count {
        let mut block = Block::new(chain, epoch, place, 7200, slots);
        block.certificate = certificate.take();
        place = (place.0 + 1, block.leaf());
        blocks.push(block);
    }
    blocks
}

fn over(chain: ChainId, epoch: u32, blocks: &[Block]) -> (Checkpoint, Vec<Digest>) {
    let leaves: Vec<Digest> = blocks.iter().map(Block::leaf).collect();
    (Checkpoint { chain, epoch, size: leaves.len() as u64, root: tree::root(&leaves) }, leaves)
}

impl Handed {
    /// Which chain has this seed.
    pub(crate) fn chain_of(seed: [u8; 31]) -> ChainId {
        chain_id(&keys(seed)(1).public(), &SALT)
    }

    pub(crate) fn make(seed: [u8; 31], count: u8, before: usize) -> Handed {
        Handed::of_blocks(seed, (count, before, 0), [Commitment::from_bytes([7; 32]); SLOTS])
    }

    /// Every block has these slots.
    pub(crate) fn of_blocks(seed: [u8; 31], shape: Shape, slots: [Commitment; SLOTS]) -> Handed {
        let (count, before, after) = shape;
        let of = keys(seed);
        let chain = Handed::chain_of(seed);
        let node = |number: u8| {
            let keys = NodeKeys::derive(&Secret32::from_bytes([number + 100; 32]), &chain, 0).unwrap();
            (keys, NodeLabel::from_bytes([number; 8]))
        };
        let nodes: Vec<(NodeKeys, NodeLabel)> = (0..count).map(node).collect();
        let member = |(keys, label): &(NodeKeys, NodeLabel)| CircleNode {
            label: *label,
            witness: keys.witness.public(),
            mirror: keys.mirror.public(),
            entry: keys.entry.public(),
        };
        let circles =
            [Vec::new(), nodes.iter().map(member).collect()].map(|nodes| Circle::new(nodes).unwrap());
        let propose = |epoch: u8, previous| {
            let (root, log, consent, device) = (of(1), of(10 + epoch), of(20 + epoch), of(30));
            let terms = ProposalTerms {
                salt: SALT,
                epoch: epoch.into(),
                previous,
                circle: circles[usize::from(epoch)].clone(),
                control_check: Digest::ZERO,
                directory_hash: (epoch > 0).then_some(Digest::ZERO),
                grants_kept: GrantsKept::All,
            };
            sign_proposal(ProposalKeys { root: &root, log: &log, consent: &consent, device: &device }, terms)
        };
        let certificate = sign_epoch_certificate(&of(10), &[propose(0, None)], None);
        let previous = Some(sha256(&[&certificate]));
        let first = blocks(chain, 0, (0, Digest::ZERO), certificate, (slots, before));
        let (checkpoint, leaves) = over(chain, 0, &first);
        let (height, leaf) = (before as u64 - 1, *leaves.last().unwrap());
        let base_note = checkpoint.sign(&of(10)).unwrap().to_string();
        let base = Base { epoch: 0, height, leaf, note: base_note.clone() };
        let certificate = sign_epoch_certificate(&of(11), &[propose(1, previous)], Some(base));
        let second = blocks(chain, 1, (height + 1, leaf), certificate, (slots, 1 + after));
        let base_path = tree::inclusion_proof(&leaves, before - 1);
        let mut handed = Handed {
            chain,
            log: of(11),
            nodes,
            epochs: [
                ReadEpoch { first_block: first[0].to_bytes().into(), note: base_note, base_path: Vec::new() },
                ReadEpoch { first_block: second[0].to_bytes().into(), note: String::new(), base_path },
            ],
            blocks: [first, second],
        };
        let handed_over = over(chain, 1, &handed.blocks[1][..1]).0;
        handed.epochs[1].note = handed.note(handed_over, u8::MAX, u8::MAX).to_string();
        handed
    }

    /// A note of epoch 1 with the cosignatures of these nodes, a bit each; the time tells which node it was.
    pub(crate) fn note(&self, checkpoint: Checkpoint, witnesses: u8, mirrors: u8) -> Note {
        let mut note = checkpoint.sign(&self.log).unwrap();
        for (number, (keys, label)) in (0u64..).zip(&self.nodes) {
            let roles = [
                (witnesses, &keys.witness, CosignerRole::Witness),
                (mirrors, &keys.mirror, CosignerRole::Mirror),
            ];
            for (_, key, role) in roles.into_iter().filter(|(who, ..)| who >> number & 1 == 1) {
                note.push(checkpoint.cosign(key, label, role, 9000 + number)).unwrap();
            }
        }
        note
    }

    pub(crate) fn history(&self) -> Result<VerifiedHistory, HistoryError> {
        let notes = self.epochs.each_ref().map(|epoch| Note::parse(&epoch.note).unwrap());
        let shown = self.epochs.iter().zip(&notes).enumerate().map(|(number, (epoch, note))| ShownEpoch {
            first_block: &epoch.first_block.0,
            hand_over: (number > 0).then_some(note),
            base_path: &epoch.base_path,
        });
        verify_history(&self.chain, shown)
    }

    /// Every block, epoch after epoch.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().flatten()
    }

    /// The path of a block under the checkpoint that settles it, and that note; none where the hand-over settled it.
    pub(crate) fn settles(&self, block: &Block) -> (Vec<Digest>, Option<String>) {
        let blocks = &self.blocks[block.epoch as usize];
        let (checkpoint, leaves) = over(self.chain, block.epoch, blocks);
        let path = tree::inclusion_proof(&leaves, (block.height - blocks[0].height) as usize);
        let note = (block.epoch == 1).then(|| self.note(checkpoint, u8::MAX, u8::MAX).to_string());
        (path, note)
    }

    /// Both epochs as a proof shows them.
    pub(crate) fn proof_epochs(&self) -> Vec<ProofEpoch> {
        let shown = |(number, epoch): (usize, &ReadEpoch)| ProofEpoch {
            first_block: epoch.first_block.clone(),
            hand_over: (number > 0).then(|| epoch.note.clone()),
            base_path: epoch.base_path.clone(),
        };
        self.epochs.iter().enumerate().map(shown).collect()
    }
}
