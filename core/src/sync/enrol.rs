//! Asking a node to store the chain: what happens before it can stand in a circle.

use super::{client::NodeClient, error::NodeError};
use pulsebook_protocol::{
    bytes::{ChainId, Digest, Salt16},
    key::{PublicKey, Signature, SigningKey},
    key_certificate::verify_key_certificate,
    owner::Enrol,
};

/// What a node is told about the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The chain.
    pub chain: ChainId,
    /// The first root.
    pub first_root: PublicKey,
    /// The salt in the chain's id.
    pub salt: Salt16,
    /// By which the words find the chain at this node again.
    pub locator: Digest,
    /// Invite code of the node's card.
    pub invite: Option<String>,
    /// The node's identity key, of its card.
    pub identity: PublicKey,
    /// The first root's voucher for the device, from the words.
    pub voucher: Signature,
}

/// Enrols the chain at a node; its key certificate, verified against the identity on its card. May be asked again.
///
/// # Errors
/// [`NodeError`]; [`NodeError::Garbage`] when the certificate is not the identity's.
pub async fn enrol(
    client: NodeClient<'_>,
    device: &SigningKey,
    enrolment: &Enrolment,
) -> Result<Vec<u8>, NodeError> {
    let body = Enrol {
        invite: enrolment.invite.clone(),
        device: device.public(),
        held: device.prove_possession(&enrolment.chain, "device", 0),
        first_root: enrolment.first_root,
        salt: enrolment.salt,
        locator: enrolment.locator,
        voucher: enrolment.voucher,
    };
    let certificate = client.enrol(&body).await?;
    verify_key_certificate(&certificate, &enrolment.chain, &enrolment.identity).map_err(|error| {
        let expected = "a key certificate by the identity on the node's card";
        NodeError::Garbage { expected, found: error.to_string() }
    })?;
    Ok(certificate)
}
