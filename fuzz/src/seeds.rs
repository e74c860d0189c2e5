//! Seeds: the frozen vectors and what our own code makes, laid out as each target reads them.

use crate::{
    consent, decoders, handed, http, kept, sensors, stored, tokens, vectors, vectors::Case, world,
};
use pulsebook_protocol::{
    access::{Access, AccessEntry, EntryPosition, Outcome},
    cbor,
    cose::Sign1,
    proof::ReadingProof,
};
use serde_json::Value;
use std::{fs, path::Path};

/// Writes one folder a target.
pub(crate) fn write(folder: &Path) {
    for target in crate::TARGETS {
        fs::create_dir_all(folder.join(target.name)).expect("a folder for seeds");
    }
    // What was found once is tried first for ever.
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("found");
    for target in fs::read_dir(found).expect("fuzz/found").flatten() {
        for input in fs::read_dir(target.path()).expect("findings of a target").flatten() {
            let to = folder.join(target.file_name()).join(input.file_name());
            fs::copy(input.path(), to).expect("a finding is copied");
        }
    }
    let mut number = 0;
    let mut put = |target: &str, seed: Vec<u8>| {
        number += 1;
        fs::write(folder.join(target).join(format!("seed-{number:05}")), seed).expect("a seed is written");
    };
    for case in vectors::cases() {
        of_vector(&case, &mut put);
    }
    made(&mut put);
}

type Put<'a> = &'a mut dyn FnMut(&str, Vec<u8>);

fn with(choice: u8, bytes: &[u8]) -> Vec<u8> {
    [&[choice], bytes].concat()
}

/// Formats whose target reads the input behind a choice, and whether what it signs is a choice of its own.
const FORMATS: &[(&str, &str, u8)] = &[
    ("checkpoint", "note", 0),
    ("quorum-certificate", "note", 0),
    ("settled-note", "note", 0),
    ("cosignature", "note", 1),
    ("control-entries", "control-entries", 0),
    ("cose", "cose", 0),
    ("sealed-segment", "segment", 0),
    ("segment", "segment", 1),
    ("packed-integers", "packed", 0),
    ("packed-integers", "packed", 1),
    ("proposal", "proposal", 0),
    ("block", "epoch", 0),
    ("epoch-certificate", "epoch", 0),
    ("directory", "directory", 0),
    ("key-certificate", "key-certificate", 0),
    ("release", "release", 0),
    ("keyring-page", "keyring-page", 0),
    ("keyring-index", "keyring-index", 0),
    ("access-entry", "access-entry", 0),
    ("proof", "proof", 0),
    ("enrol", "bodies", 0),
    ("epoch-upload", "bodies", 1),
    ("offer", "bodies", 2),
    ("certificate-upload", "bodies", 3),
    ("head", "bodies", 4),
    ("held-block", "bodies", 5),
    ("access-list", "bodies", 6),
    ("segment-batch", "bodies", 7),
    ("handed-keys", "handed-keys", 0),
    ("read-page", "read-page", 0),
    ("read-query", "read-page", 1),
    ("cbor", "read-page", 1),
    ("node-card", "cards", 0),
    ("grantee-card", "cards", 1),
    ("grant-file", "cards", 2),
    ("error-answer", "cards", 3),
];

fn of_vector(case: &Case, put: Put<'_>) {
    let Case { format, input, context } = case;
    for (_, target, choice) in FORMATS.iter().filter(|(name, ..)| name == format) {
        put(target, with(*choice, input));
    }
    match format.as_str() {
        "block" => put("block", input.clone()),
        "manifest" => put("manifest", input.clone()),
        "proof" => {
            if let Ok(proof) = ReadingProof::decode(input) {
                put("proof", with(1, &proof.chunk.0));
            }
        }
        "bundle" => put("bundle", input.clone()),
        "words" => put("words", input.clone()),
        "grant-token" => put("token", input.clone()),
        "owner-request" | "grantee-request" => put("request", with(0, &request(context, input))),
        "proposal" => payload(input.get(4..).unwrap_or_default(), "proposal", put),
        "directory" | "key-certificate" | "access-entry" => payload(input, format, put),
        _ => (),
    }
}

/// The payload of a signed object, for the choice that signs it again.
fn payload(signed: &[u8], target: &str, put: Put<'_>) {
    if let Ok(signed) = Sign1::parse(signed, vectors::LIMIT) {
        put(target, with(1, signed.unverified_payload()));
    }
}

