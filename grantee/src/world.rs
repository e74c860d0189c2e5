//! A whole small record for tests, made with protocol's own builders: two epochs, four nodes, a grant, two releases.

use crate::GranteeKeys;
use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{ByteString, ChainId, Commitment, Digest, GrantId, NodeLabel, Salt16},
    card::GrantFile,
    checkpoint::{Checkpoint, CosignerRole},
    circle::{Circle, CircleNode},
    commitment::{self, Dek},
    directory::{DirectoryDraft, DirectoryNode},
    envelope::{make_envelope, release_info},
    epoch::{Base, sign_epoch_certificate},
    grant::{GrantTerms, Purpose, category_label, mint_grant},
    hash::sha256,
    key::SigningKey,
    key_certificate::NodeKeys,
    note::Note,
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, chain_id, sign_proposal},
    quality::Quality,
    random::SystemRandom,
    read::{ReadEpoch, ReadPage, ReadRelease, ReadRow, ServedRow},
    reading::{Origin, Reading, Value},
    release::{Encapsulation, Release, ReleaseHeader, ReleasePosition, ReleaseRow, make_release},
    sealed_segment::{SealedSegment, seal_segment},
    secret::Secret32,
    segment::{SegmentBuilder, Sensor},
    tree::{inclusion_proof, root},
    vital::{Category, Vital},
};

pub(crate) const NOW_S: u64 = 1_793_600_000;
const GRANT: GrantId = GrantId::from_bytes([9; 16]);
const SALT: Salt16 = Salt16::from_bytes([1; 16]);

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(Secret32::from_bytes([seed; 32])).unwrap()
}

/// A segment with its key, sealed, and the slot it stands in.
pub(crate) struct Placed {
    pub(crate) sealed: SealedSegment,
    dek: Dek,
    pub(crate) row: ReleaseRow,
}

struct Node {
    identity: SigningKey,
    keys: NodeKeys,
    label: NodeLabel,
}

pub(crate) struct World {
    pub(crate) file: GrantFile,
    pub(crate) keys: GranteeKeys,
    pub(crate) chain: ChainId,
    nodes: Vec<Node>,
    log: SigningKey,
    blocks: [Block; 4],
    base_note: String,
    /// Heart in epoch 0; heart, oxygen and temperature in epoch 1.
    pub(crate) placed: [Placed; 4],
    directory: Vec<u8>,
    exported: (Vec<u8>, Secret32),
}

/// What the patient's phone would have: the epoch's log, consent and device keys by seed.
fn propose(epoch: u8, previous: Option<Digest>, circle: Circle, directory_hash: Option<Digest>) -> Vec<u8> {
    let [root, log, consent, device] = [1, 10 + epoch, 20 + epoch, 30].map(key);
    let keys = ProposalKeys { root: &root, log: &log, consent: &consent, device: &device };
    let (epoch, control_check) = (u32::from(epoch), Digest::ZERO);
    let grants_kept = GrantsKept::All;
    let terms =
        ProposalTerms { salt: SALT, epoch, previous, circle, control_check, directory_hash, grants_kept };
    sign_proposal(keys, terms)
}

fn place(chain: &ChainId, vital: Vital, place: (u32, u64, u8), label_key: &Secret32) -> Placed {
    let sensor = Sensor { id: "s-1".into(), kind: "simulated".into() };
    let mut builder =
        SegmentBuilder::new(vital.category(), 0..3_600_000, Origin::Simulated, sensor, 1, Digest::ZERO);
    for second in 0..5 {
        let value = Value::Number(600 + second);
        let measured_at = i64::from(second) * 1000;
        builder.push(Reading { vital, measured_at, value, quality: Quality::GOOD }).unwrap();
    }
    let dek = Dek::make(&mut SystemRandom).unwrap();
    let sealed = seal_segment(chain, &dek, &builder.finish().unwrap(), &mut SystemRandom).unwrap();
    let (epoch, height, slot) = place;
    let label = category_label(label_key, vital.category());
    let row = ReleaseRow { commitment: sealed.commitment, epoch, height, slot, label };
    Placed { sealed, dek, row }
}

fn commitments(placed: &[&Placed]) -> [Commitment; SLOTS] {
    let unused = || commitment::unused(&commitment::make_blinder(&mut SystemRandom).unwrap());
    let mut slots = [(); SLOTS].map(|()| unused());
    for placed in placed {
        slots[usize::from(placed.row.slot)] = placed.row.commitment;
    }
    slots
}

impl World {
    pub(crate) fn new(addresses: &[(String, Digest)]) -> World {
        World::of(GranteeKeys::make("Clinic", &mut SystemRandom).unwrap(), addresses)
    }

