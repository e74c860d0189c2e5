//! Cases for signed requests and access entries: docs/protocol.md §7.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    signatures::{NOT_CANONICAL, SMALL_ORDER, bytes},
    world::{GRANT, START_S, chain, key},
};
use pulsebook_protocol::{
    access::{Access, AccessEntry, AsOf, EntryPosition, Outcome, ServedSlot, sign_access_entry},
    answer::Code, bytes::Digest, cose, domain, key::SigningKey,
    request::{Nonce, RequestToSign, content_digest, sign_owner_request, sign_read_request},
};
use serde_json::{Value, json};

pub(super) fn drafts() -> Vec<Draft> {
    vec![requests(false), requests(true), access_entries()]
}

const URI: &str = "https://node.example:8443/v1/chains/abc/read";

fn request<'a>(method: &'a str, uri: &'a str, body: &'a [u8], nonce: u8) -> RequestToSign<'a> {
    RequestToSign { method, target_uri: uri, body, created_s: START_S, nonce: Nonce::from_bytes([nonce; 16]) }
}

type Headers = Vec<(String, String)>;

fn shown(headers: &Headers) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!([name, value])).collect()
}

fn sign(read: bool, signer: &SigningKey, request: &RequestToSign<'_>) -> Headers {
    let signed = if read { sign_read_request(signer, request, &[7; 20], "TREAT") } else { sign_owner_request(signer, request) };
    signed.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn requests(read: bool) -> Draft {
    let (name, who) = if read { ("grantee-request", "A grantee's") } else { ("owner-request", "The owner's") };
    let what = format!("{who} signed requests. Context: method, target_uri, headers in order, origins of the node, now (s). Bytes: the body. Value: signer, nonce, created, token, purpose.");
    let mut draft = Draft::new(name, &what, 7);
    let signer = key(30);
    draft.set("origins", vec![json!("https://node.example:8443"), json!("https://10.0.0.1")]).set("now", START_S);
    let mut good = |name: &str, why: &str, method: &str, uri: &str, body: &[u8], nonce: u8| {
        draft.set("method", method).set("target_uri", uri).set("headers", shown(&sign(read, &signer, &request(method, uri, body, nonce))));
        draft.good(name, why, body.to_vec());
    };
    good("post", "An ordinary request.", "POST", URI, b"body", 1);
    good("empty-body", "The digest of an empty body is there too.", "GET", "https://node.example:8443/v1/chains/abc/head", b"", 2);
    good("query", "The query belongs to the target.", "GET", "https://node.example:8443/v1/chains/abc/accesses?after=5", b"", 3);
    good("second-origin", "Any origin of the node may be named.", "PUT", "https://10.0.0.1/v1/x", &[0xff; 300], 4);
    good("origin-alone", "Nothing follows the origin.", "GET", "https://10.0.0.1", b"", 5);
    let base = sign(read, &signer, &request("POST", URI, b"body", 1));
    draft.set("method", "POST").set("target_uri", URI).set("headers", shown(&base));
    for (name, now) in [("sixty-seconds-late", START_S + 60), ("sixty-seconds-early", START_S - 60)] {
        draft.set("now", now);
        draft.good(name, "At the edge of what is valid.", b"body".to_vec());
    }
    draft.set("now", START_S);
    let mut more = vec![("X-Other".to_owned(), "value".to_owned())];
    more.extend(base.iter().map(|(name, value)| (name.to_uppercase(), format!(" {value}\t"))));
    draft.set("headers", shown(&more));
    draft.good("other-headers", "Names in any case, white space around values, headers that are not covered.", b"body".to_vec());
    draft.set("headers", shown(&base));
    context_rules(&mut draft, read, &signer);
    header_rules(&mut draft, read, &signer, &base);
    draft
}

/// What is wrong about a request whose own bytes are right.
fn context_rules(draft: &mut Draft, read: bool, signer: &SigningKey) {
    let body = || b"body".to_vec();
    draft.bad("other-body", "The body is another than signed.", "content-digest", b"Body".to_vec());
    draft.bad("no-body", "The body is missing.", "content-digest", Vec::new());
    draft.bad_in(("method", "PUT"), "other-method", "The method is another.", "does not verify", body());
    draft.bad_in(("method", "post"), "method-in-lower-case", "The method is in lower case.", "does not verify", body());
    draft.bad_in(("target_uri", "https://node.example:8443/v1/chains/abd/read"), "other-path", "The path is another.", "does not verify", body());
    draft.bad_in(("target_uri", "https://10.0.0.1/v1/chains/abc/read"), "other-own-origin", "It was signed for another origin of this node.", "does not verify", body());
    draft.bad_in(("target_uri", "https://other.example/v1/chains/abc/read"), "other-node", "It was sent to another node.", "not this node", body());
    draft.bad_in(("target_uri", "https://node.example:84430/v1/chains/abc/read"), "origin-as-prefix", "The origin is only the beginning of another.", "not this node", body());
    draft.bad_in(("target_uri", "https://node.example:8443 /v1"), "space-in-target", "The target has a space.", "cannot be signed", body());
    draft.bad_in(("method", "PO\nST"), "newline-in-method", "The method has a newline.", "cannot be signed", body());
    draft.bad_in(("now", START_S + 61), "too-late", "It came 61 s after it was signed.", "60 s", body());
    draft.bad_in(("now", START_S - 61), "too-early", "It came 61 s before it was signed.", "60 s", body());
    draft.bad_in(("origins", Vec::<Value>::new()), "no-origin", "The node has no origin.", "not this node", body());
    let other = shown(&sign(!read, signer, &request("POST", URI, b"body", 1)));
    draft.bad_in(("headers", other), "of-the-other-kind", "It is signed as the other kind of request.", "another kind", body());
    draft.bad_in(("headers", Vec::<Value>::new()), "unsigned", "There is no header.", "is missing", body());
}

fn header_rules(draft: &mut Draft, read: bool, signer: &SigningKey, base: &Headers) {
    let edit = |name: &str, change: &dyn Fn(&str) -> String| edited(base, name, change);
    let input = |old: &'static str, new: &'static str| edit("signature-input", &move |value| value.replacen(old, new, 1));
    let mut bad = |name: &str, why: &str, error: &str, headers: Vec<Value>| {
        draft.bad_in(("headers", headers), name, why, error, b"body".to_vec());
    };
    for missing in ["content-digest", "signature-input", "signature"] {
        let left: Headers = base.iter().filter(|(name, _)| name != missing).cloned().collect();
        bad(&format!("without-{missing}"), &format!("There is no {missing}."), "is missing", shown(&left));
        let mut twice = base.clone();
        twice.push(base.iter().find(|(name, _)| name == missing).unwrap().clone());
        bad(&format!("two-{missing}"), &format!("There are two {missing}."), "appears twice", shown(&twice));
    }
    bad("other-label", "The signature's label is sig2.", "labelled sig1", edit("signature-input", &|value| value.replacen("sig1", "sig2", 1)));
    bad("second-signature", "A second signature follows.", "signature-input", edit("signature-input", &|value| format!("{value}, sig2=()")));
    bad("label-of-signature", "The signature header has another label.", "labelled sig1", edit("signature", &|value| value.replacen("sig1", "sig2", 1)));
    bad("component-missing", "@method is not covered.", "signature-input", input("\"@method\" ", ""));
    bad("component-more", "Another header is covered.", "signature-input", input("\"@method\"", "\"@method\" \"date\""));
    bad("components-swapped", "Components are in another order.", "signature-input", input("\"@method\" \"@target-uri\"", "\"@target-uri\" \"@method\""));
    bad("no-created", "created is missing.", "signature-input", edit("signature-input", &|value| value.replacen(&format!(";created={START_S}"), "", 1)));
    bad("created-changed", "created was changed after signing.", "does not verify", edit("signature-input", &|value| value.replacen(&START_S.to_string(), &(START_S + 1).to_string(), 1)));
    bad("created-as-text", "created is a text.", "signature-input", edit("signature-input", &|value| value.replacen(&START_S.to_string(), &format!("\"{START_S}\""), 1)));
    bad("created-negative", "created is negative.", "signature-input", input("created=", "created=-"));
    bad("created-plus", "created has a plus sign.", "signature-input", input("created=", "created=+"));
    bad("expires", "An expires parameter stands behind created.", "signature-input", input(";nonce=", ";expires=2000000000;nonce="));
    bad("nonce-changed", "The nonce was changed after signing.", "does not verify", input("nonce=\"A", "nonce=\"B"));
    bad("short-nonce", "The nonce has 15 bytes.", "signature-input", edit("signature-input", &|value| replaced(value, "nonce", "AQEBAQEBAQEBAQEBAQEB")));
    bad("padded-nonce", "The nonce is padded.", "signature-input", input("\";alg", "==\";alg"));
    bad("other-alg", "alg is rsa-pss-sha512.", "signature-input", input("ed25519", "rsa-pss-sha512"));
    bad("alg-missing", "alg is missing.", "signature-input", input(";alg=\"ed25519\"", ""));
    bad("alg-before-nonce", "Parameters are in another order.", "signature-input", edit("signature-input", &|value| {
        let nonce = value.split(";nonce=").nth(1).unwrap().split(';').next().unwrap().to_owned();
        value.replacen(&format!(";nonce={nonce};alg=\"ed25519\""), &format!(";alg=\"ed25519\";nonce={nonce}"), 1)
    }));
    bad("other-tag", "The tag is another program's.", "signature-input", input("tag=\"pulsebook", "tag=\"otherbook"));
    bad("parameter-behind-tag", "A parameter follows the tag.", "signature-input", edit("signature-input", &|value| format!("{value};a=1")));
    bad("keyid-of-another", "keyid is another key.", "does not verify", edit("signature-input", &|value| replaced(value, "keyid", &key(31).public().to_string())));
    bad("keyid-in-upper-case", "keyid is in upper case.", "signature-input", edit("signature-input", &|value| replaced(value, "keyid", &signer.public().to_string().to_uppercase())));
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        bad(&format!("keyid-{kind}"), "keyid may not be enrolled.", "signature-input", edit("signature-input", &|value| replaced(value, "keyid", encoding)));
    }
    bad("flipped-signature", "The signature is another.", "does not verify", edit("signature", &|_| format!("sig1=:{}:", data_encoding::BASE64.encode(&[7; 64]))));
    bad("short-signature", "The signature has 63 bytes.", "64 bytes", edit("signature", &|_| format!("sig1=:{}:", data_encoding::BASE64.encode(&[7; 63]))));
    bad("signature-without-colons", "The signature is no byte sequence.", "labelled sig1", edit("signature", &|value| value.replace(':', "")));
    bad("signature-base64url", "The signature is not in the alphabet of RFC 8941.", "64 bytes", edit("signature", &|_| format!("sig1=:{}:", data_encoding::BASE64URL.encode(&[0xff; 64]))));
    bad("digest-of-another-body", "The digest is of another body.", "content-digest", edit("content-digest", &|_| content_digest(b"other")));
    bad("digest-sha-512", "The digest is SHA-512's.", "content-digest", edit("content-digest", &|value| value.replace("sha-256", "sha-512")));
    bad("two-digests", "A second digest follows in the header.", "content-digest", edit("content-digest", &|value| format!("{value}, sha-512=:AA==:")));
    bad("control-character", "A covered header has a control character.", "plain ASCII", edit("content-digest", &|value| format!("{value}\u{1}x")));
    bad("not-ascii", "A covered header is not ASCII.", "plain ASCII", edit("content-digest", &|value| format!("{value}ä")));
    if read {
        read_header_rules(draft, base);
    }
}

