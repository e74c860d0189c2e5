//! Cases for P-256: keys and signatures, request keys, cards, receive hashes and signed requests: docs/protocol.md §1, §6, §7 and §9.
//! Signatures are made by another implementation than the one that is tested, deterministically (RFC 6979).

use super::{
    derived::{Formula, wrong_results},
    draft::{Draft, to_be_signed},
    file::hex,
    signatures::{NOT_CANONICAL, SMALL_ORDER, bytes},
    world::{START_S, chain, key, receive_key, receive_key_p256, secret},
};
use super::cbor::{Cbor, array};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use pulsebook_protocol::{
    card::GranteeCard, domain::{self, Domain}, envelope::{ReceiveKey, Suite}, request::{Nonce, ReadCredentials, RequestToSign, content_digest, sign_grantee_request},
    request_key::{P256SigningKey, RequestSigningKey},
};
use serde_json::{Value, json};

pub(super) fn drafts() -> Vec<Draft> {
    vec![signatures(), request_keys(), receive_hashes(), cards(), requests()]
}

/// The P-256 key whose scalar is this byte, 32 times: 65 bytes.
pub(super) fn public(scalar: u8) -> Vec<u8> {
    SigningKey::from_slice(&[scalar; 32]).unwrap().verifying_key().to_encoded_point(false).as_bytes().to_vec()
}

/// Its signature with the lower s.
pub(super) fn sign(scalar: u8, message: &[u8]) -> Vec<u8> {
    let signature: Signature = SigningKey::from_slice(&[scalar; 32]).unwrap().sign(message);
    signature.normalize_s().unwrap_or(signature).to_bytes().to_vec()
}

/// The same r with the other s.
pub(super) fn other_s(signature: &[u8]) -> Vec<u8> {
    let (r, s) = Signature::from_slice(signature).unwrap().split_scalars();
    Signature::from_scalars(r, -s).unwrap().to_bytes().to_vec()
}

/// A COSE object by this key: alg −7.
pub(super) fn cose(scalar: u8, purpose: Domain, payload: &[u8]) -> Vec<u8> {
    cose_with(Cbor::Negative(6), scalar, purpose.text(), payload, |signature| signature)
}

pub(super) fn cose_with(alg: Cbor, scalar: u8, aad: &str, payload: &[u8], change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let header = Cbor::Map(vec![(Cbor::Unsigned(1), alg), (Cbor::Unsigned(4), public(scalar).into())]).encode();
    let signature = change(sign(scalar, &to_be_signed(&header, aad, payload)));
    array([header.into(), Cbor::Map(Vec::new()), payload.into(), signature.into()]).encode()
}

/// Our own type of that key; what it signs is random and stays out of files.
pub(super) fn ours(scalar: u8) -> RequestSigningKey {
    P256SigningKey::from_scalar(secret(scalar)).unwrap().into()
}

/// Encodings that are no public key of P-256 in the one form.
pub(super) fn not_points() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let right = public(0x70);
    let sign = if right[64] & 1 == 1 { 3 } else { 2 };
    let with = |prefix: u8, x: &[u8], y: &[u8]| [&[prefix], x, y].concat();
    let (x, y) = (&right[1..33], &right[33..]);
    vec![
        ("off-curve", "The point is not on the curve.", with(4, x, x)),
        ("y-flipped", "One bit of y is flipped.", { let mut y = y.to_vec(); y[31] ^= 1; with(4, x, &y) }),
        ("x-flipped", "One bit of x is flipped.", { let mut x = x.to_vec(); x[31] ^= 1; with(4, &x, y) }),
        ("swapped", "x and y have changed places.", with(4, y, x)),
        ("hybrid", "The point is in hybrid form.", with(sign + 4, x, y)),
        ("prefix-0", "The first byte is 00.", with(0, x, y)),
        ("prefix-5", "The first byte is 05.", with(5, x, y)),
        ("prefix-of-compressed", "The first byte is that of a compressed point.", with(sign, x, y)),
        ("zero", "x and y are 0.", with(4, &[0; 32], &[0; 32])),
        ("infinity-padded", "The point at infinity, filled with zeros.", vec![0; 65]),
        ("x-past-p", "x is past the field's prime.", with(4, &[0xff; 32], y)),
        ("y-past-p", "y is past the field's prime.", with(4, x, &[0xff; 32])),
        ("generator-of-secp256k1", "The point is of another curve.", with(4, &bytes("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"), &bytes("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"))),
    ]
}

