//! Checking a grant, sealing and opening an envelope.

use super::{Scale, Tell, node::verify_seconds};
use crate::{
    measure::seconds_each,
    row::{Bound, Row},
    trouble::Outcome,
};
use pulsebook_protocol::{
    bytes::{ChainId, Digest, GrantId},
    envelope::{ReceiveKey, Suite, make_envelope, open_envelope, release_info},
    grant::{ACTION_READ, GrantRequest, GrantTerms, Purpose, category_label, mint_grant, verify_grant},
    key::SigningKey,
    random::SystemRandom,
    secret::Secret32,
    vital::Category,
};

const NOW_S: u64 = 1_793_600_000;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let calls = u32::try_from(scale.spots / 10)?.max(5);
    let verify = (verify_seconds(scale.rounds)? * 1e6, "µs: one Ed25519 verify");
    let check = grant_check(scale.rounds, calls)? * 1e6;
    tell(Row::ratio("grant check, one-block token", (check, "µs"), verify, Bound::AtMost(3.0)))?;
    let (key, grant) = (ReceiveKey::make(&mut SystemRandom)?, GrantId::from_bytes([2; 16]));
    let info = release_info(&ChainId::from_bytes([1; 32]), &grant, &key.public());
    let seal = seconds_each(scale.rounds, calls, || {
        make_envelope(&key.public(), &info, &mut SystemRandom)?;
        Ok(())
    })?;
    let made = make_envelope(&key.public(), &info, &mut SystemRandom)?;
    let open = seconds_each(scale.rounds, calls, || {
        open_envelope(&key, &made.enc, &info)?;
        Ok(())
    })?;
    tell(Row::printed("envelope (X-Wing) sealed", (seal * 1e6, "µs"), ""))?;
    tell(Row::printed("envelope (X-Wing) opened", (open * 1e6, "µs"), ""))
}

/// Token parsed, signature checked, one label authorised.
fn grant_check(rounds: usize, calls: u32) -> Outcome<f64> {
    let consent = SigningKey::make(&mut SystemRandom)?;
    let label_key = Secret32::make(&mut SystemRandom)?;
    let terms = GrantTerms {
        chain: ChainId::from_bytes([1; 32]),
        grant_id: GrantId::from_bytes([2; 16]),
        holder: SigningKey::make(&mut SystemRandom)?.public().into(),
        receive_hash: Digest::ZERO,
        suite: Suite::XWing,
        categories: vec![Category::Heart],
        purposes: vec![Purpose::Treatment],
        from_ms: 1_793_527_200_000,
        to_ms: 1_796_083_200_000,
        expires_s: 1_796_083_200,
        max_stale_s: 86_400,
        delegate: 0,
    };
    let minted = mint_grant(&consent, 1, &terms, &label_key, &mut SystemRandom)?;
    let labels = [category_label(&label_key, Category::Heart)];
    let request = GrantRequest { now_s: NOW_S, action: ACTION_READ, labels: &labels, purpose: "TREAT" };
    let key = consent.public();
    seconds_each(rounds, calls, || {
        let grant = verify_grant(&minted.bytes, |epoch| (epoch == 1).then_some(key))?;
        grant.authorise(&request)?;
        Ok(())
    })
}