/// Headers that only a grantee's request has.
fn read_header_rules(draft: &mut Draft, base: &Headers) {
    let edit = |name: &str, change: &dyn Fn(&str) -> String| edited(base, name, change);
    let mut bad = |name: &str, why: &str, error: &str, headers: Vec<Value>| {
        draft.bad_in(("headers", headers), name, why, error, b"body".to_vec());
    };
    bad("no-purpose", "There is no purpose.", "is missing", shown(&base.iter().filter(|(name, _)| name != "pulsebook-purpose").cloned().collect()));
    bad("no-authorization", "There is no token.", "is missing", shown(&base.iter().filter(|(name, _)| name != "authorization").cloned().collect()));
    bad("purpose-changed", "The purpose was changed after signing.", "does not verify", edit("pulsebook-purpose", &|_| "HRESCH".into()));
    bad("token-changed", "The token was changed after signing.", "does not verify", edit("authorization", &|_| "Biscuit AQID".into()));
    bad("bearer", "The scheme is Bearer.", "Biscuit", edit("authorization", &|value| value.replace("Biscuit", "Bearer")));
    bad("padded-token", "The token is padded.", "Biscuit", edit("authorization", &|_| "Biscuit AQ==".into()));
}

/// The headers with one value changed.
fn edited(base: &Headers, name: &str, change: &dyn Fn(&str) -> String) -> Vec<Value> {
    let changed = base.iter().map(|(found, value)| (found.clone(), if found == name { change(value) } else { value.clone() })).collect();
    shown(&changed)
}

