//! Ed25519 keys and signatures with `verify_strict`'s rules, and the proof that an enrolled key is held.

mod voucher;

pub use voucher::VerifiedVoucher;

use crate::{
    bytes::ChainId,
    domain,
    random::{Random, RandomUnavailable},
    secret::Secret32,
};
use minicbor::{Decode, Decoder, Encode, Encoder};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::{fmt, str::FromStr};

/// A key or signature that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes of hex.
    #[error("a public key is 32 bytes, written as 64 hex digits")]
    NotAKey,
    /// Its y coordinate is not below the field's prime.
    #[error("the public key is not in canonical form")]
    NotCanonical,
    /// Anyone can sign for it.
    #[error("the public key is of small order: anyone could sign for it")]
    SmallOrder,
    /// No point of P-256 in uncompressed form, or no scalar of one.
    #[error("the P-256 key is not a point of the curve in uncompressed form (04, x, y)")]
    NotOnCurve,
    /// Of no length that a request key has.
    #[error("a request key is 32 bytes (Ed25519) or 65 bytes (P-256), written as hex")]
    NotARequestKey,
    /// The signature does not belong to the key and message.
    #[error("the signature does not verify")]
    BadSignature,
}

/// y coordinates of the points of small order, sign bit cleared, non-canonical spellings included.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    first_byte_then(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    first_byte_then(0xec, 0xff, 0x7f),
    first_byte_then(0xed, 0xff, 0x7f),
    first_byte_then(0xee, 0xff, 0x7f),
];

const fn first_byte_then(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

fn is_small_order(encoding: &[u8; 32]) -> bool {
    let mut cleared = *encoding;
    cleared[31] &= 0x7f;
    SMALL_ORDER.contains(&cleared)
}

fn is_canonical(encoding: &[u8; 32]) -> bool {
    // p = 2^255 − 19: not canonical are exactly the 19 encodings from p on, sign bit aside.
    let high = encoding[31] & 0x7f == 0x7f && encoding[1..31].iter().all(|byte| *byte == 0xff);
    !(high && encoding[0] >= 0xed)
}

/// An Ed25519 public key: canonical, and of the large order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes the bytes when they are a key that may be enrolled.
    ///
    /// # Errors
    /// [`KeyError::NotCanonical`] or [`KeyError::SmallOrder`]. Bytes that are no point at all pass here and verify nothing;
    /// enrolment asks for a proof of possession besides.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        if is_small_order(&bytes) {
            return Err(KeyError::SmallOrder);
        }
        if !is_canonical(&bytes) {
            return Err(KeyError::NotCanonical);
        }
        Ok(PublicKey(bytes))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a signature over a message.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] when it is not this key's, or its R is of small order.
    pub fn check(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let r = signature.0.first_chunk::<32>().ok_or(KeyError::BadSignature)?;
        if is_small_order(r) {
            return Err(KeyError::BadSignature);
        }
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(message, &signature.0)
            .map_err(|_| KeyError::BadSignature)
    }

    /// Checks that whoever enrolled this key for `role` holds it.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`] when the proof was made for another key, chain, role or number.
    pub fn verify_possession(
        &self,
        chain: &ChainId,
        role: &str,
        number: u32,
        proof: &Signature,
    ) -> Result<VerifiedPossession, KeyError> {
        self.check(&possession_message(self.as_bytes(), chain, role, number), proof)?;
        Ok(VerifiedPossession(*self))
    }
}

/// A key whose holder proved to hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedPossession(PublicKey);

impl VerifiedPossession {
    /// The key.
    pub fn key(&self) -> PublicKey {
        self.0
    }
}

pub(crate) fn possession_message(key: &[u8], chain: &ChainId, role: &str, number: u32) -> Vec<u8> {
    let mut message = domain::POSSESSION.prefix();
    message.extend_from_slice(chain.as_bytes());
    message.extend_from_slice(role.as_bytes());
    message.push(0);
    message.extend_from_slice(&number.to_be_bytes());
    message.extend_from_slice(key);
    message
}

/// A signature, 64 bytes: of Ed25519, or of P-256 as r ‖ s.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes the bytes as they are.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Signature(bytes)
    }

    /// The 64 bytes, R (r) then S (s).
    pub fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Signature {
    type Error = KeyError;

    fn try_from(bytes: &[u8]) -> Result<Self, KeyError> {
        <[u8; 64]>::try_from(bytes).map(Signature).map_err(|_| KeyError::BadSignature)
    }
}

