//! Cases for key certificates, proposals, epochs and directories: docs/protocol.md §5.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    file::hex,
    signatures::{NOT_CANONICAL, SMALL_ORDER, bytes},
    world::{GRANT, START_S, World, chain, circle, commitments, key, propose, secret, terms},
};
use pulsebook_protocol::{
    block::Block, bytes::{ChainId, Digest, GrantId}, circle::Circle, cose, domain, epoch::{Base, sign_epoch_certificate}, hash::sha256,
    key::SigningKey, key_certificate::NodeKeys, proposal::{GrantsKept, ProposalTerms}, tree::inclusion_proof,
};
use serde_json::Value;

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![key_certificates(world), proposals(world), epochs(world), histories(world), directories(world)]
}

/// Keys that may not be enrolled, at each of these places of a payload.
fn weak_keys(draft: &mut Draft, base: &Cbor, places: &[(&str, &[u64])], wrap: super::draft::Wrap<'_>) {
    for (name, path) in places {
        for (kind, encoding) in [SMALL_ORDER[0], SMALL_ORDER[10], SMALL_ORDER[3], NOT_CANONICAL[0]] {
            let why = format!("The {name} key may not be enrolled.");
            draft.bad(&format!("{name}-key-{kind}"), &why, if kind.starts_with("y-") { "canonical form" } else { "of small order" }, wrap(base.with(path, bytes(encoding)).encode()));
        }
    }
}

fn key_certificates(world: &World) -> Draft {
    let what = "Key certificates of nodes. Context: chain, and the identity key of the node's card.";
    let mut draft = Draft::new("key-certificate", what, 5);
    draft.set_hex("chain", chain().as_bytes());
    for (index, node) in world.nodes.iter().enumerate() {
        draft.set_hex("identity", node.identity.public().as_bytes());
        draft.good(&format!("node-{index}"), "The first generation of a node.", node.keys.certify(&node.identity));
    }
    let identity = key(40);
    draft.set_hex("identity", identity.public().as_bytes());
    let keys = NodeKeys::derive(&secret(50), &chain(), u32::MAX).unwrap();
    draft.good("last-generation", "The largest generation.", keys.certify(&identity));
    let payload = cose::Sign1::parse(&world.nodes[0].keys.certify(&identity), 4096).unwrap().unverified_payload().to_vec();
    let base = Cbor::parse(&payload);
    let wrap = |payload: Vec<u8>| cose::sign(&identity, domain::KEY_CERTIFICATE, &payload);
    draft.cose_shapes(&identity, domain::KEY_CERTIFICATE, &payload, &|bytes| bytes);
    draft.map_shapes(&base, &wrap);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 5, 6, 7, 8], &wrap);
    weak_keys(&mut draft, &base, &[("witness", &[3]), ("mirror", &[4]), ("entry", &[5])], &wrap);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    bad("other-chain", "It is for another chain.", "another chain", base.with(&[1], [1; 32]));
    bad("other-generation", "The proofs are for another generation.", "witness key", base.with(&[2], 1));
    bad("witness-not-held", "The witness key's proof is another's.", "witness key", base.with(&[6], base.bytes_at(&[7])));
    bad("mirror-not-held", "The mirror key's proof is another's.", "mirror key", base.with(&[7], base.bytes_at(&[6])));
    bad("entry-not-held", "The entry key's proof is another's.", "entry key", base.flipped(&[8]));
    bad("keys-swapped", "Witness and mirror have changed places, proofs too.", "witness key", base.with(&[3], base.bytes_at(&[4])).with(&[4], base.bytes_at(&[3])).with(&[6], base.bytes_at(&[7])).with(&[7], base.bytes_at(&[6])));
    bad("identity-proves", "The identity key signed the proof.", "witness key", base.with(&[6], *identity.prove_possession(&chain(), "witness", 0).as_bytes()));
    bad("short-proof", "A proof has 63 bytes.", "CBOR", base.with(&[6], [1; 63]));
    bad("generation-too-wide", "The generation has 33 bits.", "CBOR", base.with(&[2], 1u64 << 32));
    bad("too-large", "It has more than 2 KiB.", "too large", base.with(&[9], vec![0; 2048]));
    let whole = world.nodes[0].keys.certify(&identity);
    draft.bad_in(("chain", hex(&[1; 32])), "asked-for-another-chain", "Another chain is expected.", "another chain", whole.clone());
    draft.bad_in(("identity", hex(key(41).public().as_bytes())), "asked-for-another-node", "Another node is expected.", "signed by", whole);
    draft
}

