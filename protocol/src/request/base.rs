//! The signature base of RFC 9421 §2.5 and the parameters of our profile.

use super::{Nonce, Profile};
use crate::{hash::sha256, request_key::RequestKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The covered parts of a request; `read` has authorization and purpose.
pub(super) struct SignedParts<'a> {
    pub(super) method: &'a str,
    pub(super) target_uri: &'a str,
    pub(super) digest: &'a str,
    pub(super) read: Option<(&'a str, &'a str)>,
}

impl<'a> SignedParts<'a> {
    /// Names and values in the order of the profile.
    pub(super) fn components(&self) -> Vec<(&'static str, &'a str)> {
        let mut components =
            vec![("@method", self.method), ("@target-uri", self.target_uri), ("content-digest", self.digest)];
        if let Some((authorization, purpose)) = self.read {
            components.push(("authorization", authorization));
            components.push(("pulsebook-purpose", purpose));
        }
        components
    }
}

/// The covered components as they begin `@signature-params`.
pub(super) fn component_list(profile: Profile) -> &'static str {
    match profile {
        Profile::Owner => r#"("@method" "@target-uri" "content-digest")"#,
        Profile::Read => r#"("@method" "@target-uri" "content-digest" "authorization" "pulsebook-purpose")"#,
    }
}

/// The value of `@signature-params`.
pub(super) fn signature_params(profile: Profile, created_s: u64, nonce: &Nonce, key: &RequestKey) -> String {
    let (list, tag) = (component_list(profile), profile.tag());
    let (nonce, alg) = (URL_SAFE_NO_PAD.encode(nonce.as_bytes()), key.algorithm().text());
    format!(r#"{list};created={created_s};nonce="{nonce}";alg="{alg}";keyid="{key}";tag="{tag}""#)
}

/// What is signed: one line a component, last the parameters, no line feed at the end.
pub(super) fn signature_base(components: &[(&str, &str)], params: &str) -> String {
    let mut base = String::new();
    for (name, value) in components {
        base.push_str(&format!("\"{name}\": {value}\n"));
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(params);
    base
}

/// The Content-Digest of a body (RFC 9530), SHA-256.
///
/// ```
/// use pulsebook_protocol::request::content_digest;
/// assert_eq!(content_digest(b""), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
/// ```
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", data_encoding::BASE64.encode(sha256(&[body]).as_bytes()))
}
