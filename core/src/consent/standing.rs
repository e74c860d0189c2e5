//! The patient's list of grants, each with where it stands in words.

use super::{
    error::ConsentError,
    kept::{GrantState, KeptGrant},
};
use crate::store::Store;
use pulsebook_protocol::{
    bytes::GrantId, checkpoint::UnixSeconds, grant::Purpose, time_text::minute_utc, vital::Category,
};

/// One grant, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantView {
    /// Names it.
    pub grant_id: GrantId,
    /// Whom it was given to.
    pub holder: String,
    /// What it allows, in one sentence.
    pub sentence: String,
    /// What may be read.
    pub categories: Vec<Category>,
    /// For what.
    pub purposes: Vec<Purpose>,
    /// The block whose entry put it where it stands: of its Revoke, else of its Grant.
    pub height: Option<u64>,
    /// Whether it stands revoked.
    pub revoked: bool,
    /// Where it stands, in words, without what only the nodes know.
    pub state: String,
}

/// All grants with where they stand now.
///
/// # Errors
/// [`ConsentError::Store`].
pub fn grants(store: &Store, now: UnixSeconds) -> Result<Vec<GrantView>, ConsentError> {
    Ok(KeptGrant::all(store)?.into_iter().map(|grant| view(grant, now)).collect())
}

fn view(grant: KeptGrant, now: UnixSeconds) -> GrantView {
    let until = minute_utc(grant.terms.expires_s);
    let state = match grant.state {
        GrantState::Drafted => "not in a block yet: give it again, this one never took effect".to_owned(),
        GrantState::Revoked => "revoked".to_owned(),
        GrantState::Granted if now >= grant.terms.expires_s => format!("ended at {until}"),
        GrantState::Granted => format!("given, until {until}"),
    };
    GrantView {
        grant_id: grant.terms.grant_id,
        holder: grant.holder_name,
        sentence: grant.sentence,
        categories: grant.terms.categories,
        purposes: grant.terms.purposes,
        height: grant.revoked_at.or(grant.granted_at),
        revoked: grant.state == GrantState::Revoked,
        state,
    }
}
