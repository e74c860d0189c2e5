//! Cases for bodies of requests and answers, and for cards: docs/protocol.md §8 and §9.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    file::hex,
    signatures::{NOT_CANONICAL, SMALL_ORDER, bytes},
    world::{GRANT, SALT, World, chain, key, receive_key},
};
use pulsebook_protocol::{
    answer::{Code, ErrorBody}, bytes::Digest, card::{GranteeCard, NodeCard}, cbor,
    manifest::{Manifest, Row}, owner::Enrol, tree,
};
use serde_json::Value;

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![enrols(), epoch_uploads(world), offers(world), certificates(world), heads(world), access_lists(), held_blocks(world), error_answers(), node_cards(), grantee_cards()]
}

pub(super) fn same(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

pub(super) fn map(fields: Vec<(u64, Cbor)>) -> Cbor {
    Cbor::Map(fields.into_iter().map(|(key, value)| (Cbor::Unsigned(key), value)).collect())
}

fn enrols() -> Draft {
    let mut draft = Draft::new("enrol", "Bodies of POST …/enrol. Context: the chain in the address.", 8);
    draft.set_hex("chain", chain().as_bytes());
    let (root, wrap) = (key(1), &same);
    let body = |device: u8, invite: Option<&str>| {
        let device = key(device);
        let body = Enrol {
            invite: invite.map(str::to_owned), device: device.public(), held: device.prove_possession(&chain(), "device", 0), first_root: root.public(),
            salt: SALT, locator: Digest::from_bytes([2; 32]), voucher: root.vouch_for(&chain(), "enrol", 0, &device.public()),
        };
        Cbor::parse(&cbor::encode(&body))
    };
    for (name, device, invite) in [("with-invite", 30, Some("abcd-efgh")), ("without-invite", 30, None), ("other-device", 31, None), ("empty-invite", 32, Some("")), ("long-invite", 33, Some("ünïcode invite of any length"))] {
        draft.good(name, "A device enrols a chain.", body(device, invite));
    }
    let base = body(30, Some("abcd-efgh"));
    draft.map_shapes(&base, wrap);
    draft.missing_fields(&base, &[1, 2, 3, 4, 5, 6], wrap);
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        draft.bad(&format!("device-{kind}"), "The device key may not be enrolled.", "CBOR", base.with(&[1], bytes(encoding)));
        draft.bad(&format!("root-{kind}"), "The first root may not be enrolled.", "CBOR", base.with(&[3], bytes(encoding)));
    }
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, cbor);
    };
    bad("other-root", "The chain is not of this root.", "chain", base.with(&[3], *key(2).public().as_bytes()));
    bad("other-salt", "The chain is not of this salt.", "chain", base.with(&[4], [0; 16]));
    bad("not-held", "The device key's proof is another's.", "verify", base.with(&[2], *key(31).prove_possession(&chain(), "device", 0).as_bytes()));
    bad("held-in-epoch-1", "The device key's proof has number 1.", "verify", base.with(&[2], *key(30).prove_possession(&chain(), "device", 1).as_bytes()));
    bad("no-voucher", "The device vouches for itself.", "verify", base.with(&[6], *key(30).vouch_for(&chain(), "enrol", 0, &key(30).public()).as_bytes()));
    bad("voucher-for-another", "The root vouches for another device.", "verify", base.with(&[6], *root.vouch_for(&chain(), "enrol", 0, &key(31).public()).as_bytes()));
    bad("voucher-in-another-role", "The voucher is for the role device.", "verify", base.with(&[6], *root.vouch_for(&chain(), "device", 0, &key(30).public()).as_bytes()));
    bad("device-replaced", "The device is another than proven and vouched for.", "verify", base.with(&[1], *key(31).public().as_bytes()));
    bad("invite-as-bytes", "The invite is bytes.", "CBOR", base.with(&[0], &b"abcd"[..]));
    bad("invite-null", "The invite is null instead of left out.", "CBOR", base.with(&[0], raw(&[0xf6])));
    bad("short-locator", "The locator has 31 bytes.", "CBOR", base.with(&[5], [1; 31]));
    bad("short-voucher", "The voucher has 63 bytes.", "CBOR", base.with(&[6], [1; 63]));
    bad("too-large", "It has more than 64 KiB.", "too large", base.with(&[0], &*"x".repeat(66_000)));
    draft.bad_in(("chain", hex(&[1; 32])), "other-address", "The address names another chain.", "chain", base);
    draft
}

