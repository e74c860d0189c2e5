//! Attacks on tokens: foreign keys, widening blocks, other Datalog, and what a grant must and must not allow.

use super::*;
use crate::{key::SigningKey, random::SeededRandom};
use biscuit_auth::{
    Algorithm, Biscuit, BiscuitBuilder, BlockBuilder, KeyPair, PrivateKey, UnverifiedBiscuit,
};
use proptest::prelude::*;

const NOW: u64 = 1_793_600_000;

fn consent() -> SigningKey {
    SigningKey::make(&mut SeededRandom::new(1)).unwrap()
}

fn label_key() -> Secret32 {
    Secret32::from_bytes([3; 32])
}

fn label(category: Category) -> CategoryLabel {
    category_label(&label_key(), category)
}

fn terms() -> GrantTerms {
    GrantTerms {
        chain: ChainId::from_bytes([1; 32]),
        grant_id: GrantId::from_bytes([2; 16]),
        holder: SigningKey::make(&mut SeededRandom::new(2)).unwrap().public().into(),
        receive_hash: Digest::from_bytes([4; 32]),
        suite: Suite::XWing,
        categories: vec![Category::Heart, Category::Oxygen],
        purposes: vec![Purpose::Treatment, Purpose::EmergencyTreatment],
        from_ms: 1_793_527_200_000,
        to_ms: 1_796_083_200_000,
        expires_s: 1_796_083_200,
        max_stale_s: 86_400,
        delegate: 0,
    }
}

fn token() -> Vec<u8> {
    mint_grant(&consent(), 1, &terms(), &label_key(), &mut SeededRandom::new(5)).unwrap().bytes
}

fn verify(token: &[u8]) -> Result<VerifiedGrant, GrantError> {
    verify_grant(token, |epoch| (epoch == 1).then(|| consent().public()))
}

fn ask(
    token: &[u8],
    labels: &[CategoryLabel],
    purpose: &str,
    now_s: u64,
) -> Result<Vec<CategoryLabel>, GrantRefusal> {
    verify(token).unwrap().authorise(&GrantRequest { now_s, action: ACTION_READ, labels, purpose })
}

fn all_labels() -> Vec<CategoryLabel> {
    Category::ALL.map(label).to_vec()
}

/// Appends Datalog as a holder could with any Biscuit library.
fn append(token: &[u8], code: &str) -> Vec<u8> {
    let block = BlockBuilder::new().code(code).unwrap();
    UnverifiedBiscuit::from(token).unwrap().append(block).unwrap().to_vec().unwrap()
}

/// Mints Datalog as a faulty phone could.
fn mint_code(code: &str) -> Vec<u8> {
    let seed = PrivateKey::from_bytes(consent().seed().expose(), Algorithm::Ed25519).unwrap();
    let builder = BiscuitBuilder::new().root_key_id(1).code(code).unwrap();
    builder.build(&KeyPair::from(&seed)).unwrap().to_vec().unwrap()
}

fn source(token: &[u8]) -> String {
    UnverifiedBiscuit::from(token).unwrap().print_block_source(0).unwrap()
}

#[test]
fn what_was_minted_is_what_is_read() {
    let minted = mint_grant(&consent(), 1, &terms(), &label_key(), &mut SeededRandom::new(5)).unwrap();
    let grant = verify(&minted.bytes).unwrap();
    let (facts, terms) = (grant.facts(), terms());
    assert_eq!((facts.chain, facts.grant_id, facts.holder), (terms.chain, terms.grant_id, terms.holder));
    assert_eq!((facts.receive_hash, facts.suite), (terms.receive_hash, terms.suite));
    assert_eq!((facts.from_ms, facts.to_ms, facts.expires_s), (terms.from_ms, terms.to_ms, terms.expires_s));
    assert_eq!((facts.max_stale_s, facts.delegate), (terms.max_stale_s, terms.delegate));
    assert_eq!(facts.purposes, terms.purposes);
    assert_eq!((grant.authority_hash(), grant.mint_epoch()), (minted.authority_hash, 1));
}

#[test]
fn minting_is_repeatable_and_shows_no_category() {
    assert_eq!(token(), token());
    let swapped = GrantTerms { categories: vec![Category::Oxygen, Category::Heart], ..terms() };
    let swapped = mint_grant(&consent(), 1, &swapped, &label_key(), &mut SeededRandom::new(5)).unwrap();
    assert_eq!(swapped.bytes, token(), "the order of the rights must not tell the categories");
    assert!(!source(&token()).contains("heart"));
}

#[test]
fn minted_datalog_has_no_arrays_maps_or_null() {
    let source = source(&token());
    assert!(source.contains("purposes({\"ETREAT\", \"TREAT\"})"), "{source}");
    for line in source.lines() {
        assert!(!line.contains('[') && !line.contains("null") && !line.contains(": "), "{line}");
    }
    assert_eq!(UnverifiedBiscuit::from(token()).unwrap().block_version(0).unwrap(), 3, "Datalog 3.0");
}

