//! Signed requests and access entries: docs/protocol.md §7.

use super::{Format, Verdict, chain, digest, hex, public, refused};
use crate::file::Case;
use pulsebook_protocol::{
    access::{EntryPosition, verify_access_entry},
    request::{Profile, VerifiedRequest, parse_signed_request, verify_request},
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("owner-request", "owner, tag `pulsebook-owner`", owner),
    ("grantee-request", "grantee, tag `pulsebook-read`", grantee),
    ("grantee-request-p256", "or of a grantee `ecdsa-p256-sha256`", delegate),
    ("access-entry", "**Access entry**: COSE", access_entry),
];

fn owner(case: &Case) -> Verdict {
    request(case, Profile::Owner).map(|verified| told(&verified))
}

fn grantee(case: &Case) -> Verdict {
    request(case, Profile::Read).map(|verified| told(&verified))
}

/// With the list that a delegate shows.
fn delegate(case: &Case) -> Verdict {
    let verified = request(case, Profile::Read)?;
    let mut value = told(&verified);
    value["delegation"] = hex(verified.delegation()).into();
    Ok(value)
}

fn request(case: &Case, profile: Profile) -> Result<VerifiedRequest, String> {
    let headers =
        case.list("headers").iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()));
    let parsed = parse_signed_request(case.word("method"), case.word("target_uri"), headers, &case.bytes());
    let origins: Vec<&str> = case.list("origins").iter().map(|origin| origin.as_str().unwrap()).collect();
    verify_request(&parsed.map_err(refused)?, profile, case.number("now"), &origins).map_err(refused)
}

fn told(verified: &VerifiedRequest) -> Value {
    json!({
        "signer": verified.signer().to_string(),
        "nonce": hex(verified.nonce().as_bytes()),
        "created": verified.created_s(),
        "token": hex(verified.token()),
        "purpose": verified.purpose(),
    })
}

fn access_entry(case: &Case) -> Verdict {
    let expected = EntryPosition { seq: case.number("seq"), previous: digest(case, "previous") };
    let verified = verify_access_entry(&case.bytes(), &chain(case), &public(case, "entry_key")?, &expected);
    let verified = verified.map_err(refused)?;
    let entry = verified.entry();
    let slots: Vec<_> = entry.slots.iter().map(|slot| json!([slot.height, slot.slot])).collect();
    Ok(json!({
        "seq": entry.seq, "previous": entry.previous.to_string(), "time": entry.time_s,
        "grant_id": entry.grant_id.to_string(), "holder": entry.holder.to_string(),
        "delegates": entry.delegates.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "action": entry.action, "slots": slots, "purpose": entry.purpose, "outcome": entry.outcome.to_string(),
        "as_of": entry.as_of.map(|as_of| json!([as_of.epoch, as_of.size, as_of.root.to_string()])),
        "next_previous": verified.next_position().previous.to_string(),
    }))
}