/// An Ed25519 signing key. Its seed is wiped when dropped and never printed.
pub struct SigningKey {
    seed: Secret32,
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        SigningKey::from_seed(Secret32::make(random)?)
    }

    /// The key of this seed (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// [`RandomUnavailable`] never in practice: every seed makes a key.
    pub fn from_seed(seed: Secret32) -> Result<Self, RandomUnavailable> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| RandomUnavailable)?;
        let bytes = <[u8; 32]>::try_from(pair.public_key().as_ref()).map_err(|_| RandomUnavailable)?;
        Ok(SigningKey { seed, pair, public: PublicKey(bytes) })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The seed, for a vault that wraps it or a library that signs by itself.
    pub fn seed(&self) -> &Secret32 {
        &self.seed
    }

    /// Signs; the same message always gives the same bytes.
    pub fn sign(&self, message: &[u8]) -> Signature {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(self.pair.sign(message).as_ref());
        Signature(bytes)
    }

    /// Proves that this key is held, for one chain, role and number (generation or epoch).
    pub fn prove_possession(&self, chain: &ChainId, role: &str, number: u32) -> Signature {
        self.sign(&possession_message(self.public.as_bytes(), chain, role, number))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| KeyError::NotAKey)?;
        PublicKey::from_bytes(<[u8; 32]>::try_from(bytes).map_err(|_| KeyError::NotAKey)?)
    }
}

impl<C> Encode<C> for PublicKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = <[u8; 32]>::try_from(d.bytes()?)
            .map_err(|_| minicbor::decode::Error::message("a public key has 32 bytes"))?;
        PublicKey::from_bytes(bytes).map_err(|error| minicbor::decode::Error::message(error.to_string()))
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Signature::try_from(d.bytes()?).map_err(|error| minicbor::decode::Error::message(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    fn array<const N: usize>(hex: &str) -> [u8; N] {
        HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    }

    #[test]
    fn rfc_8032_test_2() {
        let seed = array("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = SigningKey::from_seed(Secret32::from_bytes(seed)).unwrap();
        assert_eq!(
            key.public().to_string(),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        let signature = key.sign(&[0x72]);
        assert_eq!(
            HEXLOWER.encode(signature.as_bytes()),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert_eq!(key.public().check(&[0x72], &signature), Ok(()));
        assert_eq!(key.public().check(&[0x73], &signature), Err(KeyError::BadSignature));
    }

    #[test]
    fn small_order_and_non_canonical_keys_are_refused() {
        for encoding in SMALL_ORDER {
            let mut signed = encoding;
            signed[31] |= 0x80;
            assert_eq!(PublicKey::from_bytes(encoding), Err(KeyError::SmallOrder));
            assert_eq!(PublicKey::from_bytes(signed), Err(KeyError::SmallOrder));
        }
        for first in 0xef..=0xff {
            let key = PublicKey::from_bytes(first_byte_then(first, 0xff, 0x7f));
            assert_eq!(key, Err(KeyError::NotCanonical));
        }
    }

    #[test]
    fn a_signature_with_small_order_r_or_large_s_is_refused() {
        let key = SigningKey::from_seed(Secret32::from_bytes([5; 32])).unwrap();
        let good = *key.sign(b"words").as_bytes();
        for encoding in SMALL_ORDER {
            let mut forged = good;
            forged[..32].copy_from_slice(&encoding);
            assert!(key.public().check(b"words", &Signature::from_bytes(forged)).is_err());
        }
        // S + L is the same scalar in another spelling.
        let order = array::<32>("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut malleable = good;
        let mut carry = 0u16;
        for (byte, add) in malleable[32..].iter_mut().zip(order) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry as u8;
            carry >>= 8;
        }
        assert!(key.public().check(b"words", &Signature::from_bytes(malleable)).is_err());
    }

    #[test]
    fn possession_is_bound_to_chain_role_and_number() {
        let key = SigningKey::from_seed(Secret32::from_bytes([6; 32])).unwrap();
        let chain = ChainId::from_bytes([1; 32]);
        let proof = key.prove_possession(&chain, "log", 1);
        assert!(key.public().verify_possession(&chain, "log", 1, &proof).is_ok());
        assert!(key.public().verify_possession(&chain, "log", 2, &proof).is_err());
        assert!(key.public().verify_possession(&chain, "consent", 1, &proof).is_err());
        assert!(key.public().verify_possession(&ChainId::from_bytes([2; 32]), "log", 1, &proof).is_err());
    }

    #[test]
    fn a_signing_key_prints_only_its_public_half() {
        let key = SigningKey::from_seed(Secret32::from_bytes([5; 32])).unwrap();
        let text = format!("{key:?}");
        assert!(!text.contains(&"05".repeat(32)) && text.contains(&key.public().to_string()));
    }
}