    pub(crate) fn of(keys: GranteeKeys, addresses: &[(String, Digest)]) -> World {
        let chain = chain_id(&key(1).public(), &SALT);
        let label_key = Secret32::from_bytes([8; 32]);
        let nodes: Vec<Node> = (0..4).map(|number| node(number, &chain)).collect();
        let draft = draft(&chain, &nodes, addresses);
        let directory = draft.sign(&key(11));

        let at = |vital, place_of| place(&chain, vital, place_of, &label_key);
        let placed = [
            at(Vital::HeartRate, (0, 1, 0)),
            at(Vital::HeartRate, (1, 3, 0)),
            at(Vital::OxygenSaturation, (1, 3, 1)),
            at(Vital::BodyTemperature, (1, 3, 2)),
        ];
        let no_circle = Circle::new(Vec::new()).unwrap();
        let first = sign_epoch_certificate(&key(10), &[propose(0, None, no_circle, None)], None);
        let previous = sha256(&[&first]);
        let mut block_0 = Block::new(chain, 0, (0, Digest::ZERO), NOW_S, commitments(&[]));
        block_0.certificate = Some(ByteString(first));
        let block_1 = Block::new(chain, 0, (1, block_0.leaf()), NOW_S, commitments(&[&placed[0]]));
        let base_root = root(&[block_0.leaf(), block_1.leaf()]);
        let base_note =
            Checkpoint { chain, epoch: 0, size: 2, root: base_root }.sign(&key(10)).unwrap().to_string();

        let proposal = propose(1, Some(previous), circle(&nodes), Some(draft.hash()));
        let base = Base { epoch: 0, height: 1, leaf: block_1.leaf(), note: base_note.clone() };
        let second = sign_epoch_certificate(&key(11), &[proposal], Some(base));
        let mut block_2 = Block::new(chain, 1, (2, block_1.leaf()), NOW_S, commitments(&[]));
        block_2.certificate = Some(ByteString(second));
        let of_block_3 = commitments(&[&placed[1], &placed[2], &placed[3]]);
        let block_3 = Block::new(chain, 1, (3, block_2.leaf()), NOW_S, of_block_3);

        let info = release_info(&chain, &GRANT, &keys.receive_key().public());
        let envelope = make_envelope(&keys.receive_key().public(), &info, &mut SystemRandom).unwrap();
        let file = grant_file(&chain, &keys, label_key, &directory);
        let (blocks, log) = ([block_0, block_1, block_2, block_3], key(11));
        let exported = (envelope.enc, envelope.secret);
        World { file, keys, chain, nodes, log, blocks, base_note, placed, directory, exported }
    }

    /// The same grant for readings from another time on.
    pub(crate) fn granted_from(&mut self, from_ms: i64) {
        let terms = GrantTerms { from_ms, ..terms(&self.chain, &self.keys) };
        self.file.token = mint(&terms, &self.file.label_key);
    }

    /// A checkpoint of epoch 1 with so many witnesses and mirrors.
    pub(crate) fn note(&self, size: usize, witnesses: usize, mirrors: usize, time: u64) -> String {
        let leaves: Vec<Digest> = self.blocks[2..2 + size].iter().map(Block::leaf).collect();
        let checkpoint = Checkpoint { chain: self.chain, epoch: 1, size: size as u64, root: root(&leaves) };
        let mut note: Note = checkpoint.sign(&self.log).unwrap();
        for node in &self.nodes[..witnesses] {
            let line = checkpoint.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, time);
            note.push(line).unwrap();
        }
        for node in &self.nodes[..mirrors] {
            note.push(checkpoint.cosign(&node.keys.mirror, &node.label, CosignerRole::Mirror, time)).unwrap();
        }
        note.to_string()
    }

    /// A release of these rows; their keys stay the same whatever the rows say.
    pub(crate) fn release(
        &self,
        position: ReleasePosition,
        rows: Vec<ReleaseRow>,
        keys: &[usize],
    ) -> Release {
        let encapsulation = match position.seq {
            0 => Encapsulation::Here(self.exported.0.clone()),
            _ => Encapsulation::Earlier(0),
        };
        let ReleasePosition { seq, previous } = position;
        let header = ReleaseHeader {
            chain: self.chain,
            grant_id: GRANT,
            epoch: 1,
            seq,
            previous,
            encapsulation,
            rows,
        };
        let deks: Vec<Dek> = keys.iter().map(|index| self.placed[*index].dek.duplicate()).collect();
        make_release(&self.log, header, &deks, &self.exported.1, &mut SystemRandom).unwrap()
    }

    /// A served row with its block and proof.
    pub(crate) fn served(&self, row: u32, index: usize) -> ReadRow {
        let placed = &self.placed[index];
        let height = usize::try_from(placed.row.height).unwrap();
        let first = if placed.row.epoch == 0 { 0 } else { 2 };
        let leaves: Vec<Digest> = self.blocks[first..first + 2].iter().map(Block::leaf).collect();
        let (block, proof) = (self.blocks[height].to_bytes(), inclusion_proof(&leaves, height - first));
        ReadRow::Served(ServedRow { row, block, proof, segment: placed.sealed.bytes.clone() })
    }

    /// Release 0 with heart of epoch 0 and oxygen; release 1 with heart of epoch 1. All of it on one page.
    pub(crate) fn page(&self) -> ReadPage {
        let rows = |indices: &[usize]| indices.iter().map(|index| self.placed[*index].row).collect();
        let first = self.release(ReleasePosition::FIRST, rows(&[0, 2]), &[0, 2]);
        let previous = sha256(&[&first.header]);
        let second = self.release(ReleasePosition { seq: 1, previous }, rows(&[1]), &[1]);
        let served = vec![self.served(0, 0), self.served(1, 2)];
        self.page_of(vec![in_page(first, served), in_page(second, vec![self.served(0, 1)])])
    }

    pub(crate) fn page_of(&self, releases: Vec<ReadRelease>) -> ReadPage {
        let epoch = |block: &Block, note, base_path| ReadEpoch {
            first_block: ByteString(block.to_bytes()),
            note,
            base_path,
        };
        let zero = epoch(&self.blocks[0], self.base_note.clone(), Vec::new());
        let base_path = inclusion_proof(&[self.blocks[0].leaf(), self.blocks[1].leaf()], 1);
        let one = epoch(&self.blocks[2], self.note(1, 4, 4, NOW_S - 900), base_path);
        ReadPage {
            epochs: Some(vec![zero, one]),
            note: Some(self.note(2, 4, 4, NOW_S - 60)),
            directory: Some(ByteString(self.directory.clone())),
            releases,
            next: None,
            missing_seq: None,
        }
    }
}