fn listed(signatures: &[Vec<u8>]) -> Vec<u8> {
    array(signatures.iter().map(|bytes| bytes.clone().into())).encode()
}

fn proposals(world: &World) -> Draft {
    let what = "Proposals, as the array of bstr in which their signatures travel. Context: root, where a later epoch must keep it.";
    let mut draft = Draft::new("proposal", what, 5);
    draft.good("epoch-0", "The first, without circle.", listed(&world.proposals[..1]));
    draft.set_hex("root", key(1).public().as_bytes());
    draft.good("epoch-1", "A circle of four.", listed(&world.proposals[1..]));
    for n in [1, 2, 3] {
        let few = ProposalTerms { previous: Some(Digest::ZERO), directory_hash: Some(Digest::ZERO), ..terms(1, circle(&world.nodes[..n])) };
        draft.good(&format!("circle-of-{n}"), &format!("A circle of {n}."), listed(&[propose(few)]));
    }
    let kept = GrantsKept::Only(vec![GRANT, GrantId::from_bytes([1; 16])]);
    draft.good("grants-listed", "The grants that stay are listed.", listed(&[propose(ProposalTerms { grants_kept: kept, ..terms(1, circle(&world.nodes[..1])) })]));
    let payload = cose::Sign1::parse(&world.proposals[1], 16_384).unwrap().unverified_payload().to_vec();
    let base = Cbor::parse(&payload);
    let root = key(1);
    let wrap = |payload: Vec<u8>| listed(&[cose::sign(&root, domain::PROPOSAL, &payload)]);
    draft.cose_shapes(&root, domain::PROPOSAL, &payload, &|bytes| listed(&[bytes]));
    draft.map_shapes(&base, &wrap);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16], &wrap);
    let places: [(&str, &[u64]); 8] = [("first-root", &[3]), ("root", &[4]), ("log", &[7]), ("consent", &[8]), ("device", &[9, 0, 1]), ("circle-witness", &[10, 3, 0, 1]), ("circle-mirror", &[10, 3, 0, 2]), ("circle-entry", &[10, 3, 0, 3])];
    weak_keys(&mut draft, &base, &places, &wrap);
    proposal_rules(&mut draft, &base, &wrap);
    circle_rules(&mut draft, &base, &wrap);
    draft.bad("no-signature", "The array is empty.", "changed root", listed(&[]));
    draft.bad("three-signatures", "The array has three.", "changed root", listed(&vec![world.proposals[1].clone(); 3]));
    draft.bad("not-a-list", "The signature is not in an array.", "CBOR", world.proposals[1].clone());
    draft.bad("list-trailing", "A byte follows the array.", "CBOR", [&listed(&world.proposals[1..])[..], &[0]].concat());
    draft.bad_in(("root", hex(key(2).public().as_bytes())), "other-root-expected", "The record has another root.", "signed by", listed(&world.proposals[1..]));
    draft
}

