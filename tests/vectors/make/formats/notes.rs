//! Cases for checkpoints, cosignatures, certificates and sealed entries: docs/protocol.md §4.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    file::hex,
    world::{GRANT, START_S, World, chain, circle, key, note_over, propose, secret, terms},
};
use pulsebook_protocol::{
    block::Block, bytes::{ByteString, ChainId, Digest, NodeLabel}, checkpoint::{Checkpoint, CosignerRole}, control::{ControlEntry, seal_entries},
    domain, epoch::{Base, sign_epoch_certificate}, hash::sha256, note::{Note, NoteKeyKind, NoteLine, key_id}, proposal::ProposalTerms,
    random::SeededRandom, seal,
};
use serde_json::Value;

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![checkpoints(world), cosignatures(world), quorums(world, false), quorums(world, true), entries()]
}

fn line(name: &str, id: [u8; 4], signature: &[u8]) -> NoteLine {
    NoteLine { name: name.into(), key_id: id, signature: signature.to_vec() }
}

/// A note of any text signed with the log key of epoch 1 under its right name.
fn signed_text(text: &str) -> String {
    let name = format!("pulsebook/{}/1", chain());
    let log = key(11);
    let mut note = Note::new(text.to_owned());
    note.push(line(&name, key_id(&name, NoteKeyKind::Ed25519, &log.public()), log.sign(text.as_bytes()).as_bytes())).unwrap();
    note.to_string()
}

