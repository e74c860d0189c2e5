//! Keys that nobody may enrol: small order, another spelling, no point at all.

use super::super::node::owned_at;
use super::*;
use minicbor::{Encoder, bytes::ByteVec};
use pulsebook_protocol::owner::path;

/// Ed25519 encodings that are of small order or not canonical (y = 0, 1, −1, p, p + 1, p + 3).
fn bad_keys() -> Vec<[u8; 32]> {
    let spelled = |first: u8, middle: u8, last: u8| {
        let mut key = [middle; 32];
        (key[0], key[31]) = (first, last);
        key
    };
    let mut keys = vec![spelled(0, 0, 0), spelled(1, 0, 0), spelled(0xec, 0xff, 0x7f)];
    keys.extend([0xed, 0xee, 0xf0].map(|first| spelled(first, 0xff, 0x7f)));
    keys.extend([spelled(0, 0, 0x80), spelled(1, 0, 0x80), spelled(0xec, 0xff, 0xff)]);
    keys
}

/// The enrolment of an honest patient with other bytes in field `place`.
fn changed(body: &[u8], place: u8, key: [u8; 32]) -> Vec<u8> {
    let mut d = minicbor::Decoder::new(body);
    let fields = d.map().unwrap().unwrap();
    let mut out = Vec::new();
    let mut e = Encoder::new(&mut out);
    e.map(fields).unwrap();
    for _ in 0..fields {
        let field = d.u8().unwrap();
        e.u8(field).unwrap();
        if field == 0 {
            e.str(d.str().unwrap()).unwrap();
            continue;
        }
        let bytes: ByteVec = d.decode().unwrap();
        e.bytes(if field == place { &key } else { &bytes }).unwrap();
    }
    out
}

#[test]
fn a_small_order_or_non_canonical_key_is_not_enrolled() {
    let node = node(1);
    let patient = Patient::new(31);
    let (path, body) = (path::enrol(&patient.chain), patient.enrol_body(Some("welcome")));
    for (place, name) in [(1, "device"), (3, "first root")] {
        for key in bad_keys() {
            let body = changed(&body, place, key);
            let answer = node.answer(&owned_at(&patient.device, "POST", &path, &body, NOW), NOW);
            assert_eq!(code(&answer), "malformed", "{name} {key:02x?}");
        }
    }
    // A key that could be one, but is nobody's: no proof of possession.
    let body = changed(&body, 1, [9; 32]);
    let answer = node.answer(&owned_at(&patient.device, "POST", &path, &body, NOW), NOW);
    assert_eq!(code(&answer), "not_owner");
    assert!(node.store.chain(&patient.chain).unwrap().is_none(), "nothing was taken in");
}

#[test]
fn a_request_key_off_the_curve_or_of_small_order_signs_nothing() {
    let node = node(1);
    let (patient, clinic) = shared(&node);
    let good = clinic.request(&patient, &clinic.key, &clinic.query(), "TREAT", NOW);
    let keyid = clinic.key.public().to_string();
    let p256 = delegates::key(60).public().to_string();
    let off_curve = format!("{}{}", &p256[..129], if p256.ends_with('0') { "1" } else { "0" });
    let mut bad: Vec<(String, &str)> = bad_keys().iter().map(|key| (hex(key), "ed25519")).collect();
    bad.extend([(off_curve, "ecdsa-p256-sha256"), (format!("02{}", &p256[2..66]), "ecdsa-p256-sha256")]);
    bad.push((format!("04{}", "00".repeat(64)), "ecdsa-p256-sha256"));
    for (key, alg) in bad {
        let mut request = good.clone();
        for (name, value) in &mut request.headers {
            if name == "signature-input" {
                *value = value.replace(&keyid, &key).replace("\"ed25519\"", &format!("\"{alg}\""));
            }
        }
        assert_eq!(code(&node.answer(&request, NOW)), "bad_signature", "{key}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
