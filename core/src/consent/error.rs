//! Why consent could not do what was asked.

use crate::store::StoreError;
use pulsebook_protocol::{
    bytes::GrantId, envelope::EnvelopeError, grant::TermsError, random::RandomUnavailable,
    release::ReleaseError,
};

/// Why a grant, revocation or release was not made.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// No node could enforce it.
    #[error(
        "the record has no circle yet, so nobody could read it; add nodes with `pulsebook circle add` first"
    )]
    NoCircle,
    /// Terms that no grant has.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// It would be over before it began.
    #[error("the grant would end at {}, which is past; choose a later end", pulsebook_protocol::time_text::minute_utc(*.0))]
    Over(u64),
    /// Another grant, or none.
    #[error("there is no grant {0}; `pulsebook grants` lists them")]
    Unknown(GrantId),
    /// It ended before.
    #[error("grant {0} was revoked before; nothing changes")]
    AlreadyRevoked(GrantId),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The release.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}