fn epoch_uploads(world: &World) -> Draft {
    let mut draft = Draft::new("epoch-upload", "Bodies of PUT …/epochs/<e>. What the parts say is in proposal, directory and control-check.", 8);
    let list = |proposals: &[Vec<u8>]| array(proposals.iter().map(|proposal| proposal.clone().into()));
    let directory = world.draft.sign(&key(11));
    let base = map(vec![(0, list(&world.proposals[1..])), (1, directory.into()), (2, [0x61; 32].into())]);
    draft.good("epoch-1", "Proposal, directory, control key.", base.clone());
    draft.good("epoch-0", "Epoch 0 has no directory.", map(vec![(0, list(&world.proposals[..1])), (2, [0x60; 32].into())]));
    draft.good("two-signatures", "Two proposal signatures travel as two elements.", base.with(&[0], list(&world.proposals)));
    draft.good("no-signature", "The body can carry none; the proposal's rules refuse that.", base.with(&[0], list(&[])));
    draft.good("zero-key", "Any 32 bytes can be a control key; its check value decides.", base.with(&[2], [0; 32]));
    draft.map_shapes(&base, &same);
    draft.missing_fields(&base, &[0, 2], &same);
    draft.bad("proposal-not-listed", "The proposal is not in an array.", "CBOR", base.with(&[0], world.proposals[1].clone()));
    draft.bad("proposal-as-text", "A proposal is a text.", "CBOR", base.with(&[0, 0], "proposal"));
    draft.bad("directory-null", "The directory is null instead of left out.", "CBOR", base.with(&[1], raw(&[0xf6])));
    draft.bad("directory-as-text", "The directory is a text.", "CBOR", base.with(&[1], "directory"));
    draft.bad("key-as-number", "The control key is a number.", "CBOR", base.with(&[2], 5));
    draft.bad("too-large", "It has more than 64 KiB.", "too large", base.with(&[1], vec![0; 66_000]));
    draft
}

fn offers(world: &World) -> Draft {
    let mut draft = Draft::new("offer", "Bodies of POST …/offers. What the parts say is in block, manifest, checkpoint and tree-consistency.", 8);
    let rows = [0, 1, 2, 3, 4, 5, 6, 7].map(|slot| Row::Unused { blinder: super::world::blinder(slot) });
    let offer = |epoch: u64, old: u64, from: usize, to: usize, note: String| {
        let blocks = &world.blocks[from..to];
        let manifests = blocks.iter().map(|block| Cbor::from(Manifest::new(block.height, rows).encode()));
        map(vec![(0, epoch.into()), (1, old.into()), (2, array(blocks.iter().map(|block| block.to_bytes().into()))), (3, array(manifests)), (4, Cbor::Text(note)), (5, array([]))])
    };
    let leaves: Vec<Digest> = world.blocks[2..4].iter().map(|block| block.leaf()).collect();
    let proof = array(tree::consistency_proof(&leaves, 1).iter().map(|hash| Cbor::from(*hash.as_bytes())));
    let base = offer(1, 1, 3, 4, world.note(2, &[], &[]).to_string()).with(&[5], proof);
    draft.good("second-block", "One block after one.", base.clone());
    draft.good("epoch-0", "Two blocks of epoch 0 from nothing.", offer(0, 0, 0, 2, world.base_note.clone()));
    draft.good("first-of-epoch-1", "The first block of epoch 1.", offer(1, 0, 2, 3, world.note(1, &[], &[]).to_string()));
    draft.good("no-blocks", "The same head again: no block.", offer(1, 2, 4, 4, world.note(2, &[], &[]).to_string()));
    draft.good("sixty-four-blocks", "As many blocks as an offer may have.", base.with(&[2], array(vec![world.blocks[3].to_bytes().into(); 64])));
    draft.map_shapes(&base, &same);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 5], &same);
    draft.bad("sixty-five-blocks", "One block too many.", "64 blocks", base.with(&[2], array(vec![world.blocks[3].to_bytes().into(); 65])));
    draft.bad("block-as-map", "A block is not in a byte string.", "CBOR", base.with(&[2, 0], Cbor::parse(&world.blocks[3].to_bytes())));
    draft.bad("manifest-as-text", "A manifest is a text.", "CBOR", base.with(&[3, 0], "manifest"));
    draft.bad("note-as-bytes", "The note is bytes.", "CBOR", base.with(&[4], &b"note"[..]));
    draft.bad("short-hash", "A hash of the proof has 31 bytes.", "CBOR", base.with(&[5, 0], [1; 31]));
    draft.bad("negative-size", "The old size is negative.", "CBOR", base.with(&[1], int(-1)));
    draft.bad("epoch-too-wide", "The epoch has 33 bits.", "CBOR", base.with(&[0], 1u64 << 32));
    draft
}