/// RFC 6979 A.2.5: the key, and r and s of `sample` and `test` with SHA-256.
const RFC_KEY: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const SAMPLE: &str = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const TEST: &str = "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083";
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn signatures() -> Draft {
    let mut draft = Draft::new("p256", "Signatures of P-256 (ECDSA with SHA-256). Context: key (65 bytes), message. Bytes: r ‖ s. Either s verifies here; COSE objects take the lower one only. Value: that it verifies.", 1);
    draft.set("key", RFC_KEY).set_hex("message", b"sample");
    draft.good("rfc6979-sample", "Published in RFC 6979 A.2.5; its s is the higher one.", bytes(SAMPLE));
    draft.good("rfc6979-sample-low-s", "The same with the lower s.", other_s(&bytes(SAMPLE)));
    draft.set_hex("message", b"test");
    draft.good("rfc6979-test", "Published in RFC 6979 A.2.5; its s is the lower one.", bytes(TEST));
    draft.good("rfc6979-test-high-s", "The same with the higher s.", other_s(&bytes(TEST)));
    for (name, scalar, message) in [("empty-message", 0x70, vec![]), ("long-message", 0x71, vec![0xa5; 1000]), ("another-key", 0x72, b"message".to_vec())] {
        draft.set_hex("key", public(scalar)).set_hex("message", &message);
        draft.good(name, "Made with RFC 6979.", sign(scalar, &message));
    }
    draft.set_hex("key", public(0x70)).set_hex("message", b"message");
    let right = sign(0x70, b"message");
    let with = |r: &[u8], s: &[u8]| [r, s].concat();
    let (r, s, order) = (&right[..32], &right[32..], bytes(ORDER));
    let mut bad = |name: &str, why: &str, signature: Vec<u8>| {
        draft.bad(name, why, "verify", signature);
    };
    for (name, why, place) in [("flipped-r", "One bit of r is flipped.", 31), ("flipped-s", "One bit of s is flipped.", 63)] {
        let mut flipped = right.clone();
        flipped[place] ^= 1;
        bad(name, why, flipped);
    }
    bad("swapped", "r and s have changed places.", with(s, r));
    bad("r-0", "r is 0.", with(&[0; 32], s));
    bad("s-0", "s is 0.", with(r, &[0; 32]));
    bad("both-0", "r and s are 0.", vec![0; 64]);
    bad("r-order", "r is the order.", with(&order, s));
    bad("s-order", "s is the order.", with(r, &order));
    bad("both-order", "r and s are the order.", with(&order, &order));
    bad("s-past-order", "s is past the order.", with(r, &[0xff; 32]));
    bad("r-past-order", "r is past the order.", with(&[0xff; 32], s));
    bad("both-1", "r and s are 1.", with(&[[0; 31].as_slice(), &[1]].concat(), &[[0; 31].as_slice(), &[1]].concat()));
    bad("by-another-key", "Another key signed.", sign(0x71, b"message"));
    bad("of-another-message", "Another message was signed.", sign(0x70, b"massage"));
    bad("of-the-hash", "The message's hash was signed as the message.", sign(0x70, pulsebook_protocol::hash::sha256(&[b"message"]).as_bytes()));
    bad("reversed", "The bytes are in reverse order.", right.iter().rev().copied().collect());
    bad("little-endian", "r and s are little-endian.", with(&r.iter().rev().copied().collect::<Vec<_>>(), &s.iter().rev().copied().collect::<Vec<_>>()));
    let der = Signature::from_slice(&right).unwrap().to_der().as_bytes().to_vec();
    for (name, why, signature) in [("empty", "There is no signature.", Vec::new()), ("short", "It has 63 bytes.", right[..63].to_vec()), ("long", "It has 65 bytes.", with(&right, &[0])), ("der", "It is in DER.", der)] {
        draft.bad(name, why, "64 bytes", signature);
    }
    for (name, why, point) in not_points() {
        draft.bad_in(("key", hex(&point)), &format!("key-{name}"), why, "point of the curve", right.clone());
    }
    draft.bad_in(("key", hex(&public(0x70)[1..])), "key-without-prefix", "The key has 64 bytes.", "65 bytes", right.clone());
    draft.bad_in(("key", hex(&public(0x70)[..33])), "key-of-33-bytes", "The key has 33 bytes.", "65 bytes", right);
    draft
}

