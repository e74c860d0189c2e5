//! The directory of a circle: which organisation stands behind which label, signed by L_e, hashed into the proposal.

use crate::{
    bytes::{ByteString, ChainId, Digest, NodeLabel, Salt16},
    cbor::{self, CborError},
    cose::{self, CoseError, Sign1},
    domain,
    hash::sha256,
    key::{PublicKey, SigningKey},
    key_certificate::{KeyCertificateError, verify_key_certificate},
    proposal::Proposal,
};
use minicbor::{Decode, Encode};

/// At most this many bytes in a directory.
pub const DIRECTORY_LIMIT: usize = 32 * 1024;

/// A directory that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The signature by L_e.
    #[error("the directory is not signed by the epoch's log key: {0}")]
    Signature(#[from] CoseError),
    /// The payload.
    #[error("malformed directory: {0}")]
    Malformed(#[from] CborError),
    /// Another directory than the proposal names.
    #[error("the directory is not the one that the proposal names")]
    WrongHash,
    /// A node's key certificate.
    #[error(transparent)]
    KeyCertificate(#[from] KeyCertificateError),
    /// Its nodes are not the circle's.
    #[error("the directory's nodes are not those of the circle")]
    WrongNodes,
}

/// One node as grantees and peers reach it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryNode {
    /// Its label in the circle.
    #[n(0)]
    pub label: NodeLabel,
    /// The organisation's name.
    #[n(1)]
    pub name: String,
    /// Its HTTPS address.
    #[n(2)]
    pub address: String,
    /// SHA-256 of its TLS public key.
    #[n(3)]
    pub tls_pin: Digest,
    /// Its identity key.
    #[n(4)]
    pub identity: PublicKey,
    /// Its key certificate for this chain.
    #[n(5)]
    pub key_certificate: ByteString,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Payload {
    #[n(0)]
    version: u8,
    #[n(1)]
    chain: ChainId,
    #[n(2)]
    epoch: u32,
    #[n(3)]
    salt: Salt16,
    #[n(4)]
    nodes: Vec<DirectoryNode>,
}

/// A directory's payload before it is signed: its hash goes into the proposal first.
#[derive(Clone, Debug)]
pub struct DirectoryDraft(Vec<u8>);

impl DirectoryDraft {
    /// The directory of these nodes, put into order.
    pub fn new(chain: ChainId, epoch: u32, salt: Salt16, mut nodes: Vec<DirectoryNode>) -> Self {
        nodes.sort_by_key(|node| node.label);
        DirectoryDraft(cbor::encode(&Payload { version: 1, chain, epoch, salt, nodes }))
    }

    /// The hash for the proposal.
    pub fn hash(&self) -> Digest {
        sha256(&[&domain::DIRECTORY_HASH.prefix(), &self.0])
    }

    /// The directory signed by L_e.
    pub fn sign(&self, log_key: &SigningKey) -> Vec<u8> {
        cose::sign(log_key, domain::DIRECTORY, &self.0)
    }
}

/// A directory that belongs to a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDirectory {
    nodes: Vec<DirectoryNode>,
    bytes: Vec<u8>,
}

impl VerifiedDirectory {
    /// The nodes, ascending by label.
    pub fn nodes(&self) -> &[DirectoryNode] {
        &self.nodes
    }

    /// The node of that label.
    pub fn node(&self, label: &NodeLabel) -> Option<&DirectoryNode> {
        self.nodes.iter().find(|node| node.label == *label)
    }

    /// The signed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Addresses and pins out of a directory that came from the patient's own hand, before anything could be checked: a
/// grantee dials a node to get what [`verify_directory`] needs. Trust nothing else in it.
///
/// # Errors
/// [`DirectoryError`] when it cannot be read.
pub fn unverified_nodes(bytes: &[u8]) -> Result<Vec<DirectoryNode>, DirectoryError> {
    let signed = Sign1::parse(bytes, DIRECTORY_LIMIT)?;
    let payload: Payload = cbor::decode(signed.unverified_payload(), DIRECTORY_LIMIT)?;
    Ok(payload.nodes)
}

/// Checks a directory against the proposal that names it: signature, hash, and that each node's certificate carries the circle's keys.
///
/// # Errors
/// [`DirectoryError`] saying what fails.
pub fn verify_directory(bytes: &[u8], proposal: &Proposal) -> Result<VerifiedDirectory, DirectoryError> {
    let signed = Sign1::parse(bytes, DIRECTORY_LIMIT)?.verify(domain::DIRECTORY, &proposal.log_key)?;
    let hash = sha256(&[&domain::DIRECTORY_HASH.prefix(), signed.payload()]);
    if proposal.directory_hash != Some(hash) {
        return Err(DirectoryError::WrongHash);
    }
    let payload: Payload = cbor::decode(signed.payload(), DIRECTORY_LIMIT)?;
    let same = (payload.version, payload.chain, payload.epoch) == (1, proposal.chain, proposal.epoch);
    if !same || payload.nodes.len() != proposal.circle.nodes().len() {
        return Err(DirectoryError::WrongNodes);
    }
    for (node, member) in payload.nodes.iter().zip(proposal.circle.nodes()) {
        let certified = verify_key_certificate(&node.key_certificate.0, &proposal.chain, &node.identity)?;
        let keys = (member.witness, member.mirror, member.entry);
        if node.label != member.label || certified.keys() != keys {
            return Err(DirectoryError::WrongNodes);
        }
    }
    Ok(VerifiedDirectory { nodes: payload.nodes, bytes: bytes.to_vec() })
}
