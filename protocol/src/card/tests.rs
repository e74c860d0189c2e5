//! Cards come back as they were; wrong kinds, lengths, proofs and labels are named.

use super::*;
use crate::{
    bytes::{Digest, GrantId, Salt16},
    delegation::{HandedFor, seal_handed},
    envelope::{ReceiveKey, Suite},
    key::SigningKey,
    proposal::chain_id,
    random::SeededRandom,
    request_key::P256SigningKey,
    secret::Secret32,
    vital::Category,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn key(seed: u64) -> SigningKey {
    SigningKey::make(&mut SeededRandom::new(seed)).unwrap()
}

fn node() -> NodeCard {
    NodeCard {
        name: "Hospital East".into(),
        address: "https://127.0.0.1:8443".into(),
        identity: key(1).public(),
        tls_pin: Digest::from_bytes([1; 32]),
        invite: Some("abcd-efgh".into()),
    }
}

fn grantee() -> GranteeCard {
    GranteeCard::make("Clinic North", &key(2), ReceiveKey::make(&mut SeededRandom::new(3)).unwrap().public())
}

fn grant_file() -> GrantFile {
    GrantFile {
        token: vec![1, 2, 3],
        chain: chain_id(&key(4).public(), &Salt16::from_bytes([2; 16])),
        first_root: key(4).public(),
        salt: Salt16::from_bytes([2; 16]),
        label_key: Secret32::from_bytes([0xab; 32]),
        categories: vec![Category::Heart, Category::Oxygen],
        directory: vec![4, 5],
        sentence: "Clinic North may read heart and oxygen.".into(),
        delegated: None,
    }
}

#[test]
fn a_grant_file_that_was_passed_on_keeps_its_list_and_keys_and_has_both_or_neither() {
    let (chain, grant_id) = (grant_file().chain, GrantId::from_bytes([1; 16]));
    let to = ReceiveKey::make(&mut SeededRandom::new(3)).unwrap().public();
    let what = HandedFor { chain: &chain, grant_id: &grant_id, list: b"list" };
    let handed = seal_handed(&to, what, &BTreeMap::new(), &mut SeededRandom::new(4)).unwrap();
    let delegated = Some(Delegated { links: vec![vec![1, 2], vec![3]], handed });
    let file = GrantFile { delegated: delegated.clone(), ..grant_file() };
    let read = GrantFile::parse(&file.to_json()).unwrap();
    assert_eq!((&read.delegated, read.to_json()), (&delegated, file.to_json()));
    assert!(!grant_file().to_json().contains("delegation"), "a patient's file is as it always was");
    let without = file.to_json().replace("\"handed\"", "\"hand\"");
    assert!(GrantFile::parse(&without).is_err());
    let mut value: serde_json::Value = serde_json::from_str(&file.to_json()).unwrap();
    value["delegation"] = "".into();
    assert_eq!(wrong_field(GrantFile::parse(&value.to_string())), "delegation", "no link");
    value.as_object_mut().unwrap().remove("handed");
    assert_eq!(wrong_field(GrantFile::parse(&value.to_string())), "delegation");
}

/// The field that a changed file is refused for.
fn wrong_field<T: std::fmt::Debug>(parsed: Result<T, CardError>) -> &'static str {
    match parsed.unwrap_err() {
        CardError::Field { field, .. } => field,
        other => panic!("{other}"),
    }
}

#[test]
fn cards_come_back_as_they_were() {
    assert_eq!(NodeCard::parse(&node().to_json()).unwrap(), node());
    let open = NodeCard { invite: None, ..node() };
    assert!(!open.to_json().contains("invite"));
    assert_eq!(NodeCard::parse(&open.to_json()).unwrap(), open);
    assert_eq!(GranteeCard::parse(&grantee().to_json()).unwrap(), grantee());
    let file = GrantFile::parse(&grant_file().to_json()).unwrap();
    assert_eq!(file.to_json(), grant_file().to_json());
    assert_eq!(file.labels().len(), 2);
}

fn p256_grantee() -> GranteeCard {
    let request = P256SigningKey::make(&mut SeededRandom::new(5)).unwrap().into();
    let receive = ReceiveKey::make_of(Suite::P256, &mut SeededRandom::new(6)).unwrap().public();
    GranteeCard::make_for("Phone", &request, receive).unwrap()
}

#[test]
fn a_card_of_hardware_keys_comes_back_and_keeps_its_suite() {
    let json = p256_grantee().to_json();
    assert_eq!(GranteeCard::parse(&json).unwrap(), p256_grantee_as(&json));
    assert!(json.contains("\"suite\": 2"));
    let request = p256_grantee().request_key().to_string();
    assert_eq!(request.len(), 130);
    let last = if request.ends_with('0') { "1" } else { "0" };
    let off_curve = format!("{}{last}", &request[..129]);
    assert_eq!(wrong_field(GranteeCard::parse(&json.replace(&request, &off_curve))), "request");
    let compressed = format!("02{}", &request[2..66]);
    assert_eq!(wrong_field(GranteeCard::parse(&json.replace(&request, &compressed))), "request");
    let x_wing_said = json.replace("\"suite\": 2", "\"suite\": 1");
    assert_eq!(wrong_field(GranteeCard::parse(&x_wing_said)), "suite");
}

