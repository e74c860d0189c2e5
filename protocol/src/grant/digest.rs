//! Digests of a token without the key that narrows it: what a delegation names.

use super::{GrantError, MAX_TOKEN_BYTES};
use crate::{bytes::Digest, domain, hash::sha256};
use biscuit_auth::UnverifiedBiscuit;

/// For each block, the authority first: `SHA-256(D(token) ‖ signatures of the blocks up to this one)`. A block's signature
/// (Biscuit's revocation identifier) covers the block and the key of the next.
///
/// A token that was narrowed further begins with the same digests; the last one is that of the whole token.
///
/// # Errors
/// [`GrantError::TooLarge`], or [`GrantError::NotSigned`] when the bytes are no token.
pub fn token_digests(token: &[u8]) -> Result<Vec<Digest>, GrantError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(GrantError::TooLarge { found: token.len() });
    }
    let token = UnverifiedBiscuit::from(token).map_err(|error| GrantError::NotSigned(error.to_string()))?;
    Ok(digests_of(&token.revocation_identifiers()))
}

pub(super) fn digests_of(signatures: &[Vec<u8>]) -> Vec<Digest> {
    let mut read = domain::TOKEN.prefix();
    let digest = |signature: &Vec<u8>| {
        read.extend_from_slice(signature);
        sha256(&[&read])
    };
    signatures.iter().map(digest).collect()
}
