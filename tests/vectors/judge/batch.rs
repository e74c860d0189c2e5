//! Segments together in one request (docs/protocol.md §8), judged by a node; and exported evidence (§14), by its roots.

use super::{Format, Verdict, hex};
use crate::{
    file::{Case, unhex},
    world::{SALT, chain, key, secret},
};
use pulsebook_protocol::{
    answer::ErrorBody,
    bytes::Digest,
    cbor,
    evidence::{EvidenceTree, Notification},
    hash::sha256,
    owner::{Enrol, SEGMENTS_LIMIT, SegmentUpload, path},
    request::{Nonce, RequestToSign, sign_owner_request},
    secret::Secret32,
};
use pulsebook_provider_node::{Answer, Incoming, InvitePolicy, Node, NodeSecrets, store::MemoryStore};
use serde_json::{Map, Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("segment-batch", "/segments | owner", segment_batch),
    ("evidence-export", "Export, one JSON object a line", evidence_export),
];

const ORIGIN: &str = "https://node.test";
const NOW: u64 = 1_800_000_000;

/// A node at which the chain is enrolled answers; of what it kept, commitment and hash.
fn segment_batch(case: &Case) -> Verdict {
    let secrets = NodeSecrets { master: secret(50), identity: key(40) };
    let store = Box::new(MemoryStore::default());
    let node = Node::new(store, secrets, InvitePolicy::Open, vec![ORIGIN.into()], "{}".into());
    let device = key(30);
    let enrol = Enrol {
        invite: None,
        device: device.public(),
        held: device.prove_possession(&chain(), "device", 0),
        first_root: key(1).public(),
        salt: SALT,
        locator: Digest::ZERO,
        voucher: key(1).vouch_for(&chain(), "enrol", 0, &device.public()),
    };
    assert_eq!(send(&node, 1, &path::enrol(&chain()), &cbor::encode(&enrol)).status, 200);
    let answer = send(&node, 2, &path::segments(&chain()), &case.bytes());
    if answer.status != 204 {
        let told = ErrorBody::parse(std::str::from_utf8(&answer.body).unwrap()).unwrap();
        return Err(format!("{} {} {}: {}", answer.status, told.code, told.message, told.expected));
    }
    let kept: Vec<SegmentUpload> = cbor::decode(&case.bytes(), SEGMENTS_LIMIT).unwrap();
    let kept =
        kept.iter().map(|one| json!([one.commitment.to_string(), sha256(&[&one.sealed.0]).to_string()]));
    Ok(json!({"segments": kept.collect::<Vec<_>>()}))
}

fn send(node: &Node, number: u8, path: &str, body: &[u8]) -> Answer {
    let target_uri = format!("{ORIGIN}{path}");
    let nonce = Nonce::from_bytes([number; 16]);
    let request = RequestToSign { method: "POST", target_uri: &target_uri, body, created_s: NOW, nonce };
    let signed = sign_owner_request(&key(30), &request);
    let headers = signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let (method, path, body) = ("POST".to_owned(), path.to_owned(), body.to_vec());
    node.answer(&Incoming { method, target_uri: target_uri.clone(), path, headers, body }, NOW)
}

const SEGMENT: &[&str] = &[
    "pulsebook",
    "chain",
    "block",
    "slot",
    "category",
    "from_ms",
    "to_ms",
    "sensor",
    "kind",
    "origin",
    "decoder_version",
    "evidence_root",
    "seed",
    "notifications",
];
const NOTIFICATION: &[&str] = &["service", "characteristic", "instance", "received_at_ms", "bytes"];

type Line = Map<String, Value>;

/// Nothing of ours reads an export; this is what its page tells a reader to do.
fn evidence_export(case: &Case) -> Verdict {
    let lines: Vec<Line> = case
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).map_err(|_| "a line is no JSON object".to_owned()))
        .collect::<Result<_, _>>()?;
    if !case.text().ends_with('\n') && !case.text().is_empty() {
        return Err("the last line does not end".into());
    }
    let (mut rest, mut segments, mut malformed) = (&lines[..], Vec::new(), Vec::new());
    while let Some((head, after)) = rest.split_first() {
        if head.get("pulsebook") == Some(&"malformed/1".into()) {
            malformed.push(malformed_line(head)?);
            rest = after;
            continue;
        }
        let count =
            head.get("notifications").and_then(Value::as_u64).ok_or("a segment's line is expected")?;
        let count = usize::try_from(count).map_err(|_| "too many")?;
        let behind = after.get(..count).ok_or("notifications are missing")?;
        segments.push(exported_segment(head, behind)?);
        rest = &after[count..];
    }
    Ok(json!({"segments": segments, "malformed": malformed}))
}

fn only(line: &Line, fields: &[&str]) -> Result<(), String> {
    let same = line.len() == fields.len() && fields.iter().all(|field| line.contains_key(*field));
    same.then_some(()).ok_or_else(|| "the fields are not those of the page".into())
}

fn malformed_line(line: &Line) -> Verdict {
    only(line, &[NOTIFICATION, &["pulsebook", "sensor"]].concat())?;
    let sensor = line["sensor"].as_str().ok_or("the sensor is no text")?;
    let (numbers, bytes) = notification(line)?;
    Ok(json!([sensor, numbers.0, numbers.1, numbers.2, numbers.3, hex(&bytes)]))
}

type Numbers = (u16, u16, u16, i64);

fn notification(line: &Line) -> Result<(Numbers, Vec<u8>), String> {
    let four = |field: &str| {
        let text = line[field].as_str().filter(|text| text.len() == 4 && lower_hex(text));
        text.and_then(|text| u16::from_str_radix(text, 16).ok()).ok_or("four hex digits are expected")
    };
    let instance = line["instance"].as_u64().and_then(|number| u16::try_from(number).ok());
    let received_at = line["received_at_ms"].as_i64().ok_or("no time")?;
    let numbers = (four("service")?, four("characteristic")?, instance.ok_or("no instance")?, received_at);
    Ok((numbers, bytes_of(&line["bytes"])?))
}

fn lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, String> {
    let text = value.as_str().filter(|text| lower_hex(text) && text.len() % 2 == 0);
    text.map(|_| unhex(value)).ok_or_else(|| "lower-case hex is expected".into())
}

fn exported_segment(head: &Line, behind: &[Line]) -> Verdict {
    only(head, SEGMENT)?;
    if head["pulsebook"] != "evidence/1" {
        return Err("not evidence of version 1".into());
    }
    let seed = <[u8; 32]>::try_from(bytes_of(&head["seed"])?).map_err(|_| "the seed has 32 bytes")?;
    let mut tree = EvidenceTree::new(Secret32::from_bytes(seed));
    for line in behind {
        only(line, NOTIFICATION)?;
        let ((service, characteristic, instance, received_at), bytes) = notification(line)?;
        tree.append(&Notification { service, characteristic, instance, received_at, bytes: &bytes });
    }
    let root = tree.root().to_string();
    if head["evidence_root"] != *root {
        return Err("another root than the segment's".into());
    }
    Ok(
        json!({"block": head["block"], "slot": head["slot"], "sensor": head["sensor"], "root": root, "notifications": behind.len()}),
    )
}