fn certificates(world: &World) -> Draft {
    let mut draft = Draft::new("certificate-upload", "Bodies of POST …/certificates. What the note says is in quorum-certificate and settled-note.", 8);
    let body = |note: String| map(vec![(0, Cbor::Text(note))]);
    for (name, witnesses, mirrors) in [("three-witnesses", &[0, 1, 2][..], &[][..]), ("with-a-mirror", &[0, 1, 2], &[0]), ("settled", &[0, 1, 2, 3], &[0, 1, 2, 3]), ("nobody", &[], &[])] {
        draft.good(name, "A note of the epoch.", body(world.note(2, witnesses, mirrors).to_string()));
    }
    draft.good("any-text", "The body can carry any text; the note's rules refuse it.", body(String::new()));
    let base = body(world.note(1, &[0, 1, 2], &[]).to_string());
    let encoded = base.encode();
    let note = &encoded[2..];
    draft.bad("nothing", "There are no bytes.", "CBOR", Vec::new());
    draft.bad("truncated", "The last byte is missing.", "CBOR", encoded[..encoded.len() - 1].to_vec());
    draft.bad("trailing-byte", "A byte follows.", "CBOR", [&encoded[..], &[0]].concat());
    draft.bad("indefinite-map", "The map has an indefinite length.", "CBOR", [&[0xbf], &encoded[1..], &[0xff]].concat());
    draft.bad("long-map-head", "The map's length is not in its shortest form.", "CBOR", [&[0xb8, 1], &encoded[1..]].concat());
    draft.bad("long-key", "The key is written in two bytes.", "CBOR", [&[0xa1, 0x18, 0], note].concat());
    draft.bad("key-twice", "The key is there twice.", "CBOR", [&[0xa2], &encoded[1..], &encoded[1..]].concat());
    draft.bad("tagged", "A tag stands before the map.", "CBOR", [&[0xc1], &encoded[..]].concat());
    draft.bad("note-bare", "The note stands without its map.", "CBOR", note.to_vec());
    draft.bad("array", "The note comes in an array.", "CBOR", [&[0x81], note].concat());
    draft.bad("empty-map", "There is no note.", "CBOR", vec![0xa0]);
    draft.bad("unknown-key", "The map has another key.", "CBOR", base.with(&[1], 0));
    draft.bad("key-1", "The note has key 1.", "CBOR", map(vec![(1, Cbor::Text("note".into()))]));
    draft.bad("note-as-bytes", "The note is bytes.", "CBOR", base.with(&[0], &b"note"[..]));
    draft.bad("note-null", "The note is null.", "CBOR", base.with(&[0], raw(&[0xf6])));
    draft.bad("note-in-pieces", "The note has an indefinite length.", "CBOR", base.with(&[0], raw(&[0x7f, 0x61, b'a', 0xff])));
    draft.bad("not-utf-8", "The note is not UTF-8.", "CBOR", base.with(&[0], raw(&[0x62, 0xff, 0xfe])));
    draft.bad("too-large", "It has more than 64 KiB.", "too large", body("x".repeat(66_000)));
    draft
}

