//! Signed requests of an owner and of a grantee, and the keys to sign them again with.

use crate::{b64, make_key, now_s};
use pulsebook_protocol::{
    random::{SystemRandom, make_bytes},
    request::{Nonce, RequestToSign, sign_owner_request, sign_read_request},
};
use serde_json::{Value, json};

const ORIGIN: &str = "https://node.example:8443";
const CHAIN: &str = "/v1/chains/aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qa";

/// Each request as it goes over the wire; `sign` has what is needed to sign the same one again.
pub(crate) fn make() -> Value {
    let body = make_bytes::<300>(&mut SystemRandom).unwrap();
    let requests = [
        ("GET", format!("{ORIGIN}{CHAIN}/head"), &b""[..], false),
        ("GET", format!("{ORIGIN}{CHAIN}/accesses?after=17"), &b""[..], false),
        ("POST", format!("{ORIGIN}{CHAIN}/offers"), &body[..], false),
        ("PUT", format!("{ORIGIN}{CHAIN}/segments/00ff"), &body[..], false),
        ("POST", format!("{ORIGIN}{CHAIN}/read"), &body[..40], true),
    ];
    requests.iter().map(|(method, uri, body, read)| one(method, uri, body, *read)).collect()
}

fn one(method: &str, target_uri: &str, body: &[u8], read: bool) -> Value {
    let (key, nonce) = (make_key(), Nonce::make(&mut SystemRandom).unwrap());
    let request = RequestToSign { method, target_uri, body, created_s: now_s(), nonce };
    let token = make_bytes::<700>(&mut SystemRandom).unwrap();
    let headers = match read {
        true => sign_read_request(&key, &request, &token, "TREAT"),
        false => sign_owner_request(&key, &request),
    };
    let headers: serde_json::Map<String, Value> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "profile": if read { "read" } else { "owner" },
        "method": method,
        "url": target_uri,
        "headers": headers,
        "body": b64(body),
        "key_id": key.public().to_string(),
        "public_key": b64(key.public().as_bytes()),
        "secret_key": b64(key.seed().expose()),
        "origin": ORIGIN,
    })
}
