//! Attacks on signed requests, and the RFCs' own examples.

use super::{base::signature_base, *};
use crate::{
    key::{PublicKey, Signature},
    random::SeededRandom,
    request_key::P256SigningKey,
};
use proptest::prelude::*;

const URI: &str = "https://node.example:8443/v1/chains/abc/read";
const ORIGINS: &[&str] = &["https://other.example", "https://node.example:8443"];
const NOW: u64 = 1_800_000_000;

fn key() -> SigningKey {
    SigningKey::make(&mut SeededRandom::new(1)).unwrap()
}

fn to_sign() -> RequestToSign<'static> {
    RequestToSign {
        method: "POST",
        target_uri: URI,
        body: b"body",
        created_s: NOW,
        nonce: Nonce::from_bytes([9; 16]),
    }
}

fn read_headers() -> SignedHeaders {
    sign_read_request(&key(), &to_sign(), b"token", "TREAT")
}

fn receive(
    method: &str,
    uri: &str,
    headers: &SignedHeaders,
    body: &[u8],
    now_s: u64,
) -> Result<VerifiedRequest, RequestError> {
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
    verify_request(&parse_signed_request(method, uri, headers, body)?, Profile::Read, now_s, ORIGINS)
}

fn with(name: &str, change: impl Fn(&str) -> String) -> SignedHeaders {
    let mut headers = read_headers();
    for (header, value) in &mut headers {
        if *header == name {
            *value = change(value);
        }
    }
    headers
}

fn refusal(headers: &SignedHeaders) -> RequestError {
    receive("POST", URI, headers, b"body", NOW).unwrap_err()
}

#[test]
fn what_was_signed_verifies_with_all_its_parts() {
    let verified = receive("POST", URI, &read_headers(), b"body", NOW + 60).unwrap();
    assert_eq!((verified.signer(), verified.nonce()), (key().public().into(), Nonce::from_bytes([9; 16])));
    assert_eq!((verified.token(), verified.purpose(), verified.created_s()), (&b"token"[..], "TREAT", NOW));
}

#[test]
fn a_changed_method_address_or_body_is_refused() {
    let headers = read_headers();
    for (method, uri, body) in [
        ("PUT", URI, &b"body"[..]),
        ("POST", "https://node.example:8443/v1/chains/abd/read", b"body"),
        ("POST", "https://other.example/v1/chains/abc/read", b"body"),
        ("POST", URI, b"bodz"),
    ] {
        let error = receive(method, uri, &headers, body, NOW).unwrap_err();
        assert!(matches!(error, RequestError::BadSignature(_)), "{method} {uri}: {error}");
    }
}

#[test]
fn a_changed_token_or_purpose_is_refused() {
    let other_token = with("authorization", |_| "Biscuit dG9rZW8".into());
    let other_purpose = with("pulsebook-purpose", |_| "HRESCH".into());
    for headers in [other_token, other_purpose] {
        assert!(matches!(refusal(&headers), RequestError::BadSignature(_)));
    }
}

#[test]
fn a_request_is_valid_for_a_minute_only_and_cannot_be_redated() {
    let stale = Err(RequestError::Stale { created_s: NOW, now_s: NOW + 61 });
    assert_eq!(receive("POST", URI, &read_headers(), b"body", NOW + 61), stale);
    assert!(receive("POST", URI, &read_headers(), b"body", NOW - 61).is_err());
    let redated = with("signature-input", |value| value.replace("1800000000", "1800000061"));
    let error = receive("POST", URI, &redated, b"body", NOW + 61).unwrap_err();
    assert!(matches!(error, RequestError::BadSignature(_)));
}

#[test]
fn another_server_is_told_so() {
    for uri in
        ["https://evil.example/v1", "https://node.example:84430/v1", "https://node.example:8443.evil/v1"]
    {
        let request = RequestToSign { target_uri: uri, ..to_sign() };
        let headers = sign_read_request(&key(), &request, b"token", "TREAT");
        let error = receive("POST", uri, &headers, b"body", NOW).unwrap_err();
        assert_eq!(error, RequestError::WrongOrigin { target_uri: uri.into() });
    }
}

#[test]
fn an_owners_signature_is_no_grantees_and_the_reverse() {
    let owner = sign_owner_request(&key(), &to_sign());
    assert!(matches!(refusal(&owner), RequestError::BadSignature(_)));
    let swapped = with("signature-input", |value| value.replace("pulsebook-read", "pulsebook-owner"));
    assert!(matches!(refusal(&swapped), RequestError::BadSignature(_)));
}

#[test]
fn missing_headers_are_named() {
    for name in ["content-digest", "authorization", "pulsebook-purpose", "signature-input", "signature"] {
        let headers: SignedHeaders =
            read_headers().into_iter().filter(|(header, _)| *header != name).collect();
        let RequestError::Unsigned { missing } = refusal(&headers) else { panic!("{name}") };
        assert_eq!(missing, name);
    }
}

#[test]
fn second_signatures_other_parameters_and_other_algorithms_are_refused() {
    let two = with("signature-input", |value| format!("{value}, sig2=(\"@method\")"));
    let fewer = with("signature-input", |value| value.replace(" \"pulsebook-purpose\"", ""));
    let expires = with("signature-input", |value| value.replace(";nonce", ";expires=1800009999;nonce"));
    let algorithm = with("signature-input", |value| value.replace("ed25519", "hmac-sha256"));
    let label = with("signature", |value| value.replace("sig1", "sig2"));
    let mut doubled = read_headers();
    doubled.push(("pulsebook-purpose", "TREAT".into()));
    let injected = with("pulsebook-purpose", |_| "TREAT\n\"@method\": GET".into());
    for headers in [two, fewer, expires, algorithm, label, doubled, injected] {
        assert!(matches!(refusal(&headers), RequestError::BadSignature(_)), "{headers:?}");
    }
}

