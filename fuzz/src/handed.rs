//! Keys that a holder hands on: as they come, and sealed by who may, so that what is inside is read.

use crate::{canonical::assert_canonical, selected, world};
use pulsebook_protocol::{
    bytes::{ByteString, ChainId, Commitment},
    cbor,
    commitment::Dek,
    delegation::{HandedFor, HandedKeys, open_handed, seal_handed},
    envelope::{handed_info, seal_to},
    hash::sha256,
    random::SeededRandom,
};
use std::{collections::BTreeMap, sync::OnceLock};

const LIST: &[u8] = b"the list that makes it a delegate";

fn beside(chain: &ChainId) -> HandedFor<'_> {
    HandedFor { chain, grant_id: &world::GRANT, list: LIST }
}

fn chain() -> &'static ChainId {
    static CHAIN: OnceLock<ChainId> = OnceLock::new();
    CHAIN.get_or_init(world::chain)
}

/// Even choices: handed keys as they come. Odd: a plaintext, sealed to the delegate.
pub(crate) fn handed(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let key = world::receive_key_p256();
    if choice & 1 == 0 {
        let Ok(handed) = HandedKeys::from_bytes(bytes) else { return };
        assert_canonical(bytes);
        assert_eq!(handed.to_bytes(), bytes, "handed keys have one spelling");
        let _ = open_handed(&key, beside(chain()), &handed);
        return;
    }
    let info = handed_info(chain(), &world::GRANT, &key.public());
    let aad = sha256(&[LIST]);
    let (enc, ciphertext) =
        seal_to(&key.public(), &info, aad.as_bytes(), bytes, &mut SeededRandom::new(6)).expect("sealed");
    let both: Vec<ByteString> = vec![enc.into(), ciphertext.into()];
    let handed = HandedKeys::from_bytes(&cbor::encode(&both)).expect("two byte strings");
    let Ok(keys) = open_handed(&key, beside(chain()), &handed) else { return };
    assert_canonical(bytes);
    assert!(keys.len() * 64 <= bytes.len(), "more keys than bytes");
    let rows: Vec<u8> = keys.iter().flat_map(|(at, dek)| row(at, dek)).collect();
    assert!(bytes.ends_with(&rows), "keys that stand in no row, or in another order");
    let elsewhere = HandedFor { list: b"another", ..beside(chain()) };
    assert!(open_handed(&key, elsewhere, &handed).is_err(), "it opens beside another list");
}

/// [commitment, key]: two byte strings of 32.
fn row(at: &Commitment, dek: &Dek) -> Vec<u8> {
    [&[0x82, 0x58, 32][..], at.as_bytes(), &[0x58, 32], dek.expose()].concat()
}

/// What our own code sealed, and lists of no, one and three keys as they stand inside.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let keys: BTreeMap<Commitment, Dek> =
        (1..4).map(|number| (Commitment::from_bytes([number; 32]), world::dek(number))).collect();
    let to = world::receive_key_p256().public();
    let sealed = seal_handed(&to, beside(chain()), &keys, &mut SeededRandom::new(7)).expect("sealed");
    let inside = |count: usize| {
        let rows = keys.iter().take(count).flat_map(|(at, dek)| row(at, dek));
        [1, 0x80 + count as u8].into_iter().chain(rows).collect()
    };
    let whole = [&[0], &sealed.to_bytes()[..]].concat();
    vec![whole, inside(0), inside(1), inside(3)]
}
