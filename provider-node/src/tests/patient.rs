//! A patient's phone in short: real keys, real signatures, segments of sealed-looking bytes.

use super::node::{NOW, code, owned_at};
use crate::{Answer, Node};
use pulsebook_protocol::{
    block::{Block, SLOTS},
    bytes::{Blinder, ByteString, ChainId, Commitment, Digest, NodeLabel, Salt16},
    cbor,
    checkpoint::Checkpoint,
    circle::{Circle, CircleNode},
    commitment,
    control::{ControlEntry, control_check, seal_entries},
    directory::{DirectoryDraft, DirectoryNode},
    envelope::ReceiveKey,
    epoch::{Base, sign_epoch_certificate},
    hash::sha256,
    key::SigningKey,
    key_certificate::verify_key_certificate,
    keyring::{IndexPlace, IndexedPage, make_keyring_index, make_keyring_page},
    manifest::{Manifest, Row},
    note::{Note, NoteLine},
    owner::{CertificateUpload, Enrol, EpochUpload, NodeHead, Offer, path},
    proposal::{GrantsKept, ProposalKeys, ProposalTerms, chain_id, sign_proposal},
    random::{SeededRandom, make_bytes},
    secret::Secret32,
    tree,
};

/// A block with what belongs to it.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) block: Block,
    pub(crate) manifest: Vec<u8>,
    pub(crate) segments: Vec<(Commitment, Vec<u8>)>,
}

/// The phone.
pub(crate) struct Patient {
    pub(crate) random: SeededRandom,
    pub(crate) root: SigningKey,
    pub(crate) consent: SigningKey,
    pub(crate) device: SigningKey,
    pub(crate) logs: [SigningKey; 2],
    pub(crate) control: [Secret32; 2],
    salt: Salt16,
    pub(crate) chain: ChainId,
    pub(crate) blocks: Vec<Made>,
    proposals: Vec<Vec<u8>>,
    pub(crate) directory: Option<Vec<u8>>,
    keyring_version: u64,
}