fn request_keys() -> Draft {
    let mut draft = Draft::new("request-key", "Request keys. Bytes: the key. Value: the algorithm as requests name it, and the key as text.", 1);
    for seed in [1, 0x70] {
        draft.good(&format!("ed25519-{seed:x}"), "32 bytes are a key of Ed25519.", key(seed).public().as_bytes().to_vec());
    }
    for scalar in [1, 2, 0x70, 0xfe] {
        draft.good(&format!("p256-{scalar:x}"), "65 bytes are a key of P-256.", public(scalar));
    }
    draft.good("rfc6979", "The key of RFC 6979 A.2.5.", bytes(RFC_KEY));
    for (name, why, point) in not_points() {
        draft.bad(&format!("p256-{name}"), why, "point of the curve", point);
    }
    let right = public(0x70);
    let sign = if right[64] & 1 == 1 { 3 } else { 2 };
    for (name, why, wrong) in [
        ("empty", "There are no bytes.", Vec::new()), ("31-bytes", "It has 31 bytes.", right[1..32].to_vec()), ("compressed", "The point is compressed: 33 bytes.", [&[sign], &right[1..33]].concat()),
        ("infinity", "The point at infinity: one byte.", vec![0]), ("64-bytes", "x and y without the first byte.", right[1..].to_vec()), ("66-bytes", "A byte follows.", [&right[..], &[0]].concat()),
        ("der", "The key is a SubjectPublicKeyInfo.", [&bytes("3059301306072a8648ce3d020106082a8648ce3d030107034200")[..], &right].concat()),
    ] {
        draft.bad(name, why, "32 bytes (Ed25519) or 65 bytes (P-256)", wrong);
    }
    for (kind, encoding) in SMALL_ORDER {
        draft.bad(&format!("ed25519-{kind}"), "The key is of small order.", if kind.contains("plus-p") || kind.contains("with-sign") || kind.starts_with("order-4-odd") { "the public key is" } else { "small order" }, bytes(encoding));
    }
    for (kind, encoding) in NOT_CANONICAL {
        draft.bad(&format!("ed25519-{kind}"), "The key is not canonical.", "canonical", bytes(encoding));
    }
    draft
}

fn receive_hashes() -> Draft {
    let mut draft = Draft::new("receive-hash-p256", "Hashes of receive keys of suite 2 (P-256), as a grant names them. Context: receive, the public key.", 6);
    for scalar in [1, 2, 3, 0x70, 0x77] {
        let public = ReceiveKey::from_seed_of(Suite::P256, secret(scalar)).unwrap().public();
        draft.set_hex("receive", public.to_bytes());
        draft.good(&format!("scalar-{scalar:x}"), &format!("The key of the scalar 32 × {scalar:02x}."), public.receive_hash().as_bytes().to_vec());
    }
    let public = receive_key_p256().public();
    let parts = [("domain", domain::RECEIVE_KEY.prefix()), ("suite", vec![0, 2]), ("key", public.to_bytes())];
    wrong_results(&mut draft, &Formula::Hash, &parts, 32);
    let of_suite_1 = Formula::Hash.result(&[domain::RECEIVE_KEY.prefix(), vec![0, 1], public.to_bytes()]);
    draft.bad("suite-1", "The hash says suite 1.", "formula", of_suite_1);
    let right = public.receive_hash().as_bytes().to_vec();
    for (name, why, point) in not_points() {
        draft.bad_in(("receive", hex(&point)), &format!("key-{name}"), why, "not a receive key", right.clone());
    }
    draft.bad_in(("receive", hex(&public.to_bytes()[1..])), "short-key", "The key has 64 bytes.", "not a receive key", right);
    draft
}

