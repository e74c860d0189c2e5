//! Attacks on delegation lists, and what an honest one allows.

use super::*;
use crate::{
    bytes::{CategoryLabel, ChainId, Commitment, GrantId},
    commitment::Dek,
    envelope::{ReceiveKey, Suite},
    grant::{
        GrantTerms, Narrowing, Purpose, VerifiedGrant, attenuate, category_label, mint_grant, verify_grant,
    },
    key::SigningKey,
    random::SeededRandom,
    request_key::P256SigningKey,
    secret::Secret32,
    vital::Category,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: u64 = 1_793_600_000;

fn key(seed: u64) -> RequestSigningKey {
    SigningKey::make(&mut SeededRandom::new(seed)).unwrap().into()
}

fn phone() -> RequestSigningKey {
    P256SigningKey::make(&mut SeededRandom::new(50)).unwrap().into()
}

fn heart() -> CategoryLabel {
    category_label(&Secret32::from_bytes([3; 32]), Category::Heart)
}

/// Key 1's grant, which may be passed on so many times.
fn token(delegate: u8) -> Vec<u8> {
    let terms = GrantTerms {
        chain: ChainId::from_bytes([1; 32]),
        grant_id: GrantId::from_bytes([delegate; 16]),
        holder: key(1).public(),
        receive_hash: Digest::ZERO,
        suite: Suite::P256,
        categories: vec![Category::Heart, Category::Oxygen],
        purposes: vec![Purpose::Treatment],
        from_ms: 1_793_527_200_000,
        to_ms: 1_796_083_200_000,
        expires_s: 1_796_083_200,
        max_stale_s: 86_400,
        delegate,
    };
    let consent = SigningKey::make(&mut SeededRandom::new(9)).unwrap();
    let label_key = Secret32::from_bytes([3; 32]);
    mint_grant(&consent, 1, &terms, &label_key, &mut SeededRandom::new(5)).unwrap().bytes
}

fn narrowed(token: &[u8], seed: u64) -> Vec<u8> {
    let narrowing = Narrowing { labels: Some(vec![heart()]), ..Narrowing::default() };
    attenuate(token, &narrowing, &mut SeededRandom::new(seed)).unwrap()
}

fn grant(token: &[u8]) -> VerifiedGrant {
    let consent = SigningKey::make(&mut SeededRandom::new(9)).unwrap().public();
    verify_grant(token, |_| Some(consent)).unwrap()
}

fn verify(token: &[u8], links: &[Vec<u8>]) -> Result<VerifiedDelegation, DelegationError> {
    verify_delegation(&grant(token), links)
}

fn link(by: &RequestSigningKey, token: &[u8], next: &RequestSigningKey, hops_left: u8) -> Vec<u8> {
    sign_link(by, token, next.public(), NOW + 60, hops_left).unwrap()
}

#[test]
fn a_list_of_both_algorithms_verifies_and_names_who_may_use_the_token() {
    let (first, second) = (narrowed(&token(2), 6), narrowed(&narrowed(&token(2), 6), 7));
    let links = [link(&key(1), &first, &phone(), 1), link(&phone(), &second, &key(3), 0)];
    assert_eq!(decode_list(&encode_list(&links)).unwrap(), links);
    let verified = verify(&second, &links).unwrap();
    assert_eq!(
        (verified.user(), verified.delegates()),
        (key(3).public(), vec![phone().public(), key(3).public()])
    );
    let facts = grant(&second).facts().clone();
    assert_eq!((verified.permit(&facts, NOW), verified.hops_left(&facts)), (Ok(()), 0));
    // Narrowed once more by whoever has it: later blocks may be appended.
    assert!(verify(&narrowed(&second, 8), &links).is_ok());
}

#[test]
fn without_a_list_the_holder_uses_it_and_may_pass_it_on() {
    let verified = verify(&token(2), &[]).unwrap();
    let facts = grant(&token(2)).facts().clone();
    assert_eq!((verified.user(), verified.hops_left(&facts)), (key(1).public(), 2));
    assert_eq!(verified.permit(&facts, u64::MAX), Ok(()));
    assert_eq!(decode_list(&encode_list(&[])).unwrap(), Vec::<Vec<u8>>::new());
    assert!(decode_list(&[0x80]).is_err(), "an empty array is not the empty list");
}

#[test]
fn a_link_by_the_wrong_key_or_for_another_token_is_refused() {
    let wrong = verify(&token(1), &[link(&key(7), &token(1), &key(2), 0)]);
    assert!(matches!(wrong, Err(DelegationError::NotSigned { place: 1, .. })), "{wrong:?}");
    let other = verify(&token(1), &[link(&key(1), &token(2), &key(2), 0)]);
    assert_eq!(other, Err(DelegationError::OtherToken { place: 1 }));
    let skipping = [link(&key(1), &token(2), &key(2), 1), link(&key(1), &token(2), &key(3), 0)];
    assert!(matches!(verify(&token(2), &skipping), Err(DelegationError::NotSigned { place: 2, .. })));
}

#[test]
fn a_delegate_cannot_go_back_behind_a_narrowing() {
    let whole = token(1);
    let links = [link(&key(1), &narrowed(&whole, 6), &key(2), 0)];
    assert_eq!(verify(&whole, &links), Err(DelegationError::OtherToken { place: 1 }));
    assert_eq!(verify(&narrowed(&whole, 7), &links), Err(DelegationError::OtherToken { place: 1 }));
    let (first, second) = (narrowed(&token(2), 6), narrowed(&narrowed(&token(2), 6), 7));
    let backwards = [link(&key(1), &second, &key(2), 1), link(&key(2), &first, &key(3), 0)];
    assert_eq!(verify(&second, &backwards), Err(DelegationError::OtherToken { place: 2 }));
}

#[test]
fn one_hop_more_than_the_patient_or_the_link_before_allows_is_refused() {
    let links = |hops: &[u8], token: &[u8]| -> Vec<Vec<u8>> {
        let hop = |(place, hops): (u64, &u8)| link(&key(place), token, &key(place + 1), *hops);
        (1..).zip(hops).map(hop).collect()
    };
    let permit = |allowed: u8, hops: &[u8]| {
        let token = token(allowed);
        verify(&token, &links(hops, &token)).unwrap().permit(grant(&token).facts(), NOW)
    };
    assert_eq!(permit(0, &[0]), Err(DelegationRefusal::TooManyHops { found: 1, allowed: 0 }));
    assert_eq!(permit(1, &[0]), Ok(()));
    assert_eq!(permit(1, &[1]), Err(DelegationRefusal::TooManyHops { found: 1, allowed: 0 }));
    assert_eq!(permit(1, &[0, 0]), Err(DelegationRefusal::TooManyHops { found: 2, allowed: 1 }));
    assert_eq!(permit(3, &[0, 0]), Err(DelegationRefusal::TooManyHops { found: 2, allowed: 1 }));
    assert_eq!(permit(3, &[2, 1, 0]), Ok(()));
    let long = links(&[8, 7, 6, 5, 4, 3, 2, 1, 0], &token(9));
    assert_eq!(verify(&token(9), &long), Err(DelegationError::TooLong { found: 9 }));
}

#[test]
fn a_list_ends_with_its_first_link_that_ends() {
    let token = token(2);
    let early = sign_link(&key(1), &token, key(2).public(), NOW, 1).unwrap();
    let links = [early, link(&key(2), &token, &key(3), 0)];
    let verified = verify(&token, &links).unwrap();
    assert_eq!(verified.permit(grant(&token).facts(), NOW - 1), Ok(()));
    let refusal = verified.permit(grant(&token).facts(), NOW).unwrap_err();
    assert_eq!(
        (refusal, refusal.code()),
        (DelegationRefusal::Expired { not_after_s: NOW }, crate::answer::Code::Expired)
    );
}

#[test]
fn a_list_that_goes_round_is_refused() {
    let token = token(3);
    let back = [link(&key(1), &token, &key(2), 2), link(&key(2), &token, &key(1), 1)];
    assert_eq!(verify(&token, &back), Err(DelegationError::Circular { place: 2 }));
    assert_eq!(
        verify(&token, &[link(&key(1), &token, &key(1), 2)]),
        Err(DelegationError::Circular { place: 1 })
    );
}

#[test]
fn a_next_key_that_may_not_be_enrolled_is_refused() {
    let off_curve = [vec![4], vec![1; 64]].concat();
    for next in [vec![0; 32], vec![0; 65], off_curve, vec![2; 33]] {
        let token_digest = token_digests(&token(1)).unwrap()[0];
        let mut payload = Vec::new();
        let mut e = minicbor::Encoder::new(&mut payload);
        e.map(5)
            .unwrap()
            .u8(0)
            .unwrap()
            .u8(1)
            .unwrap()
            .u8(1)
            .unwrap()
            .bytes(token_digest.as_bytes())
            .unwrap();
        e.u8(2)
            .unwrap()
            .bytes(&next)
            .unwrap()
            .u8(3)
            .unwrap()
            .u64(NOW + 60)
            .unwrap()
            .u8(4)
            .unwrap()
            .u8(0)
            .unwrap();
        let signed = cose::sign_by_request_key(&key(1), domain::DELEGATION, &payload).unwrap();
        let refused = verify(&token(1), &[signed]);
        assert!(matches!(refused, Err(DelegationError::Malformed { place: 1, .. })), "{refused:?}");
    }
}

#[test]
fn handed_keys_open_for_their_delegate_and_beside_their_list_only() {
    let (chain, grant_id) = (ChainId::from_bytes([1; 32]), GrantId::from_bytes([2; 16]));
    let what = HandedFor { chain: &chain, grant_id: &grant_id, list: b"list" };
    let keys: BTreeMap<Commitment, Dek> =
        [5, 3].map(|n| (Commitment::from_bytes([n; 32]), Dek::from_bytes([n + 1; 32]))).into();
    for suite in [Suite::XWing, Suite::P256] {
        let delegate = |seed| ReceiveKey::make_of(suite, &mut SeededRandom::new(seed)).unwrap();
        let handed = seal_handed(&delegate(1).public(), what, &keys, &mut SeededRandom::new(4)).unwrap();
        let handed = HandedKeys::from_bytes(&handed.to_bytes()).unwrap();
        let opened = open_handed(&delegate(1), what, &handed).unwrap();
        assert!(
            opened.iter().map(|(c, k)| (*c, *k.expose())).eq(keys.iter().map(|(c, k)| (*c, *k.expose())))
        );
        assert!(open_handed(&delegate(2), what, &handed).is_err(), "another delegate");
        assert!(open_handed(&delegate(1), HandedFor { list: b"longer list", ..what }, &handed).is_err());
        let other = GrantId::from_bytes([3; 16]);
        assert!(open_handed(&delegate(1), HandedFor { grant_id: &other, ..what }, &handed).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn foreign_lists_never_panic_and_never_verify(junk in prop::collection::vec(any::<u8>(), 1..300), place in 0usize..200) {
        prop_assert!(verify(&token(1), std::slice::from_ref(&junk)).is_err());
        let _ = (decode_list(&junk), HandedKeys::from_bytes(&junk));
        let mut changed = link(&key(1), &token(1), &key(2), 0);
        let place = place % changed.len();
        changed[place] ^= 1;
        prop_assert!(verify(&token(1), &[changed]).is_err());
    }
}
