//! Grants: what a patient consented to, as a token that anyone can check and only the consent key can make.
//!
//! `docs/protocol.md` §6. A grant is a Biscuit whose authority block has facts only; whoever holds it can narrow it
//! offline and never widen it. The node sees labels instead of categories.

mod check;
mod digest;
mod facts;
mod mint;
mod purpose;
mod sentence;

pub use check::{GrantRefusal, GrantRequest, VerifiedGrant, verify_grant};
pub use digest::token_digests;
pub use mint::{GrantToken, Narrowing, TermsError, attenuate, mint_grant};
pub use purpose::{Purpose, UnknownPurpose};
pub use sentence::sentence;

use crate::{
    bytes::{CategoryLabel, ChainId, Digest, GrantId},
    domain,
    envelope::Suite,
    hash,
    request_key::RequestKey,
    secret::Secret32,
    vital::Category,
};

/// Largest token that is read, in bytes.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The only action of this version.
pub const ACTION_READ: &str = "read";

/// What the patient decides: who may read what, measured when, for what, until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// The record.
    pub chain: ChainId,
    /// 16 random bytes.
    pub grant_id: GrantId,
    /// The grantee's request key.
    pub holder: RequestKey,
    /// Hash of the grantee's receive key.
    pub receive_hash: Digest,
    /// How envelopes to it are sealed.
    pub suite: Suite,
    /// What may be read; at least one.
    pub categories: Vec<Category>,
    /// For what; at least one.
    pub purposes: Vec<Purpose>,
    /// Measured from: UTC milliseconds on a whole hour.
    pub from_ms: i64,
    /// Measured before: UTC milliseconds on a whole hour.
    pub to_ms: i64,
    /// The grant ends: UTC seconds.
    pub expires_s: u64,
    /// A node serves only while a quorum was heard within this many seconds.
    pub max_stale_s: u32,
    /// How many times the holder may pass it on; 0 is never.
    pub delegate: u8,
}

/// What a token says, as a node sees it: labels, not categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// The record.
    pub chain: ChainId,
    /// Names the grant in the chain.
    pub grant_id: GrantId,
    /// Who may use it.
    pub holder: RequestKey,
    /// Whom envelopes are sealed to.
    pub receive_hash: Digest,
    /// How envelopes are sealed.
    pub suite: Suite,
    /// What may be read, ascending.
    pub labels: Vec<CategoryLabel>,
    /// For what, ascending.
    pub purposes: Vec<Purpose>,
    /// Measured from: UTC milliseconds.
    pub from_ms: i64,
    /// Measured before: UTC milliseconds.
    pub to_ms: i64,
    /// The grant ends: UTC seconds.
    pub expires_s: u64,
    /// Oldest acceptable quorum, seconds.
    pub max_stale_s: u32,
    /// How many times it may be passed on.
    pub delegate: u8,
}

/// The name of a category inside one grant: first 8 bytes of `HMAC(label key, D(label) ‖ u8 category)`.
///
/// ```
/// use pulsebook_protocol::{grant::category_label, random::SystemRandom, secret::Secret32, vital::Category};
/// let label_key = Secret32::make(&mut SystemRandom)?;
/// assert_ne!(category_label(&label_key, Category::Heart), category_label(&label_key, Category::Oxygen));
/// # Ok::<(), pulsebook_protocol::random::RandomUnavailable>(())
/// ```
pub fn category_label(label_key: &Secret32, category: Category) -> CategoryLabel {
    let digest = hash::hmac(label_key.expose(), &[&domain::LABEL.prefix(), &[category.wire()]]);
    let mut label = [0; CategoryLabel::LENGTH];
    label.copy_from_slice(&digest.as_bytes()[..CategoryLabel::LENGTH]);
    CategoryLabel::from_bytes(label)
}

/// A token that is not accepted, whatever is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Over the limit.
    #[error("the token has {found} bytes, at most {MAX_TOKEN_BYTES} are read")]
    TooLarge {
        /// Bytes given.
        found: usize,
    },
    /// Not a token, or not signed by the consent key.
    #[error("the token does not verify with the consent key of its epoch: {0}")]
    NotSigned(String),
    /// Names an epoch whose consent key is not known here.
    #[error("the token names epoch {0:?}, whose consent key is not known here")]
    UnknownEpoch(Option<u32>),
    /// Properly signed, but says something that no grant says.
    #[error("the token is signed but is no grant: {0}")]
    NotAGrant(&'static str),
}

#[cfg(test)]
mod tests;
