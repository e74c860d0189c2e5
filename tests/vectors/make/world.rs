//! A whole small record with fixed keys and seeded randomness: two epochs, four nodes, four blocks, a grantee.

use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{Blinder, ByteString, ChainId, Commitment, Digest, GrantId, NodeLabel, Salt16},
    checkpoint::{Checkpoint, CosignerRole},
    circle::{Circle, CircleNode},
    commitment::{self, Dek},
    control::control_check,
    directory::{DirectoryDraft, DirectoryNode},
    envelope::{ReceiveKey, Suite},
    epoch::{Base, sign_epoch_certificate},
    hash::sha256,
    key::SigningKey,
    key_certificate::NodeKeys,
    note::Note,
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, chain_id, sign_proposal},
    quality::{Mark, Quality},
    random::SeededRandom,
    reading::{Absent, Origin, Reading, Value},
    sealed_segment::{SealedSegment, seal_segment},
    secret::Secret32,
    segment::{Segment, SegmentBuilder, Sensor},
    tree,
    vital::{Category, Vital},
};

pub(crate) const SALT: Salt16 = Salt16::from_bytes([0x5a; 16]);
pub(crate) const GRANT: GrantId = GrantId::from_bytes([9; 16]);
/// 2026-11-01T00:00:00Z.
pub(crate) const START_S: u64 = 1_793_491_200;
pub(crate) const START_MS: i64 = START_S as i64 * 1000;

/// The Ed25519 key whose seed is this byte, 32 times.
pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(secret(seed)).unwrap()
}

pub(crate) fn secret(byte: u8) -> Secret32 {
    Secret32::from_bytes([byte; 32])
}

pub(crate) fn dek(byte: u8) -> Dek {
    Dek::from_bytes([byte; 32])
}

/// The receive key of the grantee: seed 0x77.
pub(crate) fn receive_key() -> ReceiveKey {
    ReceiveKey::from_seed(secret(0x77))
}

/// The grantee's receive key of suite 2: the scalar 0x77, 32 times.
pub(crate) fn receive_key_p256() -> ReceiveKey {
    ReceiveKey::from_seed_of(Suite::P256, secret(0x77)).unwrap()
}

/// Keys by seed: the root 1, log 10 + epoch, consent 20 + epoch, device 30, identities 40…, nodes' masters 50….
pub(crate) struct World {
    pub(crate) chain: ChainId,
    pub(crate) nodes: Vec<Node>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) sealed: Vec<SealedSegment>,
    pub(crate) proposals: [Vec<u8>; 2],
    pub(crate) draft: DirectoryDraft,
    pub(crate) base_note: String,
}

pub(crate) struct Node {
    pub(crate) identity: SigningKey,
    pub(crate) keys: NodeKeys,
    pub(crate) label: NodeLabel,
}

pub(crate) fn chain() -> ChainId {
    chain_id(&key(1).public(), &SALT)
}

fn node(number: u8) -> Node {
    let keys = NodeKeys::derive(&secret(50 + number), &chain(), 0).unwrap();
    Node { identity: key(40 + number), keys, label: NodeLabel::from_bytes([number + 1; 8]) }
}

/// A circle of so many nodes.
pub(crate) fn circle(nodes: &[Node]) -> Circle {
    let member = |node: &Node| CircleNode {
        label: node.label,
        witness: node.keys.witness.public(),
        mirror: node.keys.mirror.public(),
        entry: node.keys.entry.public(),
    };
    Circle::new(nodes.iter().map(member).collect()).unwrap()
}

/// The terms of an epoch's proposal.
pub(crate) fn terms(epoch: u32, circle: Circle) -> ProposalTerms {
    ProposalTerms {
        salt: SALT,
        epoch,
        previous: None,
        circle,
        control_check: control_check(&secret(60 + epoch as u8), &chain(), epoch),
        directory_hash: None,
        grants_kept: GrantsKept::All,
    }
}

/// A proposal signed with the keys of its epoch.
pub(crate) fn propose(terms: ProposalTerms) -> Vec<u8> {
    let epoch = terms.epoch as u8;
    let [root, log, consent, device] = [1, 10 + epoch, 20 + epoch, 30].map(key);
    sign_proposal(ProposalKeys { root: &root, log: &log, consent: &consent, device: &device }, terms)
}

pub(crate) fn directory_draft(nodes: &[Node]) -> DirectoryDraft {
    let entry = |(number, node): (usize, &Node)| DirectoryNode {
        label: node.label,
        name: format!("Node {number}"),
        address: format!("https://node{number}.example:8443"),
        tls_pin: Digest::from_bytes([0xa0 + number as u8; 32]),
        identity: node.identity.public(),
        key_certificate: ByteString(node.keys.certify(&node.identity)),
    };
    DirectoryDraft::new(
        chain(),
        1,
        Salt16::from_bytes([3; 16]),
        nodes.iter().enumerate().map(entry).collect(),
    )
}