fn proposal_rules(draft: &mut Draft, base: &Cbor, wrap: super::draft::Wrap<'_>) {
    let (chain, other) = (chain(), key(0x99));
    let public = |key: &SigningKey| *key.public().as_bytes();
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "chain", base.with(&[0], 2));
    bad("other-chain", "The chain is not of this root and salt.", "chain does not belong", base.with(&[1], [1; 32]));
    bad("other-salt", "The salt is not the chain's.", "chain does not belong", base.with(&[2], [1; 16]));
    bad("short-salt", "The salt has 15 bytes.", "CBOR", base.with(&[2], [1; 15]));
    bad("log-not-held", "The log key's proof is by another.", "log key", base.with(&[15], *other.prove_possession(&chain, "log", 1).as_bytes()));
    bad("log-held-in-epoch-0", "The log key's proof is for epoch 0.", "log key", base.with(&[15], *key(11).prove_possession(&chain, "log", 0).as_bytes()));
    bad("log-held-as-consent", "The log key's proof is for another role.", "log key", base.with(&[15], *key(11).prove_possession(&chain, "consent", 1).as_bytes()));
    bad("log-replaced", "The log key is another than proven.", "log key", base.with(&[7], public(&other)));
    bad("consent-not-held", "The consent key's proof is by another.", "consent key", base.with(&[16], *other.prove_possession(&chain, "consent", 1).as_bytes()));
    bad("consent-replaced", "The consent key is another than proven.", "consent key", base.with(&[8], public(&other)));
    bad("device-not-held", "A device's proof is by another.", "device key", base.with(&[9, 0, 2], *other.prove_possession(&chain, "device", 1).as_bytes()));
    bad("device-held-in-epoch-0", "A device's proof is for epoch 0.", "device key", base.with(&[9, 0, 2], *key(30).prove_possession(&chain, "device", 0).as_bytes()));
    bad("device-alg", "A device's algorithm is −6.", "P-256 device key", base.with(&[9, 0, 0], int(-6)));
    bad("no-device", "There is no device.", "found 0", base.with(&[9], array([])));
    bad("nine-devices", "There are nine devices.", "found 9", base.with(&[9], array(vec![base.at(&[9, 0]).clone(); 9])));
    bad("device-twice", "A device is there twice.", "two places", base.with(&[9, 1], base.at(&[9, 0]).clone()));
    let held = |role| *key(1).prove_possession(&chain, role, 1).as_bytes();
    bad("root-as-log", "The root is the log key too.", "two places", base.with(&[7], public(&key(1))).with(&[15], held("log")));
    bad("root-as-device", "The root is a device too.", "two places", base.with(&[9, 0, 1], public(&key(1))).with(&[9, 0, 2], held("device")));
    let log_as_consent = *key(11).prove_possession(&chain, "consent", 1).as_bytes();
    bad("log-as-consent", "The log key is the consent key too.", "two places", base.with(&[8], public(&key(11))).with(&[16], log_as_consent));
    bad("hand-over-2", "There is no hand-over 2.", "forced hand-over", base.with(&[14], 2));
    bad("grants-kept-0", "Grants kept is neither 1 nor a list.", "CBOR", base.with(&[13], 0));
    bad("grants-kept-short-id", "A grant_id has 15 bytes.", "CBOR", base.with(&[13], array([[1u8; 15].into()])));
    bad("short-check", "The control check has 31 bytes.", "CBOR", base.with(&[11], [1; 31]));
    bad("null-previous", "previous is null instead of left out.", "CBOR", base.with(&[5], raw(&[0xf6])));
    bad("negative-epoch", "The epoch is negative.", "CBOR", base.with(&[6], int(-1)));
    bad("too-large", "It has more than 16 KiB.", "too large", base.with(&[13], array(vec![[1u8; 16].into(); 1000])));
}

