//! What a hostile grantee, or a hostile phone, tries at an honest node. docs/threat-model.md names each of these tests.

mod delegates;
mod enrolment;

use super::{
    grantee::Clinic,
    node::{NOW, code, node},
    patient::Patient,
    reads::{entries, outcomes, served, shared},
};
use crate::Node;
use biscuit_auth::{UnverifiedBiscuit, builder::BlockBuilder};
use pulsebook_protocol::{
    bytes::{ByteString, GrantId},
    control::ControlEntry,
    key::SigningKey,
    owner::Offer,
    read::{ReadPage, ReadRow},
    request_key::RequestSigningKey,
    vital::Category,
};

/// A second settled grant, to another clinic, of a slot of its own.
fn second_grant(node: &Node, patient: &mut Patient) -> Clinic {
    let mut other = Clinic::with(patient, GrantId::from_bytes([8; 16]), 0);
    patient.seal(1, &[other.entry()]);
    patient.settle(node, 2);
    let (path, body) = other.release(patient, &[(4, 0, Category::Heart)]);
    patient.sent(node, "PUT", &path, &body);
    other
}

#[test]
fn a_grantee_with_anothers_token_gets_nothing() {
    let node = node(1);
    let (mut patient, clinic) = shared(&node);
    let other = second_grant(&node, &mut patient);
    let stolen = clinic.request(&patient, &other.key, &clinic.query(), "TREAT", NOW);
    assert_eq!(code(&node.answer(&stolen, NOW)), "not_holder");
    let entry = entries(&patient, &node).remove(0);
    assert_eq!((entry.entry().holder, entry.entry().delegates.len()), (other.key.public().into(), 0));
}

#[test]
fn a_released_slot_of_another_grant_is_not_served() {
    let node = node(1);
    let (mut patient, clinic) = shared(&node);
    let other = second_grant(&node, &mut patient);
    // Asked for by the very label under which it was released to the other.
    let mut query = clinic.query();
    query.labels.push(other.label(Category::Heart));
    let page = clinic.page(&patient, &node, &query);
    assert_eq!(served(&page), [0, 1, 3, 4], "its own release, and nothing of the other's");
    query.labels = vec![other.label(Category::Heart)];
    assert_eq!(code(&clinic.read(&patient, &node, &query)), "not_granted");
}

#[test]
fn an_appended_block_that_widens_is_refused_or_changes_nothing() {
    let node = node(1);
    let (patient, clinic) = shared(&node);
    let holder = RequestSigningKey::from(SigningKey::from_seed(clinic.key.seed().duplicate()).unwrap());
    let oxygen = clinic.label(Category::Oxygen);
    let append = |code: &str| {
        let block = BlockBuilder::new().code(code).unwrap();
        UnverifiedBiscuit::from(&clinic.token.bytes).unwrap().append(block).unwrap().to_vec().unwrap()
    };
    for code_of_block in [
        format!("right(\"read\", hex:{oxygen})"),
        format!("right(\"read\", hex:{oxygen}) <- action(\"read\")"),
        "delegate(5)".to_owned(),
        format!("holder(hex:{})", patient.root.public()),
        "expires(2099-01-01T00:00:00Z)".to_owned(),
    ] {
        let request = clinic.request_with(&patient, &holder, &append(&code_of_block), &[]);
        assert_eq!(code(&node.answer(&request, NOW)), "bad_token", "{code_of_block}");
    }
    let wider = append("check if label($l) or now($t)");
    let answer = node.answer(&clinic.request_with(&patient, &holder, &wider, &[]), NOW);
    let rows = served(&ReadPage::decode_body(&answer.body).unwrap());
    assert_eq!(rows, [0, 1, 3, 4], "oxygen, row 2, stays withheld");
}

#[test]
fn a_replay_is_refused_at_the_same_and_at_another_node() {
    let (here, mut elsewhere) = (node(1), node(2));
    let (patient, clinic) = shared(&here);
    // The other node holds the same chain, so that only the signed address speaks against it.
    assert_eq!(shared(&elsewhere).0.chain, patient.chain);
    elsewhere.origins = vec!["https://elsewhere.test".into()];
    let request = clinic.request(&patient, &clinic.key, &clinic.query(), "TREAT", NOW);
    assert_eq!(here.answer(&request, NOW).status, 200);
    for _ in 0..3 {
        assert_eq!(code(&here.answer(&request, NOW)), "replayed");
    }
    assert_eq!(code(&elsewhere.answer(&request, NOW)), "wrong_origin");
    let mut redirected = request.clone();
    redirected.target_uri = redirected.target_uri.replace("node.test", "elsewhere.test");
    assert_eq!(code(&elsewhere.answer(&redirected, NOW)), "bad_signature");
    assert_eq!(outcomes(&patient, &here), ["permit"], "the replays are not entered");
}

