//! Proposals: who may sign, who stores and who counts in an epoch, signed by the patient's root.

use crate::{
    bytes::{ByteString, ChainId, Digest, GrantId, Salt16},
    cbor::{self, CborError},
    circle::{Circle, CircleError},
    cose::{self, CoseError, Sign1},
    domain,
    hash::sha256,
    key::{KeyError, PublicKey, Signature, SigningKey},
};
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::collections::BTreeSet;

/// At most this many bytes in a proposal.
pub const PROPOSAL_LIMIT: usize = 16 * 1024;

/// A proposal that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// The signature by the root.
    #[error("the proposal is not signed by the patient's root: {0}")]
    Signature(#[from] CoseError),
    /// The payload.
    #[error("malformed proposal: {0}")]
    Malformed(#[from] CborError),
    /// The circle.
    #[error(transparent)]
    Circle(#[from] CircleError),
    /// The chain id is not made from this root and salt, or the version is another.
    #[error("the chain does not belong to this root")]
    WrongChain,
    /// A log, consent or device key whose possession is not shown.
    #[error("the {role} key is not shown to be held: {source}")]
    NotHeld {
        /// Which key.
        role: &'static str,
        /// Why.
        source: KeyError,
    },
    /// Something this version does not do.
    #[error("{0} is not supported by this version")]
    Unsupported(&'static str),
    /// One key has two roles.
    #[error("one key stands at two places of the proposal")]
    SharedKey,
    /// No device, or more than eight.
    #[error("a proposal names one to eight devices, found {0}")]
    Devices(usize),
}

/// One device of the patient.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolledDevice {
    #[n(0)]
    alg: i8,
    /// Its key.
    #[n(1)]
    pub key: PublicKey,
    #[n(2)]
    held: Signature,
}

/// Which grants of earlier epochs stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantsKept {
    /// All of them.
    All,
    /// These.
    Only(Vec<GrantId>),
}

impl<C> Encode<C> for GrantsKept {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        c: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            GrantsKept::All => e.u8(1)?.ok(),
            GrantsKept::Only(grants) => e.encode_with(grants, c)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for GrantsKept {
    fn decode(d: &mut Decoder<'b>, c: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            minicbor::data::Type::Array => Ok(GrantsKept::Only(Vec::decode(d, c)?)),
            _ if d.u8()? == 1 => Ok(GrantsKept::All),
            _ => Err(minicbor::decode::Error::message("grants kept is 1 or a list")),
        }
    }
}

/// What a proposal says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proposal {
    #[n(0)]
    version: u8,
    /// The chain.
    #[n(1)]
    pub chain: ChainId,
    /// The 16 random bytes in the chain id.
    #[n(2)]
    pub salt: Salt16,
    /// The first root, which made the chain id.
    #[n(3)]
    pub first_root: PublicKey,
    /// The root from this epoch on.
    #[n(4)]
    pub root: PublicKey,
    /// SHA-256 of the previous epoch's certificate.
    #[n(5)]
    pub previous: Option<Digest>,
    /// The epoch.
    #[n(6)]
    pub epoch: u32,
    /// L_e, signs checkpoints.
    #[n(7)]
    pub log_key: PublicKey,
    /// C_e, mints grants.
    #[n(8)]
    pub consent_key: PublicKey,
    /// The patient's devices.
    #[n(9)]
    pub devices: Vec<EnrolledDevice>,
    /// The nodes that count.
    #[n(10)]
    pub circle: Circle,
    /// Check value of the control key.
    #[n(11)]
    pub control_check: Digest,
    /// Hash of the directory.
    #[n(12)]
    pub directory_hash: Option<Digest>,
    /// Which grants stay.
    #[n(13)]
    pub grants_kept: GrantsKept,
    #[n(14)]
    hand_over: u8,
    #[n(15)]
    log_held: Signature,
    #[n(16)]
    consent_held: Signature,
}

/// The secret keys whose public halves a proposal names.
#[derive(Debug, Clone, Copy)]
pub struct ProposalKeys<'a> {
    /// Signs the proposal.
    pub root: &'a SigningKey,
    /// L_e.
    pub log: &'a SigningKey,
    /// C_e.
    pub consent: &'a SigningKey,
    /// The writing device.
    pub device: &'a SigningKey,
}

/// What the patient decides in a proposal besides keys.
#[derive(Clone, Debug)]
pub struct ProposalTerms {
    /// The chain's salt.
    pub salt: Salt16,
    /// The epoch.
    pub epoch: u32,
    /// SHA-256 of the previous epoch's certificate; none for epoch 0.
    pub previous: Option<Digest>,
    /// The nodes that count.
    pub circle: Circle,
    /// Check value of the control key.
    pub control_check: Digest,
    /// Hash of the directory; none without nodes.
    pub directory_hash: Option<Digest>,
    /// Which grants stay.
    pub grants_kept: GrantsKept,
}

/// The chain id of a first root and salt.
pub fn chain_id(first_root: &PublicKey, salt: &Salt16) -> ChainId {
    let hash = sha256(&[&domain::CHAIN.prefix(), first_root.as_bytes(), salt.as_bytes()]);
    ChainId::from_bytes(*hash.as_bytes())
}