fn circle_rules(draft: &mut Draft, base: &Cbor, wrap: super::draft::Wrap<'_>) {
    let node = |index: u64| base.at(&[10, 3, index]).clone();
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("circle-n-wrong", "n is not the number of nodes.", "says otherwise", base.with(&[10, 0], 5));
    bad("circle-f-wrong", "f is not ⌊(n−1)/3⌋.", "says otherwise", base.with(&[10, 1], 0));
    bad("circle-k-wrong", "k is one too small.", "says otherwise", base.with(&[10, 2], 2));
    bad("circle-k-too-large", "k is one too large.", "says otherwise", base.with(&[10, 2], 4));
    bad("circle-node-left-out", "A node is missing.", "says otherwise", base.without(&[10, 3, 3]));
    bad("circle-labels-descend", "Nodes do not ascend by label.", "ascending", base.with(&[10, 3], array([node(1), node(0), node(2), node(3)])));
    bad("circle-label-twice", "Two nodes have one label.", "ascending", base.with(&[10, 3, 1, 0], base.bytes_at(&[10, 3, 0, 0])));
    bad("circle-key-twice", "Two nodes have one witness key.", "two places", base.with(&[10, 3, 1, 1], base.bytes_at(&[10, 3, 0, 1])));
    bad("circle-witness-as-mirror", "A node's witness key is its mirror key.", "two places", base.with(&[10, 3, 0, 2], base.bytes_at(&[10, 3, 0, 1])));
    bad("circle-with-the-log-key", "A node's entry key is the log key.", "two places", base.with(&[10, 3, 0, 3], base.bytes_at(&[7])));
    bad("circle-short-label", "A label has seven bytes.", "CBOR", base.with(&[10, 3, 0, 0], [1; 7]));
    bad("circle-node-without-entry-key", "A node has no entry key.", "CBOR", base.without(&[10, 3, 0, 3]));
    bad("circle-null", "The circle is null.", "CBOR", base.with(&[10], raw(&[0xf6])));
    let eight: Vec<Cbor> = (0..8u8).map(|index| {
        let keys = NodeKeys::derive(&secret(0xa0 + index), &chain(), 0).unwrap();
        Cbor::Map(vec![(int(0), [index + 1; 8].into()), (int(1), (*keys.witness.public().as_bytes()).into()), (int(2), (*keys.mirror.public().as_bytes()).into()), (int(3), (*keys.entry.public().as_bytes()).into())])
    }).collect();
    let circle = Cbor::Map(vec![(int(0), int(8)), (int(1), int(2)), (int(2), int(6)), (int(3), array(eight))]);
    bad("circle-of-eight", "A circle has eight nodes.", "a circle of 8", base.with(&[10], circle));
}

fn block_with(block: &Block, certificate: Vec<u8>) -> Vec<u8> {
    Cbor::parse(&block.to_bytes()).with(&[7], certificate).encode()
}

fn epochs(world: &World) -> Draft {
    let what = "Epoch certificates, each in its epoch's first block, which is the input. Context: chain, and first_blocks, that of epoch 0, when the case is an epoch 1.";
    let mut draft = Draft::new("epoch-certificate", what, 5);
    draft.set_hex("chain", chain().as_bytes());
    draft.good("epoch-0", "The first block of a chain.", world.blocks[0].to_bytes());
    draft.bad("no-certificate", "The block carries no certificate.", "no epoch certificate", world.blocks[1].to_bytes());
    epoch_zero_rules(&mut draft, world);
    let zero = world.blocks[0].certificate.as_ref().unwrap().0.clone();
    draft.set("first_blocks", vec![Value::from(hex(&world.blocks[0].to_bytes()))]);
    draft.good("epoch-1", "The first circle, over a base of two blocks.", world.blocks[2].to_bytes());
    for n in [1, 2, 3] {
        let terms = ProposalTerms { previous: Some(sha256(&[&zero])), directory_hash: Some(Digest::ZERO), ..terms(1, circle(&world.nodes[..n])) };
        let base = Base { epoch: 0, height: 1, leaf: world.blocks[1].leaf(), note: world.base_note.clone() };
        let certificate = sign_epoch_certificate(&key(11), &[propose(terms)], Some(base));
        draft.good(&format!("circle-of-{n}"), &format!("A circle of {n}."), block_with(&world.blocks[2], certificate));
    }
    epoch_one_rules(&mut draft, world);
    draft
}

