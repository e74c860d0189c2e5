//! COSE_Sign1 (RFC 9052 §4.2) in one fixed shape: untagged, Ed25519, empty unprotected map, external_aad = domain.

mod request;

pub use request::{sign_by_request_key, verify_by_request_key};

use crate::{
    cbor::{self, CborError},
    domain::Domain,
    key::{KeyError, PublicKey, Signature, SigningKey},
};
use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteVec};

/// COSE algorithm identifier of EdDSA.
const ALG_EDDSA: i8 = -8;

/// A signed object that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoseError {
    /// Not a COSE_Sign1 of the one shape we write.
    #[error("not a signed object of the expected shape: {0}")]
    Malformed(#[from] CborError),
    /// The header names another algorithm or has more in it.
    #[error("the signed object's header is not the expected one (Ed25519 and the signer's key)")]
    WrongHeader,
    /// Signed by somebody else.
    #[error("signed by {found}, expected {expected}")]
    WrongSigner {
        /// Key that had to sign.
        expected: PublicKey,
        /// Key the header names.
        found: PublicKey,
    },
    /// Signed by another request key.
    #[error("signed by another key than the one that had to sign")]
    OtherSigner,
    /// The signature fails.
    #[error(transparent)]
    Signature(#[from] KeyError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Protected {
    signer: PublicKey,
}

impl<C> Encode<C> for Protected {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(2)?.u8(1)?.i8(ALG_EDDSA)?.u8(4)?.bytes(self.signer.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Protected {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, minicbor::decode::Error> {
        let shape = d.map()? == Some(2) && d.u8()? == 1 && d.i8()? == ALG_EDDSA && d.u8()? == 4;
        if !shape {
            return Err(minicbor::decode::Error::message("header is not {1: -8, 4: key}"));
        }
        Ok(Protected { signer: PublicKey::decode(d, c)? })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Parts {
    #[n(0)]
    protected: ByteVec,
    #[n(1)]
    unprotected: Empty,
    #[n(2)]
    payload: ByteVec,
    #[n(3)]
    signature: Signature,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Empty;

impl<C> Encode<C> for Empty {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Empty {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.map()? {
            Some(0) => Ok(Empty),
            _ => Err(minicbor::decode::Error::message("the unprotected header must be empty")),
        }
    }
}

/// A signed object as read, its signature not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign1 {
    parts: Parts,
    signer: PublicKey,
}

/// A payload whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedPayload {
    payload: Vec<u8>,
    signer: PublicKey,
}

impl VerifiedPayload {
    /// The signed bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Who signed them.
    pub fn signer(&self) -> PublicKey {
        self.signer
    }
}

/// Signs `payload` for one purpose.
///
/// ```
/// use pulsebook_protocol::{cose, domain, key::SigningKey, secret::Secret32};
/// let key = SigningKey::from_seed(Secret32::from_bytes([1; 32]))?;
/// let signed = cose::sign(&key, domain::ACCESS, b"payload");
/// let parsed = cose::Sign1::parse(&signed, 1024)?;
/// assert_eq!(parsed.verify(domain::ACCESS, &key.public())?.payload(), b"payload");
/// assert!(parsed.verify(domain::RELEASE, &key.public()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign(key: &SigningKey, domain: Domain, payload: &[u8]) -> Vec<u8> {
    let protected = cbor::encode(&Protected { signer: key.public() });
    let signature = key.sign(&to_be_signed(&protected, domain, payload));
    cbor::encode(&Parts {
        protected: protected.into(),
        unprotected: Empty,
        payload: payload.to_vec().into(),
        signature,
    })
}

impl Sign1 {
    /// Reads a signed object of at most `limit` bytes.
    ///
    /// # Errors
    /// [`CoseError::Malformed`] or [`CoseError::WrongHeader`].
    pub fn parse(bytes: &[u8], limit: usize) -> Result<Self, CoseError> {
        let parts: Parts = cbor::decode(bytes, limit)?;
        let protected: Protected =
            cbor::decode(&parts.protected, limit).map_err(|_| CoseError::WrongHeader)?;
        Ok(Sign1 { parts, signer: protected.signer })
    }

    /// The payload before its signature was checked: only for finding out whose signature to expect.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.parts.payload
    }

    /// The key the header names: a hint, compared with the expected key on verification.
    pub fn claimed_signer(&self) -> PublicKey {
        self.signer
    }

    /// Checks that `expected` signed the payload for this purpose.
    ///
    /// # Errors
    /// [`CoseError::WrongSigner`] or [`CoseError::Signature`].
    pub fn verify(&self, domain: Domain, expected: &PublicKey) -> Result<VerifiedPayload, CoseError> {
        if self.signer != *expected {
            return Err(CoseError::WrongSigner { expected: *expected, found: self.signer });
        }
        let message = to_be_signed(&self.parts.protected, domain, &self.parts.payload);
        expected.check(&message, &self.parts.signature)?;
        Ok(VerifiedPayload { payload: self.parts.payload.to_vec(), signer: *expected })
    }
}

/// The Sig_structure of RFC 9052 §4.4.
fn to_be_signed(protected: &[u8], domain: Domain, payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(payload.len() + 128);
    let mut e = Encoder::new(&mut message);
    // Writing into a Vec cannot fail.
    let _ = e
        .array(4)
        .and_then(|e| e.str("Signature1"))
        .and_then(|e| e.bytes(protected))
        .and_then(|e| e.bytes(domain.text().as_bytes()))
        .and_then(|e| e.bytes(payload));
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain, secret::Secret32};

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Secret32::from_bytes([seed; 32])).unwrap()
    }

    #[test]
    fn only_the_expected_signer_and_purpose_pass() {
        let signed = sign(&key(1), domain::DIRECTORY, b"payload");
        let parsed = Sign1::parse(&signed, 1000).unwrap();
        assert_eq!(parsed.verify(domain::DIRECTORY, &key(1).public()).unwrap().payload(), b"payload");
        assert!(parsed.verify(domain::DIRECTORY, &key(2).public()).is_err());
        assert!(parsed.verify(domain::PROPOSAL, &key(1).public()).is_err());
    }

    #[test]
    fn no_flipped_bit_and_no_cut_passes() {
        let signed = sign(&key(1), domain::DIRECTORY, b"payload");
        let passes = |bytes: &[u8]| {
            Sign1::parse(bytes, 1000).is_ok_and(|p| p.verify(domain::DIRECTORY, &key(1).public()).is_ok())
        };
        assert!(passes(&signed));
        for index in 0..signed.len() {
            for bit in 0..8 {
                let mut flipped = signed.clone();
                flipped[index] ^= 1 << bit;
                assert!(!passes(&flipped), "byte {index} bit {bit}");
            }
            assert!(!passes(&signed[..index]));
        }
    }

    #[test]
    fn an_unprotected_header_or_a_tag_is_refused() {
        let signed = sign(&key(1), domain::DIRECTORY, b"payload");
        let mut tagged = vec![0xd2];
        tagged.extend_from_slice(&signed);
        assert!(Sign1::parse(&tagged, 1000).is_err());
        let place = signed.iter().position(|byte| *byte == 0xa0).unwrap();
        let mut more = signed.clone();
        more.splice(place..=place, [0xa1, 0x05, 0x05]);
        assert!(Sign1::parse(&more, 1000).is_err());
    }
}
