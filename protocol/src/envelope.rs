//! Envelopes: HPKE to a grantee's or the patient's own receive key, with numbered suites.
//!
//! `docs/protocol.md` §6. Suite 1 is X-Wing (ML-KEM-768 with X25519), so that what is sealed today stays closed to a
//! later quantum computer. The grant names its suite; there is no negotiation.

use crate::{
    bytes::{ChainId, Digest, GrantId},
    domain, hash,
    random::{RandCore, Random, RandomUnavailable},
    secret::Secret32,
};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256, kem::XWing,
};
use std::fmt;
use zeroize::Zeroizing;

/// A suite number nobody assigned, or one that is reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "HPKE suite {0} is not supported, expected suite 1 (X-Wing): ask for a card made by a current version"
)]
pub struct UnsupportedSuite(pub u16);

/// An envelope or a receive key that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The public key is not one.
    #[error("not an X-Wing public key: expected 1,216 bytes of a valid key, found {found} bytes")]
    NotAKey {
        /// Bytes given.
        found: usize,
    },
    /// The encapsulated key is not one.
    #[error("not an X-Wing encapsulated key: expected 1,120 bytes, found {found} bytes")]
    NotAnEncapsulation {
        /// Bytes given.
        found: usize,
    },
    /// Another key, another purpose, or altered bytes.
    #[error("the envelope does not open: it was sealed to another key, for another purpose, or was altered")]
    Refused,
    /// No randomness to seal with.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// How an envelope is sealed. The discriminant is the number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Suite {
    /// HPKE base mode: KEM 0x647a (X-Wing), HKDF-SHA256, AES-256-GCM.
    XWing = 1,
}

impl Suite {
    /// The number on the wire.
    pub fn wire(self) -> u16 {
        self as u16
    }

    /// The suite with this number.
    ///
    /// # Errors
    /// [`UnsupportedSuite`] for 2 (P-256, reserved) and every number nobody assigned.
    pub fn from_wire(number: u16) -> Result<Self, UnsupportedSuite> {
        if number == Suite::XWing.wire() { Ok(Suite::XWing) } else { Err(UnsupportedSuite(number)) }
    }
}

/// A receive key's public half, 1,216 bytes, checked to be one.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivePublicKey(<XWing as hpke::Kem>::PublicKey);

impl ReceivePublicKey {
    /// Bytes of an X-Wing public key.
    pub const LENGTH: usize = 1216;

    /// Takes a public key from a card.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAKey`] when the bytes are not a valid X-Wing public key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let not_a_key = EnvelopeError::NotAKey { found: bytes.len() };
        <XWing as hpke::Kem>::PublicKey::from_bytes(bytes).map(ReceivePublicKey).map_err(|_| not_a_key)
    }

    /// The bytes as they stand on a card.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// The suite this key belongs to.
    pub fn suite(&self) -> Suite {
        Suite::XWing
    }

    /// `SHA-256(D(receive-key) ‖ u16 suite ‖ public key)`: what a grant names.
    pub fn receive_hash(&self) -> Digest {
        let suite = self.suite().wire().to_be_bytes();
        hash::sha256(&[&domain::RECEIVE_KEY.prefix(), &suite, &self.0.to_bytes()])
    }
}

impl fmt::Debug for ReceivePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceivePublicKey({})", self.receive_hash())
    }
}

/// A receive key: opens envelopes. 32 secret bytes.
///
/// ```
/// use pulsebook_protocol::{envelope::{self, ReceiveKey}, random::SystemRandom};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clinic = ReceiveKey::make(&mut SystemRandom)?;
/// let sent = envelope::make_envelope(&clinic.public(), b"why", &mut SystemRandom)?;
/// let secret = envelope::open_envelope(&clinic, &sent.enc, b"why")?;
/// assert_eq!(secret.expose(), sent.secret.expose());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ReceiveKey(Secret32);

impl ReceiveKey {
    /// A new key.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        Secret32::make(random).map(ReceiveKey)
    }

    /// The key with this X-Wing seed.
    pub fn from_seed(seed: Secret32) -> Self {
        ReceiveKey(seed)
    }

    /// The seed, for storing.
    pub fn seed(&self) -> &Secret32 {
        &self.0
    }

    /// The public half, for the card.
    pub fn public(&self) -> ReceivePublicKey {
        ReceivePublicKey(XWing::sk_to_pk(&self.private()))
    }

    fn private(&self) -> <XWing as hpke::Kem>::PrivateKey {
        // Every 32 bytes are an X-Wing private key; the length is fixed by the type.
        <XWing as hpke::Kem>::PrivateKey::from_bytes(self.0.expose()).expect("32 bytes are an X-Wing key")
    }
}

/// What the sender of an envelope has: `enc` goes to the receiver, the secret stays.
#[derive(Debug)]
pub struct MadeEnvelope {
    /// Encapsulated key, 1,120 bytes.
    pub enc: Vec<u8>,
    /// The exported secret that both sides have.
    pub secret: Secret32,
}

