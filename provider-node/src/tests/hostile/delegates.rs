//! Delegates with no list, a wrong one, an old one, or one hop too many.

use super::*;
use pulsebook_protocol::{
    delegation::sign_link,
    grant::{Narrowing, attenuate},
    random::SeededRandom,
    request_key::P256SigningKey,
};

/// A P-256 key, as a clinician's phone holds it.
pub(super) fn key(seed: u64) -> RequestSigningKey {
    P256SigningKey::make(&mut SeededRandom::new(seed)).unwrap().into()
}

pub(super) fn holder(clinic: &Clinic) -> RequestSigningKey {
    SigningKey::from_seed(clinic.key.seed().duplicate()).unwrap().into()
}

pub(super) fn link(by: &RequestSigningKey, token: &[u8], next: &RequestSigningKey, hops: u8) -> Vec<u8> {
    sign_link(by, token, next.public(), NOW + 60, hops).unwrap()
}

/// What the node answers to a key with this list and the clinic's own token.
fn answer(
    node: &Node,
    patient: &Patient,
    clinic: &Clinic,
    key: &RequestSigningKey,
    links: &[Vec<u8>],
) -> String {
    let answer = node.answer(&clinic.request_with(patient, key, &clinic.token.bytes, links), NOW);
    if answer.status == 200 { "permit".to_owned() } else { code(&answer) }
}

#[test]
fn a_delegate_reads_with_a_list_and_its_entry_names_everyone_on_it() {
    let node = node(1);
    let (patient, clinic) = shared_with(&node, 2);
    let token = &clinic.token.bytes;
    let links = [link(&holder(&clinic), token, &key(60), 1), link(&key(60), token, &key(61), 0)];
    assert_eq!(answer(&node, &patient, &clinic, &key(61), &links), "permit");
    let entry = entries(&patient, &node).remove(0);
    assert_eq!(entry.entry().holder, clinic.key.public());
    assert_eq!(entry.entry().delegates, [key(60).public(), key(61).public()]);
}

#[test]
fn a_delegate_without_a_certificate_is_not_the_holder() {
    let node = node(1);
    let (patient, clinic) = shared_with(&node, 1);
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[]), "not_holder");
    // Somebody else's list does not help either, and accuses nobody on it.
    let links = [link(&holder(&clinic), &clinic.token.bytes, &key(60), 0)];
    assert_eq!(answer(&node, &patient, &clinic, &key(61), &links), "not_holder");
    let entry = entries(&patient, &node).remove(1);
    assert_eq!((entry.entry().holder, entry.entry().delegates.len()), (key(61).public(), 0));
}

#[test]
fn a_delegate_with_an_expired_certificate_is_refused() {
    let node = node(1);
    let (patient, clinic) = shared_with(&node, 1);
    let ended = sign_link(&holder(&clinic), &clinic.token.bytes, key(60).public(), NOW, 0).unwrap();
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[ended]), "expired");
    assert_eq!(outcomes(&patient, &node), ["deny:expired"]);
}

#[test]
fn a_delegate_with_one_hop_too_many_is_refused() {
    let node = node(1);
    let (patient, clinic) = shared_with(&node, 1);
    let token = &clinic.token.bytes;
    let first = |hops| link(&holder(&clinic), token, &key(60), hops);
    let second = link(&key(60), token, &key(61), 0);
    assert_eq!(answer(&node, &patient, &clinic, &key(61), &[first(0), second.clone()]), "not_holder");
    assert_eq!(answer(&node, &patient, &clinic, &key(61), &[first(1), second]), "not_holder");
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[first(0)]), "permit");
    let never = super::super::node::node(2);
    let (patient, clinic) = shared_with(&never, 0);
    let link = link(&holder(&clinic), &clinic.token.bytes, &key(60), 0);
    assert_eq!(answer(&never, &patient, &clinic, &key(60), &[link]), "not_holder", "the patient said never");
}

#[test]
fn a_certificate_by_the_wrong_key_or_for_another_token_is_refused_and_not_entered() {
    let node = node(1);
    let (mut patient, clinic) = shared_with(&node, 1);
    let token = clinic.token.bytes.clone();
    let forged = link(&key(62), &token, &key(60), 0);
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[forged]), "bad_token");
    let other = Clinic::with(&mut patient, GrantId::from_bytes([9; 16]), 1);
    let elsewhere = link(&holder(&clinic), &other.token.bytes, &key(60), 0);
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[elsewhere]), "bad_token");
    let mut flipped = link(&holder(&clinic), &token, &key(60), 0);
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[flipped]), "bad_token");
    assert_eq!(answer(&node, &patient, &clinic, &key(60), &[vec![0xff; 600]]), "bad_token");
    assert!(outcomes(&patient, &node).is_empty());
}

#[test]
fn a_delegate_who_goes_back_behind_the_narrowing_is_refused() {
    let node = node(1);
    let (mut patient, clinic) = shared_with(&node, 1);
    let nothing = Narrowing { labels: Some(vec![clinic.label(Category::Oxygen)]), ..Narrowing::default() };
    let narrowed = attenuate(&clinic.token.bytes, &nothing, &mut patient.random).unwrap();
    let links = [link(&holder(&clinic), &narrowed, &key(60), 0)];
    let with =
        |token: &[u8]| code(&node.answer(&clinic.request_with(&patient, &key(60), token, &links), NOW));
    assert_eq!(with(&narrowed), "not_granted");
    assert_eq!(with(&clinic.token.bytes), "bad_token", "the list is for the narrowed token");
}