fn epoch_zero_rules(draft: &mut Draft, world: &World) {
    let certify = |terms: ProposalTerms, base: Option<Base>| sign_epoch_certificate(&key(10), &[propose(terms)], base);
    let none = || Circle::new(Vec::new()).unwrap();
    let first = &world.blocks[0];
    draft.bad("epoch-0-with-circle", "Epoch 0 has a circle.", "not an epoch 0", block_with(first, certify(terms(0, circle(&world.nodes)), None)));
    draft.bad("epoch-0-with-directory", "Epoch 0 has a directory.", "not an epoch 0", block_with(first, certify(ProposalTerms { directory_hash: Some(Digest::ZERO), ..terms(0, none()) }, None)));
    draft.bad("epoch-0-with-previous", "Epoch 0 has an epoch before it.", "not an epoch 0", block_with(first, certify(ProposalTerms { previous: Some(Digest::ZERO), ..terms(0, none()) }, None)));
    let base = Base { epoch: 0, height: 0, leaf: Digest::ZERO, note: world.base_note.clone() };
    draft.bad("epoch-0-with-base", "Epoch 0 has a base.", "epoch 0 has no base", block_with(first, certify(terms(0, none()), Some(base))));
    let certificate = first.certificate.as_ref().unwrap().0.clone();
    let elsewhere = |path: &[u64], value: Cbor| Cbor::parse(&block_with(first, certificate.clone())).with(path, value).encode();
    draft.bad("epoch-0-at-height-1", "The first block has height 1.", "not an epoch 0", elsewhere(&[3], int(1)));
    draft.bad("epoch-0-with-prev", "The first block has a block before it.", "not an epoch 0", elsewhere(&[4], [1; 32].into()));
    draft.bad("block-of-another-epoch", "The block is of another epoch.", "another epoch", elsewhere(&[2], int(1)));
    draft.bad("block-of-another-chain", "The block is of another chain.", "another chain", elsewhere(&[1], [1; 32].into()));
    draft.bad("epoch-1-without-the-one-before", "The chain begins with epoch 1.", "base", world.blocks[2].to_bytes());
    draft.bad_in(("chain", hex(&[1; 32])), "asked-for-another-chain", "Another chain is expected.", "another chain", first.to_bytes());
}

fn epoch_one_rules(draft: &mut Draft, world: &World) {
    let block = &world.blocks[2];
    let log = key(11);
    let certificate = block.certificate.as_ref().unwrap().0.clone();
    let payload = cose::Sign1::parse(&certificate, 65_536).unwrap().unverified_payload().to_vec();
    let base = Cbor::parse(&payload);
    let wrap = |payload: Vec<u8>| block_with(block, cose::sign(&log, domain::EPOCH_CERTIFICATE, &payload));
    draft.cose_shapes(&log, domain::EPOCH_CERTIFICATE, &payload, &|bytes| block_with(block, bytes));
    draft.map_shapes(&base, &wrap);
    draft.missing_fields(&base, &[0, 1, 3], &wrap);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    bad("no-base", "Epoch 1 has no base.", "every other epoch has one", base.without(&[2]));
    bad("base-null", "The base is null.", "CBOR", base.with(&[2], raw(&[0xf6])));
    bad("base-of-epoch-1", "The base is of epoch 1.", "base is of another epoch", base.with(&[2, 0], 1));
    bad("base-height", "The base is not the last block under its checkpoint.", "not the last block", base.with(&[2, 1], 0));
    bad("base-leaf", "The first block does not follow on the base's leaf.", "does not follow on the base", base.with(&[2, 2], [1; 32]));
    bad("base-note-broken", "The base's note is none.", "not a signed note", base.with(&[2, 3], "note"));
    let other_note = world.base_note.replacen("\n2\n", "\n1\n", 1);
    bad("base-note-changed", "The base's note was changed after signing.", "does not verify", base.with(&[2, 3], &*other_note));
    bad("base-note-of-epoch-1", "The base's note is of epoch 1.", "expected `pulsebook/", base.with(&[2, 3], &*world.note(1, &[], &[]).to_string()));
    bad("freeze", "Epoch 1 has a freeze.", "needs freezes", base.with(&[3], array([[1u8; 8].into()])));
    bad("no-proposal", "There is no proposal.", "changed root", base.with(&[1], array([])));
    bad("proposal-flipped", "The proposal does not verify.", "the proposal is not signed", base.flipped(&[1, 0]));
    bad("proposal-of-epoch-0", "The proposal is that of epoch 0.", "signed by", base.with(&[1, 0], world.proposals[0].clone()));
    let proposal = |terms: ProposalTerms| propose(ProposalTerms { directory_hash: Some(Digest::ZERO), ..terms });
    let zero = Some(sha256(&[&world.blocks[0].certificate.as_ref().unwrap().0]));
    bad("other-previous", "The proposal names another certificate before.", "another certificate", base.with(&[1, 0], proposal(ProposalTerms { previous: Some(Digest::ZERO), ..terms(1, circle(&world.nodes)) })));
    bad("previous-left-out", "The proposal names no certificate before.", "another certificate", base.with(&[1, 0], proposal(terms(1, circle(&world.nodes)))));
    bad("no-circle", "Epoch 1 has no circle.", "no circle", base.with(&[1, 0], proposal(ProposalTerms { previous: zero, ..terms(1, Circle::new(Vec::new()).unwrap()) })));
    let cose_of = |key: &SigningKey| block_with(block, cose::sign(key, domain::EPOCH_CERTIFICATE, &payload));
    draft.bad("signed-by-epoch-0", "The log key of epoch 0 signed it.", "signed by", cose_of(&key(10)));
    draft.bad("signed-by-the-root", "The root signed it.", "signed by", cose_of(&key(1)));
    let whole = Cbor::parse(&block.to_bytes());
    draft.bad("block-height", "The block has another height than the base says.", "does not follow on the base", whole.with(&[3], 3));
    draft.bad("block-prev", "The block has another prev than the base says.", "does not follow on the base", whole.flipped(&[4]));
    draft.bad("block-epoch", "The block is of epoch 0.", "another epoch", whole.with(&[2], 0));
    let other = Block::new(chain(), 0, (0, Digest::ZERO), START_S, commitments(&[]));
    let other_zero = block_with(&other, sign_epoch_certificate(&key(10), &[propose(ProposalTerms { control_check: Digest::ZERO, ..terms(0, Circle::new(Vec::new()).unwrap()) })], None));
    draft.bad_in(("first_blocks", vec![Value::from(hex(&other_zero))]), "after-another-epoch-0", "The epoch before is another.", "another certificate", block.to_bytes());
}

