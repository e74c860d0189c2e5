//! Envelopes of both suites: sizes, published vectors, and whatever must not open.

use super::*;
use crate::random::SeededRandom;

fn key(seed: u64) -> ReceiveKey {
    ReceiveKey::make(&mut SeededRandom::new(seed)).unwrap()
}

#[test]
fn sizes_are_those_of_x_wing() {
    let sent = make_envelope(&key(1).public(), b"", &mut SeededRandom::new(2)).unwrap();
    assert_eq!((key(1).public().to_bytes().len(), sent.enc.len()), (ReceivePublicKey::LENGTH, 1120));
}

/// draft-connolly-cfrg-xwing-kem, appendix C, first vector: seed and the beginning and end of its public key.
#[test]
fn the_draft_vector_gives_the_same_public_key() {
    let seed = "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26";
    let seed: [u8; 32] = data_encoding::HEXLOWER.decode(seed.as_bytes()).unwrap().try_into().unwrap();
    let public = ReceiveKey::from_seed(Secret32::from_bytes(seed)).public().to_bytes();
    let public = data_encoding::HEXLOWER.encode(&public);
    assert!(
        public.starts_with("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5b19cfc3d"),
        "{public}"
    );
}

#[test]
fn another_key_or_purpose_gives_another_secret() {
    let sent = make_envelope(&key(1).public(), b"info", &mut SeededRandom::new(2)).unwrap();
    let right = open_envelope(&key(1), &sent.enc, b"info").unwrap();
    assert_eq!(right.expose(), sent.secret.expose());
    let foreign = open_envelope(&key(3), &sent.enc, b"info").unwrap();
    let elsewhere = open_envelope(&key(1), &sent.enc, b"other").unwrap();
    assert!(foreign.expose() != right.expose() && elsewhere.expose() != right.expose());
}

#[test]
fn a_sealed_text_opens_with_its_key_info_and_aad_only() {
    let (enc, sealed) = seal_to(&key(1).public(), b"i", b"a", b"text", &mut SeededRandom::new(2)).unwrap();
    assert_eq!(open_from(&key(1), &enc, b"i", b"a", &sealed).unwrap().as_slice(), b"text");
    assert_eq!(open_from(&key(2), &enc, b"i", b"a", &sealed), Err(EnvelopeError::Refused));
    assert_eq!(open_from(&key(1), &enc, b"x", b"a", &sealed), Err(EnvelopeError::Refused));
    assert_eq!(open_from(&key(1), &enc, b"i", b"x", &sealed), Err(EnvelopeError::Refused));
    for cut in 0..sealed.len() {
        assert_eq!(open_from(&key(1), &enc, b"i", b"a", &sealed[..cut]), Err(EnvelopeError::Refused));
    }
}

#[test]
fn foreign_bytes_are_refused_with_their_length() {
    for length in [0, 32, 1119, 1121] {
        let error = open_envelope(&key(1), &vec![0; length], b"").unwrap_err();
        assert_eq!(error, EnvelopeError::NotAnEncapsulation { found: length });
    }
    let mut bytes = key(1).public().to_bytes();
    assert!(ReceivePublicKey::from_bytes(&bytes[1..]).is_err());
    bytes[..3].fill(0xff); // an ML-KEM coefficient that is not reduced
    assert_eq!(ReceivePublicKey::from_bytes(&bytes), Err(EnvelopeError::NotAKey { found: 1216 }));
}

#[test]
fn unknown_suites_are_refused() {
    assert_eq!(Suite::from_wire(1), Ok(Suite::XWing));
    assert_eq!(Suite::from_wire(2), Ok(Suite::P256));
    for number in [0, 3, u16::MAX] {
        assert_eq!(Suite::from_wire(number), Err(UnsupportedSuite(number)));
    }
}

