//! Envelopes of every suite: an exported secret, a sealed text, and a whole release.

use crate::{b64, make_key};
use pulsebook_protocol::{
    bytes::{CategoryLabel, ChainId, Commitment, Digest, GrantId},
    commitment::Dek,
    envelope::{ReceiveKey, Suite, make_envelope, release_info, seal_to},
    random::{SystemRandom, make_bytes},
    release::{Encapsulation, ReleaseHeader, ReleasePosition, ReleaseRow, make_release},
};
use serde_json::{Value, json};

const CHAIN: ChainId = ChainId::from_bytes([3; 32]);
const GRANT: GrantId = GrantId::from_bytes([4; 16]);

/// The receive keys, one a suite, that the judge seals to and opens with.
pub(crate) fn make() -> Value {
    let suites = [Suite::XWing, Suite::P256];
    suites.iter().map(|suite| of(&ReceiveKey::make_of(*suite, &mut SystemRandom).unwrap())).collect()
}

fn of(key: &ReceiveKey) -> Value {
    let public = key.public();
    let info = release_info(&CHAIN, &GRANT, &public);
    let (enc, sealed) =
        seal_to(&public, &info, b"bound to this", b"what is sealed", &mut SystemRandom).unwrap();
    json!({
        "suite": public.suite().wire(),
        "secret_key": b64(key.seed().expose()),
        "public_key": b64(public.to_bytes()),
        "receive_hash": b64(public.receive_hash().as_bytes()),
        "info": b64(&info),
        "sealed": { "enc": b64(enc), "aad": b64("bound to this"), "bytes": b64(sealed), "text": b64("what is sealed") },
        "release": release(key, &info),
    })
}

fn release(key: &ReceiveKey, info: &[u8]) -> Value {
    let envelope = make_envelope(&key.public(), info, &mut SystemRandom).unwrap();
    let row = |slot: u8| ReleaseRow {
        commitment: Commitment::from_bytes(make_bytes(&mut SystemRandom).unwrap()),
        epoch: 1,
        height: 9,
        slot,
        label: CategoryLabel::from_bytes([slot; 8]),
    };
    let header = ReleaseHeader {
        chain: CHAIN,
        grant_id: GRANT,
        epoch: 1,
        seq: ReleasePosition::FIRST.seq,
        previous: Digest::ZERO,
        encapsulation: Encapsulation::Here(envelope.enc),
        rows: (0..8).map(row).collect(),
    };
    let deks: Vec<Dek> = (0..8).map(|_| Dek::make(&mut SystemRandom).unwrap()).collect();
    let made = make_release(&make_key(), header, &deks, &envelope.secret, &mut SystemRandom).unwrap();
    let keys: Value = deks.iter().map(|dek| b64(dek.expose())).collect();
    json!({ "header": b64(made.header), "ciphertext": b64(made.ciphertext), "exported": b64(envelope.secret.expose()),
        "keys": keys })
}