#[test]
fn the_grant_allows_its_labels_and_no_other() {
    let granted = vec![label(Category::Heart), label(Category::Oxygen)];
    assert_eq!(ask(&token(), &all_labels(), "TREAT", NOW), Ok(granted));
    assert_eq!(ask(&token(), &[label(Category::Temperature)], "TREAT", NOW), Err(GrantRefusal::NotGranted));
    assert_eq!(ask(&token(), &[], "TREAT", NOW), Err(GrantRefusal::NotGranted));
    let foreign_key = category_label(&Secret32::from_bytes([9; 32]), Category::Heart);
    assert_eq!(ask(&token(), &[foreign_key], "TREAT", NOW), Err(GrantRefusal::NotGranted));
}

#[test]
fn purpose_action_and_end_are_kept() {
    let labels = all_labels();
    let wrong = GrantRefusal::WrongPurpose { asked: "HRESCH".into() };
    assert_eq!(ask(&token(), &labels, "HRESCH", NOW), Err(wrong));
    assert!(matches!(ask(&token(), &labels, "treat", NOW), Err(GrantRefusal::WrongPurpose { .. })));
    assert!(ask(&token(), &labels, "TREAT", terms().expires_s - 1).is_ok());
    let expired = ask(&token(), &labels, "TREAT", terms().expires_s).unwrap_err();
    assert_eq!(expired.to_string(), "the grant expired at 2026-12-01T00:00:00Z");
    let write = GrantRequest { now_s: NOW, action: "write", labels: &labels, purpose: "TREAT" };
    assert_eq!(verify(&token()).unwrap().authorise(&write), Err(GrantRefusal::NotGranted));
}

#[test]
fn running_out_of_time_is_never_a_no() {
    let labels = all_labels();
    let request = GrantRequest { now_s: NOW, action: ACTION_READ, labels: &labels, purpose: "TREAT" };
    let refusal =
        verify(&token()).unwrap().authorise_within(&request, std::time::Duration::ZERO).unwrap_err();
    assert_eq!((&refusal, refusal.code()), (&GrantRefusal::TryAgain, crate::answer::Code::TryAgain));
}

#[test]
fn another_root_key_or_epoch_is_refused() {
    let foreign = SigningKey::make(&mut SeededRandom::new(77)).unwrap();
    let forged = mint_grant(&foreign, 1, &terms(), &label_key(), &mut SeededRandom::new(5)).unwrap();
    assert!(matches!(verify(&forged.bytes), Err(GrantError::NotSigned(_))));
    let elsewhere = mint_grant(&consent(), 2, &terms(), &label_key(), &mut SeededRandom::new(5)).unwrap();
    assert_eq!(verify(&elsewhere.bytes).unwrap_err(), GrantError::UnknownEpoch(Some(2)));
}

#[test]
fn narrowing_narrows_categories_purposes_and_time() {
    let narrow = |narrowing| attenuate(&token(), &narrowing, &mut SeededRandom::new(6)).unwrap();
    let heart = narrow(Narrowing { labels: Some(vec![label(Category::Heart)]), ..Narrowing::default() });
    assert_eq!(ask(&heart, &all_labels(), "TREAT", NOW), Ok(vec![label(Category::Heart)]));
    let emergency =
        narrow(Narrowing { purposes: Some(vec![Purpose::EmergencyTreatment]), ..Narrowing::default() });
    assert_eq!(ask(&emergency, &all_labels(), "TREAT", NOW), Err(GrantRefusal::NotGranted));
    assert!(ask(&emergency, &all_labels(), "ETREAT", NOW).is_ok());
    let short = narrow(Narrowing { expires_s: Some(NOW), ..Narrowing::default() });
    assert_eq!(ask(&short, &all_labels(), "TREAT", NOW), Err(GrantRefusal::NotGranted));
    assert!(ask(&short, &all_labels(), "TREAT", NOW - 1).is_ok());
}

#[test]
fn nobody_widens_by_narrowing_again() {
    let first = Narrowing { labels: Some(vec![label(Category::Heart)]), ..Narrowing::default() };
    let second = Narrowing {
        labels: Some(all_labels()),
        expires_s: Some(u64::from(u32::MAX)),
        ..Narrowing::default()
    };
    let once = attenuate(&token(), &first, &mut SeededRandom::new(6)).unwrap();
    let twice = attenuate(&once, &second, &mut SeededRandom::new(7)).unwrap();
    assert_eq!(ask(&twice, &all_labels(), "TREAT", NOW), Ok(vec![label(Category::Heart)]));
    assert!(ask(&twice, &all_labels(), "TREAT", terms().expires_s).is_err());
    assert_eq!(verify(&twice).unwrap().authority_hash(), verify(&token()).unwrap().authority_hash());
}