fn heads(world: &World) -> Draft {
    let mut draft = Draft::new("head", "Answers of GET …/head.", 8);
    let cursor = array([(*GRANT.as_bytes()).into(), int(1), int(2)]);
    let base = map(vec![(0, int(1)), (1, int(2)), (2, [5; 32].into()), (3, int(3)), (4, Cbor::Text(world.note(2, &[0, 1, 2], &[0, 1, 2]).to_string())), (5, array([cursor.clone()])), (6, int(9))]);
    draft.good("everything", "A settled head with a release and entries.", base.clone());
    draft.good("nothing-settled", "Nothing is settled.", base.without(&[4]));
    draft.good("no-block", "A node that holds no block yet.", base.without(&[3]).without(&[4]).with(&[1], 0).with(&[5], array([])));
    draft.good("two-grants", "Two grants.", base.with(&[5, 1], cursor.clone()));
    draft.good("largest-numbers", "The largest numbers.", base.with(&[0], u64::from(u32::MAX)).with(&[1], u64::MAX).with(&[3], u64::MAX).with(&[6], u64::MAX));
    draft.map_shapes(&base, &same);
    draft.missing_fields(&base, &[0, 1, 2, 5, 6], &same);
    draft.bad("short-root", "The root has 31 bytes.", "CBOR", base.with(&[2], [1; 31]));
    draft.bad("height-null", "The height is null instead of left out.", "CBOR", base.with(&[3], raw(&[0xf6])));
    draft.bad("note-as-bytes", "The note is bytes.", "CBOR", base.with(&[4], &b"note"[..]));
    draft.bad("cursor-of-two", "A release has no seq.", "CBOR", base.without(&[5, 0, 2]));
    draft.bad("cursor-of-four", "A release has a fourth element.", "CBOR", base.with(&[5, 0, 3], 0));
    draft.bad("short-grant-id", "A grant_id has 15 bytes.", "CBOR", base.with(&[5, 0, 0], [1; 15]));
    draft.bad("negative-entries", "The number of entries is negative.", "CBOR", base.with(&[6], int(-1)));
    draft.bad("size-as-text", "The size is a text.", "CBOR", base.with(&[1], "2"));
    draft
}

fn access_lists() -> Draft {
    let mut draft = Draft::new("access-list", "Answers of GET …/accesses: an array of bstr. What an entry says is in access-entry.", 8);
    let list = |count: usize| array(vec![Cbor::from(vec![7u8; 40]); count]);
    for count in [0, 1, 2, 24, 256] {
        draft.good(&format!("entries-{count}"), &format!("{count} entries."), list(count));
    }
    let base = list(3);
    let encoded = base.encode();
    draft.bad("nothing", "There are no bytes.", "CBOR", Vec::new());
    draft.bad("truncated", "The last byte is missing.", "CBOR", encoded[..encoded.len() - 1].to_vec());
    draft.bad("trailing-byte", "A byte follows.", "CBOR", [&encoded[..], &[0]].concat());
    draft.bad("indefinite", "The array has an indefinite length.", "CBOR", [&[0x9f], &encoded[1..], &[0xff]].concat());
    draft.bad("long-head", "The array's length is not in its shortest form.", "CBOR", [&[0x98, 3], &encoded[1..]].concat());
    draft.bad("one-announced-too-many", "The array announces one more.", "CBOR", [&[0x84], &encoded[1..]].concat());
    draft.bad("one-announced-too-few", "The array announces one less.", "CBOR", [&[0x82], &encoded[1..]].concat());
    draft.bad("huge-length", "The array announces 2⁶⁴ − 1 entries.", "CBOR", [&[0x9b][..], &[0xff; 8]].concat());
    draft.bad("map", "It is a map.", "CBOR", map(vec![(0, list(1))]));
    draft.bad("entry-bare", "An entry stands without its list.", "CBOR", Cbor::from(vec![7u8; 40]));
    draft.bad("entry-as-text", "An entry is a text.", "CBOR", base.with(&[0], "entry"));
    draft.bad("entry-as-array", "An entry is not in a byte string.", "CBOR", base.with(&[0], array([int(1)])));
    draft.bad("entry-null", "An entry is null.", "CBOR", base.with(&[0], raw(&[0xf6])));
    draft.bad("entry-in-pieces", "An entry has an indefinite length.", "CBOR", base.with(&[0], raw(&[0x5f, 0x41, 1, 0xff])));
    draft.bad("entry-with-long-head", "An entry's length is not in its shortest form.", "CBOR", base.with(&[0], raw(&[0x58, 1, 1])));
    draft.bad("tagged", "A tag stands before the list.", "CBOR", [&[0xc1], &encoded[..]].concat());
    draft
}

