//! P-256 keys as ring signs and verifies with them.

use crate::{
    key::{KeyError, Signature},
    random::{Random, RandomUnavailable},
    secret::Secret32,
};
use hpke::{Deserializable, Kem as _, Serializable, kem::DhP256HkdfSha256};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use std::fmt;

/// Half the order of P-256, rounded down: the largest low s (order: FIPS 186-4 D.1.2.3).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A point on P-256, uncompressed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct P256PublicKey([u8; P256PublicKey::LENGTH]);

impl P256PublicKey {
    /// 04 ‖ x ‖ y.
    pub const LENGTH: usize = 65;

    /// Takes the bytes when they are a point of the curve in uncompressed form.
    ///
    /// # Errors
    /// [`KeyError::NotOnCurve`]. The curve's order is prime: a point on it, other than infinity, is of full order.
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Result<Self, KeyError> {
        let [4, ..] = bytes else { return Err(KeyError::NotOnCurve) };
        <DhP256HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(&bytes).map_err(|_| KeyError::NotOnCurve)?;
        Ok(P256PublicKey(bytes))
    }

    /// The 65 bytes.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Checks r ‖ s over SHA-256 of the message.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`].
    pub fn check(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0)
            .verify(message, signature.as_bytes())
            .map_err(|_| KeyError::BadSignature)
    }
}

impl fmt::Debug for P256PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P256PublicKey({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// Whether s is the smaller one of the two that verify: what a COSE object demands, so that it has one form only.
pub(crate) fn has_low_s(signature: &Signature) -> bool {
    signature.as_bytes().last_chunk::<32>().is_some_and(|s| *s <= HALF_ORDER)
}

/// A P-256 signing key in memory. Its scalar is wiped when dropped and never printed.
pub struct P256SigningKey {
    scalar: Secret32,
    pair: EcdsaKeyPair,
    public: P256PublicKey,
}

impl P256SigningKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        loop {
            // One in 2³² scalars is out of range; the next one is not.
            if let Ok(key) = P256SigningKey::from_scalar(Secret32::make(random)?) {
                return Ok(key);
            }
        }
    }

    /// The key of this scalar, big-endian, 1 to the order − 1.
    ///
    /// # Errors
    /// [`KeyError::NotOnCurve`] when it is out of range.
    pub fn from_scalar(scalar: Secret32) -> Result<Self, KeyError> {
        let private = <DhP256HkdfSha256 as hpke::Kem>::PrivateKey::from_bytes(scalar.expose())
            .map_err(|_| KeyError::NotOnCurve)?;
        let mut bytes = [0; P256PublicKey::LENGTH];
        bytes.copy_from_slice(&DhP256HkdfSha256::sk_to_pk(&private).to_bytes());
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar.expose(),
            &bytes,
            &ring::rand::SystemRandom::new(),
        )
        .map_err(|_| KeyError::NotOnCurve)?;
        Ok(P256SigningKey { scalar, pair, public: P256PublicKey(bytes) })
    }

    /// The public half.
    pub fn public(&self) -> P256PublicKey {
        self.public
    }

    /// The scalar, for a file that keeps it.
    pub fn scalar(&self) -> &Secret32 {
        &self.scalar
    }

    /// Signs, with low s. ring draws each signature's number from the operating system and the key: no source can be
    /// handed to it, and none repeats a signature.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the operating system gives no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, RandomUnavailable> {
        let signed = self.pair.sign(&ring::rand::SystemRandom::new(), message);
        let signed = signed.map_err(|_| RandomUnavailable)?;
        let signature = Signature::try_from(signed.as_ref()).map_err(|_| RandomUnavailable)?;
        Ok(if has_low_s(&signature) { signature } else { twin(&signature) })
    }
}

impl fmt::Debug for P256SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P256SigningKey(of {:?})", self.public)
    }
}

/// The same r with order − s: the other signature that verifies.
pub(crate) fn twin(signature: &Signature) -> Signature {
    let mut bytes = *signature.as_bytes();
    let mut borrow = false;
    if let Some(s) = bytes.last_chunk_mut::<32>() {
        for (digit, order) in s.iter_mut().zip(ORDER).rev() {
            let (once, first) = order.overflowing_sub(*digit);
            let (twice, second) = once.overflowing_sub(u8::from(borrow));
            (*digit, borrow) = (twice, first || second);
        }
    }
    Signature::from_bytes(bytes)
}
