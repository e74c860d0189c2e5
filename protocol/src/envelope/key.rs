//! Receive keys of both suites: 32 secret bytes, and a public half whose length tells its suite.

use super::{EnvelopeError, Suite};
use crate::{
    bytes::Digest,
    domain, hash,
    random::{Random, RandomUnavailable},
    secret::Secret32,
};
use hpke::{
    Deserializable, Kem as _, Serializable,
    kem::{DhP256HkdfSha256, XWing},
};
use std::fmt;

/// First byte of an uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum PublicHalf {
    XWing(Box<<XWing as hpke::Kem>::PublicKey>),
    P256(<DhP256HkdfSha256 as hpke::Kem>::PublicKey),
}

pub(super) enum PrivateHalf {
    XWing(Box<<XWing as hpke::Kem>::PrivateKey>),
    P256(<DhP256HkdfSha256 as hpke::Kem>::PrivateKey),
}

/// A receive key's public half, checked to be one: 1,216 bytes (X-Wing), or 65 bytes (P-256, SEC 1 uncompressed).
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivePublicKey(PublicHalf);

impl ReceivePublicKey {
    /// Bytes of an X-Wing public key.
    pub const LENGTH: usize = 1216;

    /// Bytes of a P-256 public key.
    pub const P256_LENGTH: usize = 65;

    /// Takes a public key from a card. Its length tells the suite.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAKey`] when the bytes are not a valid X-Wing key and not an uncompressed point on P-256.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let half = match bytes.first() {
            Some(&UNCOMPRESSED) if bytes.len() == Self::P256_LENGTH => {
                <DhP256HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(bytes).map(PublicHalf::P256)
            }
            _ => {
                <XWing as hpke::Kem>::PublicKey::from_bytes(bytes).map(|key| PublicHalf::XWing(Box::new(key)))
            }
        };
        half.map(ReceivePublicKey).map_err(|_| EnvelopeError::NotAKey { found: bytes.len() })
    }

    /// The bytes as they stand on a card.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            PublicHalf::XWing(key) => key.to_bytes().to_vec(),
            PublicHalf::P256(key) => key.to_bytes().to_vec(),
        }
    }

    /// The suite this key belongs to.
    pub fn suite(&self) -> Suite {
        match &self.0 {
            PublicHalf::XWing(_) => Suite::XWing,
            PublicHalf::P256(_) => Suite::P256,
        }
    }

    /// `SHA-256(D(receive-key) ‖ u16 suite ‖ public key)`: what a grant names.
    pub fn receive_hash(&self) -> Digest {
        let suite = self.suite().wire().to_be_bytes();
        hash::sha256(&[&domain::RECEIVE_KEY.prefix(), &suite, &self.to_bytes()])
    }

    pub(super) fn half(&self) -> &PublicHalf {
        &self.0
    }
}

impl fmt::Debug for ReceivePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceivePublicKey({})", self.receive_hash())
    }
}

/// A receive key: opens envelopes. 32 secret bytes and their suite.
///
/// ```
/// use pulsebook_protocol::{envelope::{self, ReceiveKey, Suite}, random::SystemRandom};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// for suite in [Suite::XWing, Suite::P256] {
///     let clinic = ReceiveKey::make_of(suite, &mut SystemRandom)?;
///     let sent = envelope::make_envelope(&clinic.public(), b"why", &mut SystemRandom)?;
///     let secret = envelope::open_envelope(&clinic, &sent.enc, b"why")?;
///     assert_eq!(secret.expose(), sent.secret.expose());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ReceiveKey {
    seed: Secret32,
    public: ReceivePublicKey,
}

impl ReceiveKey {
    /// A new X-Wing key.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        Secret32::make(random).map(Self::from_seed)
    }

    /// A new key of a suite.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make_of(suite: Suite, random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        loop {
            // One in 2³² seeds is no P-256 key; the next one is.
            if let Ok(key) = Self::from_seed_of(suite, Secret32::make(random)?) {
                return Ok(key);
            }
        }
    }

    /// The key with this X-Wing seed.
    pub fn from_seed(seed: Secret32) -> Self {
        let public = XWing::sk_to_pk(&x_wing(&seed));
        ReceiveKey { seed, public: ReceivePublicKey(PublicHalf::XWing(Box::new(public))) }
    }

    /// The key of a suite with these 32 bytes: an X-Wing seed, or a P-256 scalar, big-endian, 1 to the order − 1.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAPrivateKey`] when they are no such scalar.
    pub fn from_seed_of(suite: Suite, seed: Secret32) -> Result<Self, EnvelopeError> {
        match suite {
            Suite::XWing => Ok(Self::from_seed(seed)),
            Suite::P256 => {
                let public = PublicHalf::P256(DhP256HkdfSha256::sk_to_pk(&p256(&seed)?));
                Ok(ReceiveKey { seed, public: ReceivePublicKey(public) })
            }
        }
    }

    /// The seed, for storing.
    pub fn seed(&self) -> &Secret32 {
        &self.seed
    }

    /// The suite it belongs to.
    pub fn suite(&self) -> Suite {
        self.public.suite()
    }

    /// The public half, for the card.
    pub fn public(&self) -> ReceivePublicKey {
        self.public.clone()
    }

    pub(super) fn half(&self) -> Result<PrivateHalf, EnvelopeError> {
        match self.suite() {
            Suite::XWing => Ok(PrivateHalf::XWing(Box::new(x_wing(&self.seed)))),
            Suite::P256 => p256(&self.seed).map(PrivateHalf::P256),
        }
    }
}

fn x_wing(seed: &Secret32) -> <XWing as hpke::Kem>::PrivateKey {
    // Every 32 bytes are an X-Wing private key; the length is fixed by the type.
    <XWing as hpke::Kem>::PrivateKey::from_bytes(seed.expose()).expect("32 bytes are an X-Wing key")
}

fn p256(seed: &Secret32) -> Result<<DhP256HkdfSha256 as hpke::Kem>::PrivateKey, EnvelopeError> {
    <DhP256HkdfSha256 as hpke::Kem>::PrivateKey::from_bytes(seed.expose())
        .map_err(|_| EnvelopeError::NotAPrivateKey)
}