fn checkpoints(world: &World) -> Draft {
    let what = "Checkpoints with the log's signature. Context: chain, epoch, log key. Text: the note. Value: size, root, names of the signature lines.";
    let mut draft = Draft::new("checkpoint", what, 4);
    draft.set_hex("chain", chain().as_bytes()).set("epoch", 0).set_hex("log_key", key(10).public().as_bytes());
    draft.good("epoch-0", "A checkpoint of epoch 0 with two blocks.", world.base_note.clone());
    draft.set("epoch", 1).set_hex("log_key", key(11).public().as_bytes());
    draft.good("size-1", "A checkpoint over the first block of epoch 1.", world.note(1, &[], &[]).to_string());
    draft.good("with-cosignatures", "Cosignatures follow the log's line.", world.note(2, &[0, 1, 2], &[3]).to_string());
    let empty = Checkpoint { size: 0, root: pulsebook_protocol::tree::root(&[]), ..world.checkpoint(1) };
    draft.good("size-0", "A checkpoint of the empty log.", empty.sign(&key(11)).unwrap().to_string());
    let largest = Checkpoint { size: u64::MAX, ..world.checkpoint(1) };
    draft.good("largest-size", "The largest size.", largest.sign(&key(11)).unwrap().to_string());
    let mut strange = world.note(2, &[], &[]);
    strange.push(line("witness.example/w1", [1, 2, 3, 4], &[9; 72])).unwrap();
    draft.good("unknown-name", "A line of a name that is not known is kept and ignored.", strange.to_string());
    let text = world.checkpoint(2).text();
    let own = world.note(2, &[], &[]).to_string();
    let fourth = signed_text(&format!("{text}extension\n"));
    draft.bad("fourth-line", "The text has an extension line.", "not a checkpoint", fourth);
    let lines: Vec<&str> = text.lines().collect();
    let with = |size: &str, root: &str| signed_text(&format!("{}\n{size}\n{root}\n", lines[0]));
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("leading-zero", "The size has a leading zero.", "not a checkpoint", with("02", lines[2]));
    bad("plus-sign", "The size has a plus sign.", "not a checkpoint", with("+2", lines[2]));
    bad("negative-size", "The size is negative.", "not a checkpoint", with("-2", lines[2]));
    bad("size-with-space", "A space follows the size.", "not a checkpoint", with("2 ", lines[2]));
    bad("size-over-64-bits", "The size is 2⁶⁴.", "not a checkpoint", with("18446744073709551616", lines[2]));
    bad("hex-size", "The size is in hex.", "not a checkpoint", with("0x2", lines[2]));
    bad("short-root", "The root has 31 bytes.", "not a checkpoint", with("2", &data_encoding::BASE64.encode(&[1; 31])));
    bad("root-in-hex", "The root is in hex.", "not a checkpoint", with("2", &"ab".repeat(32)));
    bad("root-without-padding", "The root's base64 has no padding.", "not a checkpoint", with("2", lines[2].trim_end_matches('=')));
    bad("root-in-base64url", "The root is in the URL-safe alphabet.", "not a checkpoint", with("2", &data_encoding::BASE64URL.encode(&[0xff; 32])));
    bad("root-bits-left-over", "The last digit of the root has bits that do not count.", "not a checkpoint", with("2", &format!("{}B=", "A".repeat(42))));
    bad("no-root", "The root is missing.", "not a checkpoint", signed_text(&format!("{}\n2\n", lines[0])));
    bad("other-origin", "The origin is another program's.", "expected `pulsebook/", signed_text(&text.replacen("pulsebook", "otherbook", 1)));
    bad("upper-case-origin", "The chain in the origin is in upper case.", "expected `pulsebook/", signed_text(&text.replacen(&chain().to_string(), &chain().to_string().to_uppercase(), 1)));
    bad("epoch-with-zero", "The epoch in the origin has a leading zero.", "expected `pulsebook/", signed_text(&text.replacen("/1\n", "/01\n", 1)));
    bad("carriage-returns", "Lines end with CR LF.", "not a signed note", own.replace('\n', "\r\n"));
    bad("control-character", "The text has a control character.", "not a signed note", signed_text(&text.replacen("\n2", "\n2\u{1}", 1)));
    bad("no-empty-line", "No empty line parts text and signatures.", "not a signed note", own.replace("\n\n", "\n"));
    bad("no-newline-at-end", "The last line has no newline.", "not a signed note", own.trim_end().to_owned());
    bad("empty", "There is nothing.", "not a signed note", String::new());
    bad("unsigned", "There is no signature line.", "not a signed note", format!("{text}\n"));
    bad("hyphen", "A hyphen stands for the dash of a line.", "line 1", own.replace('—', "-"));
    bad("two-spaces", "Two spaces stand after the dash.", "line 1", own.replace("— ", "—  "));
    bad("word-after-signature", "A word follows the signature.", "line 1", format!("{} more\n", own.trim_end()));
    bad("plus-in-name", "A name has a plus sign.", "line 2", format!("{own}— a+b AAAAAAA=\n"));
    bad("key-id-alone", "A line has nothing behind the key id.", "line 2", format!("{own}— name AAAAAA==\n"));
    bad("signature-not-base64", "A signature is no base64.", "line 2", format!("{own}— name *\n"));
    let last = own.lines().last().unwrap();
    bad("signed-twice", "One name has two lines.", "twice", format!("{own}{last}\n"));
    bad("too-large", "The note has more than 16 KiB.", "at most 16384", signed_text(&"x".repeat(17_000)));
    let many: String = (0..33).map(|index| format!("— n{index} AAAAAAA=\n")).collect();
    bad("too-many-lines", "The note has 34 signature lines.", "line 33", format!("{own}{many}"));
    checkpoint_signatures(&mut draft, &text, &own);
    draft
}

