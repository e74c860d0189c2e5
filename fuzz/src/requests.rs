//! Signed requests (RFC 9421): what is not the request that was signed is refused.

use crate::{selected, world};
use pulsebook_protocol::request::{
    Nonce, Profile, RequestToSign, SignedHeaders, parse_signed_request, sign_owner_request,
    sign_read_request, verify_request,
};

const ORIGIN: &str = "https://node.test";
const NOW: u64 = world::START_S;

/// The request that the inputs alter.
fn signed(profile: Profile) -> (String, SignedHeaders) {
    let target_uri = format!("{ORIGIN}/v1/chains/{}/read", world::chain());
    let to_sign = RequestToSign {
        method: "POST",
        target_uri: &target_uri,
        body: b"body",
        created_s: NOW,
        nonce: Nonce::from_bytes([1; 16]),
    };
    let headers = match profile {
        Profile::Owner => sign_owner_request(&world::key(30), &to_sign),
        Profile::Read => sign_read_request(&world::key(0x70), &to_sign, &[7; 20], "TREAT"),
    };
    (target_uri, headers)
}

/// Even choices: lines `method`, `address`, `name: value` …, an empty line, the body. Odd: one part of a signed request,
/// chosen by the next bits, is replaced by the rest.
pub(crate) fn request(data: &[u8]) {
    let (choice, bytes) = selected(data);
    if choice & 1 == 1 {
        altered(choice >> 1, bytes);
        return;
    }
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes, &[][..]),
    };
    let Ok(head) = std::str::from_utf8(head) else { return };
    let mut lines = head.split('\n');
    let (method, target_uri) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let Ok(parsed) = parse_signed_request(method, target_uri, headers.iter().copied(), body) else { return };
    for profile in [Profile::Owner, Profile::Read] {
        if let Ok(verified) =
            verify_request(&parsed, profile, NOW, &[ORIGIN, "https://node.example:8443", "https://10.0.0.1"])
        {
            assert_eq!(verified.profile(), profile);
            assert!(verified.created_s().abs_diff(NOW) <= 60);
            assert!(profile == Profile::Read || verified.token().is_empty() && verified.purpose().is_empty());
        }
    }
}

fn altered(part: u8, with: &[u8]) {
    let profile = if part & 1 == 0 { Profile::Owner } else { Profile::Read };
    let (target_uri, headers) = signed(profile);
    let Ok(text) = std::str::from_utf8(with) else { return };
    let place = usize::from(part >> 1) % (headers.len() + 3);
    let mut parts = ("POST", &target_uri[..], &b"body"[..]);
    let mut sent: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let same = match place {
        0 => std::mem::replace(&mut parts.0, text) == text,
        1 => std::mem::replace(&mut parts.1, text) == text,
        2 => std::mem::replace(&mut parts.2, with) == with,
        place => std::mem::replace(&mut sent[place - 3].1, text) == text.trim_matches([' ', '\t']),
    };
    let parsed = parse_signed_request(parts.0, parts.1, sent.iter().copied(), parts.2);
    let verified = parsed.is_ok_and(|parsed| verify_request(&parsed, profile, NOW, &[ORIGIN]).is_ok());
    assert!(!verified || same, "part {place} was altered to {text:?} and the request still verifies");
    assert!(verified || !same, "the request that was signed does not verify");
    sent.push(sent[0]);
    assert!(parse_signed_request("POST", &target_uri, sent, b"body").is_err(), "a covered header twice");
}