/// RFC 9421 appendix B.2.6: signature base, key and signature as printed there.
#[test]
fn the_base_builder_agrees_with_rfc_9421_b_2_6() {
    let params = "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
                  ;created=1618884473;keyid=\"test-key-ed25519\"";
    let components = [
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("@method", "POST"),
        ("@path", "/foo"),
        ("@authority", "example.com"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    ];
    let base64 = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).unwrap();
    let public = base64("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=");
    let public = PublicKey::from_bytes(public.try_into().unwrap()).unwrap();
    let signature =
        base64("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==");
    let signature = Signature::try_from(signature.as_slice()).unwrap();
    assert_eq!(public.check(signature_base(&components, params).as_bytes(), &signature), Ok(()));
    assert!(public.check(signature_base(&components[1..], params).as_bytes(), &signature).is_err());
}

/// RFC 9421 appendix B.2.4: signature base, key and signature as printed there (key: B.1.3, x and y in base64url).
#[test]
fn a_p256_signature_agrees_with_rfc_9421_b_2_4() {
    let params = "(\"@status\" \"content-type\" \"content-digest\" \"content-length\")\
                  ;created=1618884473;keyid=\"test-key-ecc-p256\"";
    let components = [
        ("@status", "200"),
        ("content-type", "application/json"),
        (
            "content-digest",
            "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:",
        ),
        ("content-length", "23"),
    ];
    let base64url = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let mut public = vec![4];
    public.extend(base64url("qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA"));
    public.extend(base64url("Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0"));
    let public = RequestKey::from_bytes(&public).unwrap();
    let signature =
        "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==";
    let signature = data_encoding::BASE64.decode(signature.as_bytes()).unwrap();
    let signature = Signature::try_from(signature.as_slice()).unwrap();
    assert_eq!(public.check(signature_base(&components, params).as_bytes(), &signature), Ok(()));
    assert!(public.check(signature_base(&components[1..], params).as_bytes(), &signature).is_err());
}

fn p256() -> RequestSigningKey {
    P256SigningKey::make(&mut SeededRandom::new(2)).unwrap().into()
}

fn credentials(delegation: &[u8]) -> ReadCredentials<'_> {
    ReadCredentials { token: b"token", delegation, purpose: "TREAT" }
}

#[test]
fn a_p256_key_signs_a_read_and_nothing_of_it_may_change() {
    let headers = sign_grantee_request(&p256(), &to_sign(), credentials(b"list")).unwrap();
    let verified = receive("POST", URI, &headers, b"body", NOW).unwrap();
    assert_eq!((verified.signer(), verified.delegation()), (p256().public(), &b"list"[..]));
    assert!(receive("POST", URI, &headers, b"bodz", NOW).is_err());
    let change = |from: &str, to: &str| -> SignedHeaders {
        headers.iter().map(|(name, value)| (*name, value.replace(from, to))).collect()
    };
    for (from, to) in [
        ("ecdsa-p256-sha256", "ed25519"),
        ("Biscuit dG9rZW4.bGlzdA", "Biscuit dG9rZW4"),
        ("Biscuit dG9rZW4.bGlzdA", "Biscuit dG9rZW4."),
        ("Biscuit dG9rZW4.bGlzdA", "Biscuit dG9rZW4.bGlzdB"),
    ] {
        assert!(matches!(refusal(&change(from, to)), RequestError::BadSignature(_)), "{from} to {to}");
    }
    let (own, other) = (p256().public().to_string(), key().public().to_string());
    assert!(matches!(refusal(&change(&own, &other)), RequestError::BadSignature(_)), "another key");
}

#[test]
fn an_ed25519_read_is_the_same_bytes_by_either_function() {
    let either = sign_grantee_request(&key().into(), &to_sign(), credentials(b"")).unwrap();
    assert_eq!(either, read_headers());
}

#[test]
fn an_owner_does_not_sign_with_p256_in_this_version() {
    let unsigned = Unsigned::new(&to_sign(), &p256().public(), None);
    let signature = p256().sign(unsigned.base.as_bytes()).unwrap();
    let headers = unsigned.with(&signature);
    let read = headers.iter().map(|(name, value)| (*name, value.as_str()));
    assert!(matches!(parse_signed_request("POST", URI, read, b"body"), Err(RequestError::BadSignature(_))));
}

/// RFC 9530 appendix D ("{"hello": "world"}" and a line feed) and RFC 9421 §B.2's body without one.
#[test]
fn the_digest_agrees_with_rfc_9530() {
    let with_line_feed = content_digest(b"{\"hello\": \"world\"}\n");
    assert_eq!(with_line_feed, "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
    let without = content_digest(b"{\"hello\": \"world\"}");
    assert_eq!(without, "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
}

proptest! {
    #[test]
    fn foreign_headers_never_panic_and_never_verify(
        cut in 0usize..400, name in 0usize..5, junk in "\\PC{0,40}", uri in "\\PC{0,40}"
    ) {
        let mut headers = read_headers();
        let value = &mut headers[name].1;
        let mut place = cut.min(value.len());
        while !value.is_char_boundary(place) { place -= 1; }
        let before = value.clone();
        value.truncate(place);
        value.push_str(&junk);
        let unchanged = value.trim_matches([' ', '\t']) == before;
        prop_assert!(unchanged || receive("POST", URI, &headers, b"body", NOW).is_err());
        prop_assert!(receive("POST", &uri, &read_headers(), b"body", NOW).is_err());
    }
}
