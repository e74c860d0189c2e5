//! The grantee card: who wants to read, and where envelopes go.

use super::{CardError, base64url, check_name, field, from_base64url, parse, write};
use crate::{
    bytes::ChainId,
    envelope::{ReceivePublicKey, Suite},
    key::{Signature, SigningKey},
    random::RandomUnavailable,
    request_key::{RequestKey, RequestSigningKey},
};
use serde::{Deserialize, Serialize};

const KIND: &str = "grantee";
const ROLE: &str = "grantee";
/// A grantee's key belongs to no chain.
const NO_CHAIN: ChainId = ChainId::from_bytes([0; 32]);

/// What a clinic hands to a patient: name, request key with its proof of possession, receive key.
///
/// ```
/// use pulsebook_protocol::{card::GranteeCard, envelope::ReceiveKey, key::SigningKey, random::SystemRandom};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (request_key, receive_key) = (SigningKey::make(&mut SystemRandom)?, ReceiveKey::make(&mut SystemRandom)?);
/// let card = GranteeCard::make("Clinic North", &request_key, receive_key.public());
/// let read = GranteeCard::parse(&card.to_json())?;
/// assert_eq!((read.name(), read.request_key()), ("Clinic North", request_key.public().into()));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GranteeCard {
    name: String,
    request_key: RequestKey,
    possession: Signature,
    receive_key: ReceivePublicKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    pulsebook: String,
    name: String,
    request: String,
    possession: String,
    suite: u16,
    receive: String,
}

impl GranteeCard {
    /// A card for an Ed25519 request key, with the proof that it is held.
    pub fn make(name: &str, request_key: &SigningKey, receive_key: ReceivePublicKey) -> Self {
        let possession = request_key.prove_possession(&NO_CHAIN, ROLE, 0);
        let (name, request_key) = (name.to_owned(), request_key.public().into());
        GranteeCard { name, request_key, possession, receive_key }
    }

    /// A card for a request key of either algorithm, with the proof that it is held.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when P-256 needs randomness and there is none.
    pub fn make_for(
        name: &str,
        request_key: &RequestSigningKey,
        receive_key: ReceivePublicKey,
    ) -> Result<Self, RandomUnavailable> {
        let possession = request_key.prove_possession(&NO_CHAIN, ROLE, 0)?;
        let (name, request_key) = (name.to_owned(), request_key.public());
        Ok(GranteeCard { name, request_key, possession, receive_key })
    }

    /// Reads a card and checks the proof of possession: a card that exists is one whose maker holds the key.
    ///
    /// # Errors
    /// [`CardError`] names the field that is wrong.
    pub fn parse(json: &str) -> Result<Self, CardError> {
        let json: Json = parse(json, KIND)?;
        field(KIND, "name", check_name(&json.name))?;
        let suite = field(KIND, "suite", Suite::from_wire(json.suite))?;
        let request_key: RequestKey = field(KIND, "request", json.request.parse())?;
        let possession = field(KIND, "possession", parse_signature(&json.possession))?;
        let proof = request_key.verify_possession(&NO_CHAIN, ROLE, 0, &possession);
        field(KIND, "possession", proof)?;
        let receive = field(KIND, "receive", from_base64url(&json.receive))?;
        let receive_key = field(KIND, "receive", ReceivePublicKey::from_bytes(&receive))?;
        if receive_key.suite() != suite {
            field(KIND, "suite", Err::<(), _>("the receive key is of another suite"))?;
        }
        Ok(GranteeCard { name: json.name, request_key, possession, receive_key })
    }

    /// The card as JSON.
    pub fn to_json(&self) -> String {
        write(&Json {
            pulsebook: "grantee/1".into(),
            name: self.name.clone(),
            request: self.request_key.to_string(),
            possession: data_encoding::HEXLOWER.encode(self.possession.as_bytes()),
            suite: self.receive_key.suite().wire(),
            receive: base64url(&self.receive_key.to_bytes()),
        })
    }

    /// Its name for itself; the patient decides whether to believe it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Signs the grantee's requests: the grant's holder.
    pub fn request_key(&self) -> RequestKey {
        self.request_key
    }

    /// Where envelopes go.
    pub fn receive_key(&self) -> &ReceivePublicKey {
        &self.receive_key
    }
}

fn parse_signature(hex: &str) -> Result<Signature, &'static str> {
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok();
    let signature = bytes.and_then(|bytes| Signature::try_from(bytes.as_slice()).ok());
    signature.ok_or("expected 64 bytes written as hex")
}