fn checkpoint_signatures(draft: &mut Draft, text: &str, own: &str) {
    let (name, log) = (format!("pulsebook/{}/1", chain()), key(11));
    let right_id = key_id(&name, NoteKeyKind::Ed25519, &log.public());
    let right = *log.sign(text.as_bytes()).as_bytes();
    let signed = |name: &str, id: [u8; 4], signature: &[u8]| format!("{text}\n{}\n", line(name, id, signature));
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("other-name", "The log's line has another name.", "has not signed", signed("pulsebook/other", right_id, &right));
    bad("other-key-id", "The key id is that of another key.", "has not signed", signed(&name, key_id(&name, NoteKeyKind::Ed25519, &key(12).public()), &right));
    bad("key-id-of-a-cosigner", "The key id is that of a cosigner's type byte.", "has not signed", signed(&name, key_id(&name, NoteKeyKind::Cosignature, &log.public()), &right));
    bad("other-signer", "Another key signed under the log's key id.", "does not verify", signed(&name, right_id, key(12).sign(text.as_bytes()).as_bytes()));
    bad("over-more", "The signature is over the text with the empty line.", "does not verify", signed(&name, right_id, log.sign(format!("{text}\n").as_bytes()).as_bytes()));
    bad("over-less", "The signature is over the text without its last newline.", "does not verify", signed(&name, right_id, log.sign(text.trim_end().as_bytes()).as_bytes()));
    bad("short-signature", "The signature has 63 bytes.", "does not verify", signed(&name, right_id, &right[..63]));
    bad("long-signature", "The signature has 65 bytes.", "does not verify", signed(&name, right_id, &[&right[..], &[0]].concat()));
    bad("s-plus-l", "S is larger by the group's order.", "does not verify", signed(&name, right_id, &super::signatures::plus_l(&right)));
    bad("other-size", "The size was changed after signing.", "does not verify", own.replacen("\n2\n", "\n3\n", 1));
    draft.bad_in(("epoch", 2), "asked-for-another-epoch", "It is of another epoch than expected.", "expected `pulsebook/", own);
    draft.bad_in(("chain", hex(&[1; 32])), "asked-for-another-chain", "It is of another chain than expected.", "expected `pulsebook/", own);
    draft.bad_in(("log_key", hex(key(12).public().as_bytes())), "asked-for-another-key", "The log has another key.", "has not signed", own);
}

