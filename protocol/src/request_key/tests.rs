//! Request keys: what may be enrolled, what verifies, and that both algorithms stay apart.

use super::{
    p256::{has_low_s, twin},
    *,
};
use crate::{key::SigningKey, random::SeededRandom, secret::Secret32};

fn p256(seed: u64) -> P256SigningKey {
    P256SigningKey::make(&mut SeededRandom::new(seed)).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// RFC 6979 appendix A.2.5: the key, and its signature of "sample" with SHA-256.
#[test]
fn the_signature_of_rfc_6979_verifies_and_the_scalar_gives_its_key() {
    let scalar = hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let key = P256SigningKey::from_scalar(Secret32::from_bytes(scalar.try_into().unwrap())).unwrap();
    let public = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    let public: RequestKey = public.parse().unwrap();
    assert_eq!(RequestSigningKey::from(key).public(), public);
    let signature = hex(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    );
    let signature = Signature::try_from(signature.as_slice()).unwrap();
    assert_eq!(public.check(b"sample", &signature), Ok(()));
    assert_eq!(public.check(b"Sample", &signature), Err(KeyError::BadSignature));
    assert!(!has_low_s(&signature) && has_low_s(&twin(&signature)));
    assert_eq!(public.check(b"sample", &twin(&signature)), Ok(()));
    assert_eq!(twin(&twin(&signature)), signature);
}

#[test]
fn what_we_sign_has_low_s_and_verifies() {
    let key = p256(1);
    for message in 0u8..32 {
        let signature = key.sign(&[message]).unwrap();
        assert!(has_low_s(&signature));
        assert_eq!(key.public().check(&[message], &signature), Ok(()));
        assert!(p256(2).public().check(&[message], &signature).is_err());
    }
}

#[test]
fn a_p256_key_that_is_off_the_curve_compressed_hybrid_or_infinite_is_not_enrolled() {
    let good = *p256(1).public().as_bytes();
    let mut off = good;
    off[64] ^= 1;
    let mut hybrid = good;
    hybrid[0] = 6 + (good[64] & 1);
    // x not below the field's prime is another spelling of a small x.
    let mut not_canonical = good;
    not_canonical[1..33].fill(0xff);
    for bytes in [off, hybrid, not_canonical, [0; 65]] {
        assert_eq!(RequestKey::from_bytes(&bytes), Err(KeyError::NotOnCurve));
    }
    let mut compressed = good[..33].to_vec();
    compressed[0] = 2 + (good[64] & 1);
    for bytes in [&compressed[..], &[0], &[], &good[..64]] {
        assert_eq!(RequestKey::from_bytes(bytes), Err(KeyError::NotARequestKey));
    }
    assert_eq!(RequestKey::from_bytes(&[0; 32]), Err(KeyError::SmallOrder));
}

#[test]
fn an_ed25519_request_key_is_written_as_it_always_was() {
    let key = SigningKey::from_seed(Secret32::from_bytes([5; 32])).unwrap().public();
    assert_eq!(crate::cbor::encode(&RequestKey::from(key)), crate::cbor::encode(&key));
    assert_eq!(RequestKey::from(key).to_string(), key.to_string());
    assert_eq!(RequestKey::from(key), key);
}

#[test]
fn possession_of_a_p256_key_is_bound_to_key_role_and_number() {
    let (key, chain) = (RequestSigningKey::from(p256(1)), ChainId::from_bytes([1; 32]));
    let proof = key.prove_possession(&chain, "grantee", 0).unwrap();
    assert_eq!(key.public().verify_possession(&chain, "grantee", 0, &proof).unwrap().key(), key.public());
    assert!(key.public().verify_possession(&chain, "device", 0, &proof).is_err());
    assert!(key.public().verify_possession(&chain, "grantee", 1, &proof).is_err());
    let other = RequestSigningKey::from(p256(2)).public();
    assert!(other.verify_possession(&chain, "grantee", 0, &proof).is_err());
}

#[test]
fn a_p256_signing_key_prints_only_its_public_half() {
    let text = format!("{:?}", RequestSigningKey::from(p256(1)));
    assert!(!text.contains(&data_encoding::HEXLOWER.encode(p256(1).scalar().expose())));
}