impl Patient {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = SeededRandom::new(seed);
        let mut key = || SigningKey::make(&mut random).unwrap();
        let (root, consent, device, logs) = (key(), key(), key(), [key(), key()]);
        let salt = Salt16::from_bytes([seed as u8; 16]);
        let control = [Secret32::make(&mut random).unwrap(), Secret32::make(&mut random).unwrap()];
        let chain = chain_id(&root.public(), &salt);
        let mut patient = Patient {
            random,
            root,
            consent,
            device,
            logs,
            control,
            salt,
            chain,
            blocks: Vec::new(),
            proposals: Vec::new(),
            directory: None,
            keyring_version: 0,
        };
        patient.propose(0, Circle::new(Vec::new()).unwrap(), None, None);
        patient
    }

    /// Signs the proposal of an epoch. The consent key differs from epoch to epoch in life, not here.
    fn propose(&mut self, epoch: u32, circle: Circle, previous: Option<Digest>, directory: Option<Digest>) {
        let terms = ProposalTerms {
            salt: self.salt,
            epoch,
            previous,
            circle,
            control_check: control_check(&self.control[epoch as usize], &self.chain, epoch),
            directory_hash: directory,
            grants_kept: GrantsKept::All,
        };
        let log = &self.logs[epoch as usize];
        let keys = ProposalKeys { root: &self.root, log, consent: &self.consent, device: &self.device };
        self.proposals.push(sign_proposal(keys, terms));
    }

    pub(crate) fn send(&self, node: &Node, method: &str, path: &str, body: &[u8]) -> Answer {
        node.answer(&owned_at(&self.device, method, path, body, NOW), NOW)
    }

    pub(crate) fn sent(&self, node: &Node, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let answer = self.send(node, method, path, body);
        assert!(answer.status < 300, "{method} {path}: {} {answer:?}", code(&answer));
        answer.body
    }

    pub(crate) fn enrol_body(&self, invite: Option<&str>) -> Vec<u8> {
        cbor::encode(&Enrol {
            invite: invite.map(str::to_owned),
            device: self.device.public(),
            held: self.device.prove_possession(&self.chain, "device", 0),
            first_root: self.root.public(),
            salt: self.salt,
            locator: Digest::ZERO,
            voucher: self.root.vouch_for(&self.chain, "enrol", 0, &self.device.public()),
        })
    }

    /// Enrols at a node and makes the circle's row and the directory's row of its certificate.
    pub(crate) fn enrol(&self, node: &Node, label: u8) -> (CircleNode, DirectoryNode) {
        let certificate =
            self.sent(node, "POST", &path::enrol(&self.chain), &self.enrol_body(Some("welcome")));
        let verified = verify_key_certificate(&certificate, &self.chain, &node.identity()).unwrap();
        let (witness, mirror, entry) = verified.keys();
        let label = NodeLabel::from_bytes([label; 8]);
        let row = DirectoryNode {
            label,
            name: format!("Clinic {label}"),
            address: "https://node.test".into(),
            tls_pin: Digest::ZERO,
            identity: node.identity(),
            key_certificate: certificate.into(),
        };
        (CircleNode { label, witness, mirror, entry }, row)
    }

    /// Seals a block with so many live slots.
    pub(crate) fn seal(&mut self, live: usize, entries: &[ControlEntry]) -> &Made {
        let epoch = self.proposals.len() as u32 - 1;
        let first = self.blocks.last().is_none_or(|made| made.block.epoch != epoch);
        let height = self.blocks.len() as u64;
        let prev = self.blocks.last().map_or(Digest::ZERO, |made| made.block.leaf());
        let mut segments = Vec::new();
        let mut rows = Vec::new();
        let mut commitments = Vec::new();
        for slot in 0..SLOTS {
            let blinder = Blinder::from_bytes(make_bytes(&mut self.random).unwrap());
            if slot < live {
                let mut bytes = vec![1];
                bytes.extend_from_slice(&make_bytes::<284>(&mut self.random).unwrap());
                let inner = Digest::from_bytes(make_bytes(&mut self.random).unwrap());
                let commitment = commitment::live(&blinder, &inner, &sha256(&[&bytes]));
                segments.push((commitment, bytes));
                rows.push(Row::Live { blinder, inner });
                commitments.push(commitment);
            } else {
                rows.push(Row::Unused { blinder });
                commitments.push(commitment::unused(&blinder));
            }
        }
        let commitments = commitments.try_into().unwrap();
        let mut block = Block::new(self.chain, epoch, (height, prev), NOW, commitments);
        if first {
            block.certificate = Some(ByteString(self.certificate(epoch)));
        }
        let place = (&self.chain, epoch, height);
        let control = &self.control[epoch as usize];
        block.control = Some(seal_entries(control, place, entries, &mut self.random).unwrap().into());
        let manifest = Manifest::new(height, rows.try_into().unwrap()).encode();
        self.blocks.push(Made { block, manifest, segments });
        self.blocks.last().unwrap()
    }

    fn certificate(&self, epoch: u32) -> Vec<u8> {
        let base = (epoch > 0).then(|| {
            let last = &self.blocks.last().unwrap().block;
            let note = self.note(epoch - 1, self.size(epoch - 1)).to_string();
            Base { epoch: epoch - 1, height: last.height, leaf: last.leaf(), note }
        });
        let log = &self.logs[epoch as usize];
        sign_epoch_certificate(log, &self.proposals[epoch as usize..=epoch as usize], base)
    }

    /// Begins epoch 1 with these nodes.
    pub(crate) fn begin(&mut self, nodes: Vec<(CircleNode, DirectoryNode)>) {
        let (circle, rows): (Vec<_>, Vec<_>) = nodes.into_iter().unzip();
        let draft = DirectoryDraft::new(self.chain, 1, Salt16::from_bytes([9; 16]), rows);
        self.directory = Some(draft.sign(&self.logs[1]));
        let first = self.blocks.first().unwrap().block.certificate.clone().unwrap();
        self.propose(1, Circle::new(circle).unwrap(), Some(sha256(&[&first.0])), Some(draft.hash()));
    }

    pub(crate) fn leaves(&self, epoch: u32) -> Vec<Digest> {
        self.blocks.iter().filter(|made| made.block.epoch == epoch).map(|made| made.block.leaf()).collect()
    }

    pub(crate) fn size(&self, epoch: u32) -> usize {
        self.leaves(epoch).len()
    }

    /// The checkpoint of an epoch's first `size` blocks.
    pub(crate) fn note(&self, epoch: u32, size: usize) -> Note {
        let root = tree::root(&self.leaves(epoch)[..size]);
        let checkpoint = Checkpoint { chain: self.chain, epoch, size: size as u64, root };
        checkpoint.sign(&self.logs[epoch as usize]).unwrap()
    }

    pub(crate) fn epoch_body(&self, epoch: u32) -> Vec<u8> {
        cbor::encode(&EpochUpload {
            proposal: vec![self.proposals[epoch as usize].clone().into()],
            directory: self.directory.clone().filter(|_| epoch > 0).map(ByteString),
            control_key: self.control[epoch as usize].expose().to_vec().into(),
        })
    }

    pub(crate) fn upload_epoch(&self, node: &Node, epoch: u32) {
        self.sent(node, "PUT", &path::epoch(&self.chain, epoch), &self.epoch_body(epoch));
    }

    pub(crate) fn upload_segments(&self, node: &Node, epoch: u32) {
        for made in self.blocks.iter().filter(|made| made.block.epoch == epoch) {
            for (commitment, bytes) in &made.segments {
                self.sent(node, "PUT", &path::segment(&self.chain, commitment), bytes);
            }
        }
    }

    /// An offer of an epoch's blocks from `old` up to `new`.
    pub(crate) fn offer(&self, epoch: u32, old: usize, new: usize) -> Offer {
        let of_epoch = self.blocks.iter().filter(|made| made.block.epoch == epoch);
        let blocks: Vec<&Made> = of_epoch.skip(old).take(new - old).collect();
        Offer {
            epoch,
            old_size: old as u64,
            blocks: blocks.iter().map(|made| made.block.to_bytes().into()).collect(),
            manifests: blocks.iter().map(|made| made.manifest.clone().into()).collect(),
            checkpoint: self.note(epoch, new).to_string(),
            consistency: tree::consistency_proof(&self.leaves(epoch)[..new], old),
        }
    }

    pub(crate) fn send_offer(&self, node: &Node, offer: &Offer) -> Answer {
        self.send(node, "POST", &path::offers(&self.chain), &cbor::encode(offer))
    }

    /// Offers and returns the cosignature line, if any.
    pub(crate) fn offered(&self, node: &Node, epoch: u32, old: usize, new: usize) -> Option<NoteLine> {
        let answer = self.send_offer(node, &self.offer(epoch, old, new));
        assert_eq!(answer.status, 200, "{}: {}", code(&answer), String::from_utf8_lossy(&answer.body));
        let text = String::from_utf8(answer.body).unwrap();
        (!text.is_empty()).then(|| NoteLine::parse(&text).unwrap())
    }

    /// Uploads a keyring that reaches the last block.
    pub(crate) fn upload_keyring(&mut self, node: &Node) {
        let key = Secret32::make(&mut self.random).unwrap();
        let page = make_keyring_page(&self.chain, 1, &key, [], &mut self.random).unwrap();
        let hash = sha256(&[&page]);
        self.sent(node, "PUT", &path::keyring_page(&self.chain, &hash), &page);
        let recovery = ReceiveKey::make(&mut self.random).unwrap().public();
        let epoch = self.proposals.len() as u32 - 1;
        let (version, height) = (self.keyring_version, self.blocks.len() as u64 - 1);
        self.keyring_version += 1;
        let place = IndexPlace { chain: self.chain, version, epoch, height };
        let pages = [IndexedPage { number: 1, key, hash }];
        let log = &self.logs[epoch as usize];
        let index = make_keyring_index(&place, &pages, &recovery, log, &mut self.random).unwrap();
        self.sent(node, "PUT", &path::keyring_index(&self.chain), &index);
    }

    pub(crate) fn send_certificate(&self, node: &Node, note: &Note) -> Answer {
        let body = cbor::encode(&CertificateUpload { note: note.to_string() });
        self.send(node, "POST", &path::certificates(&self.chain), &body)
    }

    pub(crate) fn certified(&self, node: &Node, note: &Note) -> NoteLine {
        let answer = self.send_certificate(node, note);
        assert_eq!(answer.status, 200, "{}: {}", code(&answer), String::from_utf8_lossy(&answer.body));
        NoteLine::parse(&String::from_utf8(answer.body).unwrap()).unwrap()
    }

    pub(crate) fn head(&self, node: &Node) -> NodeHead {
        cbor::decode(&self.sent(node, "GET", &path::head(&self.chain), &[]), 100_000).unwrap()
    }

    /// Everything from enrolment to a settled hand-over, with blocks of two live slots, at a circle of one node.
    pub(crate) fn settled_at(node: &Node, seed: u64) -> Patient {
        let mut patient = Patient::new(seed);
        let row = patient.enrol(node, 1);
        patient.seal(2, &[]);
        patient.seal(1, &[]);
        patient.upload_epoch(node, 0);
        patient.upload_segments(node, 0);
        assert_eq!(patient.offered(node, 0, 0, 2), None, "epoch 0 is not cosigned");
        patient.begin(vec![row]);
        patient.seal(2, &[]);
        patient.upload_epoch(node, 1);
        patient.settle(node, 0);
        patient
    }

    /// Offers epoch 1 from `old` on, certifies and settles it.
    pub(crate) fn settle(&mut self, node: &Node, old: usize) -> Note {
        self.upload_segments(node, 1);
        self.upload_keyring(node);
        let size = self.size(1);
        let mut note = self.note(1, size);
        note.push(self.offered(node, 1, old, size).unwrap()).unwrap();
        let mirror = self.certified(node, &note);
        note.push(mirror).unwrap();
        self.certified(node, &note);
        note
    }
}