/// A card by hand; the proof is over role and key as §1 and §9 have it.
fn card(name: &str, scalar: u8, receive: &ReceiveKey) -> Value {
    let proof = sign(scalar, &possession(&[0; 32], "grantee", 0, &public(scalar)));
    json!({
        "pulsebook": "grantee/1", "name": name, "request": hex(&public(scalar)), "possession": hex(&proof),
        "suite": receive.suite().wire(), "receive": data_encoding::BASE64URL_NOPAD.encode(&receive.public().to_bytes()),
    })
}

fn possession(chain: &[u8], role: &str, number: u32, key: &[u8]) -> Vec<u8> {
    [&domain::POSSESSION.prefix()[..], chain, role.as_bytes(), &[0], &number.to_be_bytes(), key].concat()
}

fn cards() -> Draft {
    let mut draft = Draft::new("grantee-card-p256", "Grantee cards (JSON) with keys of P-256. Text: the card.", 9);
    draft.good("both-p256", "Request and receive key are of P-256.", card("Nurse Okafor's phone", 0x70, &receive_key_p256()).to_string());
    draft.good("p256-with-x-wing", "The request key is of P-256, the receive key of suite 1.", card("Клиника", 0x71, &receive_key()).to_string());
    draft.good("ed25519-with-p256", "The request key is of Ed25519, the receive key of suite 2.", GranteeCard::make("心臓", &key(0x70), receive_key_p256().public()).to_json());
    draft.good("scalar-1", "The request key is the curve's base point.", card("A", 1, &receive_key_p256()).to_string());
    let value = card("Nurse Okafor's phone", 0x70, &receive_key_p256());
    let with = |field: &str, new: Value| {
        let mut changed = value.clone();
        changed[field] = new;
        changed.to_string()
    };
    let proof = bytes(value["possession"].as_str().unwrap());
    draft.good("high-s", "The proof's s is the higher one.", with("possession", hex(&other_s(&proof)).into()));
    let mut bad = |name: &str, why: &str, error: &str, text: String| {
        draft.bad(name, why, error, text);
    };
    for (name, why, point) in not_points() {
        bad(&format!("request-{name}"), why, "`request` is wrong", with("request", hex(&point).into()));
        bad(&format!("receive-{name}"), why, "`receive` is wrong", with("receive", data_encoding::BASE64URL_NOPAD.encode(&point).into()));
    }
    bad("request-in-upper-case", "The request key is in upper case.", "`request` is wrong", with("request", hex(&public(0x70)).to_uppercase().into()));
    bad("request-compressed", "The request key is compressed.", "`request` is wrong", with("request", format!("03{}", hex(&public(0x70)[1..33])).into()));
    bad("stolen-key", "The request key is another's.", "`possession` is wrong", with("request", hex(&public(0x71)).into()));
    bad("ed25519-key-stolen", "The request key is another's, of Ed25519.", "`possession` is wrong", with("request", key(0x70).public().to_string().into()));
    for (name, why, message) in [
        ("of-a-chain", "The proof names a chain.", possession(chain().as_bytes(), "grantee", 0, &public(0x70))), ("of-another-role", "The proof is for the role device.", possession(&[0; 32], "device", 0, &public(0x70))),
        ("of-number-1", "The proof has number 1.", possession(&[0; 32], "grantee", 1, &public(0x70))), ("of-x-alone", "The proof is over x, not over all bytes of the key.", possession(&[0; 32], "grantee", 0, &public(0x70)[1..33])),
    ] {
        bad(&format!("possession-{name}"), why, "`possession` is wrong", with("possession", hex(&sign(0x70, &message)).into()));
    }
    bad("possession-by-another", "Another key made the proof.", "`possession` is wrong", with("possession", hex(&sign(0x71, &possession(&[0; 32], "grantee", 0, &public(0x70)))).into()));
    bad("short-possession", "The proof has 63 bytes.", "`possession` is wrong", with("possession", hex(&proof[1..]).into()));
    bad("suite-1-said", "The suite is 1, the receive key of P-256.", "is wrong", with("suite", 1.into()));
    bad("suite-3", "There is no suite 3.", "`suite` is wrong", with("suite", 3.into()));
    bad("suite-2-of-x-wing", "The suite is 2, the receive key of X-Wing.", "is wrong", with("receive", data_encoding::BASE64URL_NOPAD.encode(&receive_key().public().to_bytes()).into()));
    draft
}

