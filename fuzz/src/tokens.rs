//! Grant tokens and delegation lists: a foreign or altered one is refused, an appended block only narrows, and limits end every evaluation.

use crate::{canonical::assert_canonical, selected, world};
use biscuit_auth::{Algorithm, KeyPair, PrivateKey, UnverifiedBiscuit, builder::BlockBuilder};
use pulsebook_protocol::{
    bytes::CategoryLabel,
    cose::{self, sign_by_request_key},
    delegation::{MAX_LINKS, decode_list, encode_list, sign_link, verify_delegation},
    domain,
    envelope::Suite,
    grant::{
        ACTION_READ, GrantRequest, GrantTerms, MAX_TOKEN_BYTES, Purpose, VerifiedGrant, mint_grant,
        verify_grant,
    },
    random::SeededRandom,
    request_key::{P256SigningKey, RequestKey, RequestSigningKey},
    vital::Category,
};
use std::sync::OnceLock;

fn terms() -> GrantTerms {
    GrantTerms {
        chain: world::chain(),
        grant_id: world::GRANT,
        holder: world::key(0x70).public().into(),
        receive_hash: world::receive_key().public().receive_hash(),
        suite: Suite::XWing,
        categories: vec![Category::Heart, Category::Oxygen],
        purposes: vec![Purpose::Treatment],
        from_ms: world::START_MS,
        to_ms: world::START_MS + 86_400_000,
        expires_s: world::START_S + 864_000,
        max_stale_s: 86_400,
        delegate: 2,
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
    let ask =
        |now_s, action, purpose| grant.authorise(&GrantRequest { now_s, action, labels: &labels, purpose });
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
    let next = KeyPair::from(&PrivateKey::from_bytes(&[0x91; 32], Algorithm::Ed25519).expect("a key"));
    let appended = UnverifiedBiscuit::from(minted())
        .and_then(|token| token.append_with_keypair(&next, block))
        .and_then(|token| token.to_vec());
    let Ok(appended) = appended else { return };
    let Some(grant) = verified(&appended) else { return };
    let plain = verified(minted()).expect("the minted token");
    assert_eq!(grant.facts(), plain.facts(), "an appended block changed the facts");
    assert_eq!(grant.authority_hash(), plain.authority_hash());
    only_narrows(&grant);
}

fn holder() -> RequestSigningKey {
    RequestSigningKey::Ed25519(world::key(0x70))
}

/// Somebody whom the holder passes the grant on to, with a P-256 key.
fn delegate() -> RequestSigningKey {
    RequestSigningKey::P256(P256SigningKey::from_scalar(world::secret(0x33)).expect("a scalar in range"))
}

/// Choice 0: a list as it comes. 1: a link's payload, signed by the holder. 2: the second link's, signed by a P-256 key.
/// 3: a request key.
pub(crate) fn delegation(data: &[u8]) {
    let (choice, bytes) = selected(data);
    let grant = &passed();
    let links = match choice % 4 {
        0 => match decode_list(bytes) {
            Ok(links) => {
                assert_eq!(encode_list(&links), bytes, "a list has one spelling");
                links
            }
            Err(_) => return,
        },
        1 => vec![cose::sign(&world::key(0x70), domain::DELEGATION, bytes)],
        2 => {
            let first =
                sign_link(&holder(), minted(), delegate().public(), world::START_S + 60, 1).expect("a link");
            vec![first, sign_by_request_key(&delegate(), domain::DELEGATION, bytes).expect("signed")]
        }
        _ => return request_key(bytes),
    };
    let Ok(passed_on) = verify_delegation(grant, &links) else { return };
    if matches!(choice % 4, 1 | 2) {
        assert_canonical(bytes);
    }
    assert!(links.len() <= MAX_LINKS && passed_on.delegates().len() == links.len());
    let mut had = passed_on.delegates();
    had.push(grant.facts().holder);
    let (count, distinct) = (had.len(), had.into_iter().collect::<std::collections::BTreeSet<RequestKey>>());
    assert_eq!(distinct.len(), count, "a key had the grant twice");
    let permitted = passed_on.permit(grant.facts(), world::START_S).is_ok();
    assert!(
        !permitted || links.len() <= usize::from(grant.facts().delegate),
        "more hops than the patient allowed"
    );
    if let Some(end) = passed_on.not_after_s() {
        assert!(passed_on.permit(grant.facts(), end.saturating_add(1)).is_err() || end == u64::MAX);
    }
}

/// The minted token, verified once: that costs more than all of a list.
fn passed() -> VerifiedGrant {
    thread_local! {
        static GRANT: VerifiedGrant = verified(minted()).expect("the minted token");
    }
    GRANT.with(Clone::clone)
}

fn request_key(bytes: &[u8]) {
    let Ok(key) = RequestKey::from_bytes(bytes) else { return };
    assert!(key.as_bytes() == bytes && matches!(bytes.len(), 32 | 65));
    assert_eq!(key.to_string().parse::<RequestKey>().ok(), Some(key));
}

/// Lists and links that our own code made.
pub(crate) fn delegation_seeds() -> Vec<Vec<u8>> {
    let first = sign_link(&holder(), minted(), delegate().public(), world::START_S + 60, 1).expect("a link");
    let second = sign_link(&delegate(), minted(), world::key(0x71).public().into(), world::START_S + 60, 0)
        .expect("a link");
    let payload = |signed: &[u8]| {
        let parsed = cose::Sign1::parse(signed, 512).ok()?;
        Some([&[1], parsed.unverified_payload()].concat())
    };
    let whole = [&[0], &encode_list(&[first.clone(), second])[..]].concat();
    let keys = [holder(), delegate()].map(|key| [&[3], key.public().as_bytes()].concat());
    // The same payload may stand in the second link, behind another choice.
    let single: Vec<Vec<u8>> = payload(&first).into_iter().collect();
    let again = single.iter().map(|seed| [&[2], &seed[1..]].concat()).collect::<Vec<_>>();
    [vec![whole], keys.to_vec(), single, again].concat()
}
