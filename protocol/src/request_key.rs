//! Request keys: what a grantee signs with, Ed25519 or P-256 where secure hardware holds it.
//!
//! `docs/protocol.md` §1. A request key is written as its bytes, and their number tells the algorithm: 32 are Ed25519,
//! 65 a point on P-256, uncompressed (SEC 1 §2.3.3). What stood for an Ed25519 key before still does, byte for byte.

mod p256;
mod signing;

pub use p256::{P256PublicKey, P256SigningKey};
pub use signing::RequestSigningKey;

pub(crate) use p256::has_low_s;
#[cfg(test)]
pub(crate) use p256::twin;

use crate::{
    bytes::ChainId,
    key::{KeyError, PublicKey, Signature, possession_message},
};
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::{fmt, str::FromStr};

/// How a request key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestAlgorithm {
    /// RFC 8032.
    Ed25519,
    /// ECDSA on P-256 with SHA-256; a signature is r ‖ s, 32 bytes each.
    EcdsaP256,
}

impl RequestAlgorithm {
    /// The `alg` parameter of RFC 9421 §3.3.
    pub fn text(self) -> &'static str {
        match self {
            RequestAlgorithm::Ed25519 => "ed25519",
            RequestAlgorithm::EcdsaP256 => "ecdsa-p256-sha256",
        }
    }
}

/// A key that signs a grantee's requests: checked to be one that may be enrolled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestKey {
    /// Ed25519.
    Ed25519(PublicKey),
    /// P-256.
    P256(P256PublicKey),
}

impl RequestKey {
    /// Takes 32 bytes of an Ed25519 key or 65 of a P-256 one, when it may be enrolled.
    ///
    /// # Errors
    /// [`KeyError::SmallOrder`], [`KeyError::NotCanonical`] (Ed25519), [`KeyError::NotOnCurve`] (P-256), or
    /// [`KeyError::NotARequestKey`] for any other number of bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if let Ok(bytes) = <[u8; 32]>::try_from(bytes) {
            return PublicKey::from_bytes(bytes).map(RequestKey::Ed25519);
        }
        let bytes = <[u8; P256PublicKey::LENGTH]>::try_from(bytes).map_err(|_| KeyError::NotARequestKey)?;
        P256PublicKey::from_bytes(bytes).map(RequestKey::P256)
    }

    /// The 32 or 65 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            RequestKey::Ed25519(key) => key.as_bytes(),
            RequestKey::P256(key) => key.as_bytes(),
        }
    }

    /// How it signs.
    pub fn algorithm(&self) -> RequestAlgorithm {
        match self {
            RequestKey::Ed25519(_) => RequestAlgorithm::Ed25519,
            RequestKey::P256(_) => RequestAlgorithm::EcdsaP256,
        }
    }

    /// The Ed25519 key, when it is one.
    pub fn as_ed25519(&self) -> Option<PublicKey> {
        match self {
            RequestKey::Ed25519(key) => Some(*key),
            RequestKey::P256(_) => None,
        }
    }

    /// Checks a signature over a message. Of P-256 also the twin with the other s is taken: secure hardware makes both.
    ///
    /// # Errors
    /// [`KeyError::BadSignature`].
    pub fn check(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        match self {
            RequestKey::Ed25519(key) => key.check(message, signature),
            RequestKey::P256(key) => key.check(message, signature),
        }
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
    ) -> Result<VerifiedRequestKey, KeyError> {
        self.check(&possession_message(self.as_bytes(), chain, role, number), proof)?;
        Ok(VerifiedRequestKey(*self))
    }
}

/// A request key whose holder proved to hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedRequestKey(RequestKey);

impl VerifiedRequestKey {
    /// The key.
    pub fn key(&self) -> RequestKey {
        self.0
    }
}

impl From<PublicKey> for RequestKey {
    fn from(key: PublicKey) -> Self {
        RequestKey::Ed25519(key)
    }
}

impl PartialEq<PublicKey> for RequestKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.as_ed25519() == Some(*other)
    }
}

impl fmt::Display for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(self.as_bytes()))
    }
}

impl fmt::Debug for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestKey({self})")
    }
}

impl FromStr for RequestKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| KeyError::NotARequestKey)?;
        RequestKey::from_bytes(&bytes)
    }
}

impl<C> Encode<C> for RequestKey {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for RequestKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        RequestKey::from_bytes(d.bytes()?)
            .map_err(|error| minicbor::decode::Error::message(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