fn p256_key(seed: u64) -> ReceiveKey {
    ReceiveKey::make_of(Suite::P256, &mut SeededRandom::new(seed)).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// RFC 9180 appendix A.3.1: skRm and pkRm.
#[test]
fn a_p256_key_is_the_one_of_rfc_9180() {
    let seed = hex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2");
    let seed = Secret32::from_bytes(seed.try_into().unwrap());
    let public = ReceiveKey::from_seed_of(Suite::P256, seed).unwrap().public();
    let printed = "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
    assert_eq!(data_encoding::HEXLOWER.encode(&public.to_bytes()), printed);
    assert_eq!(ReceivePublicKey::from_bytes(&hex(printed)), Ok(public));
}

/// Sealed by Go 1.26's crypto/hpke to the key of RFC 9180 A.3.1: info "info", aad "aad", plaintext "text", and our export.
#[test]
fn an_envelope_of_another_implementation_opens_in_suite_2() {
    let seed = hex("f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2");
    let key = ReceiveKey::from_seed_of(Suite::P256, Secret32::from_bytes(seed.try_into().unwrap())).unwrap();
    let enc = hex(
        "04b0cb6249d3cb27b5b1a2abfe6c923143241d089c3de4531599e89efbbbfcbfd9be13d713825021898b7a7e4dd59dcfc9d488d221d58e36e75b727bf5b9fc868f",
    );
    let sealed = hex("46b1abd551ae233cb43a5c1e7df0f04fcc62949b");
    assert_eq!(open_from(&key, &enc, b"info", b"aad", &sealed).unwrap().as_slice(), b"text");
    let secret = open_envelope(&key, &enc, b"info").unwrap();
    let exported = "6f0efaf9522af64d4a7c774fee3c0bfec11b8d27491f8e9b7b92a7e5fcbcd272";
    assert_eq!(secret.expose()[..], hex(exported));
}

#[test]
fn a_p256_envelope_opens_with_its_own_key_and_purpose_only() {
    let sent = make_envelope(&p256_key(1).public(), b"info", &mut SeededRandom::new(2)).unwrap();
    assert_eq!((sent.enc.len(), p256_key(1).public().to_bytes().len()), (65, ReceivePublicKey::P256_LENGTH));
    let right = open_envelope(&p256_key(1), &sent.enc, b"info").unwrap();
    assert_eq!(right.expose(), sent.secret.expose());
    assert!(open_envelope(&p256_key(3), &sent.enc, b"info").unwrap().expose() != right.expose());
    assert!(open_envelope(&p256_key(1), &sent.enc, b"other").unwrap().expose() != right.expose());
    let (enc, sealed) =
        seal_to(&p256_key(1).public(), b"i", b"a", b"text", &mut SeededRandom::new(2)).unwrap();
    assert_eq!(open_from(&p256_key(1), &enc, b"i", b"a", &sealed).unwrap().as_slice(), b"text");
    assert_eq!(open_from(&p256_key(2), &enc, b"i", b"a", &sealed), Err(EnvelopeError::Refused));
    assert_eq!(open_from(&p256_key(1), &enc, b"i", b"x", &sealed), Err(EnvelopeError::Refused));
}

#[test]
fn one_suite_never_opens_the_others_envelope() {
    let p256 = make_envelope(&p256_key(1).public(), b"i", &mut SeededRandom::new(2)).unwrap();
    let x_wing = make_envelope(&key(1).public(), b"i", &mut SeededRandom::new(2)).unwrap();
    let not_one = |found| Err(EnvelopeError::NotAnEncapsulation { found });
    assert_eq!(open_envelope(&key(1), &p256.enc, b"i").map(drop), not_one(65));
    assert_eq!(open_envelope(&p256_key(1), &x_wing.enc, b"i").map(drop), not_one(1120));
}

#[test]
fn points_that_are_off_the_curve_compressed_or_infinite_are_no_keys() {
    let good = p256_key(1).public().to_bytes();
    let mut off = good.clone();
    off[64] ^= 1;
    let mut hybrid = good.clone();
    hybrid[0] = 6 + (good[64] & 1);
    let mut compressed = good[..33].to_vec();
    compressed[0] = 2 + (good[64] & 1);
    let mut too_large = vec![4];
    too_large.extend([0xff; 64]);
    for bytes in [off, hybrid, compressed, too_large, vec![0], vec![0; 65], [vec![4], vec![0; 64]].concat()] {
        let found = bytes.len();
        assert_eq!(ReceivePublicKey::from_bytes(&bytes), Err(EnvelopeError::NotAKey { found }));
        assert!(open_envelope(&p256_key(1), &bytes, b"").is_err());
    }
}

/// The order of P-256 (FIPS 186-4 D.1.2.3) and 0 are no private keys; 1 and the order − 1 are.
#[test]
fn a_scalar_out_of_range_is_no_private_key() {
    let mut order: [u8; 32] =
        hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").try_into().unwrap();
    let of = |bytes| ReceiveKey::from_seed_of(Suite::P256, Secret32::from_bytes(bytes)).map(drop);
    assert_eq!(of(order), Err(EnvelopeError::NotAPrivateKey));
    assert_eq!(of([0; 32]), Err(EnvelopeError::NotAPrivateKey));
    order[31] -= 1;
    assert_eq!(of(order), Ok(()));
}
