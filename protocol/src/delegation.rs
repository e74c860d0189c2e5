//! Delegation: a grant's holder passes it on, link by link, each signed by the key before it.
//!
//! `docs/protocol.md` §6. The list travels beside the token. A link names the token as it was handed on, so that a
//! delegate cannot go back behind a narrowing, and the next key; the patient decides in the token how many links there
//! may be. Nobody's key ever comes from an appended block.

mod handed;
mod verify;

pub use handed::{HandedError, HandedFor, HandedKeys, open_handed, seal_handed};
pub use verify::{DelegationError, DelegationRefusal, VerifiedDelegation, verify_delegation};

use crate::{
    bytes::{ByteString, Digest},
    cbor::{self, CborError},
    cose, domain,
    grant::{GrantError, token_digests},
    random::RandomUnavailable,
    request_key::{RequestKey, RequestSigningKey},
};
use minicbor::{Decode, Encode};

/// Most links of a list, whatever the token allows.
pub const MAX_LINKS: usize = 8;

/// Largest link, in bytes.
pub const MAX_LINK_BYTES: usize = 512;

const MAX_LIST_BYTES: usize = MAX_LINKS * (MAX_LINK_BYTES + 3) + 1;
const VERSION: u8 = 1;

/// What one link says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Link {
    #[n(0)]
    version: u8,
    /// Digest of the token as it is handed on.
    #[n(1)]
    pub token: Digest,
    /// Who may use it from now on.
    #[n(2)]
    pub next: RequestKey,
    /// Until when: UTC seconds.
    #[n(3)]
    pub not_after_s: u64,
    /// How many times the next key may pass it on.
    #[n(4)]
    pub hops_left: u8,
}

/// A link that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeLinkError {
    /// The bytes are no token.
    #[error(transparent)]
    Token(#[from] GrantError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// Signs one link: passes `token`, narrowed as it is, on to `next`.
///
/// # Errors
/// [`MakeLinkError::Token`] when the bytes are no token, [`MakeLinkError::Random`] when P-256 lacks randomness.
pub fn sign_link(
    by: &RequestSigningKey,
    token: &[u8],
    next: RequestKey,
    not_after_s: u64,
    hops_left: u8,
) -> Result<Vec<u8>, MakeLinkError> {
    let token = *token_digests(token)?.last().unwrap_or(&Digest::ZERO);
    let link = Link { version: VERSION, token, next, not_after_s, hops_left };
    Ok(cose::sign_by_request_key(by, domain::DELEGATION, &cbor::encode(&link))?)
}

/// A list as it travels: a CBOR array of the links' COSE bytes; no bytes at all for an empty one.
pub fn encode_list(links: &[Vec<u8>]) -> Vec<u8> {
    match links {
        [] => Vec::new(),
        links => cbor::encode(&links.iter().cloned().map(ByteString).collect::<Vec<_>>()),
    }
}

/// Reads a list; no bytes are an empty one.
///
/// # Errors
/// [`CborError`] when it is too large, malformed or not deterministic.
pub fn decode_list(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CborError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let links: Vec<ByteString> = cbor::decode(bytes, MAX_LIST_BYTES)?;
    if links.is_empty() {
        // The empty list has one form, no bytes at all.
        return Err(CborError::NotDeterministic);
    }
    Ok(links.into_iter().map(|link| link.0).collect())
}

#[cfg(test)]
mod tests;