fn cosignatures(world: &World) -> Draft {
    let what = "Cosignature lines of witnesses and mirrors. Context: chain, epoch, size, root, label, role (witness or mirror), key. Value: the time in it, s.";
    let mut draft = Draft::new("cosignature", what, 4);
    let checkpoint = world.checkpoint(2);
    draft.set_hex("chain", chain().as_bytes()).set("epoch", 1).set("size", 2).set_hex("root", checkpoint.root.as_bytes());
    for (index, node) in world.nodes.iter().enumerate() {
        draft.set_hex("label", node.label.as_bytes());
        for (role, word, signer) in [(CosignerRole::Witness, "witness", &node.keys.witness), (CosignerRole::Mirror, "mirror", &node.keys.mirror)] {
            draft.set("role", word).set_hex("key", signer.public().as_bytes());
            let line = checkpoint.cosign(signer, &node.label, role, START_S + index as u64);
            draft.good(&format!("{word}-{index}"), "A cosignature of this node in this role.", line.to_string());
        }
    }
    let node = &world.nodes[0];
    draft.set_hex("label", node.label.as_bytes()).set("role", "witness").set_hex("key", node.keys.witness.public().as_bytes());
    draft.good("time-0", "Any time can be signed; what is believed of it is another rule.", checkpoint.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, 0).to_string());
    let right = checkpoint.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, START_S);
    let with = |change: &dyn Fn(&mut NoteLine)| {
        let mut line = right.clone();
        change(&mut line);
        line.to_string()
    };
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("other-time", "The time was changed after signing.", "does not verify", with(&|line| line.signature[7] ^= 1));
    bad("flipped-signature", "One bit of the signature is flipped.", "does not verify", with(&|line| line.signature[8] ^= 1));
    bad("short", "The last byte of the signature is missing.", "does not verify", with(&|line| line.signature.truncate(71)));
    bad("time-alone", "There is a time and no signature.", "does not verify", with(&|line| line.signature.truncate(8)));
    bad("half-a-time", "There are four bytes behind the key id.", "does not verify", with(&|line| line.signature.truncate(4)));
    bad("long", "A byte follows the signature.", "does not verify", with(&|line| line.signature.push(0)));
    bad("without-time", "The signature has no time in front, as a log's.", "does not verify", with(&|line| line.signature = node.keys.witness.sign(checkpoint.text().as_bytes()).as_bytes().to_vec()));
    bad("other-key-id", "The key id is another.", "has not signed", with(&|line| line.key_id[0] ^= 1));
    bad("key-id-of-a-log", "The key id is that of the type byte 01.", "has not signed", with(&|line| line.key_id = key_id(&line.name, NoteKeyKind::Ed25519, &node.keys.witness.public())));
    bad("other-name", "The name is another.", "has not signed", with(&|line| line.name.push('x')));
    bad("name-of-a-mirror", "The name is that of the mirror.", "has not signed", with(&|line| line.name = line.name.replace("witness", "mirror")));
    bad("mirror-for-witness", "It is the mirror's cosignature.", "has not signed", checkpoint.cosign(&node.keys.mirror, &node.label, CosignerRole::Mirror, START_S).to_string());
    let in_witness_name = checkpoint.cosign(&node.keys.mirror, &node.label, CosignerRole::Witness, START_S);
    bad("mirror-key-in-witness-name", "The mirror key signed in the witness's name.", "has not signed", in_witness_name.to_string());
    bad("forged", "The mirror key signed under the witness's key id.", "does not verify", with(&|line| line.signature = in_witness_name.signature.clone()));
    bad("other-node", "It is another node's cosignature.", "has not signed", checkpoint.cosign(&world.nodes[1].keys.witness, &world.nodes[1].label, CosignerRole::Witness, START_S).to_string());
    bad("other-size", "It is over another size.", "does not verify", Checkpoint { size: 3, ..checkpoint }.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, START_S).to_string());
    bad("other-root", "It is over another root.", "does not verify", Checkpoint { root: Digest::ZERO, ..checkpoint }.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, START_S).to_string());
    bad("other-epoch", "It is over another epoch.", "does not verify", Checkpoint { epoch: 0, ..checkpoint }.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, START_S).to_string());
    bad("other-chain", "It is over another chain.", "does not verify", Checkpoint { chain: ChainId::from_bytes([1; 32]), ..checkpoint }.cosign(&node.keys.witness, &node.label, CosignerRole::Witness, START_S).to_string());
    let message = |text: String| [&START_S.to_be_bytes()[..], node.keys.witness.sign(text.as_bytes()).as_bytes()].concat();
    bad("no-header", "The signed text has no line cosignature/v1.", "does not verify", with(&|line| line.signature = message(format!("time {START_S}\n{}", checkpoint.text()))));
    bad("header-v2", "The signed text begins with cosignature/v2.", "does not verify", with(&|line| line.signature = message(format!("cosignature/v2\ntime {START_S}\n{}", checkpoint.text()))));
    bad("not-a-line", "There is no dash.", "malformed", right.to_string().replace("— ", ""));
    bad("with-newline", "A newline follows the line.", "malformed", format!("{right}\n"));
    bad("empty", "There is nothing.", "malformed", String::new());
    draft
}

/// First blocks of epochs 0 and 1 of a record whose circle has the world's first n nodes.
fn first_blocks(world: &World, n: usize) -> Vec<Block> {
    let zero = world.blocks[0].clone();
    let previous = Some(sha256(&[&zero.certificate.as_ref().unwrap().0]));
    let base = Base { epoch: 0, height: 1, leaf: world.blocks[1].leaf(), note: world.base_note.clone() };
    let proposal = propose(ProposalTerms { previous, directory_hash: Some(Digest::ZERO), ..terms(1, circle(&world.nodes[..n])) });
    let mut one = world.blocks[2].clone();
    one.certificate = Some(ByteString(sign_epoch_certificate(&key(11), &[proposal], Some(base))));
    vec![zero, one]
}