/// A parameter in quotes with another value.
fn replaced(value: &str, parameter: &str, new: &str) -> String {
    let (front, rest) = value.split_once(&format!("{parameter}=\"")).unwrap();
    let (_, back) = rest.split_once('"').unwrap();
    format!("{front}{parameter}=\"{new}\"{back}")
}

fn entry(seq: u64, previous: Digest, outcome: Outcome) -> AccessEntry {
    let access = Access { grant_id: GRANT, holder: key(0x70).public().into(), delegates: Vec::new(), action: "read".into(), purpose: "TREAT".into() };
    AccessEntry::new(chain(), EntryPosition { seq, previous }, START_S, access, outcome)
}

fn access_entries() -> Draft {
    let what = "Access entries. Context: chain, entry key, and the position expected (seq, previous). Value: the entry, and as next_previous the hash that the next one must have.";
    let mut draft = Draft::new("access-entry", what, 7);
    let signer = key(0x52);
    draft.set_hex("chain", chain().as_bytes()).set_hex("entry_key", signer.public().as_bytes()).set("seq", 0).set_hex("previous", [0; 32]);
    let mut first = entry(0, Digest::ZERO, Outcome::Permit);
    first.slots = vec![ServedSlot { height: 3, slot: 0 }, ServedSlot { height: 300, slot: 7 }];
    first.as_of = Some(AsOf { epoch: 1, size: 2, root: Digest::from_bytes([1; 32]) });
    let first_bytes = sign_access_entry(&signer, &first);
    draft.good("permit", "The first entry: two slots were served.", first_bytes.clone());
    draft.good("nothing-settled", "Without as_of.", sign_access_entry(&signer, &entry(0, Digest::ZERO, Outcome::Permit)));
    let previous = pulsebook_protocol::hash::sha256(&[&first_bytes]);
    draft.set("seq", 1).set_hex("previous", previous.as_bytes());
    for code in [Code::Revoked, Code::WrongPurpose, Code::NotFresh] {
        draft.good(&format!("deny-{}", code.text().replace('_', "-")), "A refusal is an entry too.", sign_access_entry(&signer, &entry(1, previous, Outcome::Deny(code))));
    }
    let mut delegated = entry(1, previous, Outcome::Permit);
    delegated.delegates = vec![key(0x71).public().into(), key(0x72).public().into()];
    draft.good("delegates", "Two delegates.", sign_access_entry(&signer, &delegated));
    let mut full = delegated.clone();
    full.slots = first.slots.clone();
    full.as_of = first.as_of;
    let payload = cose::Sign1::parse(&sign_access_entry(&signer, &full), 65_536).unwrap().unverified_payload().to_vec();
    let base = Cbor::parse(&payload);
    let wrap = |payload: Vec<u8>| cose::sign(&signer, domain::ACCESS, &payload);
    draft.cose_shapes(&signer, domain::ACCESS, &payload, &|bytes| bytes);
    draft.map_shapes(&base, &wrap);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], &wrap);
    let mut bad = |name: &str, why: &str, error: &str, cbor: Cbor| {
        draft.bad(name, why, error, wrap(cbor.encode()));
    };
    bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    bad("other-chain", "It is of another chain.", "chain", base.with(&[1], [1; 32]));
    bad("seq-left-out", "An entry before it is left out.", "does not follow", base.with(&[2], 2));
    bad("seq-repeated", "Its seq was there before.", "does not follow", base.with(&[2], 0));
    bad("other-previous", "The entry before it is another.", "does not follow", base.flipped(&[3]));
    bad("zero-previous", "It pretends to be the first.", "does not follow", base.with(&[3], [0; 32]));
    bad("negative-time", "The time is negative.", "CBOR", base.with(&[4], int(-1)));
    bad("short-grant-id", "The grant_id has 15 bytes.", "CBOR", base.with(&[5], [1; 15]));
    for (kind, encoding) in SMALL_ORDER.iter().chain(&NOT_CANONICAL) {
        bad(&format!("holder-{kind}"), "The holder key may not be enrolled.", "CBOR", base.with(&[6], bytes(encoding)));
        bad(&format!("delegate-{kind}"), "A delegate's key may not be enrolled.", "CBOR", base.with(&[7, 1], bytes(encoding)));
    }
    bad("action-as-bytes", "The action is bytes.", "CBOR", base.with(&[8], &b"read"[..]));
    bad("slot-256", "A slot does not fit into a byte.", "CBOR", base.with(&[9, 0, 1], 256));
    bad("slot-alone", "A slot has no height.", "CBOR", base.without(&[9, 0, 0]));
    bad("outcome-unknown", "The outcome is not known.", "CBOR", base.with(&[11], "maybe"));
    bad("outcome-unknown-code", "The refusal's code is not known.", "CBOR", base.with(&[11], "deny:no_such_code"));
    bad("outcome-without-code", "The refusal has no code.", "CBOR", base.with(&[11], "deny:"));
    bad("outcome-upper-case", "The outcome is in upper case.", "CBOR", base.with(&[11], "Permit"));
    bad("as-of-of-two", "as_of has no root.", "CBOR", base.without(&[12, 2]));
    bad("as-of-null", "as_of is null instead of left out.", "CBOR", base.with(&[12], raw(&[0xf6])));
    bad("delegates-null", "The delegates are null.", "CBOR", base.with(&[7], raw(&[0xf6])));
    bad("too-large", "It has more than 64 KiB.", "too large", base.with(&[9], array(vec![array([int(1 << 40), int(1)]); 7000])));
    draft
}
