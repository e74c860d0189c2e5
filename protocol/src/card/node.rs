//! The node card: where a node is and how to recognise it.

use super::{CardError, check_name, field, parse, write};
use crate::{bytes::Digest, key::PublicKey};
use serde::{Deserialize, Serialize};

const KIND: &str = "node";

/// What a provider hands out so that patients can name its node.
///
/// ```
/// use pulsebook_protocol::{bytes::Digest, card::NodeCard, key::SigningKey, random::SystemRandom};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let card = NodeCard {
///     name: "Hospital East".into(), address: "https://node.example:8443".into(),
///     identity: SigningKey::make(&mut SystemRandom)?.public(), tls_pin: Digest::ZERO, invite: None,
/// };
/// assert_eq!(NodeCard::parse(&card.to_json())?, card);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCard {
    /// The organisation's name for it.
    pub name: String,
    /// `https://` host and port, no path.
    pub address: String,
    /// Signs the node's key certificates.
    pub identity: PublicKey,
    /// SHA-256 of the TLS SubjectPublicKeyInfo.
    pub tls_pin: Digest,
    /// Code that lets a new chain in.
    pub invite: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    pulsebook: String,
    name: String,
    address: String,
    identity: String,
    tls_pin: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    invite: Option<String>,
}

impl NodeCard {
    /// Reads a card.
    ///
    /// # Errors
    /// [`CardError`] names the field that is wrong.
    pub fn parse(json: &str) -> Result<Self, CardError> {
        let json: Json = parse(json, KIND)?;
        field(KIND, "name", check_name(&json.name))?;
        field(KIND, "address", check_address(&json.address))?;
        Ok(NodeCard {
            identity: field(KIND, "identity", json.identity.parse())?,
            tls_pin: field(KIND, "tls_pin", json.tls_pin.parse())?,
            name: json.name,
            address: json.address,
            invite: json.invite,
        })
    }

    /// The card as JSON.
    pub fn to_json(&self) -> String {
        write(&Json {
            pulsebook: "node/1".into(),
            name: self.name.clone(),
            address: self.address.clone(),
            identity: self.identity.to_string(),
            tls_pin: self.tls_pin.to_string(),
            invite: self.invite.clone(),
        })
    }
}

fn check_address(address: &str) -> Result<(), &'static str> {
    let host = address.strip_prefix("https://").ok_or("expected an address that begins with https://")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if host.is_empty() || host.len() > 260 || !host.chars().all(plain) {
        return Err("expected https:// and a host, perhaps with a port, without a path");
    }
    Ok(())
}