fn quorums(world: &World, settled: bool) -> Draft {
    let common = "Context: chain, and the first blocks of epochs 0 and 1, whose circle counts. Value: size, root, labels of those whose cosignatures count.";
    let (name, kind) = if settled { ("settled-note", "Settled notes: a quorum certificate with k mirrors.") } else { ("quorum-certificate", "Quorum certificates: k witnesses of the epoch's circle on one checkpoint.") };
    let mut draft = Draft::new(name, &format!("{kind} {common}"), 4);
    draft.set_hex("chain", chain().as_bytes());
    let blocks = |draft: &mut Draft, blocks: &[Block]| {
        draft.set("first_blocks", blocks.iter().map(|block| Value::from(hex(&block.to_bytes()))).collect::<Vec<_>>());
    };
    let both = |witnesses: &[usize]| if settled { world.note(2, witnesses, witnesses) } else { world.note(2, witnesses, &[]) };
    for (n, k) in [(1, 1), (2, 2), (3, 2)] {
        blocks(&mut draft, &first_blocks(world, n));
        let signers: Vec<usize> = (0..k).collect();
        draft.good(&format!("circle-of-{n}"), &format!("A circle of {n} needs {k}."), both(&signers).to_string());
        draft.bad(&format!("circle-of-{n}-one-less"), "One cosignature is missing.", "needed", both(&signers[1..]).to_string());
    }
    blocks(&mut draft, &[world.blocks[0].clone(), world.blocks[2].clone()]);
    draft.good("three-of-four", "A circle of four needs three.", both(&[0, 1, 2]).to_string());
    draft.good("other-three-of-four", "Any three do.", both(&[3, 1, 0]).to_string());
    draft.good("all-four", "More than needed is no fault.", both(&[0, 1, 2, 3]).to_string());
    let mut with_stranger = both(&[0, 1, 3]);
    with_stranger.push(line("witness.example/w1", [1, 2, 3, 4], &[9; 72])).unwrap();
    draft.good("with-a-stranger", "A cosigner outside the circle does not count and does no harm.", with_stranger.to_string());
    let mut with_fault = both(&[0, 1, 3]);
    let broken = NoteLine { signature: vec![7; 72], ..world.checkpoint(2).cosign(&world.nodes[2].keys.witness, &world.nodes[2].label, CosignerRole::Witness, 5) };
    with_fault.push(broken.clone()).unwrap();
    draft.good("one-line-that-does-not-verify", "A line of the circle that does not verify does not count.", with_fault.to_string());
    quorum_faults(&mut draft, world, settled, broken);
    draft
}

