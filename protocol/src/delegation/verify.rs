//! Checking a whole list against a verified token.

use super::{Link, MAX_LINK_BYTES, MAX_LINKS, VERSION};
use crate::{
    answer::Code,
    cbor::{self, CborError},
    cose::{self, CoseError},
    domain,
    grant::{GrantFacts, VerifiedGrant},
    request_key::RequestKey,
    time_text::rfc3339,
};

/// A list that proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelegationError {
    /// Too many links to look at.
    #[error("the delegation list has {found} links, at most {MAX_LINKS} are read")]
    TooLong {
        /// Links given.
        found: usize,
    },
    /// Not signed by the key before it, or altered.
    #[error("link {place} of the delegation list is not signed by the key before it: {why}")]
    NotSigned {
        /// Which link, from 1.
        place: usize,
        /// What failed.
        why: CoseError,
    },
    /// Signed, but no link.
    #[error("link {place} of the delegation list is malformed: {why}")]
    Malformed {
        /// Which link, from 1.
        place: usize,
        /// What is wrong.
        why: CborError,
    },
    /// Of another version.
    #[error("link {place} of the delegation list is not version 1")]
    OtherVersion {
        /// Which link, from 1.
        place: usize,
    },
    /// For another token, or for this one with blocks taken away.
    #[error(
        "link {place} of the delegation list is for another token than the one that is shown, or for more blocks than it has"
    )]
    OtherToken {
        /// Which link, from 1.
        place: usize,
    },
    /// A key that had it before.
    #[error("link {place} of the delegation list goes back to a key that had the grant before")]
    Circular {
        /// Which link, from 1.
        place: usize,
    },
}

/// Why a list that verifies does not help its last key now. [`DelegationRefusal::code`] is the answer's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelegationRefusal {
    /// More links than the patient, or the link before, allows.
    #[error("the grant was passed on {found} times; the patient, or whoever passed it on, allowed {allowed}")]
    TooManyHops {
        /// Links shown.
        found: usize,
        /// Links allowed.
        allowed: usize,
    },
    /// One of its links ended.
    #[error("the delegation ended at {}", rfc3339(*.not_after_s))]
    Expired {
        /// When the first of its links to end did so, UTC seconds.
        not_after_s: u64,
    },
}

impl DelegationRefusal {
    /// The code of the answer and of the access entry.
    pub fn code(&self) -> Code {
        match self {
            DelegationRefusal::TooManyHops { .. } => Code::NotHolder,
            DelegationRefusal::Expired { .. } => Code::Expired,
        }
    }
}

/// A list of which every link was signed by the key before it, for this very token. It may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDelegation {
    holder: RequestKey,
    links: Vec<Link>,
}

/// Checks every signature of a list, from the grant's holder on, and that the token that is shown only goes on from each
/// token that was handed on: later blocks may only be appended.
///
/// # Errors
/// [`DelegationError`] says which link fails, and how.
pub fn verify_delegation(
    grant: &VerifiedGrant,
    links: &[Vec<u8>],
) -> Result<VerifiedDelegation, DelegationError> {
    if links.len() > MAX_LINKS {
        return Err(DelegationError::TooLong { found: links.len() });
    }
    let mut verified = VerifiedDelegation { holder: grant.facts().holder, links: Vec::new() };
    let mut blocks = 0;
    for (place, bytes) in (1..).zip(links) {
        let link = verify_link(bytes, place, &verified.user())?;
        let handed_on = grant.digests().iter().skip(blocks).position(|digest| *digest == link.token);
        blocks += handed_on.ok_or(DelegationError::OtherToken { place })?;
        if verified.had(&link.next) {
            return Err(DelegationError::Circular { place });
        }
        verified.links.push(link);
    }
    Ok(verified)
}

fn verify_link(bytes: &[u8], place: usize, by: &RequestKey) -> Result<Link, DelegationError> {
    let payload = cose::verify_by_request_key(bytes, MAX_LINK_BYTES, domain::DELEGATION, by)
        .map_err(|why| DelegationError::NotSigned { place, why })?;
    let link: Link =
        cbor::decode(&payload, MAX_LINK_BYTES).map_err(|why| DelegationError::Malformed { place, why })?;
    if link.version == VERSION { Ok(link) } else { Err(DelegationError::OtherVersion { place }) }
}

impl VerifiedDelegation {
    /// Who may use the token: the last key, or the holder when the list is empty.
    pub fn user(&self) -> RequestKey {
        self.links.last().map_or(self.holder, |link| link.next)
    }

    /// To whom it was passed on, in order.
    pub fn delegates(&self) -> Vec<RequestKey> {
        self.links.iter().map(|link| link.next).collect()
    }

    /// How many times the last key may pass it on, as far as the grant and the list say.
    pub fn hops_left(&self, facts: &GrantFacts) -> u8 {
        self.links.last().map_or(facts.delegate, |link| link.hops_left)
    }

    /// When the first of its links ends, UTC seconds; nothing for an empty list.
    pub fn not_after_s(&self) -> Option<u64> {
        self.links.iter().map(|link| link.not_after_s).min()
    }

    /// Whether the patient allowed so many links, each link those after it, and none has ended.
    ///
    /// # Errors
    /// [`DelegationRefusal`].
    pub fn permit(&self, facts: &GrantFacts, now_s: u64) -> Result<(), DelegationRefusal> {
        let mut left = facts.delegate;
        for (before, link) in self.links.iter().enumerate() {
            if left == 0 || link.hops_left >= left {
                return Err(DelegationRefusal::TooManyHops { found: self.links.len(), allowed: before });
            }
            left = link.hops_left;
        }
        match self.not_after_s().filter(|not_after_s| now_s >= *not_after_s) {
            Some(not_after_s) => Err(DelegationRefusal::Expired { not_after_s }),
            None => Ok(()),
        }
    }

    fn had(&self, key: &RequestKey) -> bool {
        self.holder == *key || self.links.iter().any(|link| link.next == *key)
    }
}
