//! Keys that may not be enrolled, at every place where one is: small order, not canonical, not on the curve, not proven; and
//! signatures that must not count there: S + L, R of small order.
//!
//! The places: first root, device, log, consent, witness, mirror, entry, node identity, a grantee's request key, a token's
//! holder and its consent key, the next key of each link of a delegation list. TLS keys are pinned by hash and have their own
//! rules; of P-256 keys the vectors themselves have every encoding that is no point.

#[path = "enrolment/forged.rs"]
mod forged;
#[path = "enrolment/tokens.rs"]
mod tokens;

use crate::{
    cbor::Cbor,
    file::{Case, VectorFile, folder, hex},
    judge::judge,
    world::{World, chain, key, receive_key},
};
use pulsebook_protocol::{
    bytes::{ChainId, Digest},
    card::{GranteeCard, NodeCard},
    cose::{self, Sign1},
    domain::{self, Domain},
    key::{PublicKey, Signature, SigningKey},
    request::{Nonce, RequestToSign, sign_read_request},
};
use serde_json::Value;
use std::fs;

fn vectors(format: &str) -> VectorFile {
    serde_json::from_str(&fs::read_to_string(folder().join(format!("{format}.json"))).unwrap()).unwrap()
}

/// Every small-order and every listed non-canonical encoding, from the frozen file.
fn weak_keys() -> Vec<(String, [u8; 32])> {
    let file = vectors("ed25519");
    let weak =
        file.cases.iter().filter(|case| case.name.starts_with("key-") && case.name != "key-not-on-the-curve");
    let keys: Vec<_> = weak.map(|case| (case.name.clone(), case.array("key"))).collect();
    assert_eq!(keys.len(), 18, "14 of small order, 4 that are not canonical");
    keys
}

/// No point has this y; whoever checks a signature with it notices.
const OFF_CURVE: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 2;
    bytes
};

fn case_of(format: &str, name: &str) -> Case {
    vectors(format).cases.into_iter().find(|case| case.name == name).unwrap()
}

/// Puts keys into a place, one after the other, and demands that each is refused for being that key.
fn refuses_weak_keys(place: &str, read: impl Fn([u8; 32]) -> Result<Value, String>) {
    for (name, weak) in weak_keys() {
        let error = read(weak).err().unwrap_or_else(|| panic!("{place} takes {name}"));
        let said =
            ["small order", "canonical", "may not be enrolled"].iter().any(|word| error.contains(word));
        assert!(said, "{place}, {name}: {error}");
    }
}

/// A signed object with one field of its payload changed and signed again.
fn resigned(
    signed: &[u8],
    signer: &SigningKey,
    purpose: Domain,
    path: &[u64],
    value: impl Into<Cbor>,
) -> Vec<u8> {
    let payload = Sign1::parse(signed, 1 << 20).unwrap().unverified_payload().to_vec();
    cose::sign(signer, purpose, &Cbor::parse(&payload).with(path, value).encode())
}

fn judged(format: &str, case: &Case, bytes: Vec<u8>) -> Result<Value, String> {
    judge(format, &Case { bytes: Some(hex(&bytes)), ..case.clone() })
}

/// The proposal of epoch 1 with one field changed.
fn proposal_with(path: &[u64], value: impl Into<Cbor>) -> Result<Value, String> {
    let case = case_of("proposal", "epoch-1");
    let signed = Cbor::parse(&case.bytes()).bytes_at(&[0]);
    let changed = resigned(&signed, &key(1), domain::PROPOSAL, path, value);
    judged("proposal", &case, Cbor::Array(vec![changed.into()]).encode())
}

fn certificate_with(path: &[u64], value: impl Into<Cbor>) -> Result<Value, String> {
    let case = case_of("key-certificate", "node-0");
    judged("key-certificate", &case, resigned(&case.bytes(), &key(40), domain::KEY_CERTIFICATE, path, value))
}

fn enrol_with(path: &[u64], value: impl Into<Cbor>) -> Result<Value, String> {
    let case = case_of("enrol", "with-invite");
    judged("enrol", &case, Cbor::parse(&case.bytes()).with(path, value).encode())
}