const URI: &str = "https://node.example:8443/v1/chains/abc/read";

/// What a delegate sends: headers as ours makes them, with a signature by the other implementation over a base that is written here.
fn signed(scalar: u8, nonce: u8, list: &[u8], change: impl Fn(String) -> String) -> Vec<(String, String)> {
    let request = RequestToSign { method: "POST", target_uri: URI, body: b"body", created_s: START_S, nonce: Nonce::from_bytes([nonce; 16]) };
    let made = sign_grantee_request(&ours(scalar), &request, ReadCredentials { token: &[7; 20], delegation: list, purpose: "TREAT" }).unwrap();
    let mut headers: Vec<(String, String)> = made.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let input = headers.iter_mut().find(|(name, _)| name == "signature-input").unwrap();
    input.1 = change(input.1.clone());
    let params = input.1.strip_prefix("sig1=").unwrap().to_owned();
    let value = |name: &str| headers.iter().find(|(found, _)| found == name).unwrap().1.clone();
    let lines = ["content-digest", "authorization", "pulsebook-purpose"].map(|name| format!("\"{name}\": {}\n", value(name))).concat();
    let base = format!("\"@method\": POST\n\"@target-uri\": {URI}\n{lines}\"@signature-params\": {params}");
    set_signature(&mut headers, &sign(scalar, base.as_bytes()));
    headers
}

fn set_signature(headers: &mut [(String, String)], signature: &[u8]) {
    headers.iter_mut().find(|(name, _)| name == "signature").unwrap().1 = format!("sig1=:{}:", data_encoding::BASE64.encode(signature));
}

fn signature_of(headers: &[(String, String)]) -> Vec<u8> {
    let text = &headers.iter().find(|(name, _)| name == "signature").unwrap().1;
    data_encoding::BASE64.decode(text.trim_start_matches("sig1=:").trim_end_matches(':').as_bytes()).unwrap()
}

fn shown(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!([name, value])).collect()
}