/// Signs a normal-hand-over proposal; the root is the chain's first and stays.
pub fn sign_proposal(keys: ProposalKeys<'_>, terms: ProposalTerms) -> Vec<u8> {
    let root = keys.root.public();
    let chain = chain_id(&root, &terms.salt);
    let held = |key: &SigningKey, role| key.prove_possession(&chain, role, terms.epoch);
    let device = EnrolledDevice { alg: -8, key: keys.device.public(), held: held(keys.device, "device") };
    let proposal = Proposal {
        version: 1,
        chain,
        salt: terms.salt,
        first_root: root,
        root,
        previous: terms.previous,
        epoch: terms.epoch,
        log_key: keys.log.public(),
        consent_key: keys.consent.public(),
        devices: vec![device],
        circle: terms.circle,
        control_check: terms.control_check,
        directory_hash: terms.directory_hash,
        grants_kept: terms.grants_kept,
        hand_over: 0,
        log_held: held(keys.log, "log"),
        consent_held: held(keys.consent, "consent"),
    };
    cose::sign(keys.root, domain::PROPOSAL, &cbor::encode(&proposal))
}

/// A proposal that the root signed and whose every key is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProposal {
    proposal: Proposal,
    signatures: Vec<Vec<u8>>,
}

impl VerifiedProposal {
    /// What it says.
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// The signed bytes it came in.
    pub fn signatures(&self) -> &[Vec<u8>] {
        &self.signatures
    }
}

/// Checks a proposal: signed by `root` (the first root when none is known yet), for a chain made from its first root.
///
/// # Errors
/// [`ProposalError`] saying what fails.
pub fn verify_proposal(
    signatures: &[ByteString],
    root: Option<&PublicKey>,
) -> Result<VerifiedProposal, ProposalError> {
    let [signature] = signatures else {
        return Err(ProposalError::Unsupported("a changed root"));
    };
    let signed = Sign1::parse(&signature.0, PROPOSAL_LIMIT)?;
    let proposal: Proposal = cbor::decode(signed.unverified_payload(), PROPOSAL_LIMIT)?;
    let root = root.copied().unwrap_or(proposal.first_root);
    signed.verify(domain::PROPOSAL, &root)?;
    if chain_id(&proposal.first_root, &proposal.salt) != proposal.chain || proposal.version != 1 {
        return Err(ProposalError::WrongChain);
    }
    if proposal.root != root {
        return Err(ProposalError::Unsupported("a changed root"));
    }
    if proposal.hand_over != 0 {
        return Err(ProposalError::Unsupported("a forced hand-over"));
    }
    check_keys(&proposal)?;
    Ok(VerifiedProposal { proposal, signatures: vec![signature.0.clone()] })
}

fn check_keys(proposal: &Proposal) -> Result<(), ProposalError> {
    if proposal.devices.is_empty() || proposal.devices.len() > 8 {
        return Err(ProposalError::Devices(proposal.devices.len()));
    }
    proposal.circle.check()?;
    let held = |key: &PublicKey, role: &'static str, proof: &Signature| {
        key.verify_possession(&proposal.chain, role, proposal.epoch, proof)
            .map_err(|source| ProposalError::NotHeld { role, source })
    };
    held(&proposal.log_key, "log", &proposal.log_held)?;
    held(&proposal.consent_key, "consent", &proposal.consent_held)?;
    for device in &proposal.devices {
        if device.alg != -8 {
            return Err(ProposalError::Unsupported("a P-256 device key"));
        }
        held(&device.key, "device", &device.held)?;
    }
    let mut keys: Vec<PublicKey> = vec![proposal.root, proposal.log_key, proposal.consent_key];
    keys.extend(proposal.devices.iter().map(|device| device.key));
    keys.extend(proposal.circle.keys());
    let distinct: BTreeSet<&PublicKey> = keys.iter().collect();
    if distinct.len() == keys.len() { Ok(()) } else { Err(ProposalError::SharedKey) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret32;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Secret32::from_bytes([seed; 32])).unwrap()
    }

    fn signed(seeds: [u8; 4]) -> ByteString {
        let [root, log, consent, device] = seeds.map(key);
        let keys = ProposalKeys { root: &root, log: &log, consent: &consent, device: &device };
        let terms = ProposalTerms {
            salt: Salt16::from_bytes([1; 16]),
            epoch: 0,
            previous: None,
            circle: Circle::new(Vec::new()).unwrap(),
            control_check: Digest::ZERO,
            directory_hash: None,
            grants_kept: GrantsKept::All,
        };
        ByteString(sign_proposal(keys, terms))
    }

    #[test]
    fn a_proposal_of_the_root_passes_and_names_its_chain() {
        let verified = verify_proposal(&[signed([1, 2, 3, 4])], None).unwrap();
        let expected = chain_id(&key(1).public(), &Salt16::from_bytes([1; 16]));
        assert_eq!(verified.proposal().chain, expected);
        assert!(verify_proposal(&[signed([1, 2, 3, 4])], Some(&key(9).public())).is_err());
    }

    #[test]
    fn one_key_in_two_roles_is_refused() {
        assert_eq!(verify_proposal(&[signed([1, 2, 2, 4])], None), Err(ProposalError::SharedKey));
    }

    #[test]
    fn a_key_that_is_not_held_is_refused() {
        let bytes = signed([1, 2, 3, 4]);
        let mut proposal: Proposal =
            cbor::decode(Sign1::parse(&bytes.0, PROPOSAL_LIMIT).unwrap().unverified_payload(), 9999).unwrap();
        proposal.log_key = key(7).public();
        let forged = cose::sign(&key(1), domain::PROPOSAL, &cbor::encode(&proposal));
        let error = verify_proposal(&[ByteString(forged)], None).unwrap_err();
        assert!(matches!(error, ProposalError::NotHeld { role: "log", .. }));
    }

    #[test]
    fn no_flipped_byte_passes() {
        let bytes = signed([1, 2, 3, 4]);
        for index in 0..bytes.0.len() {
            let mut flipped = bytes.clone();
            flipped.0[index] ^= 1;
            assert!(verify_proposal(&[flipped], None).is_err(), "byte {index}");
        }
    }
}
