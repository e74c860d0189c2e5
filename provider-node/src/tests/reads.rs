//! Reads: what a grant allows is served with proofs, everything else is refused, and both are entered.

use super::{
    grantee::Clinic,
    node::{NOW, code, node},
    patient::Patient,
};
use crate::Node;
use pulsebook_protocol::{
    access::{EntryPosition, VerifiedAccessEntry, verify_access_entry},
    bytes::ByteString,
    cbor,
    control::ControlEntry,
    key::SigningKey,
    note::Note,
    owner::path,
    quorum::{ShownEpoch, verify_history},
    read::{ReadPage, ReadRow},
    tree::{leaf_hash, verify_inclusion},
    vital::Category,
};

/// A settled chain with a grant in force and one release of five slots: four of heart, one of oxygen.
pub(super) fn shared(node: &Node) -> (Patient, Clinic) {
    let mut patient = Patient::settled_at(node, 11);
    let mut clinic = Clinic::granted(&mut patient);
    patient.seal(2, &[clinic.entry()]);
    patient.settle(node, 1);
    let slots = [
        (0, 0, Category::Heart),
        (1, 0, Category::Heart),
        (2, 1, Category::Oxygen),
        (2, 0, Category::Heart),
        (3, 1, Category::Heart),
    ];
    let (path, body) = clinic.release(&mut patient, &slots);
    patient.sent(node, "PUT", &path, &body);
    (patient, clinic)
}

pub(super) fn entries(patient: &Patient, node: &Node) -> Vec<VerifiedAccessEntry> {
    let bytes = patient.sent(node, "GET", &path::accesses(&patient.chain, None), &[]);
    let list: Vec<ByteString> = cbor::decode(&bytes, 1_000_000).unwrap();
    let entry_key = node.keys(&patient.chain, 0).unwrap().entry.public();
    let mut position = EntryPosition::FIRST;
    let verify = |bytes: &ByteString| {
        let entry = verify_access_entry(&bytes.0, &patient.chain, &entry_key, &position).unwrap();
        position = entry.next_position();
        entry
    };
    list.iter().map(verify).collect()
}

pub(super) fn outcomes(patient: &Patient, node: &Node) -> Vec<String> {
    entries(patient, node).iter().map(|entry| entry.entry().outcome.to_string()).collect()
}

pub(super) fn served(page: &ReadPage) -> Vec<u32> {
    let rows = page.releases.iter().flat_map(|release| &release.rows);
    rows.filter(|row| matches!(row, ReadRow::Served(_))).map(ReadRow::row).collect()
}

#[test]
fn exactly_the_granted_slots_are_served_and_each_leads_to_a_settled_note() {
    let node = node(1);
    let (patient, clinic) = shared(&node);
    let page = clinic.page(&patient, &node, &clinic.query());
    assert_eq!(served(&page), [0, 1, 3, 4], "row 2 is oxygen, which was not granted");
    let epochs = page.epochs.clone().unwrap();
    let notes: Vec<Note> = epochs.iter().map(|epoch| Note::parse(&epoch.note).unwrap()).collect();
    let shown = epochs.iter().zip(&notes).map(|(epoch, note)| ShownEpoch {
        first_block: &epoch.first_block.0,
        hand_over: Some(note),
        base_path: &epoch.base_path,
    });
    let history = verify_history(&patient.chain, shown).unwrap();
    for row in &page.releases[0].rows {
        let ReadRow::Served(row) = row else { continue };
        let block = pulsebook_protocol::block::Block::from_bytes(&row.block).unwrap();
        let first = history.epoch(block.epoch).unwrap().first_height();
        let root = pulsebook_protocol::tree::root(&patient.leaves(block.epoch));
        let index = block.height - first;
        assert!(verify_inclusion(leaf_hash(&row.block), index, 2, &row.proof, root).is_ok());
    }
    let entry = entries(&patient, &node).remove(0);
    assert_eq!((entry.entry().outcome.to_string(), entry.entry().slots.len()), ("permit".to_owned(), 4));
    assert_eq!(entry.entry().as_of.unwrap().size, 2);
}

