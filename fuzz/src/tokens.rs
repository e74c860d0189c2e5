//! Grant tokens: a foreign or altered one is refused, an appended block only narrows, and limits end every evaluation.

use crate::world;
use biscuit_auth::{UnverifiedBiscuit, builder::BlockBuilder};
use pulsebook_protocol::{
    bytes::CategoryLabel,
    envelope::Suite,
    grant::{ACTION_READ, GrantRequest, GrantTerms, MAX_TOKEN_BYTES, Purpose, VerifiedGrant, mint_grant, verify_grant},
    random::SeededRandom,
    vital::Category,
};
use std::sync::OnceLock;

fn terms() -> GrantTerms {
    GrantTerms {
        chain: world::chain(),
        grant_id: world::GRANT,
        holder: world::key(0x70).public(),
        receive_hash: world::receive_key().public().receive_hash(),
        suite: Suite::XWing,
        categories: vec![Category::Heart, Category::Oxygen],
        purposes: vec![Purpose::Treatment],
        from_ms: world::START_MS,
        to_ms: world::START_MS + 86_400_000,
        expires_s: world::START_S + 864_000,
        max_stale_s: 86_400,
        delegate: 0,
    }
}

/// The token that the blocks under test are appended to.
pub(crate) fn minted() -> &'static [u8] {
    static TOKEN: OnceLock<Vec<u8>> = OnceLock::new();
    TOKEN.get_or_init(|| {
        let minted = mint_grant(&world::key(21), 1, &terms(), &world::secret(8), &mut SeededRandom::new(5));
        minted.expect("a grant").bytes
    })
}

fn verified(token: &[u8]) -> Option<VerifiedGrant> {
    let grant = verify_grant(token, |epoch| (epoch == 1).then(|| world::key(21).public())).ok()?;
    assert!(token.len() <= MAX_TOKEN_BYTES);
    Some(grant)
}

/// Whatever stands in the token, only what was granted, of that purpose, before the end.
fn only_narrows(grant: &VerifiedGrant) {
    let labels: Vec<CategoryLabel> = Category::ALL.iter().map(|category| world::label(*category)).collect();
    let granted = grant.facts().labels.clone();
    let ask = |now_s, action, purpose| grant.authorise(&GrantRequest { now_s, action, labels: &labels, purpose });
    if let Ok(allowed) = ask(world::START_S, ACTION_READ, "TREAT") {
        assert!(allowed.iter().all(|label| granted.contains(label)), "a category that was not granted");
    }
    assert!(ask(grant.facts().expires_s, ACTION_READ, "TREAT").is_err(), "read at its end");
    assert!(ask(world::START_S, "write", "TREAT").is_err(), "another action");
    assert!(ask(world::START_S, ACTION_READ, "nothing").is_err(), "a purpose that is none");
}

/// A token as it comes.
pub(crate) fn token(data: &[u8]) {
    if let Some(grant) = verified(data) {
        assert_eq!(grant.mint_epoch(), 1);
        only_narrows(&grant);
    }
}

/// Datalog that a grantee appends as a block.
pub(crate) fn attenuation(data: &[u8]) {
    let Ok(code) = std::str::from_utf8(data) else { return };
    let Ok(block) = BlockBuilder::new().code(code) else { return };
    let appended = UnverifiedBiscuit::from(minted()).and_then(|token| token.append(block)).and_then(|token| token.to_vec());
    let Ok(appended) = appended else { return };
    let Some(grant) = verified(&appended) else { return };
    let plain = verified(minted()).expect("the minted token");
    assert_eq!(grant.facts(), plain.facts(), "an appended block changed the facts");
    assert_eq!(grant.authority_hash(), plain.authority_hash());
    only_narrows(&grant);
}