#[test]
fn appended_facts_rules_and_other_datalog_are_refused() {
    let temperature = label(Category::Temperature);
    for code in [
        format!("right(\"read\", hex:{temperature})"),
        format!("right(\"read\", hex:{temperature}) <- action(\"read\")"),
        "check if label($l), [hex:00].contains($l)".to_owned(),
        "check if {\"a\": 1}.contains(\"a\")".to_owned(),
        "check if null == null".to_owned(),
        "check if purpose($p), $p.matches(\"T.*\")".to_owned(),
        "check if {1, 2}.all($x -> $x > 0)".to_owned(),
        "check if right($a, $b), right($a, $c), right($a, $d), right($a, $e), right($a, $f)".to_owned(),
    ] {
        let error = verify(&append(&token(), &code)).map(|_| code.clone()).unwrap_err();
        assert!(matches!(error, GrantError::NotAGrant(_)), "{code}: {error}");
    }
    assert!(verify(&append(&token(), "check if purpose($p), $p.starts_with(\"T\") or now($t)")).is_ok());
}

#[test]
fn an_authority_block_with_more_or_less_than_a_grant_is_refused() {
    let good = source(&token());
    assert!(verify(&mint_code(&good)).is_ok());
    let lines: Vec<&str> = good.lines().collect();
    for skipped in 0..lines.len() {
        let fewer: String =
            lines.iter().enumerate().filter(|(i, _)| *i != skipped).map(|(_, line)| *line).collect();
        let is_right = lines[skipped].starts_with("right");
        assert_eq!(verify(&mint_code(&fewer)).is_ok(), is_right, "without {}", lines[skipped]);
    }
    for more in [
        "admin(true);",
        "delegate(9);",
        "check if now($t);",
        "right(\"read\", hex:00) <- chain($c);",
        "right(\"write\", hex:0011223344556677);",
    ] {
        assert!(
            matches!(verify(&mint_code(&format!("{good}{more}"))), Err(GrantError::NotAGrant(_))),
            "{more}"
        );
    }
    for (from, to) in [
        ("delegate(0)", "delegate(256)"),
        ("delegate(0)", "delegate(null)"),
        ("purposes({\"ETREAT\", \"TREAT\"})", "purposes([\"ETREAT\", \"TREAT\"])"),
        ("purposes({\"ETREAT\", \"TREAT\"})", "purposes({\"SNOOP\"})"),
        ("T10:00:00Z", "T10:30:00Z"),
        (", 1);", ", 3);"),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        assert!(verify(&mint_code(&good.replace(from, to))).is_err(), "{from} to {to}");
    }
}

#[test]
fn a_third_partys_block_is_refused() {
    let third = KeyPair::new();
    let request = Biscuit::from(token(), |_| Ok(public(&consent()))).unwrap();
    let block = BlockBuilder::new().code("check if now($t)").unwrap();
    let signed = request.third_party_request().unwrap().create_block(&third.private(), block).unwrap();
    let token = request.append_third_party(third.public(), signed).unwrap().to_vec().unwrap();
    assert!(matches!(verify(&token), Err(GrantError::NotAGrant(_))));
}

fn public(key: &SigningKey) -> biscuit_auth::PublicKey {
    biscuit_auth::PublicKey::from_bytes(key.public().as_bytes(), Algorithm::Ed25519).unwrap()
}

#[test]
fn terms_that_are_no_grant_are_not_minted() {
    let mint = |terms: GrantTerms| mint_grant(&consent(), 1, &terms, &label_key(), &mut SeededRandom::new(5));
    let twice = vec![Category::Heart, Category::Heart];
    assert_eq!(mint(GrantTerms { categories: twice, ..terms() }), Err(TermsError::Lists));
    assert_eq!(mint(GrantTerms { purposes: vec![], ..terms() }), Err(TermsError::Lists));
    assert_eq!(mint(GrantTerms { from_ms: terms().from_ms + 1, ..terms() }), Err(TermsError::Range));
    assert_eq!(mint(GrantTerms { to_ms: terms().from_ms, ..terms() }), Err(TermsError::Range));
}

#[test]
fn no_cut_token_verifies_and_a_large_one_is_not_read() {
    let token = token();
    for cut in 0..token.len() {
        assert!(verify(&token[..cut]).is_err(), "{cut}");
    }
    assert_eq!(verify(&vec![0; 16_385]).unwrap_err(), GrantError::TooLarge { found: 16_385 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn changed_and_foreign_bytes_never_panic(place in 0usize..600, bit in 0u8..8, junk in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut changed = token();
        let place = place % changed.len();
        changed[place] ^= 1 << bit;
        if let Ok(grant) = verify(&changed) {
            prop_assert_eq!(grant.authority_hash(), verify(&token()).unwrap().authority_hash());
        }
        prop_assert!(verify(&junk).is_err());
        let _ = attenuate(&junk, &Narrowing::default(), &mut SeededRandom::new(1));
    }
}