fn held_blocks(world: &World) -> Draft {
    let mut draft = Draft::new("held-block", "Answers of GET …/blocks/<height>.", 8);
    let rows = [0, 1, 2, 3, 4, 5, 6, 7].map(|slot| Row::Unused { blinder: super::world::blinder(slot) });
    let held = |index: usize, slots: &[(i64, usize)]| {
        let block = &world.blocks[index];
        let segments = slots.iter().map(|(slot, sealed)| array([int(*slot), (*world.sealed[*sealed].hash.as_bytes()).into()]));
        map(vec![(0, block.to_bytes().into()), (1, Manifest::new(block.height, rows).encode().into()), (2, array(segments))])
    };
    draft.good("no-segment", "The first block.", held(0, &[]));
    draft.good("one-segment", "A block with one segment.", held(1, &[(0, 0)]));
    draft.good("first-of-epoch-1", "The first block of epoch 1.", held(2, &[]));
    draft.good("three-segments", "A block with three.", held(3, &[(0, 1), (1, 2), (2, 3)]));
    draft.good("two-of-three", "A node that holds two of them.", held(3, &[(0, 1), (2, 3)]));
    let base = held(3, &[(0, 1), (1, 2), (2, 3)]);
    draft.map_shapes(&base, &same);
    draft.missing_fields(&base, &[0, 1, 2], &same);
    draft.bad("block-as-map", "The block is not in a byte string.", "CBOR", base.with(&[0], Cbor::parse(&world.blocks[3].to_bytes())));
    draft.bad("manifest-as-text", "The manifest is a text.", "CBOR", base.with(&[1], "manifest"));
    draft.bad("slot-256", "A slot does not fit into a byte.", "CBOR", base.with(&[2, 0, 0], 256));
    draft.bad("short-hash", "A hash has 31 bytes.", "CBOR", base.with(&[2, 0, 1], [1; 31]));
    draft.bad("segment-of-one", "A segment has no hash.", "CBOR", base.without(&[2, 0, 1]));
    draft.bad("segments-null", "The segments are null.", "CBOR", base.with(&[2], raw(&[0xf6])));
    draft
}