fn quorum_faults(draft: &mut Draft, world: &World, settled: bool, broken: NoteLine) {
    let both = |witnesses: &[usize]| if settled { world.note(2, witnesses, witnesses) } else { world.note(2, witnesses, &[]) };
    let full = both(&[0, 1, 2]).to_string();
    let checkpoint = world.checkpoint(2);
    let cosigned = |index: usize, role, checkpoint: Checkpoint| {
        let node = &world.nodes[index];
        let signer = if role == CosignerRole::Witness { &node.keys.witness } else { &node.keys.mirror };
        checkpoint.cosign(signer, &node.label, role, START_S)
    };
    let added = |witnesses: &[usize], lines: &[NoteLine]| {
        let mut note = world.note(2, witnesses, if settled { &[0, 1, 2] } else { &[] });
        lines.iter().for_each(|line| note.push(line.clone()).unwrap());
        note.to_string()
    };
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("two-of-four", "Two witnesses are too few.", "witness cosignatures of 2", both(&[0, 1]).to_string());
    bad("none", "There is no cosignature.", "witness cosignatures of 0", both(&[]).to_string());
    bad("mirrors-alone", "Mirrors are no witnesses.", "witness cosignatures of 0", world.note(2, &[], &[0, 1, 2, 3]).to_string());
    bad("third-does-not-verify", "The third witness's line does not verify.", "witness cosignatures of 2", added(&[0, 1], &[broken]));
    let other_size = world.checkpoint(1);
    bad("third-on-another-size", "The third witness cosigned another size.", "witness cosignatures of 2", added(&[0, 1], &[cosigned(2, CosignerRole::Witness, other_size)]));
    let fork = Checkpoint { root: Digest::ZERO, ..checkpoint };
    bad("third-on-another-root", "The third witness cosigned another root.", "witness cosignatures of 2", added(&[0, 1], &[cosigned(2, CosignerRole::Witness, fork)]));
    let outside = checkpoint.cosign(&key(0x99), &NodeLabel::from_bytes([0x99; 8]), CosignerRole::Witness, START_S);
    bad("third-outside-the-circle", "The third witness is not of the circle.", "witness cosignatures of 2", added(&[0, 1], &[outside]));
    let mut entry_key = cosigned(2, CosignerRole::Witness, checkpoint);
    entry_key.signature = checkpoint.cosign(&world.nodes[2].keys.entry, &world.nodes[2].label, CosignerRole::Witness, START_S).signature;
    bad("third-with-another-key", "The third signed with its entry key.", "witness cosignatures of 2", added(&[0, 1], &[entry_key]));
    let twice = cosigned(0, CosignerRole::Witness, checkpoint);
    bad("one-witness-twice", "One witness has two lines.", "twice", format!("{full}{twice}\n"));
    let foreign = Checkpoint { ..checkpoint }.sign(&key(12)).unwrap().to_string();
    let lines: String = full.split_once("\n\n").unwrap().1.lines().skip(1).map(|line| format!("{line}\n")).collect();
    bad("log-key-of-another-epoch", "The log's line is by another key.", "has not signed", format!("{foreign}{lines}"));
    bad("no-log-signature", "The log's own line is missing.", "has not signed", format!("{}\n{lines}", checkpoint.text()));
    bad("size-changed", "The size was changed after signing.", "does not verify", full.replacen("\n2\n", "\n3\n", 1));
    bad("of-epoch-0", "A checkpoint of epoch 0 is certified by nobody.", "expected `pulsebook/", world.base_note.clone());
    bad("other-chain", "It is of another chain.", "expected `pulsebook/", full.replace(&chain().to_string(), &ChainId::from_bytes([1; 32]).to_string()));
    bad("not-a-note", "There is no note.", "not a signed note", checkpoint.text());
    let zero = vec![Value::from(hex(&world.blocks[0].to_bytes()))];
    let of_zero = world.base_note.clone();
    draft.bad_in(("first_blocks", zero), "epoch-without-circle", "Epoch 0 has no circle.", "no circle", of_zero);
    if settled {
        draft.bad("two-mirrors", "Two mirrors are too few.", "mirror cosignatures of 2", world.note(2, &[0, 1, 2], &[0, 1]).to_string());
        draft.bad("certified-only", "Witnesses are no mirrors.", "mirror cosignatures of 0", world.note(2, &[0, 1, 2, 3], &[]).to_string());
        let mut note = world.note(2, &[0, 1, 2], &[0, 1]);
        note.push(cosigned(2, CosignerRole::Mirror, fork)).unwrap();
        draft.bad("third-mirror-on-another-root", "The third mirror cosigned another root.", "mirror cosignatures of 2", note.to_string());
    } else {
        let fork_note = note_over(&world.blocks[2..3], 1).sign(&key(11)).unwrap().to_string();
        draft.bad("lines-of-another-checkpoint", "The cosignatures are of another checkpoint.", "witness cosignatures of 0", format!("{fork_note}{lines}"));
    }
}

