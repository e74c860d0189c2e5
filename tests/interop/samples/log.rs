//! A log of forty real blocks: roots, proofs, cosigned notes, and the steps that a running witness is taken through.

use crate::{b64, make_key, now_s, record::Record};
use pulsebook_protocol::{
    block::Block,
    bytes::{Blinder, ChainId, Digest, NodeLabel},
    checkpoint::{Checkpoint, CosignerRole, cosigner_name, origin},
    commitment,
    key::{PublicKey, SigningKey},
    note::{NoteKeyKind, key_id},
    random::{SystemRandom, make_bytes},
    tree,
};
use serde_json::{Value, json};

const SIZE: usize = 40;

fn blocks(chain: ChainId) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for height in 0..SIZE as u64 {
        let unused = || commitment::unused(&Blinder::from_bytes(make_bytes(&mut SystemRandom).unwrap()));
        let prev = blocks.last().map_or(Digest::ZERO, Block::leaf);
        blocks.push(Block::new(chain, 0, (height, prev), now_s(), [(); 8].map(|()| unused())));
    }
    blocks
}

fn leaves_of(blocks: &[Block]) -> Vec<Digest> {
    blocks.iter().map(Block::leaf).collect()
}

fn hashes(proof: &[Digest]) -> Value {
    proof.iter().map(|hash| b64(hash.as_bytes())).collect()
}

/// A key as golang.org/x/mod/sumdb/note writes it: name, key id, base64 of kind and key.
fn verifier_key(name: &str, kind: NoteKeyKind, key: &PublicKey) -> String {
    let byte = match kind {
        NoteKeyKind::Ed25519 => 1,
        NoteKeyKind::Cosignature => 4,
    };
    let id = data_encoding::HEXLOWER.encode(&key_id(name, kind, key));
    format!("{name}+{id}+{}", b64([&[byte], &key.as_bytes()[..]].concat()))
}

/// The data of every leaf, the root of every size, every consistency and every inclusion proof.
pub(crate) fn trees() -> Value {
    let blocks = blocks(ChainId::from_bytes([1; 32]));
    let leaves = leaves_of(&blocks);
    let (mut roots, mut consistency, mut inclusion) = (Vec::new(), Vec::new(), Vec::new());
    for size in 1..=SIZE {
        roots.push(b64(tree::root(&leaves[..size]).as_bytes()));
        for old in 1..size {
            let proof = hashes(&tree::consistency_proof(&leaves[..size], old));
            consistency.push(json!({ "old": old, "size": size, "proof": proof }));
        }
        for index in 0..size {
            let proof = hashes(&tree::inclusion_proof(&leaves[..size], index));
            inclusion.push(json!({ "index": index, "size": size, "proof": proof }));
        }
    }
    let data: Value = blocks.iter().map(|block| b64(block.to_bytes())).collect();
    json!({ "leaves": data, "roots": roots, "consistency": consistency, "inclusion": inclusion })
}

/// Every note that the four nodes of a record keep, with the keys that must have signed it.
pub(crate) fn notes(record: &Record) -> Value {
    let chain = record.proposals[0].0.chain;
    let mut found = Vec::new();
    for node in &record.nodes {
        for note in node.column("SELECT note FROM notes WHERE epoch = 1 ORDER BY size") {
            let log = verifier_key(&origin(&chain, 1), NoteKeyKind::Ed25519, &record.log_key(1));
            let mut cosigners = Vec::new();
            for member in record.proposals[1].0.circle.nodes() {
                for (role, key) in
                    [(CosignerRole::Witness, member.witness), (CosignerRole::Mirror, member.mirror)]
                {
                    let name = cosigner_name(&member.label, role);
                    cosigners.push(verifier_key(&name, NoteKeyKind::Cosignature, &key));
                }
            }
            let note = String::from_utf8(note).unwrap();
            let quorum = record.proposals[1].0.circle.quorum().k;
            found.push(json!({ "note": note, "log": log, "cosigners": cosigners, "quorum": quorum }));
        }
    }
    Value::Array(found)
}

struct Steps {
    chain: ChainId,
    key: SigningKey,
    taken: Vec<Value>,
}

impl Steps {
    fn note(&self, key: &SigningKey, leaves: &[Digest], size: usize) -> String {
        let root = tree::root(&leaves[..size]);
        Checkpoint { chain: self.chain, epoch: 0, size: size as u64, root }.sign(key).unwrap().to_string()
    }

    /// `leaves` decide note and proof from `old` to `size`.
    fn step(&mut self, name: &str, want: &[u16], old: usize, size: usize, leaves: &[Digest]) {
        let proof = if size > old { tree::consistency_proof(&leaves[..size], old) } else { Vec::new() };
        let note = self.note(&self.key, leaves, size);
        self.send(name, want, old, &proof, note);
    }

    fn send(&mut self, name: &str, want: &[u16], old: usize, proof: &[Digest], note: String) {
        let proof = hashes(proof);
        self.taken.push(json!({ "name": name, "want": want, "old": old, "proof": proof, "note": note }));
    }
}

/// What a stock witness is sent, in order, and which HTTP status it must answer with.
pub(crate) fn witness() -> Value {
    let chain = ChainId::from_bytes(make_bytes(&mut SystemRandom).unwrap());
    let leaves = leaves_of(&blocks(chain));
    let mut forked = leaves.clone();
    forked[2] = tree::leaf_hash(b"another block");
    let mut steps = Steps { chain, key: make_key(), taken: Vec::new() };
    steps.step("the first block", &[200], 0, 1, &leaves);
    steps.step("growth by four blocks", &[200], 1, 5, &leaves);
    steps.step("the same checkpoint again", &[200], 5, 5, &leaves);
    steps.step("growth from a size that is past", &[409], 1, 5, &leaves);
    steps.step("a forked history", &[422], 5, 9, &forked);
    // The specification asks for 409, litewitness 0.9.0 answers 422.
    steps.step("another root of the same size", &[409, 422], 5, 5, &forked);
    steps.step("a smaller log", &[400], 5, 3, &leaves);
    refused_signatures(&mut steps, &leaves);
    steps.step("growth after all that", &[200], 5, 9, &leaves);
    steps.step("growth to forty", &[200], 9, SIZE, &leaves);
    let label = NodeLabel::from_bytes(make_bytes(&mut SystemRandom).unwrap());
    let name = origin(&chain, 0);
    let log = verifier_key(&name, NoteKeyKind::Ed25519, &steps.key.public());
    let witness = cosigner_name(&label, CosignerRole::Witness);
    json!({ "origin": name, "chain": chain.to_string(), "label": label.to_string(), "log": log,
        "witness": witness, "steps": steps.taken })
}

fn refused_signatures(steps: &mut Steps, leaves: &[Digest]) {
    let proof = tree::consistency_proof(&leaves[..9], 5);
    let right = steps.note(&steps.key, leaves, 9);
    let other = steps.note(&make_key(), leaves, 9);
    steps.send("another key for this log", &[403], 5, &proof, other);
    steps.send("a size that was not signed", &[403], 5, &proof, right.replace("\n9\n", "\n10\n"));
    let elsewhere =
        Checkpoint { chain: ChainId::from_bytes([9; 32]), epoch: 0, size: 9, root: tree::root(&leaves[..9]) };
    let elsewhere = elsewhere.sign(&steps.key).unwrap().to_string();
    steps.send("a log it does not know", &[404], 5, &proof, elsewhere);
    let mut altered = proof.clone();
    altered[0] = Digest::ZERO;
    steps.send("an altered proof", &[422], 5, &altered, right.clone());
    steps.send("no proof", &[422], 5, &[], right);
}