/// ECDSA signs anew each time: the same card with the proof that stands in the text.
fn p256_grantee_as(json: &str) -> GranteeCard {
    let card = GranteeCard::parse(json).unwrap();
    assert_eq!((card.name(), card.request_key()), ("Phone", p256_grantee().request_key()));
    assert_eq!(card.receive_key(), p256_grantee().receive_key());
    assert_eq!(card.to_json(), json);
    card
}

#[test]
fn small_order_and_non_canonical_request_keys_are_no_card() {
    let (json, request) = (grantee().to_json(), grantee().request_key().to_string());
    let identity = format!("01{}", "00".repeat(31));
    let not_canonical = format!("f0{}7f", "ff".repeat(30));
    for bad in [&identity, &not_canonical, &"00".repeat(32), &"00".repeat(65), &"00".repeat(33)] {
        assert_eq!(wrong_field(GranteeCard::parse(&json.replace(&request, bad))), "request", "{bad}");
    }
}

#[test]
fn another_kind_of_file_is_named() {
    let error = NodeCard::parse(&grantee().to_json()).unwrap_err();
    assert_eq!(error.to_string(), "expected a node file (\"pulsebook\":\"node/1\"), found `grantee/1`");
    assert!(matches!(GranteeCard::parse("{}"), Err(CardError::WrongKind { .. })));
    let later = node().to_json().replace("node/1", "node/2");
    assert!(matches!(NodeCard::parse(&later), Err(CardError::WrongKind { .. })));
}

#[test]
fn a_misspelt_doubled_or_missing_field_is_refused() {
    let json = node().to_json();
    for changed in [
        json.replace("invite", "invit"),
        json.replace("\"name\"", "\"address\""),
        json.replace("tls_pin", "pin"),
    ] {
        assert!(matches!(NodeCard::parse(&changed), Err(CardError::Malformed { .. })), "{changed}");
    }
}

#[test]
fn a_wrong_field_is_named() {
    for address in
        ["http://node.example", "https://", "https://node.example/path", "https://a b", "https://u@host"]
    {
        let card = NodeCard { address: address.into(), ..node() };
        assert_eq!(wrong_field(NodeCard::parse(&card.to_json())), "address");
    }
    for name in ["", " ", "two\nlines", &"x".repeat(201)] {
        let card = NodeCard { name: name.into(), ..node() };
        assert_eq!(wrong_field(NodeCard::parse(&card.to_json())), "name");
    }
    let short_pin = node().to_json().replace(&"01".repeat(32), "0101");
    assert_eq!(wrong_field(NodeCard::parse(&short_pin)), "tls_pin");
    let small_order = node().to_json().replace(&key(1).public().to_string(), &"00".repeat(32));
    assert_eq!(wrong_field(NodeCard::parse(&small_order)), "identity");
}

#[test]
fn a_grantee_card_whose_maker_lacks_the_key_is_refused() {
    let json = grantee().to_json();
    let stolen = json.replace(&key(2).public().to_string(), &key(9).public().to_string());
    assert_eq!(wrong_field(GranteeCard::parse(&stolen)), "possession");
    for suite in ["2", "3"] {
        let other = json.replace("\"suite\": 1", &format!("\"suite\": {suite}"));
        assert_eq!(wrong_field(GranteeCard::parse(&other)), "suite");
    }
    let receive = base64url(&grantee().receive_key().to_bytes());
    assert_eq!(wrong_field(GranteeCard::parse(&json.replace(&receive, &receive[4..]))), "receive");
}

#[test]
fn a_grant_file_with_another_label_or_root_is_refused_and_its_key_is_not_printed() {
    let file = grant_file();
    let (heart, oxygen) = (file.labels()[0].1.to_string(), file.labels()[1].1.to_string());
    let swapped = file
        .to_json()
        .replace(&heart, "x")
        .replace(&oxygen, &heart)
        .replace("\"x\"", &format!("\"{oxygen}\""));
    assert_eq!(wrong_field(GrantFile::parse(&swapped)), "categories");
    let other_root = file.to_json().replace(&key(4).public().to_string(), &key(5).public().to_string());
    assert_eq!(wrong_field(GrantFile::parse(&other_root)), "chain");
    let short = file.to_json().replace(&"ab".repeat(32), "abab");
    assert_eq!(wrong_field(GrantFile::parse(&short)), "label_key");
    assert!(!format!("{file:?}").contains("abab") && !format!("{file:?}").contains("171"));
}

proptest! {
    #[test]
    fn foreign_text_never_panics(junk in "\\PC{0,200}", cut in 0usize..4000) {
        prop_assert!(NodeCard::parse(&junk).is_err());
        let json = grantee().to_json();
        prop_assert!(GranteeCard::parse(&json[..cut % json.len()]).is_err());
        let json = grant_file().to_json();
        prop_assert!(GrantFile::parse(&json[..cut % json.len()]).is_err());
    }
}