fn entries() -> Draft {
    let what = "Sealed control entries. Context: control key, chain, epoch, height. Value: the entries.";
    let mut draft = Draft::new("control-entries", what, 4);
    let place = (&chain(), 1u32, 5u64);
    draft.set_hex("control_key", [0x61; 32]).set_hex("chain", chain().as_bytes()).set("epoch", 1).set("height", 5);
    let grant = ControlEntry::Grant { grant_id: GRANT, authority: Digest::from_bytes([2; 32]), mint_epoch: 1 };
    let revoke = ControlEntry::Revoke { grant_id: GRANT, time: START_S };
    let reserved = [ControlEntry::Erase(ByteString(vec![1, 2])), ControlEntry::InboxAck(ByteString(vec![]))];
    let seal = |seed, entries: &[ControlEntry]| seal_entries(&secret(0x61), place, entries, &mut SeededRandom::new(seed)).unwrap();
    draft.good("none", "An empty list.", seal(1, &[]));
    draft.good("grant", "A Grant.", seal(2, std::slice::from_ref(&grant)));
    draft.good("revoke", "A Revoke.", seal(3, std::slice::from_ref(&revoke)));
    draft.good("reserved", "Erase and InboxAck are carried as they are.", seal(4, &reserved));
    draft.good("sixty-four", "As many as a block may have.", seal(5, &vec![revoke.clone(); 64]));
    draft.good("mixed", "Kinds in any order, one of them twice.", seal(6, &[revoke.clone(), grant.clone(), grant.clone(), reserved[0].clone()]));
    let base = Cbor::parse(&pulsebook_protocol::cbor::encode(&vec![grant.clone(), revoke.clone(), reserved[0].clone()]));
    let aad = [&domain::CONTROL.prefix()[..], chain().as_bytes(), &1u32.to_be_bytes(), &5u64.to_be_bytes()].concat();
    let with = |plaintext: Vec<u8>| seal::seal(&[0x61; 32], &aad, &seal::pad(plaintext), &mut SeededRandom::new(9)).unwrap();
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, with(cbor.encode()));
    };
    bad("sixty-five", "One entry too many.", "65 control entries", array(vec![base.at(&[1]).clone(); 65]));
    bad("kind-5", "A kind that is not known.", "CBOR", base.with(&[0, 0], 5));
    bad("kind-0", "There is no kind 0.", "CBOR", base.with(&[0, 0], 0));
    bad("grant-without-epoch", "A Grant has no mint epoch.", "CBOR", base.without(&[0, 3]));
    bad("grant-with-more", "A Grant has another field.", "CBOR", base.with(&[0, 4], 1));
    bad("revoke-without-time", "A Revoke has no time.", "CBOR", base.without(&[1, 4]));
    bad("revoke-as-grant", "A Revoke has a Grant's kind.", "CBOR", base.with(&[1, 0], 1));
    bad("short-grant-id", "A grant_id has 15 bytes.", "CBOR", base.with(&[0, 1], [9; 15]));
    bad("short-authority", "An authority hash has 31 bytes.", "CBOR", base.with(&[0, 2], [9; 31]));
    bad("negative-time", "A time is negative.", "CBOR", base.with(&[1, 4], int(-1)));
    bad("body-as-text", "A body is a text.", "CBOR", base.with(&[2, 5], "text"));
    bad("entry-as-array", "An entry is an array.", "CBOR", base.with(&[0], array([int(1)])));
    bad("entry-null", "An entry is null.", "CBOR", base.with(&[0], raw(&[0xf6])));
    bad("one-entry-bare", "An entry stands without its list.", "CBOR", base.at(&[0]).clone());
    bad("indefinite", "The list has an indefinite length.", "CBOR", raw(&[0x9f, 0xff]));
    let sealed = seal(2, &[grant]);
    draft.bad("trailing", "A byte follows the list.", "CBOR", with([&base.encode()[..], &[0]].concat()));
    draft.bad("not-padded", "The list is not padded.", "padded", seal::seal(&[0x61; 32], &aad, &base.encode(), &mut SeededRandom::new(9)).unwrap());
    draft.bad("flipped", "One bit is flipped.", "do not open", [&sealed[..40], &[sealed[40] ^ 1], &sealed[41..]].concat());
    draft.bad_in(("control_key", hex(&[0x62; 32])), "other-key", "The key is another.", "do not open", sealed.clone());
    draft.bad_in(("height", 6), "other-height", "They are of another block.", "do not open", sealed.clone());
    draft.bad_in(("epoch", 2), "other-epoch", "They are of another epoch.", "do not open", sealed.clone());
    draft.bad_in(("chain", hex(&[1; 32])), "other-chain", "They are of another chain.", "do not open", sealed);
    draft
}
