//! Signed requests: one fixed profile of RFC 9421 HTTP Message Signatures, and RFC 9530 Content-Digest.
//!
//! `docs/protocol.md` §7. Exactly one signature `sig1`, exactly our components in our order, Ed25519 or, by a grantee, P-256. What is
//! verified is rebuilt from the received request; the `@signature-params` line is the received one, byte for byte.

mod base;
mod parse;

pub use base::content_digest;
pub use parse::{UnverifiedRequest, parse_signed_request};

use crate::time_text;
use crate::{
    bytes::BytesError,
    key::{KeyError, Signature, SigningKey},
    random::RandomUnavailable,
    request_key::{RequestKey, RequestSigningKey},
};
use base::{SignedParts, signature_base, signature_params};
use std::fmt;

/// A request is valid while its `created` is at most this many seconds from the receiver's clock.
pub const VALID_FOR_S: u64 = 60;

/// Why a signed request is not accepted. [`crate::answer::Code`] has the code of each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A header of the profile is missing.
    #[error(
        "the request is not signed: header `{missing}` is missing, expected one signature sig1 as docs/protocol.md §7 has it"
    )]
    Unsigned {
        /// The header that is missing.
        missing: &'static str,
    },
    /// Something is there, but it is not our profile, or it does not verify.
    #[error("the request's signature is not accepted: {0}")]
    BadSignature(&'static str),
    /// Signed too long ago, or in the future.
    #[error(
        "your clock is {} the node's: signed at {}, received at {}; a request is good for 60 s; set the clock that is wrong and send it again", time_text::difference(*created_s, *now_s), time_text::minute_utc(*created_s), time_text::minute_utc(*now_s)
    )]
    Stale {
        /// When it says that it was signed, seconds.
        created_s: u64,
        /// The receiver's clock, seconds.
        now_s: u64,
    },
    /// Signed for another server.
    #[error("the request was signed for {target_uri}, which is not this node")]
    WrongOrigin {
        /// What was signed.
        target_uri: String,
    },
}

impl From<KeyError> for RequestError {
    fn from(_: KeyError) -> Self {
        RequestError::BadSignature("it does not verify with the key it names")
    }
}

/// Who signs, and therefore which components are covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The patient's device: method, target, body.
    Owner,
    /// A grantee: also token and purpose.
    Read,
}

impl Profile {
    /// The `tag` parameter.
    pub fn tag(self) -> &'static str {
        match self {
            Profile::Owner => "pulsebook-owner",
            Profile::Read => "pulsebook-read",
        }
    }
}

/// 16 random bytes that one key uses for one request only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// Takes random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Nonce(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A fresh one.
    ///
    /// # Errors
    /// [`crate::random::RandomUnavailable`] when the source cannot deliver.
    pub fn make(random: &mut dyn crate::random::Random) -> Result<Self, crate::random::RandomUnavailable> {
        crate::random::make_bytes(random).map(Nonce)
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl TryFrom<&[u8]> for Nonce {
    type Error = BytesError;

    fn try_from(bytes: &[u8]) -> Result<Self, BytesError> {
        crate::bytes::Salt16::try_from(bytes).map(|salt| Nonce(*salt.as_bytes()))
    }
}

/// A request before it is sent.
#[derive(Clone, Copy, Debug)]
pub struct RequestToSign<'a> {
    /// Method in upper case, `POST`.
    pub method: &'a str,
    /// The whole address as it will be requested, `https://node.example:8443/v1/…`.
    pub target_uri: &'a str,
    /// Body, perhaps empty.
    pub body: &'a [u8],
    /// Now, seconds.
    pub created_s: u64,
    /// Fresh for this request.
    pub nonce: Nonce,
}

/// Header names and values to send with a signed request, in the order of their signing.
pub type SignedHeaders = Vec<(&'static str, String)>;

/// Signs a request of the patient's device: headers `content-digest`, `signature-input` and `signature`.
///
/// ```
/// use pulsebook_protocol::{key::SigningKey, random::SystemRandom, request::*};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let device = SigningKey::make(&mut SystemRandom)?;
/// let uri = "https://node.example/v1/chains/abc/head";
/// let request = RequestToSign {
///     method: "GET", target_uri: uri, body: b"", created_s: 1_800_000_000, nonce: Nonce::make(&mut SystemRandom)?,
/// };
/// let headers = sign_owner_request(&device, &request);
/// let received = headers.iter().map(|(name, value)| (*name, value.as_str()));
/// let parsed = parse_signed_request("GET", uri, received, b"")?;
/// let verified = verify_request(&parsed, Profile::Owner, 1_800_000_030, &["https://node.example"])?;
/// assert_eq!(verified.signer(), device.public());
/// # Ok(()) }
/// ```
pub fn sign_owner_request(key: &SigningKey, request: &RequestToSign<'_>) -> SignedHeaders {
    let unsigned = Unsigned::new(request, &key.public().into(), None);
    let signature = key.sign(unsigned.base.as_bytes());
    unsigned.with(&signature)
}

/// Signs a read with an Ed25519 key and a token that was not passed on: also headers `authorization` (from the
/// token's bytes) and `pulsebook-purpose`.
pub fn sign_read_request(
    key: &SigningKey,
    request: &RequestToSign<'_>,
    token: &[u8],
    purpose: &str,
) -> SignedHeaders {
    let read = ReadCredentials { token, delegation: &[], purpose };
    let unsigned = Unsigned::new(request, &key.public().into(), Some(read));
    let signature = key.sign(unsigned.base.as_bytes());
    unsigned.with(&signature)
}

/// What a grantee shows with a read.
#[derive(Clone, Copy, Debug)]
pub struct ReadCredentials<'a> {
    /// The token's bytes.
    pub token: &'a [u8],
    /// The delegation list as [`crate::delegation::encode_list`] writes it; empty when the holder itself reads.
    pub delegation: &'a [u8],
    /// The purpose's code.
    pub purpose: &'a str,
}

