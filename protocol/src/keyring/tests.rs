//! Reading the keyring back, and refusing what belongs elsewhere.

use super::*;
use crate::random::SeededRandom;
use proptest::prelude::*;

const CHAIN: ChainId = ChainId::from_bytes([1; 32]);

fn log_key() -> SigningKey {
    SigningKey::make(&mut SeededRandom::new(1)).unwrap()
}

fn recovery() -> ReceiveKey {
    ReceiveKey::make(&mut SeededRandom::new(2)).unwrap()
}

fn secret(number: u8) -> Secret32 {
    Secret32::from_bytes([number; 32])
}

fn page() -> Vec<u8> {
    let keys = (0..20).map(|number| (Commitment::from_bytes([number; 32]), Dek::from_bytes([number; 32])));
    make_keyring_page(&CHAIN, 700, &secret(99), keys, &mut SeededRandom::new(3)).unwrap()
}

fn place() -> IndexPlace {
    IndexPlace { chain: CHAIN, version: 5, epoch: 1, height: 40 }
}

fn indexed(number: u32) -> IndexedPage {
    IndexedPage { number, key: secret(99), hash: sha256(&[&page()]) }
}

fn index() -> Vec<u8> {
    let pages = [indexed(700), indexed(701)];
    make_keyring_index(&place(), &pages, &recovery().public(), &log_key(), &mut SeededRandom::new(4)).unwrap()
}

#[test]
fn with_the_recovery_key_alone_every_segment_key_comes_back() {
    let verified = verify_keyring_index(&index(), &CHAIN, &log_key().public()).unwrap();
    let pages = open_keyring_index(&verified, &recovery()).unwrap();
    assert_eq!((pages.len(), pages[0].hash), (2, sha256(&[&page()])));
    let keys = open_keyring_page(&CHAIN, pages[0].number, &pages[0].key, &page()).unwrap();
    assert_eq!(keys.len(), 20);
    assert!(keys.iter().all(|(commitment, key)| commitment.as_bytes() == key.expose()));
}

#[test]
fn a_page_of_another_chain_number_or_key_does_not_open() {
    let other = ChainId::from_bytes([2; 32]);
    for (chain, number, key) in [(other, 700, 99), (CHAIN, 701, 99), (CHAIN, 700, 98)] {
        let error = open_keyring_page(&chain, number, &secret(key), &page()).map(|_| ()).unwrap_err();
        assert_eq!(error, KeyringError::Page(OpenError::Refused));
    }
}

#[test]
fn an_index_of_another_chain_signer_or_recovery_key_is_refused() {
    let other = ChainId::from_bytes([2; 32]);
    assert!(verify_keyring_index(&index(), &other, &log_key().public()).is_err());
    let foreign = SigningKey::make(&mut SeededRandom::new(8)).unwrap();
    let unsigned = verify_keyring_index(&index(), &CHAIN, &foreign.public());
    assert!(matches!(unsigned, Err(KeyringError::NotSigned(_))));
    let verified = verify_keyring_index(&index(), &CHAIN, &log_key().public()).unwrap();
    let foreign = ReceiveKey::make(&mut SeededRandom::new(8)).unwrap();
    assert!(matches!(open_keyring_index(&verified, &foreign), Err(KeyringError::Index(_))));
}

#[test]
fn a_ciphertext_of_another_index_is_refused() {
    let newer = IndexPlace { version: 6, ..place() };
    let newer =
        make_keyring_index(&newer, &[], &recovery().public(), &log_key(), &mut SeededRandom::new(5)).unwrap();
    let mut mixed: Index = cbor::decode(&index(), MAX_INDEX_BYTES).unwrap();
    mixed.ciphertext = cbor::decode::<Index>(&newer, MAX_INDEX_BYTES).unwrap().ciphertext;
    let error = verify_keyring_index(&cbor::encode(&mixed), &CHAIN, &log_key().public()).unwrap_err();
    assert!(matches!(error, KeyringError::Invalid(_)));
}

#[test]
fn pages_out_of_order_are_not_indexed() {
    let pages = [indexed(701), indexed(700)];
    let made =
        make_keyring_index(&place(), &pages, &recovery().public(), &log_key(), &mut SeededRandom::new(4));
    assert!(matches!(made, Err(KeyringError::Invalid(_))));
}

#[test]
fn a_page_spans_thirty_days() {
    assert_eq!((page_number(0), page_number(30 * 86_400 - 1), page_number(30 * 86_400)), (0, 0, 1));
    assert_eq!(page_number(u64::MAX), u32::MAX);
}

#[test]
fn no_cut_passes() {
    let (page, index) = (page(), index());
    for cut in 0..page.len() {
        assert!(open_keyring_page(&CHAIN, 700, &secret(99), &page[..cut]).is_err());
    }
    for cut in 0..index.len() {
        assert!(verify_keyring_index(&index[..cut], &CHAIN, &log_key().public()).is_err());
    }
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(junk in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify_keyring_index(&junk, &CHAIN, &log_key().public()).is_err());
        prop_assert!(open_keyring_page(&CHAIN, 1, &secret(1), &junk).is_err());
    }
}
