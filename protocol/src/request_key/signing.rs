//! The secret half of a request key, of either algorithm.

use super::{P256SigningKey, RequestKey};
use crate::{
    bytes::ChainId,
    key::{Signature, SigningKey, possession_message},
    random::RandomUnavailable,
};

/// A key that a grantee signs with.
#[derive(Debug)]
pub enum RequestSigningKey {
    /// Ed25519.
    Ed25519(SigningKey),
    /// P-256.
    P256(P256SigningKey),
}

impl RequestSigningKey {
    /// The public half.
    pub fn public(&self) -> RequestKey {
        match self {
            RequestSigningKey::Ed25519(key) => RequestKey::Ed25519(key.public()),
            RequestSigningKey::P256(key) => RequestKey::P256(key.public()),
        }
    }

    /// Signs.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when P-256 needs randomness and there is none; Ed25519 needs none.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, RandomUnavailable> {
        match self {
            RequestSigningKey::Ed25519(key) => Ok(key.sign(message)),
            RequestSigningKey::P256(key) => key.sign(message),
        }
    }

    /// Proves that this key is held, for one chain, role and number.
    ///
    /// # Errors
    /// [`RandomUnavailable`] as [`RequestSigningKey::sign`].
    pub fn prove_possession(
        &self,
        chain: &ChainId,
        role: &str,
        number: u32,
    ) -> Result<Signature, RandomUnavailable> {
        self.sign(&possession_message(self.public().as_bytes(), chain, role, number))
    }
}

impl From<SigningKey> for RequestSigningKey {
    fn from(key: SigningKey) -> Self {
        RequestSigningKey::Ed25519(key)
    }
}

impl From<P256SigningKey> for RequestSigningKey {
    fn from(key: P256SigningKey) -> Self {
        RequestSigningKey::P256(key)
    }
}
