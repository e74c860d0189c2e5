//! Pages and indexes of the keyring.

use crate::{Counting, chain, dek, digest, key, only_whole, receive_key};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use pulsebook_protocol::{
    bytes::{Commitment, Digest},
    keyring::{
        IndexPlace, IndexedPage, make_keyring_index, make_keyring_page, open_keyring_index,
        open_keyring_page, verify_keyring_index,
    },
    secret::Secret32,
};

/// What an index says about its pages, to compare.
fn shown(pages: &[IndexedPage]) -> Vec<(u32, [u8; 32], Digest)> {
    pages.iter().map(|page| (page.number, *page.key.expose(), page.hash)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_come_back(
        chain in chain(), number: u32, secret: [u8; 32], keys in vec((any::<[u8; 32]>(), dek()), 0..60), fill: u8, cut: prop::sample::Index,
    ) {
        let page_key = Secret32::from_bytes(secret);
        let keys: Vec<_> = keys.into_iter().map(|(at, key)| (Commitment::from_bytes(at), key)).collect();
        let expected: Vec<_> = keys.iter().map(|(at, key)| (*at, *key.expose())).collect();
        let bytes = make_keyring_page(&chain, number, &page_key, keys, &mut Counting(fill)).unwrap();
        let opened = open_keyring_page(&chain, number, &page_key, &bytes).unwrap();
        let found: Vec<_> = opened.iter().map(|(at, key)| (*at, *key.expose())).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(make_keyring_page(&chain, number, &page_key, opened, &mut Counting(fill)).unwrap(), bytes.clone());
        only_whole(&bytes, cut, |bytes| open_keyring_page(&chain, number, &page_key, bytes).ok());
    }

    #[test]
    fn indexes_come_back(
        chain in chain(), numbers: (u64, u32, u64), pages in btree_map(any::<u32>(), (any::<[u8; 32]>(), digest()), 0..12),
        recovery in receive_key(), log: [u8; 32], fill: u8, cut: prop::sample::Index,
    ) {
        let (version, epoch, height) = numbers;
        let (place, log) = (IndexPlace { chain, version, epoch, height }, key(log));
        let pages: Vec<IndexedPage> = pages
            .into_iter()
            .map(|(number, (secret, hash))| IndexedPage { number, key: Secret32::from_bytes(secret), hash })
            .collect();
        let bytes = make_keyring_index(&place, &pages, &recovery.public(), &log, &mut Counting(fill)).unwrap();
        let verified = verify_keyring_index(&bytes, &chain, &log.public()).unwrap();
        let header = verified.header();
        let read = IndexPlace { chain: header.chain, version: header.version, epoch: header.epoch, height: header.height };
        prop_assert_eq!(read, place);
        let opened = open_keyring_index(&verified, &recovery).unwrap();
        prop_assert_eq!(shown(&opened), shown(&pages));
        prop_assert_eq!(make_keyring_index(&read, &opened, &recovery.public(), &log, &mut Counting(fill)).unwrap(), bytes.clone());
        only_whole(&bytes, cut, |bytes| verify_keyring_index(bytes, &chain, &log.public()).ok());
    }
}
