//! Envelopes: HPKE to a grantee's or the patient's own receive key, with numbered suites.
//!
//! `docs/protocol.md` §6. Suite 1 is X-Wing (ML-KEM-768 with X25519), so that what is sealed today stays closed to a
//! later quantum computer. Suite 2 is P-256, which phones' and HSMs' secure hardware can hold; it has no such promise.
//! The grant names its suite; there is no negotiation.

mod key;

pub use key::{ReceiveKey, ReceivePublicKey};

use crate::{
    bytes::{ChainId, GrantId},
    domain,
    random::{RandCore, Random, RandomUnavailable},
    secret::Secret32,
};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::{AeadCtxR, AeadCtxS, AesGcm256},
    kdf::HkdfSha256,
    kem::{DhP256HkdfSha256, XWing},
};
use key::{PrivateHalf, PublicHalf};
use zeroize::Zeroizing;

/// A suite number nobody assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "HPKE suite {0} is not supported, expected suite 1 (X-Wing) or 2 (P-256): ask for a card made by a current version"
)]
pub struct UnsupportedSuite(pub u16);

/// An envelope or a receive key that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The public key is not one.
    #[error(
        "not a receive key: expected 1,216 bytes (X-Wing) or 65 bytes (P-256, uncompressed, on the curve), found {found} bytes"
    )]
    NotAKey {
        /// Bytes given.
        found: usize,
    },
    /// The private bytes are no key of their suite.
    #[error("not the private half of a receive key: 32 bytes that no key of this suite has")]
    NotAPrivateKey,
    /// The encapsulated key is not one.
    #[error(
        "not an encapsulated key: expected 1,120 bytes (X-Wing) or 65 bytes (P-256), found {found} bytes"
    )]
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
    /// HPKE base mode: KEM 0x0010 (P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Not safe against a quantum computer.
    P256 = 2,
}

impl Suite {
    /// The number on the wire.
    pub fn wire(self) -> u16 {
        self as u16
    }

    /// The suite with this number.
    ///
    /// # Errors
    /// [`UnsupportedSuite`] for every number nobody assigned.
    pub fn from_wire(number: u16) -> Result<Self, UnsupportedSuite> {
        [Suite::XWing, Suite::P256]
            .into_iter()
            .find(|suite| suite.wire() == number)
            .ok_or(UnsupportedSuite(number))
    }

    /// Whether what is sealed today stays closed to a later quantum computer, as far as is known.
    pub fn is_quantum_safe(self) -> bool {
        self == Suite::XWing
    }
}

/// What the sender of an envelope has: `enc` goes to the receiver, the secret stays.
#[derive(Debug)]
pub struct MadeEnvelope {
    /// Encapsulated key, 1,120 bytes (X-Wing) or 65 bytes (P-256).
    pub enc: Vec<u8>,
    /// The exported secret that both sides have.
    pub secret: Secret32,
}

/// HPKE info of a release: `D(release-info) ‖ u16 suite ‖ chain ‖ grant_id ‖ receive hash`.
pub fn release_info(chain: &ChainId, grant_id: &GrantId, receiver: &ReceivePublicKey) -> Vec<u8> {
    info(domain::RELEASE_INFO, chain, grant_id, receiver)
}

/// HPKE info of the keys that a holder hands on with a delegation:
/// `D(handed-info) ‖ u16 suite ‖ chain ‖ grant_id ‖ receive hash`.
pub fn handed_info(chain: &ChainId, grant_id: &GrantId, receiver: &ReceivePublicKey) -> Vec<u8> {
    info(domain::HANDED_INFO, chain, grant_id, receiver)
}

fn info(domain: domain::Domain, chain: &ChainId, grant_id: &GrantId, receiver: &ReceivePublicKey) -> Vec<u8> {
    let mut info = domain.prefix();
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
    match receiver.half() {
        PublicHalf::XWing(to) => make_with::<XWing>(to, info, random),
        PublicHalf::P256(to) => make_with::<DhP256HkdfSha256>(to, info, random),
    }
}

