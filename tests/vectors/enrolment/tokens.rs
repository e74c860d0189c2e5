//! Grant tokens and delegation lists: a library makes and checks the one, we the other; both take what the same rule allows.

use super::{case_of, forged, judged, refuses_weak_keys, refuses_weak_proofs, resigned};
use crate::{
    cbor::{Cbor, array},
    file::{Case, hex},
    judge::judge,
    world::key,
};
use biscuit_auth::{Algorithm, BiscuitBuilder, KeyPair, PrivateKey, UnverifiedBiscuit, datalog::SymbolTable};
use pulsebook_protocol::{
    domain,
    key::{Signature, SigningKey},
};
use serde_json::Value;

/// The consent key of the vectors.
const CONSENT: u8 = 21;
/// The holder's, and after it the delegates' of the list of eight.
const HOLDER: u8 = 0x70;

fn pair(seed: u8) -> KeyPair {
    KeyPair::from(&PrivateKey::from_bytes(&[seed; 32], Algorithm::Ed25519).unwrap())
}

/// The ordinary grant with another holder, signed with the consent key.
fn token_for(holder: &[u8]) -> Result<Value, String> {
    let case = case_of("grant-token", "plain");
    let code = UnverifiedBiscuit::from(case.bytes()).unwrap().print_block_source(0).unwrap();
    let named = code.replace(&key(HOLDER).public().to_string(), &hex(holder));
    let builder = BiscuitBuilder::new().code(named).unwrap().root_key_id(1);
    let token = builder.build_with_key_pair(&pair(CONSENT), SymbolTable::default(), &pair(0x90)).unwrap();
    judged("grant-token", &case, token.to_vec().unwrap())
}

/// The bytes with another signature in the place of this one.
fn signed_with(bytes: &[u8], right: &[u8], other: [u8; 64]) -> Vec<u8> {
    let place = bytes.windows(64).position(|window| window == right).unwrap();
    [&bytes[..place], &other, &bytes[place + 64..]].concat()
}

/// A signature of the same message with R the identity; the right one shows that it is the same message.
fn with_identity_r(signer: &SigningKey, message: &[u8], right: &Signature) -> [u8; 64] {
    assert!(signer.public().check(message, right).is_ok(), "something else was signed");
    forged::identity_r(signer, message)
}

/// The links of a list, each a signed object.
fn links(case: &Case) -> Vec<Vec<u8>> {
    let Cbor::Array(links) = Cbor::parse(&case.bytes()) else { panic!("no list") };
    (0..links.len() as u64).map(|place| Cbor::parse(&case.bytes()).bytes_at(&[place])).collect()
}

/// The list with one link replaced.
fn with_link(case: &Case, place: usize, link: Vec<u8>) -> Result<Value, String> {
    let mut links = links(case);
    links[place] = link;
    judged("delegation-list", case, array(links.into_iter().map(Cbor::from)).encode())
}

/// What a link's signer signs (RFC 9052 §4.4).
fn to_be_signed(link: &Cbor) -> Vec<u8> {
    let aad = domain::DELEGATION.text().as_bytes();
    array(["Signature1".into(), link.bytes_at(&[0]).into(), aad.into(), link.bytes_at(&[2]).into()]).encode()
}

#[test]
fn a_holder_with_a_weak_key_gets_no_token() {
    assert!(token_for(key(HOLDER).public().as_bytes()).is_ok());
    refuses_weak_keys("the token's holder", |weak| token_for(&weak));
}

#[test]
fn the_next_key_of_a_link_is_checked_at_every_place_of_a_list() {
    let case = case_of("delegation-list", "eight-links");
    for (place, link) in links(&case).iter().enumerate() {
        let signer = key(HOLDER + place as u8);
        let next =
            |next: [u8; 32]| with_link(&case, place, resigned(link, &signer, domain::DELEGATION, &[2], next));
        refuses_weak_keys(&format!("link {}", place + 1), next);
        if place == 7 {
            assert!(next(*key(0x20).public().as_bytes()).is_ok(), "another good key");
        }
    }
}

#[test]
fn weak_signatures_of_links_do_not_count_at_any_place_of_a_list() {
    let case = case_of("delegation-list", "eight-links");
    for (place, link) in links(&case).iter().enumerate() {
        let parts = Cbor::parse(link);
        let right = Signature::try_from(&parts.bytes_at(&[3])[..]).unwrap();
        let read = |signature: [u8; 64]| with_link(&case, place, parts.with(&[3], signature).encode());
        refuses_weak_proofs(&format!("link {}", place + 1), &right, read);
        let error =
            read(with_identity_r(&key(HOLDER + place as u8), &to_be_signed(&parts), &right)).unwrap_err();
        assert!(error.contains("verify"), "link {}, R the identity and the equation: {error}", place + 1);
    }
}

#[test]
fn weak_signatures_of_the_consent_key_make_no_token() {
    let case = case_of("grant-token", "plain");
    let token = biscuit_auth::Biscuit::from(case.bytes(), pair(CONSENT).public()).unwrap();
    let authority = token.container().to_proto().authority;
    let right = Signature::try_from(&authority.signature[..]).unwrap();
    let read = |signature: [u8; 64]| {
        judged("grant-token", &case, signed_with(&case.bytes(), right.as_bytes(), signature))
    };
    refuses_weak_proofs("the token's authority", &right, read);
    // Biscuit's specification, signature payload version 0: block, algorithm and bytes of the next key.
    let next = [&authority.next_key.algorithm.to_le_bytes()[..], &authority.next_key.key].concat();
    let error = read(with_identity_r(&key(CONSENT), &[authority.block, next].concat(), &right)).unwrap_err();
    assert!(error.contains("verify"), "R the identity and the equation: {error}");
}

#[test]
fn a_weak_consent_key_checks_no_token() {
    let case = case_of("grant-token", "plain");
    refuses_weak_keys("the consent key beside a token", |weak| {
        let mut other = case.clone();
        other.context.insert("consent_key".into(), hex(&weak).into());
        judge("grant-token", &other)
    });
}