/// Signs a grantee's read with a key of either algorithm, perhaps as a delegate.
///
/// # Errors
/// [`RandomUnavailable`] when P-256 needs randomness and there is none.
pub fn sign_grantee_request(
    key: &RequestSigningKey,
    request: &RequestToSign<'_>,
    read: ReadCredentials<'_>,
) -> Result<SignedHeaders, RandomUnavailable> {
    let unsigned = Unsigned::new(request, &key.public(), Some(read));
    let signature = key.sign(unsigned.base.as_bytes())?;
    Ok(unsigned.with(&signature))
}

/// A request's headers and the bytes that are to be signed.
struct Unsigned {
    headers: SignedHeaders,
    base: String,
}

impl Unsigned {
    fn new(request: &RequestToSign<'_>, key: &RequestKey, read: Option<ReadCredentials<'_>>) -> Self {
        let profile = if read.is_some() { Profile::Read } else { Profile::Owner };
        let (digest, authorization) = (content_digest(request.body), read.map(|read| authorization(&read)));
        let purpose = read.map_or("", |read| read.purpose);
        let parts = SignedParts {
            method: request.method,
            target_uri: request.target_uri,
            digest: &digest,
            read: authorization.as_deref().map(|authorization| (authorization, purpose)),
        };
        let params = signature_params(profile, request.created_s, &request.nonce, key);
        let base = signature_base(&parts.components(), &params);
        let mut headers: SignedHeaders = vec![("content-digest", digest)];
        if let Some(authorization) = authorization {
            headers.push(("authorization", authorization));
            headers.push(("pulsebook-purpose", purpose.to_owned()));
        }
        headers.push(("signature-input", format!("sig1={params}")));
        Unsigned { headers, base }
    }

    fn with(mut self, signature: &Signature) -> SignedHeaders {
        let encoded = data_encoding::BASE64.encode(signature.as_bytes());
        self.headers.push(("signature", format!("sig1=:{encoded}:")));
        self.headers
    }
}

/// `Biscuit <token>`, and for a delegate a full stop and the list.
fn authorization(read: &ReadCredentials<'_>) -> String {
    use base64::Engine;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    match read.delegation {
        [] => format!("Biscuit {}", encode(read.token)),
        list => format!("Biscuit {}.{}", encode(read.token), encode(list)),
    }
}

/// A request whose signature, body, time and address were checked. Not yet: whether its nonce was used before, and
/// what its key may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRequest {
    profile: Profile,
    signer: RequestKey,
    nonce: Nonce,
    created_s: u64,
    token: Vec<u8>,
    delegation: Vec<u8>,
    purpose: String,
}

impl VerifiedRequest {
    /// Owner or grantee.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The key that signed.
    pub fn signer(&self) -> RequestKey {
        self.signer
    }

    /// To be taken once with this signer.
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// When it was signed, seconds, by the signer's clock.
    pub fn created_s(&self) -> u64 {
        self.created_s
    }

    /// The token's bytes; empty for an owner.
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// The delegation list's bytes; empty when none was shown.
    pub fn delegation(&self) -> &[u8] {
        &self.delegation
    }

    /// The purpose as sent; empty for an owner.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }
}

/// Checks a parsed request: profile, address, time, then the signature.
///
/// `origins` are the scheme, host and port this node answers for, without a path: `https://node.example:8443`.
///
/// # Errors
/// [`RequestError`], each variant with its own code.
pub fn verify_request(
    request: &UnverifiedRequest,
    expected: Profile,
    now_s: u64,
    origins: &[&str],
) -> Result<VerifiedRequest, RequestError> {
    if request.profile != expected {
        return Err(RequestError::BadSignature("its tag is for another kind of request"));
    }
    if !origins.iter().any(|origin| is_within(&request.target_uri, origin)) {
        return Err(RequestError::WrongOrigin { target_uri: request.target_uri.clone() });
    }
    if now_s.abs_diff(request.created_s) > VALID_FOR_S {
        return Err(RequestError::Stale { created_s: request.created_s, now_s });
    }
    request.signer.check(request.base.as_bytes(), &request.signature)?;
    Ok(VerifiedRequest {
        profile: request.profile,
        signer: request.signer,
        nonce: request.nonce,
        created_s: request.created_s,
        token: request.token.clone(),
        delegation: request.delegation.clone(),
        purpose: request.purpose.clone(),
    })
}

/// Whether the address is the origin itself or a path below it (not merely a host that begins alike).
fn is_within(target_uri: &str, origin: &str) -> bool {
    let rest = target_uri.strip_prefix(origin.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