/// As field 0 of a read page: first block, note, base path of each epoch.
fn shown(world: &World) -> Cbor {
    let epoch = |block: &Block, note: String, path: Vec<Digest>| {
        let path = array(path.iter().map(|hash| Cbor::from(*hash.as_bytes())));
        Cbor::Map(vec![(int(0), block.to_bytes().into()), (int(1), Cbor::Text(note)), (int(2), path)])
    };
    let leaves = [world.blocks[0].leaf(), world.blocks[1].leaf()];
    let hand_over = world.note(1, &[0, 1, 2], &[1, 2, 3]).to_string();
    array([epoch(&world.blocks[0], world.base_note.clone(), Vec::new()), epoch(&world.blocks[2], hand_over, inclusion_proof(&leaves, 1))])
}

fn histories(world: &World) -> Draft {
    let what = "What shows the epochs of a chain to someone who has only its name: field 0 of a read page, an array of {0: first block, 1: hand-over note (epoch 0: the base note), 2: base path}. Context: chain.";
    let mut draft = Draft::new("history", what, 5);
    draft.set_hex("chain", chain().as_bytes());
    let base = shown(world);
    draft.good("epoch-0-alone", "A chain that no node has seen.", base.without(&[1]));
    draft.good("two-epochs", "Epoch 1 is handed over by its own circle.", base.clone());
    draft.good("everyone-signed", "All four witnesses and mirrors.", base.with(&[1, 1], &*world.note(1, &[0, 1, 2, 3], &[0, 1, 2, 3]).to_string()));
    draft.good("other-three", "Any three of four.", base.with(&[1, 1], &*world.note(1, &[1, 2, 3], &[0, 1, 3]).to_string()));
    draft.good("exactly-three", "Exactly three of four, the same for both roles.", base.with(&[1, 1], &*world.note(1, &[0, 2, 3], &[0, 2, 3]).to_string()));
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("nothing", "No epoch is shown.", "no epoch", array([]));
    bad("epoch-1-alone", "Epoch 0 is left out.", "base", base.without(&[0]));
    bad("reversed", "The epochs are in reverse order.", "epoch 0 has no base", array([base.at(&[1]).clone(), base.at(&[0]).clone()]));
    bad("epoch-0-twice", "Epoch 0 is shown twice.", "epoch 0 has no base", array([base.at(&[0]).clone(), base.at(&[0]).clone()]));
    bad("epoch-1-twice", "Epoch 1 is shown twice.", "names another certificate", base.with(&[2], base.at(&[1]).clone()));
    bad("two-witnesses", "Two witnesses handed over.", "witness cosignatures of 2", base.with(&[1, 1], &*world.note(1, &[0, 1], &[0, 1, 2]).to_string()));
    bad("two-mirrors", "Two mirrors handed over.", "mirror cosignatures of 2", base.with(&[1, 1], &*world.note(1, &[0, 1, 2], &[0, 1]).to_string()));
    bad("not-cosigned", "Nobody handed over.", "not handed over", base.with(&[1, 1], &*world.note(1, &[], &[]).to_string()));
    bad("hand-over-at-size-2", "The hand-over is over two blocks.", "not over its first block", base.with(&[1, 1], &*world.note(2, &[0, 1, 2], &[0, 1, 2]).to_string()));
    bad("hand-over-of-epoch-0", "The hand-over is a note of epoch 0.", "not handed over", base.with(&[1, 1], &*world.base_note));
    bad("hand-over-no-note", "The hand-over is no note.", "not a signed note", base.with(&[1, 1], "note"));
    bad("base-path-empty", "The base's inclusion is not shown.", "number of hashes", base.with(&[1, 2], array([])));
    bad("base-path-flipped", "The base path leads elsewhere.", "another root", base.flipped(&[1, 2, 0]));
    bad("base-path-longer", "The base path has a hash too many.", "number of hashes", base.with(&[1, 2, 1], [0; 32]));
    bad("first-block-of-height-1", "The block shown for epoch 0 is not its first.", "no epoch certificate", base.with(&[0, 0], world.blocks[1].to_bytes()));
    bad("block-flipped", "A block is changed.", "the epoch certificate is not signed", base.flipped(&[0, 0]));
    bad("not-hour", "A first block is malformed.", "hour", base.with(&[0, 0], Cbor::parse(&world.blocks[0].to_bytes()).with(&[5], 5).encode()));
    bad("without-note", "An epoch has no note.", "CBOR", base.without(&[1, 1]));
    bad("without-path", "An epoch has no base path.", "CBOR", base.without(&[1, 2]));
    bad("with-more", "An epoch has another field.", "CBOR", base.with(&[1, 3], 0));
    draft.bad_in(("chain", hex(&[1; 32])), "asked-for-another-chain", "Another chain is expected.", "another chain", base);
    draft
}

