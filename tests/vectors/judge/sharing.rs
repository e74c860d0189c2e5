//! P-256, request keys and what is passed on: docs/protocol.md §1 and §6.

use super::{Format, Verdict, chain, hex, public, refused, secret};
use crate::file::{Case, unhex};
use pulsebook_protocol::{
    bytes::GrantId,
    delegation::{HandedFor, HandedKeys, decode_list, open_handed, verify_delegation},
    envelope::{ReceiveKey, Suite},
    grant::{token_digests, verify_grant},
    key::Signature,
    request_key::{P256PublicKey, RequestKey},
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("p256", "**P-256**: a public key is 65 bytes", p256),
    ("request-key", "**Request key**: a byte string", request_key),
    ("token-digest", "**Token digest** up to block", token_digest),
    ("delegation-list", "**Delegation list**: a CBOR array", delegation_list),
    ("handed-keys", "**Handed keys**: CBOR [enc, ciphertext]", handed_keys),
];

/// The receive key of a case: of suite 1, unless its context says another.
pub(super) fn receive_key(case: &Case) -> ReceiveKey {
    let suite = case.maybe("suite").map_or(1, |suite| suite.as_u64().unwrap());
    let suite = Suite::from_wire(u16::try_from(suite).unwrap()).unwrap();
    ReceiveKey::from_seed_of(suite, secret(case, "receive_seed")).unwrap()
}

fn p256(case: &Case) -> Verdict {
    let key = unhex(case.field("key")).try_into().map_err(|_| "the key has not 65 bytes")?;
    let signature = Signature::try_from(&case.bytes()[..]).map_err(|_| "the signature has not 64 bytes")?;
    let key = P256PublicKey::from_bytes(key).map_err(refused)?;
    key.check(&case.hex("message"), &signature).map_err(refused)?;
    Ok(json!({ "verifies": true }))
}

fn request_key(case: &Case) -> Verdict {
    let key = RequestKey::from_bytes(&case.bytes()).map_err(refused)?;
    let again: RequestKey = key.to_string().parse().map_err(refused)?;
    assert_eq!(again, key);
    Ok(json!({ "algorithm": key.algorithm().text(), "text": key.to_string() }))
}

fn token_digest(case: &Case) -> Verdict {
    let digests = token_digests(&case.hex("token")).map_err(refused)?;
    let block = usize::try_from(case.number("block")).unwrap();
    let digest = digests.get(block).ok_or("the token has no such block")?;
    super::computed(case, digest.as_bytes())
}

fn delegation_list(case: &Case) -> Verdict {
    let (epoch, key) = (u32::try_from(case.number("epoch")).unwrap(), public(case, "consent_key")?);
    let grant = verify_grant(&case.hex("token"), |asked| (asked == epoch).then_some(key)).map_err(refused)?;
    let links = decode_list(&case.bytes()).map_err(refused)?;
    let verified = verify_delegation(&grant, &links).map_err(refused)?;
    verified.permit(grant.facts(), case.number("now")).map_err(refused)?;
    Ok(json!({
        "user": verified.user().to_string(),
        "delegates": verified.delegates().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "hops_left": verified.hops_left(grant.facts()),
        "not_after": verified.not_after_s(),
    }))
}

fn handed_keys(case: &Case) -> Verdict {
    let handed = HandedKeys::from_bytes(&case.bytes()).map_err(refused)?;
    let (chain, grant_id, list) =
        (chain(case), GrantId::from_bytes(case.array("grant_id")), case.hex("list"));
    let what = HandedFor { chain: &chain, grant_id: &grant_id, list: &list };
    let keys = open_handed(&receive_key(case), what, &handed).map_err(refused)?;
    let rows: Vec<Value> =
        keys.iter().map(|(commitment, dek)| json!([commitment.to_string(), hex(dek.expose())])).collect();
    Ok(json!({ "keys": rows }))
}