fn request(context: &Value, body: &[u8]) -> Vec<u8> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![word(&context["method"]), word(&context["target_uri"])];
    for pair in context["headers"].as_array().into_iter().flatten() {
        lines.push(format!("{}:{}", word(&pair[0]), word(&pair[1])));
    }
    [lines.join("\n").as_bytes(), b"\n\n", body].concat()
}

/// What no vector is of.
fn made(put: Put<'_>) {
    let small = world::World::new();
    let certificate = small.blocks[0].certificate.clone().unwrap_or_default();
    payload(&certificate.0, "epoch", put);
    payload(&small.proposals[0], "proposal", put);
    payload(&small.proposals[1], "proposal", put);
    payload(&small.draft.sign(&world::key(11)), "directory", put);
    payload(&small.nodes[0].keys.certify(&small.nodes[0].identity), "key-certificate", put);
    put("keyring-index", with(0, &consent::made_index()));
    put("keyring-page", with(1, &[0xa3, 0, 1, 1, 7, 2, 0x80]));
    put("control-entries", with(1, &[0x80]));
    let grant = pulsebook_protocol::control::ControlEntry::Revoke { grant_id: world::GRANT, time: 5 };
    put("control-entries", with(1, &cbor::encode(&vec![grant])));
    let access = Access {
        grant_id: world::GRANT,
        holder: world::key(0x70).public().into(),
        delegates: Vec::new(),
        action: "read".into(),
        purpose: "TREAT".into(),
    };
    let entry =
        AccessEntry::new(world::chain(), EntryPosition::FIRST, world::START_S, access, Outcome::Permit);
    put("access-entry", with(1, &cbor::encode(&entry)));
    put("token", tokens::minted().to_vec());
    for code in DATALOG {
        put("attenuation", code.as_bytes().to_vec());
    }
    decoders::seeds().into_iter().for_each(|seed| put("decoders", seed));
    for choice in 0..10 {
        put("device-information", with(choice, b"\x07(01)00844588003288\x0000844588003288\x002.16.840\x00"));
        put("device-information", with(choice, &[0x9A, 0x78, 0x56, 0x34, 0x12, 0xF0, 0xDE, 0xBC]));
    }
    for place in 0..16 {
        put("request", with(place << 1 | 1, b"POST"));
    }
    put("journal", with(1, &[0xff, 0xff]));
    put("journal", with(1, &[0xff, 0xff, 0, 90, 1]));
    put("journal", with(1, &[0, 100]));
    tokens::delegation_seeds().into_iter().for_each(|seed| put("delegation", seed));
    handed::seeds().into_iter().for_each(|seed| put("handed-keys", seed));
    http::seeds().into_iter().for_each(|seed| put("http", seed));
    stored::frame_seeds().into_iter().for_each(|seed| put("frames", seed));
    stored::dialogue_seeds().into_iter().for_each(|seed| put("backfill", seed));
    for name in ["Polar H10", "\u{1b}[2J\u{7}strap\r\n", "a\u{202e}bc\u{200b}", "Thermomètre  体温計 "] {
        put("names", name.as_bytes().to_vec());
    }
    for file in 0..4 {
        put("folder-files", with(file, &[0xff, 0xff]));
        put("folder-files", with(file, &[0xff, 0xff, 0, 40, 1]));
        put("folder-files", with(file | 0x80, br#"{"pulsebook":"patient/1"}"#));
    }
    put("log", with(1, &[0xff, 0xff]));
    put("log", with(1, &[0xff, 0xff, 0, 60, 1]));
    put("log", with(1, &[0, 100]));
    kept::seeds().into_iter().for_each(|seed| put("store-pages", seed));
    put("replay", b"t_ms,value\n1700000000000,72\n1700000001000,-1\n1700000002000,73.4\n".to_vec());
    sensors::trace_seeds().into_iter().for_each(|seed| put("trace", seed));
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sensor-sim/scenarios");
    for file in fs::read_dir(scenarios).expect("the scenarios").flatten() {
        put("scenario", fs::read(file.path()).expect("a scenario"));
    }
}

const DATALOG: [&str; 5] = [
    "check if now($t), $t < 2026-11-05T00:00:00Z",
    "check if purpose($p), {\"TREAT\"}.contains($p)",
    "check if label($l), {hex:0011223344556677}.contains($l)",
    "check if action($a), $a === \"read\" or now($t), $t > 2020-01-01T00:00:00Z; check all label($l)",
    "right(\"read\", hex:0011223344556677); check if true",
];