/// A signature or proof of possession in each form that must not count: S + L, R of small order, all zero.
fn refuses_weak_proofs(place: &str, proof: &Signature, read: impl Fn([u8; 64]) -> Result<Value, String>) {
    for (name, weak) in forged::weak(proof) {
        let error = read(weak).err().unwrap_or_else(|| panic!("{place} takes a proof with {name}"));
        assert!(error.contains("verify"), "{place}, {name}: {error}");
    }
    assert!(read(*proof.as_bytes()).is_ok(), "{place} refuses the right proof");
}

#[test]
fn first_root_keys_are_checked_in_proposal_enrolment_and_grant_file() {
    refuses_weak_keys("the proposal's first root", |weak| proposal_with(&[3], weak));
    refuses_weak_keys("the proposal's root", |weak| proposal_with(&[4], weak));
    refuses_weak_keys("enrolment's first root", |weak| enrol_with(&[3], weak));
    let case = case_of("grant-file", "one-category");
    let root = key(1).public().to_string();
    let with = |key: [u8; 32]| Case { text: Some(case.text().replace(&root, &hex(&key))), ..case.clone() };
    refuses_weak_keys("the grant file's first root", |weak| judge("grant-file", &with(weak)));
}

#[test]
fn device_keys_are_checked_in_proposal_and_enrolment() {
    refuses_weak_keys("the proposal's device", |weak| proposal_with(&[9, 0, 1], weak));
    refuses_weak_keys("enrolment's device", |weak| enrol_with(&[1], weak));
    let proof = key(30).prove_possession(&chain(), "device", 1);
    refuses_weak_proofs("the proposal's device", &proof, |proof| proposal_with(&[9, 0, 2], proof));
    let proof = key(30).prove_possession(&chain(), "device", 0);
    refuses_weak_proofs("enrolment's device", &proof, |proof| enrol_with(&[2], proof));
    let voucher = key(1).vouch_for(&chain(), "enrol", 0, &key(30).public());
    refuses_weak_proofs("enrolment's voucher", &voucher, |voucher| enrol_with(&[6], voucher));
}

#[test]
fn log_and_consent_keys_are_checked_in_the_proposal() {
    for (role, place, proof_place, signer) in [("log", 7, 15, key(11)), ("consent", 8, 16, key(21))] {
        refuses_weak_keys(role, |weak| proposal_with(&[place], weak));
        let proof = signer.prove_possession(&chain(), role, 1);
        refuses_weak_proofs(role, &proof, |proof| proposal_with(&[proof_place], proof));
    }
}

#[test]
fn witness_mirror_and_entry_keys_are_checked_in_key_certificate_and_circle() {
    let world = World::new();
    let keys = &world.nodes[0].keys;
    for (index, (role, signer)) in
        (0u64..).zip([("witness", &keys.witness), ("mirror", &keys.mirror), ("entry", &keys.entry)])
    {
        refuses_weak_keys(role, |weak| certificate_with(&[3 + index], weak));
        refuses_weak_keys(&format!("the circle's {role}"), |weak| {
            proposal_with(&[10, 3, 0, 1 + index], weak)
        });
        let proof = signer.prove_possession(&chain(), role, 0);
        refuses_weak_proofs(role, &proof, |proof| certificate_with(&[6 + index], proof));
    }
}

#[test]
fn identity_keys_are_checked_in_node_card_and_directory() {
    let card = NodeCard {
        name: "A".into(),
        address: "https://node.example".into(),
        identity: key(40).public(),
        tls_pin: Digest::ZERO,
        invite: None,
    };
    let json = card.to_json();
    let with = |identity: [u8; 32]| json.replace(&key(40).public().to_string(), &hex(&identity));
    refuses_weak_keys("the node card", |weak| match NodeCard::parse(&with(weak)) {
        Ok(_) => Ok(Value::Null),
        Err(error) => Err(error.to_string()),
    });
    let case = case_of("directory", "nodes-4");
    let payload = Sign1::parse(&case.bytes(), 1 << 20).unwrap().unverified_payload().to_vec();
    refuses_weak_keys("the directory", |weak| {
        let changed = Cbor::parse(&payload).with(&[4, 0, 4], weak).encode();
        // The proposal names the changed directory, so that only the key is wrong.
        let hash = pulsebook_protocol::hash::sha256(&[&domain::DIRECTORY_HASH.prefix(), &changed]);
        let proposal = Cbor::parse(&case.hex("proposal")).bytes_at(&[0]);
        let proposal = resigned(&proposal, &key(1), domain::PROPOSAL, &[12], *hash.as_bytes());
        let mut context = case.clone();
        context.context.insert("proposal".into(), hex(&Cbor::Array(vec![proposal.into()]).encode()).into());
        judged("directory", &context, cose::sign(&key(11), domain::DIRECTORY, &changed))
    });
}

