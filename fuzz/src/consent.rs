//! Releases, keyring, access entries: as they come, and signed or sealed by who may, so that what is inside is read.

use crate::{canonical::assert_canonical, selected, vectors, world};
use pulsebook_protocol::{
    access::{EntryPosition, MAX_ENTRY_BYTES, Outcome, verify_access_entry},
    bytes::ByteString,
    cbor,
    cose::{self, Sign1},
    domain,
    keyring::{
        IndexPlace, IndexedPage, make_keyring_index, open_keyring_index, open_keyring_page,
        verify_keyring_index,
    },
    random::SeededRandom,
    release::{Encapsulation, MAX_ROWS, Release, verify_release_header},
    seal,
};
use std::sync::OnceLock;

/// Even choices: a body, its header under the key that it claims. Odd: a header's payload, signed.
pub(crate) fn release(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let log = world::key(11);
    let (header, signer) = match choice & 1 {
        0 => {
            let Ok(body) = Release::decode_body(bytes) else { return };
            assert_canonical(bytes);
            assert_eq!(body.encode_body(), bytes);
            let Ok(signed) = Sign1::parse(&body.header, vectors::LIMIT) else { return };
            (body.header, signed.claimed_signer())
        }
        _ => (cose::sign(&log, domain::RELEASE, bytes), log.public()),
    };
    let Ok(verified) = verify_release_header(&header, &signer) else { return };
    assert_canonical(&header);
    let header = verified.header();
    assert!((1..=MAX_ROWS).contains(&header.rows.len()));
    assert!(header.rows.iter().all(|row| row.slot < 8 && row.epoch <= header.epoch));
    assert_eq!(header.seq == 0, header.previous.as_bytes() == &[0; 32], "only the first follows nothing");
    if let Encapsulation::Earlier(seq) = header.encapsulation {
        assert!(seq < header.seq);
    }
    assert!(verified.check_ciphertext(&[]).is_err());
}

/// Even choices: a page as it comes. Odd: a plaintext, padded and sealed under the page key.
pub(crate) fn keyring_page(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let (chain, key, number) = (world::chain(), world::secret(0x21), 7u32);
    if choice & 1 == 0 {
        let _ = open_keyring_page(&chain, number, &key, bytes);
        return;
    }
    let aad = [&domain::KEYRING_PAGE.prefix()[..], chain.as_bytes(), &number.to_be_bytes()].concat();
    let padded = seal::pad(bytes.to_vec());
    let sealed = seal::seal(key.expose(), &aad, &padded, &mut SeededRandom::new(2)).expect("sealed");
    let Ok(keys) = open_keyring_page(&chain, number, &key, &sealed) else { return };
    assert_canonical(bytes);
    assert!(keys.len() * 64 <= bytes.len(), "more keys than bytes");
    assert!(open_keyring_page(&chain, number + 1, &key, &sealed).is_err(), "a page opens at another place");
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Index {
    #[n(0)]
    header: ByteString,
    #[n(1)]
    ciphertext: ByteString,
}

/// An index of two pages to the recovery key.
pub(crate) fn made_index() -> Vec<u8> {
    let place = IndexPlace { chain: world::chain(), version: 1, epoch: 1, height: 3 };
    let page = |number: u32| {
        let hash = pulsebook_protocol::hash::sha256(&[&number.to_be_bytes()]);
        IndexedPage { number, key: world::secret(number as u8), hash }
    };
    let recovery = world::receive_key().public();
    make_keyring_index(&place, &[page(1), page(2)], &recovery, &world::key(11), &mut SeededRandom::new(3))
        .expect("an index")
}

/// Even choices: an index as it comes. Odd: a header's payload, signed, with the ciphertext of a real one.
pub(crate) fn keyring_index(data: &[u8]) {
    static REAL: OnceLock<Vec<u8>> = OnceLock::new();
    let (choice, bytes) = selected(data);
    let log = world::key(11);
    let whole = match choice & 1 {
        0 => bytes.to_vec(),
        _ => {
            let real: Index = cbor::decode(REAL.get_or_init(made_index), vectors::LIMIT).expect("an index");
            let header = ByteString(cose::sign(&log, domain::KEYRING, bytes));
            cbor::encode(&Index { header, ..real })
        }
    };
    let Ok(index) = verify_keyring_index(&whole, &world::chain(), &log.public()) else { return };
    assert_canonical(&whole);
    if let Ok(pages) = open_keyring_index(&index, &world::receive_key()) {
        assert_eq!(pages.len(), index.header().pages.len());
        assert!(pages.is_sorted_by(|a, b| a.number < b.number));
    }
}

/// Even choices: an entry as it comes, under the key it claims. Odd: a payload, signed by the entry key.
pub(crate) fn access_entry(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let key = world::key(45);
    let signed = match choice & 1 {
        0 => bytes.to_vec(),
        _ => cose::sign(&key, domain::ACCESS, bytes),
    };
    let claimed = Sign1::parse(&signed, MAX_ENTRY_BYTES).map(|signed| signed.claimed_signer());
    let Ok(signer) = claimed else { return };
    let Ok(verified) = verify_access_entry(&signed, &world::chain(), &signer, &EntryPosition::FIRST) else {
        return;
    };
    assert_canonical(&signed);
    let entry = verified.entry();
    assert_eq!((entry.seq, verified.next_position().seq), (0, 1));
    assert_eq!(entry.outcome.to_string().parse::<Outcome>().ok().as_ref(), Some(&entry.outcome));
    assert!(choice & 1 == 0 || cbor::encode(entry) == bytes, "an entry has one spelling");
}