pub(crate) fn in_page(release: Release, rows: Vec<ReadRow>) -> ReadRelease {
    ReadRelease { header: ByteString(release.header), ciphertext: ByteString(release.ciphertext), rows }
}

fn node(number: u8, chain: &ChainId) -> Node {
    let keys = NodeKeys::derive(&Secret32::from_bytes([50 + number; 32]), chain, 0).unwrap();
    Node { identity: key(40 + number), keys, label: NodeLabel::from_bytes([number; 8]) }
}

fn circle(nodes: &[Node]) -> Circle {
    let member = |node: &Node| CircleNode {
        label: node.label,
        witness: node.keys.witness.public(),
        mirror: node.keys.mirror.public(),
        entry: node.keys.entry.public(),
    };
    Circle::new(nodes.iter().map(member).collect()).unwrap()
}

fn draft(chain: &ChainId, nodes: &[Node], addresses: &[(String, Digest)]) -> DirectoryDraft {
    let nobody = ("https://127.0.0.1:1".to_owned(), Digest::ZERO);
    let entry = |(number, node): (usize, &Node)| {
        let (address, tls_pin) = addresses.get(number).unwrap_or(&nobody).clone();
        let (identity, name) = (node.identity.public(), format!("Node {number}"));
        let key_certificate = ByteString(node.keys.certify(&node.identity));
        DirectoryNode { label: node.label, name, address, tls_pin, identity, key_certificate }
    };
    DirectoryDraft::new(*chain, 1, SALT, nodes.iter().enumerate().map(entry).collect())
}

fn terms(chain: &ChainId, keys: &GranteeKeys) -> GrantTerms {
    GrantTerms {
        chain: *chain,
        grant_id: GRANT,
        holder: keys.request_key().public(),
        receive_hash: keys.receive_key().public().receive_hash(),
        suite: keys.receive_key().suite(),
        categories: vec![Category::Heart, Category::Oxygen],
        purposes: vec![Purpose::Treatment],
        from_ms: 0,
        to_ms: 1_796_083_200_000,
        expires_s: 1_796_083_200,
        max_stale_s: 86_400,
        delegate: 1,
    }
}

fn mint(terms: &GrantTerms, label_key: &Secret32) -> Vec<u8> {
    mint_grant(&key(21), 1, terms, label_key, &mut SystemRandom).unwrap().bytes
}

fn grant_file(chain: &ChainId, keys: &GranteeKeys, label_key: Secret32, directory: &[u8]) -> GrantFile {
    let terms = terms(chain, keys);
    let (token, categories) = (mint(&terms, &label_key), terms.categories);
    let (chain, first_root, directory) = (*chain, key(1).public(), directory.to_vec());
    let (sentence, delegated) = ("heart and oxygen, for treatment".into(), None);
    GrantFile { token, chain, first_root, salt: SALT, label_key, categories, directory, sentence, delegated }
}