#[test]
fn small_pages_together_serve_every_row_once() {
    let node = node(1);
    let (patient, clinic) = shared(&node);
    let mut query = clinic.query();
    (query.most_bytes, query.with_proofs) = (1, false);
    let (mut rows, mut pages) = (Vec::new(), 0);
    loop {
        let page = clinic.page(&patient, &node, &query);
        rows.extend(page.releases.iter().flat_map(|release| &release.rows).map(ReadRow::row));
        pages += 1;
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!((rows, pages), (vec![0, 1, 2, 3, 4], 4));
}

#[test]
fn a_revocation_bites_and_the_refusal_is_entered() {
    let node = node(1);
    let (mut patient, clinic) = shared(&node);
    patient.seal(0, &[ControlEntry::Revoke { grant_id: clinic.grant_id, time: NOW }]);
    // Seen in a cosigned block, not certified yet: it binds already.
    patient.offered(&node, 1, 2, 3);
    let answer = clinic.read(&patient, &node, &clinic.query());
    assert_eq!((answer.status, code(&answer)), (403, "revoked".to_owned()));
    assert_eq!(outcomes(&patient, &node), ["deny:revoked"]);
}

#[test]
fn every_no_has_its_code_and_its_entry() {
    let node = node(1);
    let (mut patient, clinic) = shared(&node);
    let stranger = SigningKey::make(&mut patient.random).unwrap();
    let query = clinic.query();
    let mut ungranted = clinic.query();
    ungranted.labels = vec![clinic.label(Category::Temperature)];
    let cases = [
        (clinic.request(&patient, &stranger, &query, "TREAT", NOW), NOW, "not_holder"),
        (clinic.request(&patient, &clinic.key, &query, "HRESCH", NOW), NOW, "wrong_purpose"),
        (clinic.request(&patient, &clinic.key, &ungranted, "TREAT", NOW), NOW, "not_granted"),
        (clinic.request(&patient, &clinic.key, &query, "TREAT", NOW + 7200), NOW + 7200, "expired"),
        (clinic.request(&patient, &clinic.key, &query, "TREAT", NOW + 3601), NOW + 3601, "not_fresh"),
    ];
    let mut expected = Vec::new();
    for (request, now_s, outcome) in cases {
        assert_eq!(code(&node.answer(&request, now_s)), outcome);
        expected.push(format!("deny:{outcome}"));
    }
    assert_eq!(outcomes(&patient, &node), expected);
}

#[test]
fn a_grant_counts_only_once_its_block_is_certified() {
    let node = node(1);
    let mut patient = Patient::settled_at(&node, 12);
    let clinic = Clinic::granted(&mut patient);
    assert_eq!(code(&clinic.read(&patient, &node, &clinic.query())), "not_in_force");
    patient.seal(0, &[clinic.entry()]);
    patient.offered(&node, 1, 1, 2);
    assert_eq!(code(&clinic.read(&patient, &node, &clinic.query())), "not_in_force");
    patient.settle(&node, 1);
    assert_eq!(clinic.read(&patient, &node, &clinic.query()).status, 200);
}

#[test]
fn what_proves_nothing_is_refused_and_not_entered() {
    let node = node(1);
    let (mut patient, mut clinic) = shared(&node);
    let request = clinic.request(&patient, &clinic.key, &clinic.query(), "TREAT", NOW);
    assert_eq!(node.answer(&request, NOW).status, 200);
    assert_eq!(code(&node.answer(&request, NOW)), "replayed");
    assert_eq!(code(&node.answer(&request, NOW + 61)), "stale_request");
    let mut elsewhere = clinic.request(&patient, &clinic.key, &clinic.query(), "TREAT", NOW);
    elsewhere.target_uri = elsewhere.target_uri.replace("node.test", "other.test");
    assert_eq!(code(&node.answer(&elsewhere, NOW)), "wrong_origin");
    // Signed by the log key instead of the consent key.
    patient.consent = SigningKey::make(&mut patient.random).unwrap();
    clinic.token = Clinic::granted(&mut patient).token;
    assert_eq!(code(&clinic.read(&patient, &node, &clinic.query())), "bad_token");
    assert_eq!(outcomes(&patient, &node), ["permit"]);
}

#[test]
fn releases_come_in_order_and_of_settled_slots_only() {
    let node = node(1);
    let (mut patient, mut clinic) = shared(&node);
    let (first_path, first) = clinic.release(&mut patient, &[(0, 0, Category::Heart)]);
    let (second_path, second) = clinic.release(&mut patient, &[(1, 0, Category::Heart)]);
    assert_eq!(code(&patient.send(&node, "PUT", &second_path, &second)), "conflict");
    assert_eq!(code(&patient.send(&node, "PUT", &second_path, &first)), "malformed");
    patient.sent(&node, "PUT", &first_path, &first);
    patient.sent(&node, "PUT", &first_path, &first);
    assert_eq!(patient.head(&node).releases[0].next_seq, 2);
    let (path, body) = clinic.release(&mut patient, &[(3, 5, Category::Heart)]);
    assert_eq!(code(&patient.send(&node, "PUT", &path, &body)), "malformed", "slot 5 is not live");
    patient.seal(1, &[]);
    let (path, body) = clinic.release(&mut patient, &[(4, 0, Category::Heart)]);
    assert_eq!(code(&patient.send(&node, "PUT", &path, &body)), "missing", "not settled");
}