fn directories(world: &World) -> Draft {
    let what = "Directories. Context: the proposal (array of bstr) that names the directory's hash and circle.";
    let mut draft = Draft::new("directory", what, 5);
    for n in 1..=4 {
        let listed_nodes = super::world::directory_draft(&world.nodes[..n]);
        let proposal = propose(ProposalTerms { directory_hash: Some(listed_nodes.hash()), ..terms(1, circle(&world.nodes[..n])) });
        draft.set_hex("proposal", listed(&[proposal]));
        draft.good(&format!("nodes-{n}"), &format!("A circle of {n}."), listed_nodes.sign(&key(11)));
    }
    let log = key(11);
    let payload = cose::Sign1::parse(&world.draft.sign(&log), 32_768).unwrap().unverified_payload().to_vec();
    let base = Cbor::parse(&payload);
    let proposal_for = |payload: &[u8]| {
        let hash = sha256(&[&domain::DIRECTORY_HASH.prefix(), payload]);
        listed(&[propose(ProposalTerms { directory_hash: Some(hash), ..terms(1, circle(&world.nodes)) })])
    };
    let wrap = |payload: Vec<u8>| cose::sign(&log, domain::DIRECTORY, &payload);
    let renamed = base.with(&[4, 0, 1], "Клиника „Ä“ 心臓").with(&[4, 1, 2], "https://[::1]:8443").encode();
    draft.set_hex("proposal", proposal_for(&renamed));
    draft.good("other-letters", "Names have letters of any script.", wrap(renamed));
    draft.set_hex("proposal", proposal_for(&payload));
    draft.cose_shapes(&log, domain::DIRECTORY, &payload, &|bytes| bytes);
    draft.bad("other-payload", "It is not the directory that the proposal names.", "not the one", wrap(base.with(&[4, 0, 1], "Another name").encode()));
    draft.bad("other-salt", "Its salt is another than hashed.", "not the one", wrap(base.with(&[3], [9; 16]).encode()));
    let none = listed(&[propose(terms(1, circle(&world.nodes)))]);
    draft.bad_in(("proposal", hex(&none)), "no-directory-named", "The proposal names no directory.", "not the one", wrap(payload.clone()));
    // From here on the proposal names whatever the case has, so that only the content is wrong.
    let mut bad = |name: &str, why: &str, error: &str, payload: Vec<u8>| {
        draft.bad_in(("proposal", hex(&proposal_for(&payload))), name, why, error, wrap(payload));
    };
    bad("version-2", "The version is 2.", "not those of the circle", base.with(&[0], 2).encode());
    bad("other-chain", "It is of another chain.", "not those of the circle", base.with(&[1], [1; 32]).encode());
    bad("other-epoch", "It is of another epoch.", "not those of the circle", base.with(&[2], 2).encode());
    bad("node-left-out", "A node of the circle is missing.", "not those of the circle", base.without(&[4, 3]).encode());
    bad("node-twice", "A node is there twice.", "not those of the circle", base.with(&[4, 4], base.at(&[4, 3]).clone()).encode());
    bad("nodes-descend", "Nodes do not ascend by label.", "not those of the circle", base.with(&[4, 0], base.at(&[4, 1]).clone()).with(&[4, 1], base.at(&[4, 0]).clone()).encode());
    bad("other-label", "A label is not the circle's.", "not those of the circle", base.with(&[4, 0, 0], [0; 8]).encode());
    let foreign = NodeKeys::derive(&secret(0x99), &chain(), 0).unwrap().certify(&world.nodes[0].identity);
    bad("other-keys", "A node's certificate is for keys outside the circle.", "not those of the circle", base.with(&[4, 0, 5], foreign).encode());
    bad("other-identity", "A certificate is not by the identity beside it.", "signed by", base.with(&[4, 0, 4], *key(41).public().as_bytes()).encode());
    let elsewhere = NodeKeys::derive(&secret(50), &ChainId::from_bytes([1; 32]), 0).unwrap().certify(&world.nodes[0].identity);
    bad("certificate-of-another-chain", "A certificate is for another chain.", "another chain", base.with(&[4, 0, 5], elsewhere).encode());
    bad("certificate-flipped", "A certificate does not verify.", "key certificate is not signed", base.flipped(&[4, 0, 5]).encode());
    bad("identity-small-order", "An identity key is of small order.", "small order", base.with(&[4, 0, 4], bytes(SMALL_ORDER[6].1)).encode());
    bad("identity-not-canonical", "An identity key is not canonical.", "canonical", base.with(&[4, 0, 4], bytes(NOT_CANONICAL[1].1)).encode());
    bad("no-address", "A node has no address.", "CBOR", base.without(&[4, 0, 2]).encode());
    bad("short-pin", "A TLS pin has 31 bytes.", "CBOR", base.with(&[4, 0, 3], [1; 31]).encode());
    bad("name-as-bytes", "A name is bytes.", "CBOR", base.with(&[4, 0, 1], &b"name"[..]).encode());
    bad("unknown-key", "The map has another key.", "CBOR", base.with(&[5], 0).encode());
    bad("truncated", "The last byte is missing.", "CBOR", base.encode()[..base.encode().len() - 1].to_vec());
    bad("trailing", "A byte follows.", "CBOR", [&base.encode()[..], &[0]].concat());
    bad("keys-not-ascending", "The first two keys have changed places.", "CBOR", { let Cbor::Map(mut entries) = base.clone() else { panic!() }; entries.swap(0, 1); Cbor::Map(entries).encode() });
    draft
}