#[test]
fn request_keys_are_checked_in_card_request_and_access_entry() {
    let json = GranteeCard::make("Clinic", &key(0x70), receive_key().public()).to_json();
    let parse = |json: String| match GranteeCard::parse(&json) {
        Ok(_) => Ok(Value::Null),
        Err(error) => Err(error.to_string()),
    };
    let own = key(0x70).public().to_string();
    refuses_weak_keys("the grantee card", |weak| parse(json.replace(&own, &hex(&weak))));
    let proof = key(0x70).prove_possession(&ChainId::from_bytes([0; 32]), "grantee", 0);
    let written = hex(proof.as_bytes());
    refuses_weak_proofs("the grantee card", &proof, |proof| parse(json.replace(&written, &hex(&proof))));
    let case = case_of("access-entry", "permit");
    refuses_weak_keys("the access entry's holder", |weak| {
        judged("access-entry", &case, resigned(&case.bytes(), &key(0x52), domain::ACCESS, &[6], weak))
    });
    let body = RequestToSign {
        method: "GET",
        target_uri: "https://a",
        body: b"",
        created_s: 1,
        nonce: Nonce::from_bytes([0; 16]),
    };
    for (name, weak) in weak_keys() {
        let headers = sign_read_request(&key(0x70), &body, &[1], "TREAT");
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (*name, value.replace(&own, &hex(&weak)))).collect();
        let read = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let parsed = pulsebook_protocol::request::parse_signed_request("GET", "https://a", read, b"");
        assert!(parsed.is_err(), "a request signed with {name}");
    }
}

#[test]
fn a_key_that_is_no_point_is_refused_where_it_has_to_prove_itself() {
    assert!(proposal_with(&[7], OFF_CURVE).unwrap_err().contains("log key"));
    assert!(proposal_with(&[8], OFF_CURVE).unwrap_err().contains("consent key"));
    assert!(proposal_with(&[9, 0, 1], OFF_CURVE).unwrap_err().contains("device key"));
    assert!(certificate_with(&[3], OFF_CURVE).unwrap_err().contains("witness key"));
    assert!(certificate_with(&[4], OFF_CURVE).unwrap_err().contains("mirror key"));
    assert!(certificate_with(&[5], OFF_CURVE).unwrap_err().contains("entry key"));
    assert!(enrol_with(&[1], OFF_CURVE).is_err() && enrol_with(&[3], OFF_CURVE).is_err());
}

#[test]
fn a_universal_forgery_for_the_identity_as_key_enrols_nothing() {
    let forged = case_of("ed25519", "forged-for-identity");
    let signature = Signature::try_from(&forged.bytes()[..]).unwrap();
    let identity: [u8; 32] = forged.array("key");
    assert!(PublicKey::from_bytes(identity).is_err());
    for (role, place, proof_place) in [("log", 7, 15), ("consent", 8, 16)] {
        let case = case_of("proposal", "epoch-1");
        let signed = Cbor::parse(&case.bytes()).bytes_at(&[0]);
        let once = resigned(&signed, &key(1), domain::PROPOSAL, &[place], identity);
        let both = resigned(&once, &key(1), domain::PROPOSAL, &[proof_place], *signature.as_bytes());
        let error = judged("proposal", &case, Cbor::Array(vec![both.into()]).encode()).unwrap_err();
        assert!(error.contains("small order"), "{role}: {error}");
    }
}