/// A segment of an hour: which vital, how many readings a second apart, and a few absences and marks.
pub(crate) fn segment(vital: Vital, count: i32) -> Segment {
    let sensor = Sensor { id: format!("{}-1", vital.category().name()), kind: "simulated".into() };
    let range = START_MS..START_MS + 3_600_000;
    let mut builder =
        SegmentBuilder::new(vital.category(), range, Origin::Simulated, sensor, 1, Digest::ZERO);
    for second in 0..count {
        let value = if second % 50 == 7 {
            Value::Absent(Absent::NotANumber)
        } else {
            Value::Number(600 + second % 17)
        };
        let quality = if second % 20 == 3 { Quality::GOOD.with(Mark::Unusual) } else { Quality::GOOD };
        let measured_at = START_MS + i64::from(second) * 1000;
        builder.push(Reading { vital, measured_at, value, quality }).unwrap();
    }
    builder.finish().unwrap()
}

pub(crate) fn blinder(slot: u8) -> Blinder {
    Blinder::from_bytes([0xb0 + slot; 32])
}

/// Eight unused commitments, with these segments in the first slots.
pub(crate) fn commitments(sealed: &[&SealedSegment]) -> [Commitment; SLOTS] {
    let mut slots = [0, 1, 2, 3, 4, 5, 6, 7].map(|slot| commitment::unused(&blinder(slot)));
    slots.iter_mut().zip(sealed).for_each(|(slot, sealed)| *slot = sealed.commitment);
    slots
}

impl World {
    pub(crate) fn new() -> World {
        let chain = chain();
        let nodes: Vec<Node> = (0..4).map(node).collect();
        let seal = |seed: u8, vital, count| {
            seal_segment(&chain, &dek(seed), &segment(vital, count), &mut SeededRandom::new(u64::from(seed)))
                .unwrap()
        };
        let sealed = vec![
            seal(70, Vital::HeartRate, 120),
            seal(71, Vital::HeartRate, 60),
            seal(72, Vital::OxygenSaturation, 60),
            seal(73, Vital::BodyTemperature, 3),
        ];
        let draft = directory_draft(&nodes);
        let first = propose(terms(0, Circle::new(Vec::new()).unwrap()));
        let certificate = sign_epoch_certificate(&key(10), std::slice::from_ref(&first), None);
        let previous = Some(sha256(&[&certificate]));
        let mut blocks = vec![Block::new(chain, 0, (0, Digest::ZERO), START_S, commitments(&[]))];
        blocks[0].certificate = Some(ByteString(certificate));
        let place = (1, blocks[0].leaf());
        blocks.push(Block::new(chain, 0, place, START_S + 3600, commitments(&[&sealed[0]])));

        let base_note = note_over(&blocks[..2], 0).sign(&key(10)).unwrap().to_string();
        let base = Base { epoch: 0, height: 1, leaf: blocks[1].leaf(), note: base_note.clone() };
        let second = propose(ProposalTerms {
            previous,
            directory_hash: Some(draft.hash()),
            ..terms(1, circle(&nodes))
        });
        let place = (2, blocks[1].leaf());
        blocks.push(Block::new(chain, 1, place, START_S + 3600, commitments(&[])));
        blocks[2].certificate =
            Some(ByteString(sign_epoch_certificate(&key(11), std::slice::from_ref(&second), Some(base))));
        let place = (3, blocks[2].leaf());
        let three = commitments(&[&sealed[1], &sealed[2], &sealed[3]]);
        blocks.push(Block::new(chain, 1, place, START_S + 7200, three));
        World { chain, nodes, blocks, sealed, proposals: [first, second], draft, base_note }
    }

    /// The checkpoint of epoch 1 over so many of its blocks.
    pub(crate) fn checkpoint(&self, size: usize) -> Checkpoint {
        note_over(&self.blocks[2..2 + size], 1)
    }

    /// A note of epoch 1 with these witnesses and mirrors.
    pub(crate) fn note(&self, size: usize, witnesses: &[usize], mirrors: &[usize]) -> Note {
        let checkpoint = self.checkpoint(size);
        let mut note = checkpoint.sign(&key(11)).unwrap();
        for index in witnesses {
            let node = &self.nodes[*index];
            let time = START_S + 7300 + *index as u64;
            note.push(checkpoint.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, time))
                .unwrap();
        }
        for index in mirrors {
            let node = &self.nodes[*index];
            let time = START_S + 7400 + *index as u64;
            note.push(checkpoint.cosign(&node.keys.mirror, &node.label, CosignerRole::Mirror, time)).unwrap();
        }
        note
    }
}

/// The checkpoint over these blocks.
pub(crate) fn note_over(blocks: &[Block], epoch: u32) -> Checkpoint {
    let leaves: Vec<Digest> = blocks.iter().map(Block::leaf).collect();
    Checkpoint { chain: chain(), epoch, size: leaves.len() as u64, root: tree::root(&leaves) }
}

/// The label key of the grant, and a category's label under it.
pub(crate) fn label(category: Category) -> pulsebook_protocol::bytes::CategoryLabel {
    pulsebook_protocol::grant::category_label(&secret(8), category)
}
