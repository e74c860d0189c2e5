//! Who is asking: every signed request is checked here and nowhere else.

use crate::{node::Node, permit::Owner, refusal::Refusal};
use pulsebook_protocol::{
    answer::Code,
    bytes::ChainId,
    key::PublicKey,
    request::{Profile, RequestError, VerifiedRequest, parse_signed_request, verify_request},
};

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Method, upper case.
    pub method: String,
    /// The whole address asked, as the client signed it.
    pub target_uri: String,
    /// Path and query of it.
    pub path: String,
    /// Headers: lower-case name and value.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// Checks that a device of the chain's owner signed.
pub(crate) fn authenticate_owner(
    node: &Node,
    chain: &ChainId,
    request: &Incoming,
    now_s: u64,
) -> Result<Owner, Refusal> {
    let verified = verify(node, request, Profile::Owner, now_s)?;
    let owner = Owner::of(&verified, *chain, &devices(node, chain)?).ok_or_else(|| {
        let expected = "a request signed by a device of this record";
        Refusal::new(Code::NotOwner, expected, "use the device that enrolled")
    })?;
    take_nonce(node, &verified, now_s)?;
    Ok(owner)
}

/// Checks that whoever enrols holds the device key that the request's body names.
pub(crate) fn authenticate_enrolment(
    node: &Node,
    device: &PublicKey,
    request: &Incoming,
    now_s: u64,
) -> Result<(), Refusal> {
    let verified = verify(node, request, Profile::Owner, now_s)?;
    if verified.signer() != *device {
        let expected = "a request signed by the device key that it enrols";
        return Err(Refusal::new(Code::NotOwner, expected, "sign with that key"));
    }
    take_nonce(node, &verified, now_s)
}

/// Checks a grantee's proof of possession; the nonce is taken beside the access entry.
pub(crate) fn authenticate_grantee(
    node: &Node,
    request: &Incoming,
    now_s: u64,
) -> Result<VerifiedRequest, Refusal> {
    verify(node, request, Profile::Read, now_s)
}

/// The answer to a (key, nonce) pair that was seen before.
pub(crate) fn replayed() -> Refusal {
    Refusal::new(Code::Replayed, "a nonce that was never used", "sign the request anew")
}

fn take_nonce(node: &Node, verified: &VerifiedRequest, now_s: u64) -> Result<(), Refusal> {
    // An owner's request is signed with Ed25519 in this version, or it does not parse.
    let signer = verified.signer().as_ed25519();
    match signer.map(|signer| node.store.take_nonce(&signer, &verified.nonce(), now_s)).transpose()? {
        Some(true) => Ok(()),
        _ => Err(replayed()),
    }
}

fn verify(node: &Node, request: &Incoming, profile: Profile, now_s: u64) -> Result<VerifiedRequest, Refusal> {
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let origins: Vec<&str> = node.origins.iter().map(String::as_str).collect();
    parse_signed_request(&request.method, &request.target_uri, headers, &request.body)
        .and_then(|parsed| verify_request(&parsed, profile, now_s, &origins))
        .map_err(|error| refuse(&error, &origins))
}

fn refuse(error: &RequestError, origins: &[&str]) -> Refusal {
    let (code, expected, advice) = match error {
        RequestError::Unsigned { .. } => (Code::Unsigned, "a signed request".into(), "sign it"),
        RequestError::BadSignature(_) => {
            (Code::BadSignature, "the signature of docs/protocol.md §7".into(), "sign it again")
        }
        RequestError::Stale { .. } => {
            (Code::StaleRequest, "a request signed within 60 s".into(), "set the clock and try again")
        }
        RequestError::WrongOrigin { .. } => {
            (Code::WrongOrigin, origins.join(" or "), "use the address on the node's card")
        }
    };
    Refusal::new(code, expected, advice).because(error)
}

/// Devices of the newest epoch that the owner announced, or the one that enrolled.
fn devices(node: &Node, chain: &ChainId) -> Result<Vec<PublicKey>, Refusal> {
    let row = node.store.chain(chain)?.ok_or_else(unknown_chain)?;
    let epochs = node.store.epochs(chain)?;
    let Some(newest) = epochs.last() else { return Ok(vec![row.device]) };
    // Verified when it was taken in; a first root that never changes in this version signs every one.
    let devices = node.verified.devices(&newest.proposal, &row.first_root);
    Ok(devices.unwrap_or_else(|| vec![row.device]))
}

/// The answer for a chain that is not here.
pub(crate) fn unknown_chain() -> Refusal {
    Refusal::new(
        Code::UnknownChain,
        "a chain that was enrolled here",
        "sync if the record is yours; else ask the patient, or read at another node",
    )
}
