//! Reads a received request into the parts its signature covers; refuses whatever is not our profile.

use super::{
    Nonce, Profile, RequestError,
    base::{SignedParts, component_list, content_digest, signature_base},
};
use crate::{key::Signature, request_key::RequestKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Longest token and other covered values, in characters: a 16 KiB token and a delegation list in base64, its scheme.
const LONGEST_VALUE: usize = 28_000;

/// A request in our profile whose signature was not yet checked: nothing in it may be relied on.
#[derive(Clone, Debug)]
pub struct UnverifiedRequest {
    pub(super) profile: Profile,
    pub(super) target_uri: String,
    pub(super) created_s: u64,
    pub(super) nonce: Nonce,
    pub(super) signer: RequestKey,
    pub(super) signature: Signature,
    pub(super) base: String,
    pub(super) token: Vec<u8>,
    pub(super) delegation: Vec<u8>,
    pub(super) purpose: String,
}

/// Reads method, address, headers and body as received. Header names may be in any case.
///
/// # Errors
/// [`RequestError::Unsigned`] when a header is missing, [`RequestError::BadSignature`] when the request is signed in
/// any other way than the profile's, or its body is not the one that was signed.
pub fn parse_signed_request<'a>(
    method: &str,
    target_uri: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: &[u8],
) -> Result<UnverifiedRequest, RequestError> {
    let headers = CoveredHeaders::collect(headers)?;
    let params = required(headers.signature_input, "signature-input")?;
    let signature = required(headers.signature, "signature")?;
    let digest = required(headers.content_digest, "content-digest")?;
    let params = params.strip_prefix("sig1=").ok_or(BAD_LABEL)?;
    let parsed = parse_params(params)?;
    let ReadParts { read, token, delegation, purpose } = read_parts(parsed.profile, &headers)?;
    if !is_plain(method) || !is_plain(target_uri) || target_uri.contains(' ') {
        return Err(RequestError::BadSignature("method or address has characters that cannot be signed"));
    }
    if digest != content_digest(body) {
        return Err(RequestError::BadSignature("the body is not the one that was signed (content-digest)"));
    }
    let parts = SignedParts { method, target_uri, digest, read };
    Ok(UnverifiedRequest {
        profile: parsed.profile,
        target_uri: target_uri.to_owned(),
        created_s: parsed.created_s,
        nonce: parsed.nonce,
        signer: parsed.signer,
        signature: parse_signature(signature)?,
        base: signature_base(&parts.components(), params),
        token,
        delegation,
        purpose,
    })
}

const BAD_LABEL: RequestError = RequestError::BadSignature("expected exactly one signature, labelled sig1");
const BAD_PARAMS: RequestError = RequestError::BadSignature(
    "signature-input is not the expected components followed by created, nonce, alg, keyid, tag",
);
const BAD_TOKEN: RequestError = RequestError::BadSignature(
    "authorization is not `Biscuit ` and a token, perhaps a full stop and a delegation list, in base64url without padding",
);

#[derive(Default)]
struct CoveredHeaders<'a> {
    signature_input: Option<&'a str>,
    signature: Option<&'a str>,
    content_digest: Option<&'a str>,
    authorization: Option<&'a str>,
    purpose: Option<&'a str>,
}

impl<'a> CoveredHeaders<'a> {
    fn collect(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, RequestError> {
        let mut found = CoveredHeaders::default();
        for (name, value) in headers {
            let Some(place) = found.place(name) else { continue };
            let value = value.trim_matches([' ', '\t']);
            if place.replace(value).is_some() {
                return Err(RequestError::BadSignature("a covered header appears twice"));
            }
            if !is_plain(value) || value.len() > LONGEST_VALUE {
                return Err(RequestError::BadSignature("a covered header is too long or not plain ASCII"));
            }
        }
        Ok(found)
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        Some(match name.to_ascii_lowercase().as_str() {
            "signature-input" => &mut self.signature_input,
            "signature" => &mut self.signature,
            "content-digest" => &mut self.content_digest,
            "authorization" => &mut self.authorization,
            "pulsebook-purpose" => &mut self.purpose,
            _ => return None,
        })
    }
}

/// Printable ASCII and spaces: nothing that could begin a new line of the signature base.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn required<'a>(header: Option<&'a str>, name: &'static str) -> Result<&'a str, RequestError> {
    header.ok_or(RequestError::Unsigned { missing: name })
}

#[derive(Default)]
struct ReadParts<'a> {
    read: Option<(&'a str, &'a str)>,
    token: Vec<u8>,
    delegation: Vec<u8>,
    purpose: String,
}

fn read_parts<'a>(profile: Profile, headers: &CoveredHeaders<'a>) -> Result<ReadParts<'a>, RequestError> {
    if profile == Profile::Owner {
        return Ok(ReadParts::default());
    }
    let authorization = required(headers.authorization, "authorization")?;
    let purpose = required(headers.purpose, "pulsebook-purpose")?;
    let credentials = authorization.strip_prefix("Biscuit ").ok_or(BAD_TOKEN)?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| BAD_TOKEN);
    let (token, delegation) = match credentials.split_once('.') {
        None => (decode(credentials)?, Vec::new()),
        Some((_, "")) => return Err(BAD_TOKEN),
        Some((token, list)) => (decode(token)?, decode(list)?),
    };
    Ok(ReadParts { read: Some((authorization, purpose)), token, delegation, purpose: purpose.to_owned() })
}

struct Params {
    profile: Profile,
    created_s: u64,
    nonce: Nonce,
    signer: RequestKey,
}

fn parse_params(text: &str) -> Result<Params, RequestError> {
    [Profile::Owner, Profile::Read]
        .into_iter()
        .find_map(|profile| parse_params_of(profile, text))
        .ok_or(BAD_PARAMS)
}

fn parse_params_of(profile: Profile, text: &str) -> Option<Params> {
    let rest = text.strip_prefix(component_list(profile))?.strip_prefix(";created=")?;
    let (created, rest) = rest.split_once(';')?;
    let (nonce, rest) = rest.strip_prefix("nonce=\"")?.split_once("\";")?;
    let (alg, rest) = rest.strip_prefix("alg=\"")?.split_once("\";")?;
    let (key, rest) = rest.strip_prefix("keyid=\"")?.split_once("\";")?;
    if rest.strip_prefix("tag=\"")?.strip_suffix('"')? != profile.tag() {
        return None;
    }
    let digits =
        !created.is_empty() && created.len() <= 12 && created.bytes().all(|byte| byte.is_ascii_digit());
    let created_s = digits.then(|| created.parse().ok()).flatten()?;
    let nonce = Nonce::try_from(URL_SAFE_NO_PAD.decode(nonce).ok()?.as_slice()).ok()?;
    let signer: RequestKey = key.parse().ok()?;
    // A device key of this version is Ed25519; of a grantee the algorithm must be its key's own.
    let fits =
        alg == signer.algorithm().text() && (profile == Profile::Read || signer.as_ed25519().is_some());
    fits.then_some(Params { profile, created_s, nonce, signer })
}

fn parse_signature(header: &str) -> Result<Signature, RequestError> {
    let encoded = header.strip_prefix("sig1=:").and_then(|rest| rest.strip_suffix(':')).ok_or(BAD_LABEL)?;
    let bytes = data_encoding::BASE64.decode(encoded.as_bytes());
    let signature = bytes.ok().and_then(|bytes| Signature::try_from(bytes.as_slice()).ok());
    signature.ok_or(RequestError::BadSignature("the signature is not 64 bytes in base64"))
}
