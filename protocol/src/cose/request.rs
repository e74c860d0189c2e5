//! Signed objects by a request key: Ed25519 as everywhere, or P-256 with alg −7, 65-byte kid and low s.

use super::{CoseError, Empty, Parts, Sign1, to_be_signed};
use crate::{
    cbor,
    domain::Domain,
    key::KeyError,
    random::RandomUnavailable,
    request_key::{P256PublicKey, RequestKey, RequestSigningKey, has_low_s},
};
use minicbor::{Decode, Decoder, Encode, Encoder};

/// COSE algorithm identifier of ECDSA with SHA-256; with a P-256 key here.
const ALG_ES256: i8 = -7;

struct Protected(P256PublicKey);

impl<C> Encode<C> for Protected {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(2)?.u8(1)?.i8(ALG_ES256)?.u8(4)?.bytes(self.0.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Protected {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let wrong = || minicbor::decode::Error::message("header is not {1: -7, 4: key}");
        let shape = d.map()? == Some(2) && d.u8()? == 1 && d.i8()? == ALG_ES256 && d.u8()? == 4;
        let bytes = <[u8; P256PublicKey::LENGTH]>::try_from(d.bytes()?).map_err(|_| wrong())?;
        let key = P256PublicKey::from_bytes(bytes).map_err(|_| wrong())?;
        if shape { Ok(Protected(key)) } else { Err(wrong()) }
    }
}

/// Signs `payload` for one purpose with a request key.
///
/// # Errors
/// [`RandomUnavailable`] when P-256 needs randomness and there is none.
pub fn sign_by_request_key(
    key: &RequestSigningKey,
    domain: Domain,
    payload: &[u8],
) -> Result<Vec<u8>, RandomUnavailable> {
    let key = match key {
        RequestSigningKey::Ed25519(key) => return Ok(super::sign(key, domain, payload)),
        RequestSigningKey::P256(key) => key,
    };
    let protected = cbor::encode(&Protected(key.public()));
    let signature = key.sign(&to_be_signed(&protected, domain, payload))?;
    let payload = payload.to_vec().into();
    Ok(cbor::encode(&Parts { protected: protected.into(), unprotected: Empty, payload, signature }))
}

/// The payload that `expected` signed for this purpose, of an object of at most `limit` bytes.
///
/// # Errors
/// [`CoseError`]: malformed, another header or signer, or a signature that fails or has the high s.
pub fn verify_by_request_key(
    bytes: &[u8],
    limit: usize,
    domain: Domain,
    expected: &RequestKey,
) -> Result<Vec<u8>, CoseError> {
    let expected = match expected {
        RequestKey::Ed25519(key) => {
            return Ok(Sign1::parse(bytes, limit)?.verify(domain, key)?.payload().to_vec());
        }
        RequestKey::P256(key) => key,
    };
    let parts: Parts = cbor::decode(bytes, limit)?;
    let protected: Protected = cbor::decode(&parts.protected, limit).map_err(|_| CoseError::WrongHeader)?;
    if protected.0 != *expected {
        return Err(CoseError::OtherSigner);
    }
    if !has_low_s(&parts.signature) {
        return Err(KeyError::BadSignature.into());
    }
    expected.check(&to_be_signed(&parts.protected, domain, &parts.payload), &parts.signature)?;
    Ok(parts.payload.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain, key::SigningKey, random::SeededRandom, request_key::P256SigningKey};

    fn keys() -> [RequestSigningKey; 2] {
        let mut random = SeededRandom::new(1);
        [SigningKey::make(&mut random).unwrap().into(), P256SigningKey::make(&mut random).unwrap().into()]
    }

    fn verify(bytes: &[u8], key: &RequestSigningKey) -> Result<Vec<u8>, CoseError> {
        verify_by_request_key(bytes, 1000, domain::DELEGATION, &key.public())
    }

    #[test]
    fn each_algorithm_verifies_for_its_own_key_and_purpose_only() {
        let [ed25519, p256] = keys();
        for (key, other) in [(&ed25519, &p256), (&p256, &ed25519)] {
            let signed = sign_by_request_key(key, domain::DELEGATION, b"payload").unwrap();
            assert_eq!(verify(&signed, key).unwrap(), b"payload");
            assert!(verify(&signed, other).is_err());
            assert!(verify_by_request_key(&signed, 1000, domain::ACCESS, &key.public()).is_err());
        }
    }

    #[test]
    fn no_flipped_bit_passes_and_no_high_s() {
        let [_, key] = keys();
        let signed = sign_by_request_key(&key, domain::DELEGATION, b"payload").unwrap();
        for index in 0..signed.len() {
            let mut flipped = signed.clone();
            flipped[index] ^= 1;
            assert!(verify(&flipped, &key).is_err(), "byte {index}");
        }
        let mut parts: Parts = cbor::decode(&signed, 1000).unwrap();
        parts.signature = crate::request_key::twin(&parts.signature);
        assert!(verify(&cbor::encode(&parts), &key).is_err(), "one object, one form");
    }
}
