//! Signed requests of an owner and of a grantee, and the keys to sign them again with.

use crate::{b64, make_key, now_s};
use pulsebook_protocol::{
    random::{SystemRandom, make_bytes},
    request::{Nonce, ReadCredentials, RequestToSign, sign_grantee_request, sign_owner_request},
    request_key::{P256SigningKey, RequestSigningKey},
};
use serde_json::{Value, json};

const ORIGIN: &str = "https://node.example:8443";
const CHAIN: &str = "/v1/chains/aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qa";

/// Each request as it goes over the wire; `sign` has what is needed to sign the same one again.
pub(crate) fn make() -> Value {
    let body = make_bytes::<300>(&mut SystemRandom).unwrap();
    let requests: [(_, _, _, Who); 8] = [
        ("GET", format!("{ORIGIN}{CHAIN}/head"), &b""[..], None),
        ("GET", format!("{ORIGIN}{CHAIN}/accesses?after=17"), &b""[..], None),
        ("POST", format!("{ORIGIN}{CHAIN}/offers"), &body[..], None),
        ("PUT", format!("{ORIGIN}{CHAIN}/segments/00ff"), &body[..], None),
        ("POST", format!("{ORIGIN}{CHAIN}/read"), &body[..40], Some((make_key().into(), 0))),
        ("POST", format!("{ORIGIN}{CHAIN}/read"), &body[..40], Some((phone(), 0))),
        ("POST", format!("{ORIGIN}{CHAIN}/read"), &body[..40], Some((make_key().into(), 400))),
        ("POST", format!("{ORIGIN}{CHAIN}/read"), &body[..40], Some((phone(), 400))),
    ];
    requests.iter().map(|(method, uri, body, who)| one(method, uri, body, who)).collect()
}

/// A grantee with its key and so many bytes of a delegation list; nobody is the owner.
type Who = Option<(RequestSigningKey, usize)>;

/// A request key as secure hardware holds it.
fn phone() -> RequestSigningKey {
    P256SigningKey::make(&mut SystemRandom).unwrap().into()
}

/// The private half: a seed of Ed25519, a scalar of P-256.
fn secret(key: &RequestSigningKey) -> String {
    match key {
        RequestSigningKey::Ed25519(key) => b64(key.seed().expose()),
        RequestSigningKey::P256(key) => b64(key.scalar().expose()),
    }
}

fn one(method: &str, target_uri: &str, body: &[u8], who: &Who) -> Value {
    let nonce = Nonce::make(&mut SystemRandom).unwrap();
    let request = RequestToSign { method, target_uri, body, created_s: now_s(), nonce };
    let token = make_bytes::<700>(&mut SystemRandom).unwrap();
    let list = make_bytes::<400>(&mut SystemRandom).unwrap();
    let device = make_key();
    let (profile, public, secret, headers) = match who {
        None => {
            let public = device.public().into();
            ("owner", public, b64(device.seed().expose()), sign_owner_request(&device, &request))
        }
        Some((key, bytes)) => {
            let read = ReadCredentials { token: &token, delegation: &list[..*bytes], purpose: "TREAT" };
            ("read", key.public(), secret(key), sign_grantee_request(key, &request, read).unwrap())
        }
    };
    let headers: serde_json::Map<String, Value> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "profile": profile,
        "method": method,
        "url": target_uri,
        "headers": headers,
        "body": b64(body),
        "alg": public.algorithm().text(),
        "key_id": public.to_string(),
        "public_key": b64(public.as_bytes()),
        "secret_key": secret,
        "origin": ORIGIN,
    })
}
