//! Who may ask, and that nonsense is answered at every route.

use super::{
    node::{NOW, code, incoming, node, owned_at},
    patient::Patient,
};
use crate::Node;
use proptest::prelude::*;
use pulsebook_protocol::{
    cbor,
    key::SigningKey,
    owner::{Enrol, path},
    secret::Secret32,
};

#[test]
fn an_invite_takes_in_one_chain() {
    let node = node(1);
    let (one, two) = (Patient::new(41), Patient::new(42));
    let enrol = |patient: &Patient, invite| {
        let answer = patient.send(&node, "POST", &path::enrol(&patient.chain), &patient.enrol_body(invite));
        if answer.status == 200 { "ok".to_owned() } else { code(&answer) }
    };
    assert_eq!(enrol(&one, None), "no_invite");
    assert_eq!(enrol(&one, Some("guess")), "no_invite");
    assert_eq!(enrol(&one, Some("welcome")), "ok");
    assert_eq!(enrol(&one, None), "ok", "known by now");
    assert_eq!(enrol(&two, Some("welcome")), "no_invite");
    let stolen = two.send(&node, "POST", &path::enrol(&one.chain), &two.enrol_body(Some("welcome")));
    assert_eq!(code(&stolen), "malformed", "the chain id is not made from this root");
}

#[test]
fn only_a_device_that_the_first_root_vouches_for_enrols() {
    let node = node(1);
    let mut patient = Patient::new(46);
    let own = SigningKey::from_seed(Secret32::from_bytes([5; 32])).unwrap();
    // All that a grantee knows: first root and salt, of the grant file. It vouches for itself.
    let enrol = |patient: &Patient, forged: bool| {
        let mut body: Enrol = cbor::decode(&patient.enrol_body(Some("welcome")), 4096).unwrap();
        if forged {
            body.voucher = patient.device.vouch_for(&patient.chain, "enrol", 0, &patient.device.public());
        }
        patient.send(&node, "POST", &path::enrol(&patient.chain), &cbor::encode(&body))
    };
    let device = std::mem::replace(&mut patient.device, own);
    assert_eq!(code(&enrol(&patient, true)), "bad_signature");
    let head = path::head(&patient.chain);
    assert_eq!(code(&patient.send(&node, "GET", &head, &[])), "unknown_chain", "nothing was taken in");
    patient.device = device;
    assert_eq!(enrol(&patient, false).status, 200);
    // A new phone with the words takes the old one's place.
    let next = SigningKey::from_seed(Secret32::from_bytes([6; 32])).unwrap();
    let old = std::mem::replace(&mut patient.device, next);
    assert_eq!(enrol(&patient, true).status, 401);
    assert_eq!(enrol(&patient, false).status, 200);
    assert_eq!(enrol(&patient, false).status, 200, "again");
    assert_eq!(patient.send(&node, "GET", &head, &[]).status, 200);
    patient.device = old;
    assert_eq!(code(&patient.send(&node, "GET", &head, &[])), "not_owner");
}

#[test]
fn only_the_owners_device_is_the_owner() {
    let node = node(1);
    let patient = Patient::settled_at(&node, 43);
    let path = path::head(&patient.chain);
    let stranger = SigningKey::from_seed(Secret32::from_bytes([5; 32])).unwrap();
    assert_eq!(code(&node.answer(&owned_at(&stranger, "GET", &path, &[], NOW), NOW)), "not_owner");
    assert_eq!(code(&node.answer(&incoming("GET", &path, Vec::new(), &[]), NOW)), "unsigned");
    let request = owned_at(&patient.device, "GET", &path, &[], NOW);
    assert_eq!(node.answer(&request, NOW).status, 200);
    assert_eq!(code(&node.answer(&request, NOW)), "replayed");
    assert_eq!(code(&node.answer(&request, NOW + 61)), "stale_request");
    let mut other = owned_at(&patient.device, "GET", &path, &[], NOW);
    other.path = path::block(&patient.chain, 0);
    other.target_uri = other.target_uri.replace("/head", "/blocks/0");
    assert_eq!(code(&node.answer(&other, NOW)), "bad_signature", "signed for another address");
    let unknown = path::head(&Patient::new(44).chain);
    assert_eq!(
        code(&node.answer(&owned_at(&patient.device, "GET", &unknown, &[], NOW), NOW)),
        "unknown_chain"
    );
}

fn all_routes(patient: &Patient) -> Vec<(&'static str, String)> {
    let chain = &patient.chain;
    let (commitment, _) = patient.blocks[0].segments[0];
    let digest = pulsebook_protocol::bytes::Digest::ZERO;
    let grant = pulsebook_protocol::bytes::GrantId::from_bytes([7; 16]);
    vec![
        ("POST", path::enrol(chain)),
        ("PUT", path::epoch(chain, 1)),
        ("PUT", path::segment(chain, &commitment)),
        ("PUT", path::keyring_page(chain, &digest)),
        ("PUT", path::keyring_index(chain)),
        ("POST", path::offers(chain)),
        ("POST", path::certificates(chain)),
        ("PUT", path::release(chain, &grant, 1, 0)),
        ("POST", path::read(chain)),
    ]
}

#[test]
fn a_body_over_its_limit_is_refused() {
    let node = node(1);
    let patient = Patient::settled_at(&node, 45);
    for (method, path) in all_routes(&patient) {
        let limit = crate::Route::parse(method, &path).unwrap().body_limit();
        let answer = patient.send(&node, method, &path, &vec![0; limit + 1]);
        assert_eq!((answer.status, code(&answer)), (413, "too_large".to_owned()), "{path}");
    }
}

fn junk_at_every_route(node: &Node, patient: &Patient, junk: &[u8]) {
    let head = patient.head(node);
    for (method, path) in all_routes(patient) {
        let status = patient.send(node, method, &path, junk).status;
        assert!((400..500).contains(&status), "{method} {path}: {status}");
    }
    assert_eq!(patient.head(node), head);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn junk_is_answered_and_changes_nothing(junk in prop::collection::vec(any::<u8>(), 0..400)) {
        let node = node(1);
        let patient = Patient::settled_at(&node, 46);
        junk_at_every_route(&node, &patient, &junk);
    }

    #[test]
    fn a_damaged_offer_is_answered_and_changes_nothing(place in 0usize..100_000, bit in 0u8..8) {
        let node = node(1);
        let mut patient = Patient::settled_at(&node, 47);
        patient.seal(1, &[]);
        patient.upload_segments(&node, 1);
        let mut body = pulsebook_protocol::cbor::encode(&patient.offer(1, 1, 2));
        let place = place % body.len();
        body[place] ^= 1 << bit;
        let answer = patient.send(&node, "POST", &path::offers(&patient.chain), &body);
        prop_assert!((400..500).contains(&answer.status), "{} {}", place, answer.status);
        prop_assert_eq!(patient.head(&node).size, 1);
    }
}