#[test]
fn ten_thousand_reads_are_bounded_and_another_grantee_is_still_served() {
    let node = node(1);
    let (mut patient, clinic) = shared(&node);
    let other = second_grant(&node, &mut patient);
    let mut query = clinic.query();
    (query.most_bytes, query.with_proofs) = (1, false);
    let (mut answered, mut slowed, mut largest) = (0, 0, 0);
    for _ in 0..10_000 {
        let request = clinic.request(&patient, &clinic.key, &query, "TREAT", NOW);
        let answer = node.answer(&request, NOW);
        largest = largest.max(answer.body.len());
        match answer.status {
            200 => answered += 1,
            429 => slowed += 1,
            status => panic!("{status}"),
        }
    }
    assert_eq!((answered, slowed), (600, 9_400));
    assert_eq!(patient.head(&node).accesses, 600, "what is slowed down costs no entry");
    assert!(largest < 16 * 1024, "{largest}");
    assert_eq!(other.read(&patient, &node, &other.query()).status, 200);
    // A minute later it may go on.
    let later = clinic.request(&patient, &clinic.key, &query, "TREAT", NOW + 60);
    assert_eq!(node.answer(&later, NOW + 60).status, 200);
}

#[test]
fn a_copied_token_does_not_lock_its_holder_out() {
    let node = node(1);
    let (mut patient, clinic) = shared(&node);
    for _ in 0..700 {
        let thief = SigningKey::make(&mut patient.random).unwrap();
        let request = clinic.request(&patient, &thief, &clinic.query(), "TREAT", NOW);
        assert!([403, 429].contains(&node.answer(&request, NOW).status));
    }
    assert_eq!(patient.head(&node).accesses, 600, "bounded");
    assert_eq!(clinic.read(&patient, &node, &clinic.query()).status, 200);
}

#[test]
fn a_foreign_block_is_refused_and_changes_nothing() {
    let node = node(1);
    let mut patient = Patient::settled_at(&node, 21);
    patient.seal(1, &[]);
    patient.upload_segments(&node, 1);
    let mut stranger = Patient::settled_at(&super::node::node(2), 22);
    stranger.seal(1, &[]);
    let (ours, theirs) = (patient.offer(1, 1, 2), stranger.offer(1, 1, 2));
    let before = patient.head(&node);
    let signed_by_us =
        Offer { blocks: theirs.blocks.clone(), manifests: theirs.manifests.clone(), ..ours.clone() };
    let foreign_head = Offer { checkpoint: theirs.checkpoint.clone(), ..ours.clone() };
    let junk = Offer { blocks: vec![ByteString(vec![0xff; 100])], ..ours.clone() };
    // Whose checkpoint is not ours is refused before its blocks are looked at.
    for (offer, expected) in
        [(signed_by_us, "bad_block"), (theirs, "bad_proof"), (foreign_head, "bad_proof"), (junk, "bad_block")]
    {
        let refused = code(&patient.send_offer(&node, &offer));
        assert_eq!(refused, expected);
        assert_eq!(patient.head(&node), before);
    }
    assert_eq!(patient.send_offer(&node, &ours).status, 200);
}

/// A grant that may be passed on so many times, in force and with one slot released.
fn shared_with(node: &Node, delegate: u8) -> (Patient, Clinic) {
    let mut patient = Patient::settled_at(node, 11);
    let mut clinic = Clinic::with(&mut patient, GrantId::from_bytes([7; 16]), delegate);
    patient.seal(1, &[clinic.entry()]);
    patient.settle(node, 1);
    let (path, body) = clinic.release(&mut patient, &[(3, 0, Category::Heart)]);
    patient.sent(node, "PUT", &path, &body);
    (patient, clinic)
}

fn served_rows(body: &[u8]) -> usize {
    let page = ReadPage::decode_body(body).unwrap();
    let rows = page.releases.iter().flat_map(|release| &release.rows);
    rows.filter(|row| matches!(row, ReadRow::Served(_))).count()
}

#[test]
fn a_revocation_ends_what_was_passed_on_as_well() {
    let node = node(1);
    let (mut patient, clinic) = shared_with(&node, 1);
    let delegate = delegates::key(60);
    let links = [delegates::link(&delegates::holder(&clinic), &clinic.token.bytes, &delegate, 0)];
    let request = |patient: &Patient| clinic.request_with(patient, &delegate, &clinic.token.bytes, &links);
    assert_eq!(served_rows(&node.answer(&request(&patient), NOW).body), 1);
    patient.seal(0, &[ControlEntry::Revoke { grant_id: clinic.grant_id, time: NOW }]);
    patient.offered(&node, 1, 2, 3);
    assert_eq!(code(&node.answer(&request(&patient), NOW)), "revoked");
}
