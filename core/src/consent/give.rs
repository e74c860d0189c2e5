//! Giving and taking back: from what the patient chose to a minted grant, its file, and the entries for the chain.

use super::{
    error::ConsentError,
    kept::{GrantState, KeptGrant},
};
use crate::store::Store;
use pulsebook_protocol::{
    bytes::GrantId,
    card::{GrantFile, GranteeCard},
    checkpoint::UnixSeconds,
    control::ControlEntry,
    grant::{GrantTerms, Purpose, mint_grant, sentence},
    key::SigningKey,
    random::{Random, make_bytes},
    reading::UnixMillis,
    secret::Secret32,
    vital::Category,
};

/// A node serves under a grant only while it heard from a quorum within a day.
const MAX_STALE_S: u32 = 86_400;

/// What the patient chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What may be read; at least one, each once.
    pub categories: Vec<Category>,
    /// For what; at least one, each once.
    pub purposes: Vec<Purpose>,
    /// Measured from: UTC milliseconds on a whole hour.
    pub from: UnixMillis,
    /// Measured before: UTC milliseconds on a whole hour.
    pub to: UnixMillis,
    /// Until when the grant may be used, UTC seconds.
    pub expires: UnixSeconds,
    /// How many times the grantee may pass it on; 0 is never, the list of a delegate has at most 8 links.
    pub delegate: u8,
}

/// Mints a grant with the consent key of the newest epoch. Keep it, then seal its [`KeptGrant::entry`] in a block.
///
/// # Errors
/// [`ConsentError::NoCircle`] before epoch 1, [`ConsentError::Over`], [`ConsentError::Terms`], [`ConsentError::Random`].
pub fn make_grant(
    store: &Store,
    (consent_key, epoch): (&SigningKey, u32),
    (card, choice): (&GranteeCard, &Choice),
    now: UnixSeconds,
    random: &mut dyn Random,
) -> Result<KeptGrant, ConsentError> {
    if epoch == 0 {
        return Err(ConsentError::NoCircle);
    }
    if choice.expires <= now {
        return Err(ConsentError::Over(choice.expires));
    }
    let receive = card.receive_key().clone();
    let terms = terms(store, GrantId::from_bytes(make_bytes(random)?), (card, choice));
    let label_key = Secret32::make(random)?;
    let token = mint_grant(consent_key, epoch, &terms, &label_key, random)?;
    Ok(KeptGrant {
        state: GrantState::Drafted,
        sentence: sentence(card.name(), &terms),
        terms,
        holder_name: card.name().to_owned(),
        authority: token.authority_hash,
        mint_epoch: token.mint_epoch,
        granted_at: None,
        revoked_at: None,
        receive,
        token: token.bytes,
        label_key,
        encapsulated: None,
        released_below: 0,
    })
}

/// The grant of this epoch that is not revoked and says just this: asking again, after a crash or not, must not give
/// a second one.
///
/// # Errors
/// [`ConsentError::Store`].
pub fn same_grant(
    store: &Store,
    epoch: u32,
    (card, choice): (&GranteeCard, &Choice),
) -> Result<Option<KeptGrant>, ConsentError> {
    let is_same = |grant: &KeptGrant| {
        let stands = grant.state != GrantState::Revoked && grant.mint_epoch == epoch;
        stands && grant.terms == terms(store, grant.terms.grant_id, (card, choice))
    };
    Ok(KeptGrant::all(store)?.into_iter().find(is_same))
}

fn terms(store: &Store, grant_id: GrantId, (card, choice): (&GranteeCard, &Choice)) -> GrantTerms {
    let receive = card.receive_key();
    GrantTerms {
        chain: store.identity().chain,
        grant_id,
        holder: card.request_key(),
        receive_hash: receive.receive_hash(),
        suite: receive.suite(),
        categories: choice.categories.clone(),
        purposes: choice.purposes.clone(),
        from_ms: choice.from,
        to_ms: choice.to,
        expires_s: choice.expires,
        max_stale_s: MAX_STALE_S,
        delegate: choice.delegate,
    }
}

/// The file that the patient hands to the grantee.
///
/// # Errors
/// [`ConsentError::NoCircle`] when the grant's epoch has no directory, [`ConsentError::Store`].
pub fn grant_file(store: &Store, grant: &KeptGrant) -> Result<GrantFile, ConsentError> {
    let epoch = store.epoch(store.newest_epoch()?)?.ok_or(ConsentError::NoCircle)?;
    let identity = store.identity();
    Ok(GrantFile {
        token: grant.token.clone(),
        chain: identity.chain,
        first_root: identity.first_root,
        salt: identity.salt,
        label_key: grant.label_key.duplicate(),
        categories: grant.terms.categories.clone(),
        directory: epoch.directory.ok_or(ConsentError::NoCircle)?,
        sentence: grant.sentence.clone(),
        delegated: None,
    })
}

/// Remembers that the Grant entry stands in the block at this height.
///
/// # Errors
/// [`ConsentError::Unknown`], [`ConsentError::Store`].
pub fn mark_granted(
    store: &Store,
    grant_id: &GrantId,
    height: u64,
    random: &mut dyn Random,
) -> Result<KeptGrant, ConsentError> {
    let mut grant = KeptGrant::find(store, grant_id)?;
    (grant.state, grant.granted_at) = (GrantState::Granted, Some(height));
    grant.keep(store, random)?;
    Ok(grant)
}

/// The entry that ends a grant.
///
/// # Errors
/// [`ConsentError::Unknown`], [`ConsentError::AlreadyRevoked`], [`ConsentError::Store`].
pub fn revocation(store: &Store, grant_id: &GrantId, now: UnixSeconds) -> Result<ControlEntry, ConsentError> {
    match KeptGrant::find(store, grant_id)?.state {
        GrantState::Revoked => Err(ConsentError::AlreadyRevoked(*grant_id)),
        GrantState::Drafted | GrantState::Granted => {
            Ok(ControlEntry::Revoke { grant_id: *grant_id, time: now })
        }
    }
}

/// Remembers that the Revoke entry stands in the block at this height; nothing is released to the grant any more.
///
/// # Errors
/// [`ConsentError::Unknown`], [`ConsentError::Store`].
pub fn mark_revoked(
    store: &Store,
    grant_id: &GrantId,
    height: u64,
    random: &mut dyn Random,
) -> Result<KeptGrant, ConsentError> {
    let mut grant = KeptGrant::find(store, grant_id)?;
    (grant.state, grant.revoked_at) = (GrantState::Revoked, Some(height));
    grant.encapsulated = None;
    grant.keep(store, random)?;
    Ok(grant)
}