fn requests() -> Draft {
    let mut draft = Draft::new("grantee-request-p256", "A grantee's requests signed with P-256, and those of delegates. Context: method, target_uri, headers in order, origins of the node, now (s). Bytes: the body. Value: signer, nonce, created, token, purpose, delegation (the list's bytes).", 7);
    draft.set("origins", vec![json!("https://node.example:8443")]).set("now", START_S).set("method", "POST").set("target_uri", URI);
    let plain = |text: String| text;
    for (name, why, scalar, list) in [("holder", "The holder's own request.", 0x70, &b""[..]), ("another-key", "Another key, another nonce.", 0x71, b""), ("delegate", "A delegate's, with a list.", 0x72, &[0x81, 0x41, 0x05]), ("base-point", "The key is the curve's base point.", 1, b"")] {
        draft.set("headers", shown(&signed(scalar, scalar, list, plain)));
        draft.good(name, why, b"body".to_vec());
    }
    let base = signed(0x70, 1, b"", plain);
    let right = signature_of(&base);
    let with = |signature: &[u8]| {
        let mut headers = base.clone();
        set_signature(&mut headers, signature);
        shown(&headers)
    };
    draft.set("headers", with(&other_s(&right)));
    draft.good("high-s", "Of a request either s is taken.", b"body".to_vec());
    draft.set("headers", shown(&base));
    for (name, why, now) in [("too-late", "It came 61 s after it was signed.", START_S + 61), ("too-early", "It came 61 s before it was signed.", START_S - 61)] {
        draft.bad_in(("now", now), name, why, "60 s", b"body".to_vec());
    }
    draft.bad("other-body", "The body is another than signed.", "content-digest", b"Body".to_vec());
    draft.bad_in(("method", "PUT"), "other-method", "The method is another.", "does not verify", b"body".to_vec());
    let mut bad = |name: &str, why: &str, error: &str, headers: Vec<Value>| {
        draft.bad_in(("headers", headers), name, why, error, b"body".to_vec());
    };
    let order = bytes(ORDER);
    for (name, why, signature) in [
        ("r-0", "r is 0.", [&[0; 32], &right[32..]].concat()), ("s-0", "s is 0.", [&right[..32], &[0; 32]].concat()), ("both-0", "r and s are 0.", vec![0; 64]),
        ("s-order", "s is the order.", [&right[..32], &order].concat()), ("r-order", "r is the order.", [&order, &right[32..]].concat()), ("swapped", "r and s have changed places.", [&right[32..], &right[..32]].concat()),
        ("by-another-key", "Another key signed.", sign(0x71, b"base")),
    ] {
        bad(name, why, "does not verify", with(&signature));
    }
    let der = Signature::from_slice(&right).unwrap().to_der().as_bytes().to_vec();
    bad("der", "The signature is in DER.", "64 bytes", with(&der));
    bad("short-signature", "The signature has 63 bytes.", "64 bytes", with(&right[1..]));
    bad("alg-ed25519", "alg is ed25519, the key of P-256; that was signed.", "signature-input", shown(&signed(0x70, 1, b"", |text| text.replace("ecdsa-p256-sha256", "ed25519"))));
    bad("alg-p384", "alg is of another curve.", "signature-input", shown(&signed(0x70, 1, b"", |text| text.replace("p256-sha256", "p384-sha384"))));
    bad("alg-in-upper-case", "alg is in upper case.", "signature-input", shown(&signed(0x70, 1, b"", |text| text.replace("ecdsa", "ECDSA"))));
    bad("owner-tag", "The tag is an owner's.", "signature", shown(&signed(0x70, 1, b"", |text| text.replace("pulsebook-read", "pulsebook-owner"))));
    bad("keyid-of-another", "keyid is another key of P-256.", "does not verify", shown(&signed(0x70, 1, b"", |text| text.replace(&hex(&public(0x70)), &hex(&public(0x71))))));
    bad("keyid-of-ed25519", "keyid is a key of Ed25519, alg of P-256.", "signature-input", shown(&signed(0x70, 1, b"", |text| text.replace(&hex(&public(0x70)), &key(0x70).public().to_string()))));
    bad("keyid-in-upper-case", "keyid is in upper case.", "signature-input", shown(&signed(0x70, 1, b"", |text| text.replace(&hex(&public(0x70)), &hex(&public(0x70)).to_uppercase()))));
    for (name, why, point) in not_points() {
        bad(&format!("keyid-{name}"), why, "signature-input", shown(&signed(0x70, 1, b"", |text| text.replace(&hex(&public(0x70)), &hex(&point)))));
    }
    let edit = |name: &str, value: &dyn Fn(&str) -> String, list: &[u8]| {
        let mut headers = signed(0x70, 1, list, plain);
        headers.iter_mut().filter(|(found, _)| found == name).for_each(|(_, found)| *found = value(found));
        shown(&headers)
    };
    bad("list-taken-away", "The list was taken away after signing.", "does not verify", edit("authorization", &|value| value.split('.').next().unwrap().to_owned(), &[0x80]));
    bad("list-added", "A list was added after signing.", "does not verify", edit("authorization", &|value| format!("{value}.gEEF"), b""));
    bad("two-lists", "A second list follows.", "Biscuit", edit("authorization", &|value| format!("{value}.gEEF"), &[0x80]));
    bad("list-padded", "The list's base64 is padded.", "Biscuit", edit("authorization", &|value| format!("{value}=="), &[0x80]));
    bad("digest-of-another-body", "The digest is of another body.", "content-digest", edit("content-digest", &|_| content_digest(b"other"), b""));
    draft
}