/// HPKE info of a release: `D(release-info) ‖ u16 suite ‖ chain ‖ grant_id ‖ receive hash`.
pub fn release_info(chain: &ChainId, grant_id: &GrantId, receiver: &ReceivePublicKey) -> Vec<u8> {
    let mut info = domain::RELEASE_INFO.prefix();
    info.extend_from_slice(&receiver.suite().wire().to_be_bytes());
    info.extend_from_slice(chain.as_bytes());
    info.extend_from_slice(grant_id.as_bytes());
    info.extend_from_slice(receiver.receive_hash().as_bytes());
    info
}

/// Encapsulates to `receiver` and exports the release secret.
///
/// # Errors
/// [`EnvelopeError::Random`] when no randomness was available.
pub fn make_envelope(
    receiver: &ReceivePublicKey,
    info: &[u8],
    random: &mut dyn Random,
) -> Result<MadeEnvelope, EnvelopeError> {
    let (enc, context) = sender(receiver, info, random)?;
    let mut secret = Zeroizing::new([0; 32]);
    context
        .export(domain::RELEASE_EXPORT.text().as_bytes(), secret.as_mut())
        .map_err(|_| EnvelopeError::Refused)?;
    Ok(MadeEnvelope { enc, secret: Secret32::from_bytes(*secret) })
}

/// Exports the release secret of an envelope made to `key` with the same `info`.
///
/// A wrong key or info is not noticed here (X-Wing rejects implicitly): the release then does not open.
///
/// # Errors
/// [`EnvelopeError::NotAnEncapsulation`] when `enc` has the wrong length.
pub fn open_envelope(key: &ReceiveKey, enc: &[u8], info: &[u8]) -> Result<Secret32, EnvelopeError> {
    let context = receiver(key, enc, info)?;
    let mut secret = Zeroizing::new([0; 32]);
    context
        .export(domain::RELEASE_EXPORT.text().as_bytes(), secret.as_mut())
        .map_err(|_| EnvelopeError::Refused)?;
    Ok(Secret32::from_bytes(*secret))
}

/// Seals one plaintext to `receiver` through HPKE itself; returns (enc, ciphertext and tag).
///
/// # Errors
/// [`EnvelopeError::Random`] when no randomness was available.
pub fn seal_to(
    to: &ReceivePublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    random: &mut dyn Random,
) -> Result<(Vec<u8>, Vec<u8>), EnvelopeError> {
    let (enc, mut context) = sender(to, info, random)?;
    let ciphertext = context.seal(plaintext, aad).map_err(|_| EnvelopeError::Refused)?;
    Ok((enc, ciphertext))
}

/// Opens what [`seal_to`] sealed.
///
/// # Errors
/// [`EnvelopeError`] when `enc` is not an encapsulation, or key, `info`, `aad` or bytes are not those of the sealing.
pub fn open_from(
    key: &ReceiveKey,
    enc: &[u8],
    info: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let mut context = receiver(key, enc, info)?;
    context.open(ciphertext, aad).map(Zeroizing::new).map_err(|_| EnvelopeError::Refused)
}

type SenderContext = hpke::aead::AeadCtxS<AesGcm256, HkdfSha256, XWing>;
type ReceiverContext = hpke::aead::AeadCtxR<AesGcm256, HkdfSha256, XWing>;

fn sender(
    to: &ReceivePublicKey,
    info: &[u8],
    random: &mut dyn Random,
) -> Result<(Vec<u8>, SenderContext), EnvelopeError> {
    let mut random = RandCore::new(random)?;
    let (enc, context): (<XWing as hpke::Kem>::EncappedKey, SenderContext) =
        hpke::setup_sender_with_rng(&OpModeS::Base, &to.0, info, &mut random)
            .map_err(|_| EnvelopeError::Refused)?;
    Ok((enc.to_bytes().to_vec(), context))
}

fn receiver(key: &ReceiveKey, enc: &[u8], info: &[u8]) -> Result<ReceiverContext, EnvelopeError> {
    let not_one = EnvelopeError::NotAnEncapsulation { found: enc.len() };
    let enc = <XWing as hpke::Kem>::EncappedKey::from_bytes(enc).map_err(|_| not_one)?;
    hpke::setup_receiver(&OpModeR::Base, &key.private(), &enc, info).map_err(|_| EnvelopeError::Refused)
}

#[cfg(test)]
mod tests {
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
        let (enc, sealed) =
            seal_to(&key(1).public(), b"i", b"a", b"text", &mut SeededRandom::new(2)).unwrap();
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
    fn reserved_and_unknown_suites_are_refused() {
        assert_eq!(Suite::from_wire(1), Ok(Suite::XWing));
        for number in [0, 2, 3, u16::MAX] {
            assert_eq!(Suite::from_wire(number), Err(UnsupportedSuite(number)));
        }
    }
}
