//! A node's keys for one chain, certified by its identity key and each shown to be held.

use crate::{
    bytes::ChainId,
    cbor::{self, CborError},
    cose::{self, CoseError, Sign1},
    domain,
    hash::expand,
    key::{KeyError, PublicKey, Signature, SigningKey},
    random::RandomUnavailable,
    secret::Secret32,
};
use minicbor::{Decode, Encode};

/// At most this many bytes in a key certificate.
pub const KEY_CERTIFICATE_LIMIT: usize = 2048;

/// A key certificate that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyCertificateError {
    /// The signature by the node's identity.
    #[error("the node's key certificate is not signed by its identity: {0}")]
    Signature(#[from] CoseError),
    /// The payload.
    #[error("malformed key certificate: {0}")]
    Malformed(#[from] CborError),
    /// Of another chain or version.
    #[error("the key certificate is for another chain or version")]
    WrongChain,
    /// A key whose possession is not shown.
    #[error("the node does not show that it holds its {role} key: {source}")]
    NotHeld {
        /// Which key.
        role: &'static str,
        /// Why.
        source: KeyError,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Payload {
    #[n(0)]
    version: u8,
    #[n(1)]
    chain: ChainId,
    #[n(2)]
    generation: u32,
    #[n(3)]
    witness: PublicKey,
    #[n(4)]
    mirror: PublicKey,
    #[n(5)]
    entry: PublicKey,
    #[n(6)]
    witness_held: Signature,
    #[n(7)]
    mirror_held: Signature,
    #[n(8)]
    entry_held: Signature,
}

/// A node's signing keys for one chain and generation.
#[derive(Debug)]
pub struct NodeKeys {
    /// Phase one.
    pub witness: SigningKey,
    /// Phase two.
    pub mirror: SigningKey,
    /// Access entries.
    pub entry: SigningKey,
    generation: u32,
    chain: ChainId,
}

/// Certified public keys of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedKeyCertificate {
    generation: u32,
    witness: PublicKey,
    mirror: PublicKey,
    entry: PublicKey,
}

impl VerifiedKeyCertificate {
    /// The generation of keys.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Witness, mirror and entry key.
    pub fn keys(&self) -> (PublicKey, PublicKey, PublicKey) {
        (self.witness, self.mirror, self.entry)
    }
}

impl NodeKeys {
    /// Derives the keys of a chain and generation from the node's master secret.
    ///
    /// # Errors
    /// [`RandomUnavailable`] never in practice: every seed makes a key.
    pub fn derive(master: &Secret32, chain: &ChainId, generation: u32) -> Result<Self, RandomUnavailable> {
        let key = |role: &str| {
            let mut seed = zeroize::Zeroizing::new([0; 32]);
            let prefix = domain::NODE_KEY.prefix();
            let info: [&[u8]; 4] = [&prefix, chain.as_bytes(), &generation.to_be_bytes(), role.as_bytes()];
            expand(master.expose(), &info, &mut *seed);
            SigningKey::from_seed(Secret32::from_bytes(*seed))
        };
        let (witness, mirror, entry) = (key("witness")?, key("mirror")?, key("entry")?);
        Ok(NodeKeys { witness, mirror, entry, generation, chain: *chain })
    }

    /// The certificate of these keys by the node's identity.
    pub fn certify(&self, identity: &SigningKey) -> Vec<u8> {
        let held = |key: &SigningKey, role| key.prove_possession(&self.chain, role, self.generation);
        let payload = Payload {
            version: 1,
            chain: self.chain,
            generation: self.generation,
            witness: self.witness.public(),
            mirror: self.mirror.public(),
            entry: self.entry.public(),
            witness_held: held(&self.witness, "witness"),
            mirror_held: held(&self.mirror, "mirror"),
            entry_held: held(&self.entry, "entry"),
        };
        cose::sign(identity, domain::KEY_CERTIFICATE, &cbor::encode(&payload))
    }
}

/// Checks a key certificate of the node `identity` for `chain`.
///
/// # Errors
/// [`KeyCertificateError`] saying what fails.
pub fn verify_key_certificate(
    bytes: &[u8],
    chain: &ChainId,
    identity: &PublicKey,
) -> Result<VerifiedKeyCertificate, KeyCertificateError> {
    let signed = Sign1::parse(bytes, KEY_CERTIFICATE_LIMIT)?.verify(domain::KEY_CERTIFICATE, identity)?;
    let payload: Payload = cbor::decode(signed.payload(), KEY_CERTIFICATE_LIMIT)?;
    if payload.chain != *chain || payload.version != 1 {
        return Err(KeyCertificateError::WrongChain);
    }
    let held = [
        ("witness", payload.witness, payload.witness_held),
        ("mirror", payload.mirror, payload.mirror_held),
        ("entry", payload.entry, payload.entry_held),
    ];
    for (role, key, proof) in held {
        key.verify_possession(chain, role, payload.generation, &proof)
            .map_err(|source| KeyCertificateError::NotHeld { role, source })?;
    }
    Ok(VerifiedKeyCertificate {
        generation: payload.generation,
        witness: payload.witness,
        mirror: payload.mirror,
        entry: payload.entry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_counts_for_its_identity_and_chain_only() {
        let identity = SigningKey::from_seed(Secret32::from_bytes([1; 32])).unwrap();
        let (chain, other) = (ChainId::from_bytes([2; 32]), ChainId::from_bytes([3; 32]));
        let keys = NodeKeys::derive(&Secret32::from_bytes([4; 32]), &chain, 0).unwrap();
        let bytes = keys.certify(&identity);
        let verified = verify_key_certificate(&bytes, &chain, &identity.public()).unwrap();
        assert_eq!(verified.keys().0, keys.witness.public());
        assert!(verify_key_certificate(&bytes, &other, &identity.public()).is_err());
        assert!(verify_key_certificate(&bytes, &chain, &keys.witness.public()).is_err());
    }

    #[test]
    fn chains_and_generations_share_no_key() {
        let master = Secret32::from_bytes([4; 32]);
        let derive = |chain, generation| {
            NodeKeys::derive(&master, &ChainId::from_bytes([chain; 32]), generation).unwrap().witness.public()
        };
        assert_ne!(derive(1, 0), derive(2, 0));
        assert_ne!(derive(1, 0), derive(1, 1));
    }
}