fn error_answers() -> Draft {
    let mut draft = Draft::new("error-answer", "Error answers (JSON). Text: the body. Value: its fields, and the status that the code has.", 8);
    for code in Code::ALL {
        draft.good(code.text(), "An answer with this code.", ErrorBody::new(*code, "what was expected", "what to do").to_json());
    }
    draft.good("unknown-field", "Fields that a later version adds are ignored.", r#"{"code":"conflict","message":"m","expected":"e","do":"d","more":1}"#);
    draft.good("empty-words", "The words may be empty.", r#"{"code":"missing","message":"","expected":"","do":""}"#);
    let base: Value = serde_json::from_str(&ErrorBody::new(Code::Conflict, "e", "d").to_json()).unwrap();
    for field in ["code", "message", "expected", "do"] {
        let mut changed = base.clone();
        changed.as_object_mut().unwrap().remove(field);
        draft.bad(&format!("without-{field}"), &format!("{field} is missing."), "not an error answer", changed.to_string());
        changed[field] = 5.into();
        draft.bad(&format!("{field}-as-number"), &format!("{field} is a number."), "not an error answer", changed.to_string());
        changed[field] = Value::Null;
        draft.bad(&format!("{field}-null"), &format!("{field} is null."), "not an error answer", changed.to_string());
    }
    draft.bad("unknown-code", "There is no such code.", "not a code", base.to_string().replace("conflict", "no_such_code"));
    draft.bad("code-in-upper-case", "The code is in upper case.", "not a code", base.to_string().replace("conflict", "CONFLICT"));
    draft.bad("status-for-code", "The status stands for the code.", "not a code", base.to_string().replace("conflict", "409"));
    draft.bad("empty", "There is nothing.", "not an error answer", "");
    draft.bad("truncated", "The last brace is missing.", "not an error answer", base.to_string().trim_end_matches('}'));
    draft.bad("code-twice", "The code is there twice.", "not an error answer", r#"{"code":"conflict","code":"missing","message":"","expected":"","do":""}"#);
    draft
}

fn node_card(name: &str, address: &str, invite: Option<&str>) -> String {
    NodeCard { name: name.into(), address: address.into(), identity: key(40).public(), tls_pin: Digest::from_bytes([1; 32]), invite: invite.map(str::to_owned) }.to_json()
}

/// What is wrong with any card: kinds, missing, doubled and unknown fields.
fn card_shapes(draft: &mut Draft, json: &str, kind: &str, fields: &[&str]) {
    let value: Value = serde_json::from_str(json).unwrap();
    draft.bad("empty", "There is nothing.", "cannot be read", "");
    draft.bad("truncated", "The last brace is missing.", "cannot be read", json.trim_end_matches('}'));
    draft.bad("trailing", "Text follows the object.", "cannot be read", format!("{json} x"));
    draft.bad("array", "It is an array.", "expected a", format!("[{json}]"));
    draft.bad("version-2", "It is of version 2.", "expected a", json.replace(&format!("{kind}/1"), &format!("{kind}/2")));
    draft.bad("other-kind", "It is of another kind.", "expected a", json.replace(&format!("{kind}/1"), "grant/1"));
    draft.bad("unknown-field", "It has an unknown field.", "cannot be read", json.replacen('{', "{\"no_such_field\": 1,", 1));
    draft.bad("field-twice", "A field is there twice.", "cannot be read", json.replacen('{', "{\"name\": \"another\",", 1));
    for field in fields {
        let mut changed = value.clone();
        changed.as_object_mut().unwrap().remove(*field);
        draft.bad(&format!("without-{}", field.replace('_', "-")), &format!("{field} is missing."), "cannot be read", changed.to_string());
    }
    let with = |name: &str| {
        let mut changed = value.clone();
        changed["name"] = name.into();
        changed.to_string()
    };
    draft.bad("name-empty", "The name is empty.", "`name` is wrong", with(""));
    draft.bad("name-blank", "The name is white space.", "`name` is wrong", with("  "));
    draft.bad("name-of-two-lines", "The name has two lines.", "`name` is wrong", with("two\nlines"));
    draft.bad("name-too-long", "The name has 201 bytes.", "`name` is wrong", with(&"x".repeat(201)));
    draft.bad("name-too-long-in-bytes", "The name has 101 characters of two bytes.", "`name` is wrong", with(&"ä".repeat(101)));
}

fn node_cards() -> Draft {
    let mut draft = Draft::new("node-card", "Node cards (JSON). Text: the card.", 9);
    draft.good("host", "A host name.", node_card("Dr Linden", "https://node.example", None));
    draft.good("port", "A port, and an invite.", node_card("Hospital East", "https://node.example:8443", Some("abcd-efgh")));
    draft.good("ipv4", "An IPv4 address.", node_card("A", "https://127.0.0.1:1", None));
    draft.good("ipv6", "An IPv6 address.", node_card("A", "https://[::1]:8443", None));
    draft.good("longest-name", "A name of 200 bytes.", node_card(&"ä".repeat(100), "https://node.example", None));
    let json = node_card("Dr Linden", "https://node.example", Some("x"));
    card_shapes(&mut draft, &json, "node", &["name", "address", "identity", "tls_pin"]);
    for (name, address) in [("http", "http://node.example"), ("no-scheme", "node.example"), ("upper-case-scheme", "HTTPS://node.example"), ("no-host", "https://"), ("path", "https://node.example/path"), ("slash", "https://node.example/"), ("query", "https://node.example?a"), ("user", "https://user@node.example"), ("space", "https://node example"), ("not-ascii", "https://nöde.example"), ("fragment", "https://node.example#a")] {
        draft.bad(&format!("address-{name}"), "The address is not https:// and a host.", "`address` is wrong", node_card("A", address, None));
    }
    draft.bad("address-too-long", "The host has 261 bytes.", "`address` is wrong", node_card("A", &format!("https://{}", "a".repeat(261)), None));
    let identity = key(40).public().to_string();
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        draft.bad(&format!("identity-{kind}"), "The identity key may not be enrolled.", "`identity` is wrong", json.replace(&identity, encoding));
    }
    draft.bad("identity-in-upper-case", "The identity key is in upper case.", "`identity` is wrong", json.replace(&identity, &identity.to_uppercase()));
    draft.bad("short-pin", "The TLS pin has 31 bytes.", "`tls_pin` is wrong", json.replace(&"01".repeat(32), &"01".repeat(31)));
    draft.bad("pin-not-hex", "The TLS pin is no hex.", "`tls_pin` is wrong", json.replace(&"01".repeat(32), &"xy".repeat(32)));
    draft.bad("invite-as-number", "The invite is a number.", "cannot be read", json.replace("\"x\"", "5"));
    draft
}

fn grantee_cards() -> Draft {
    let mut draft = Draft::new("grantee-card", "Grantee cards (JSON). Text: the card.", 9);
    for (name, seed) in [("Cardiology North", 0x70), ("Клиника", 0x71), ("A", 0x72), ("心臓", 0x73), ("Dr „Ä“", 0x74)] {
        let card = GranteeCard::make(name, &key(seed), receive_key().public());
        draft.good(&format!("seed-{seed:x}"), "A card with a request key and a receive key of suite 1.", card.to_json());
    }
    let json = GranteeCard::make("Cardiology North", &key(0x70), receive_key().public()).to_json();
    let value: Value = serde_json::from_str(&json).unwrap();
    card_shapes(&mut draft, &json, "grantee", &["name", "request", "possession", "suite", "receive"]);
    let with = |key: &str, new: Value| {
        let mut changed = value.clone();
        changed[key] = new;
        changed.to_string()
    };
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        draft.bad(&format!("request-{kind}"), "The request key may not be enrolled.", "`request` is wrong", with("request", (*encoding).into()));
    }
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    bad("stolen-key", "The request key is another's.", "`possession` is wrong", with("request", key(0x71).public().to_string().into()));
    let own = |proof: pulsebook_protocol::key::Signature| with("possession", hex(proof.as_bytes()).into());
    let zero = pulsebook_protocol::bytes::ChainId::from_bytes([0; 32]);
    bad("possession-of-a-chain", "The proof names a chain.", "`possession` is wrong", own(key(0x70).prove_possession(&chain(), "grantee", 0)));
    bad("possession-of-another-role", "The proof is for the role device.", "`possession` is wrong", own(key(0x70).prove_possession(&zero, "device", 0)));
    bad("possession-of-number-1", "The proof has number 1.", "`possession` is wrong", own(key(0x70).prove_possession(&zero, "grantee", 1)));
    bad("short-possession", "The proof has 63 bytes.", "`possession` is wrong", with("possession", "01".repeat(63).into()));
    bad("suite-0", "There is no suite 0.", "`suite` is wrong", with("suite", 0.into()));
    bad("suite-65535", "There is no suite 65535.", "`suite` is wrong", with("suite", 65_535.into()));
    bad("suite-too-wide", "The suite has 17 bits.", "cannot be read", with("suite", 65_536.into()));
    bad("suite-as-text", "The suite is a text.", "cannot be read", with("suite", "1".into()));
    bad("short-receive-key", "The receive key has 1,215 bytes.", "`receive` is wrong", with("receive", data_encoding::BASE64URL_NOPAD.encode(&receive_key().public().to_bytes()[1..]).into()));
    bad("padded-receive-key", "The receive key's base64 is padded.", "`receive` is wrong", with("receive", "AQ==".into()));
    bad("receive-key-in-hex", "The receive key is in hex.", "`receive` is wrong", with("receive", hex(&receive_key().public().to_bytes()).into()));
    draft
}
