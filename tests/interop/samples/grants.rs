//! A grant's token, tokens narrowed from it, and what each of them must allow and refuse.

use crate::{b64, make_key, now_s};
use pulsebook_protocol::{
    bytes::{CategoryLabel, ChainId, Digest, GrantId},
    envelope::Suite,
    grant::{GrantTerms, Narrowing, Purpose, attenuate, category_label, mint_grant},
    random::SystemRandom,
    secret::Secret32,
    vital::Category,
};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

fn terms() -> GrantTerms {
    GrantTerms {
        chain: ChainId::from_bytes([3; 32]),
        grant_id: GrantId::from_bytes([4; 16]),
        holder: make_key().public().into(),
        receive_hash: Digest::from_bytes([5; 32]),
        suite: Suite::XWing,
        categories: vec![Category::Heart, Category::Oxygen, Category::Temperature],
        purposes: vec![Purpose::Treatment, Purpose::EmergencyTreatment],
        from_ms: 490_000 * HOUR_MS,
        to_ms: 600_000 * HOUR_MS,
        expires_s: now_s() + 90 * 86_400,
        max_stale_s: 86_400,
        delegate: 0,
    }
}

/// A token that may be passed on twice.
pub(crate) fn passed_on() -> Vec<u8> {
    let label_key = Secret32::make(&mut SystemRandom).unwrap();
    let terms = GrantTerms { delegate: 2, ..terms() };
    mint_grant(&make_key(), 1, &terms, &label_key, &mut SystemRandom).unwrap().bytes
}

/// A question to a token and what it must answer.
fn ask(label: CategoryLabel, purpose: &str, now_s: u64, allowed: bool) -> Value {
    json!({ "label": b64(label.as_bytes()), "purpose": purpose, "now": now_s, "allowed": allowed })
}

fn token(name: &str, bytes: &[u8], questions: Vec<Value>) -> Value {
    json!({ "name": name, "bytes": b64(bytes), "questions": questions })
}

/// Tokens and questions; `narrow_to` is the label that the judge narrows the first token to.
pub(crate) fn make() -> Value {
    let (consent, label_key, terms) = (make_key(), Secret32::make(&mut SystemRandom).unwrap(), terms());
    let minted = mint_grant(&consent, 1, &terms, &label_key, &mut SystemRandom).unwrap();
    let label = |category| category_label(&label_key, category);
    let (heart, oxygen, glucose) =
        (label(Category::Heart), label(Category::Oxygen), label(Category::Glucose));
    let (now, late) = (now_s(), terms.expires_s);
    let narrowing = Narrowing {
        labels: Some(vec![heart]),
        purposes: Some(vec![Purpose::Treatment]),
        expires_s: Some(now + 86_400),
    };
    let narrowed = attenuate(&minted.bytes, &narrowing, &mut SystemRandom).unwrap();
    let shorter = Narrowing { expires_s: Some(now + 3600), ..Narrowing::default() };
    let twice = attenuate(&narrowed, &shorter, &mut SystemRandom).unwrap();
    json!({
        "consent_key": b64(consent.public().as_bytes()),
        "other_key": b64(make_key().public().as_bytes()),
        "narrow_to": b64(heart.as_bytes()),
        "other_label": b64(oxygen.as_bytes()),
        "now": now,
        "tokens": [
            token("as minted", &minted.bytes, vec![
                ask(heart, "TREAT", now, true),
                ask(oxygen, "ETREAT", now, true),
                ask(glucose, "TREAT", now, false),
                ask(heart, "HMARKT", now, false),
                ask(heart, "TREAT", late, false),
            ]),
            token("narrowed", &narrowed, vec![
                ask(heart, "TREAT", now, true),
                ask(oxygen, "TREAT", now, false),
                ask(heart, "ETREAT", now, false),
                ask(heart, "TREAT", now + 86_400, false),
            ]),
            token("narrowed twice", &twice, vec![
                ask(heart, "TREAT", now, true),
                ask(heart, "TREAT", now + 3600, false),
                ask(oxygen, "TREAT", now, false),
            ]),
        ],
    })
}