fn make_with<K: Kem>(
    to: &K::PublicKey,
    info: &[u8],
    random: &mut dyn Random,
) -> Result<MadeEnvelope, EnvelopeError> {
    let (enc, context) = sender::<K>(to, info, random)?;
    let secret = exported(|out| context.export(domain::RELEASE_EXPORT.text().as_bytes(), out).is_ok())?;
    Ok(MadeEnvelope { enc, secret })
}

fn exported(export: impl FnOnce(&mut [u8]) -> bool) -> Result<Secret32, EnvelopeError> {
    let mut secret = Zeroizing::new([0; 32]);
    match export(secret.as_mut()) {
        true => Ok(Secret32::from_bytes(*secret)),
        false => Err(EnvelopeError::Refused),
    }
}

/// Exports the release secret of an envelope made to `key` with the same `info`.
///
/// A wrong key or info is not noticed here (X-Wing rejects implicitly): the release then does not open.
///
/// # Errors
/// [`EnvelopeError::NotAnEncapsulation`] when `enc` is none of this key's suite.
pub fn open_envelope(key: &ReceiveKey, enc: &[u8], info: &[u8]) -> Result<Secret32, EnvelopeError> {
    match &key.half()? {
        PrivateHalf::XWing(private) => open_with::<XWing>(private, enc, info),
        PrivateHalf::P256(private) => open_with::<DhP256HkdfSha256>(private, enc, info),
    }
}

fn open_with<K: Kem>(private: &K::PrivateKey, enc: &[u8], info: &[u8]) -> Result<Secret32, EnvelopeError> {
    let context = receiver::<K>(private, enc, info)?;
    exported(|out| context.export(domain::RELEASE_EXPORT.text().as_bytes(), out).is_ok())
}

/// Seals one plaintext to a receive key through HPKE itself; returns (enc, ciphertext and tag).
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
    match to.half() {
        PublicHalf::XWing(to) => seal_with::<XWing>(to, info, (aad, plaintext), random),
        PublicHalf::P256(to) => seal_with::<DhP256HkdfSha256>(to, info, (aad, plaintext), random),
    }
}

fn seal_with<K: Kem>(
    to: &K::PublicKey,
    info: &[u8],
    (aad, plaintext): (&[u8], &[u8]),
    random: &mut dyn Random,
) -> Result<(Vec<u8>, Vec<u8>), EnvelopeError> {
    let (enc, mut context) = sender::<K>(to, info, random)?;
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
    let opened = match &key.half()? {
        PrivateHalf::XWing(private) => receiver::<XWing>(private, enc, info)?.open(ciphertext, aad),
        PrivateHalf::P256(private) => receiver::<DhP256HkdfSha256>(private, enc, info)?.open(ciphertext, aad),
    };
    opened.map(Zeroizing::new).map_err(|_| EnvelopeError::Refused)
}

type SenderContext<K> = AeadCtxS<AesGcm256, HkdfSha256, K>;
type ReceiverContext<K> = AeadCtxR<AesGcm256, HkdfSha256, K>;

fn sender<K: Kem>(
    to: &K::PublicKey,
    info: &[u8],
    random: &mut dyn Random,
) -> Result<(Vec<u8>, SenderContext<K>), EnvelopeError> {
    let mut random = RandCore::new(random)?;
    let (enc, context): (K::EncappedKey, SenderContext<K>) =
        hpke::setup_sender_with_rng(&OpModeS::Base, to, info, &mut random)
            .map_err(|_| EnvelopeError::Refused)?;
    Ok((enc.to_bytes().to_vec(), context))
}

fn receiver<K: Kem>(
    private: &K::PrivateKey,
    enc: &[u8],
    info: &[u8],
) -> Result<ReceiverContext<K>, EnvelopeError> {
    let not_one = EnvelopeError::NotAnEncapsulation { found: enc.len() };
    let enc = K::EncappedKey::from_bytes(enc).map_err(|_| not_one)?;
    hpke::setup_receiver(&OpModeR::Base, private, &enc, info).map_err(|_| EnvelopeError::Refused)
}

#[cfg(test)]
mod tests;
