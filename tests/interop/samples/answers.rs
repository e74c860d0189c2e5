//! What the judges wrote, read by our code: the other direction.

use crate::{from_b64, load};
use pulsebook_protocol::{
    bytes::{CategoryLabel, ChainId, NodeLabel},
    checkpoint::{Checkpoint, CosignerRole, cosigner_name},
    envelope::{ReceiveKey, Suite, open_envelope, open_from},
    grant::{GrantRequest, verify_grant},
    key::PublicKey,
    note::Note,
    request::{Profile, parse_signed_request, verify_request},
    request_key::RequestKey,
    secret::Secret32,
};
use serde_json::Value;
use std::path::Path;

/// Reads one judge's file; tells what was found good.
///
/// # Panics
/// When anything in it is not what our code must accept, or accepts what it must refuse.
pub(crate) fn read(samples: &Path, which: &str) -> String {
    let made = load(samples, &format!("{which}.json"));
    let made = made.as_array().unwrap_or_else(|| panic!("{which}.json is not a list"));
    assert!(!made.is_empty(), "{which}.json has nothing in it");
    let read: fn(&Value) = match which.split('-').next() {
        Some("envelopes") => envelope,
        Some("grants") => token,
        Some("requests") => request,
        Some("cosigned") => cosigned,
        _ => panic!("nothing reads {which}"),
    };
    made.iter().for_each(read);
    format!("ours reads {} of {} in {which}.json", made.len(), made.len())
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    from_b64(value).try_into().unwrap()
}

fn public_key(value: &Value) -> PublicKey {
    PublicKey::from_bytes(array(value)).unwrap()
}

/// Sealed by the judge: opens with key, info and aad, and not when any of them is another.
fn envelope(made: &Value) {
    let suite = u16::try_from(made["suite"].as_u64().unwrap()).unwrap();
    let seed = Secret32::from_bytes(array(&made["secret_key"]));
    let key = ReceiveKey::from_seed_of(Suite::from_wire(suite).unwrap(), seed).unwrap();
    assert_eq!(key.public().to_bytes(), from_b64(&made["public_key"]), "the same seed is the same key");
    let field = |name: &str| from_b64(&made[name]);
    let (enc, info, aad, sealed) = (field("enc"), field("info"), field("aad"), field("bytes"));
    assert_eq!(*open_from(&key, &enc, &info, &aad, &sealed).unwrap(), field("text"));
    assert!(open_from(&key, &enc, &info, b"", &sealed).is_err(), "another aad");
    assert!(open_from(&key, &enc, b"", &aad, &sealed).is_err(), "another info");
    assert!(open_from(&key, &enc, &info, &aad, &sealed[1..]).is_err(), "a byte less");
    let exported = open_envelope(&key, &enc, &info).unwrap();
    assert_eq!(exported.expose().to_vec(), field("exported"), "the exported secret");
}

/// Narrowed by the judge: still the patient's grant, and allows no more than it says.
fn token(made: &Value) {
    let consent = public_key(&made["consent_key"]);
    let verified = verify_grant(&from_b64(&made["bytes"]), |epoch| (epoch == 1).then_some(consent)).unwrap();
    for question in made["questions"].as_array().unwrap() {
        let label = CategoryLabel::from_bytes(array(&question["label"]));
        let (now_s, purpose) = (question["now"].as_u64().unwrap(), question["purpose"].as_str().unwrap());
        let asked = GrantRequest { now_s, action: "read", labels: &[label], purpose };
        let allowed = verified.authorise(&asked);
        assert_eq!(allowed.is_ok(), question["allowed"].as_bool().unwrap(), "{question}: {allowed:?}");
    }
}

/// Signed by the judge: accepted, and refused once its body or method is another.
fn request(made: &Value) {
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (method, url, origin, body) = (text("method"), text("url"), text("origin"), from_b64(&made["body"]));
    let headers: Vec<(String, String)> = made["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()))
        .collect();
    let headers = || headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let profile = if text("profile") == "read" { Profile::Read } else { Profile::Owner };
    let check = |method: &str, url: &str, body: &[u8]| {
        let parsed = parse_signed_request(method, url, headers(), body).map_err(|error| error.to_string())?;
        verify_request(&parsed, profile, crate::now_s(), &[&origin]).map_err(|error| error.to_string())
    };
    let verified = check(&method, &url, &body).unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    assert_eq!(verified.signer(), RequestKey::from_bytes(&from_b64(&made["public_key"])).unwrap());
    assert!(check("DELETE", &url, &body).is_err() && check(&method, &format!("{url}0"), &body).is_err());
    assert!(check(&method, &url, &[&body[..], b"x"].concat()).is_err(), "another body");
}

/// Cosigned by a stock witness under a circle node's name: counts as that node's cosignature, and as no other's.
fn cosigned(made: &Value) {
    let chain: ChainId = made["chain"].as_str().unwrap().parse().unwrap();
    let label: NodeLabel = made["label"].as_str().unwrap().parse().unwrap();
    let key = public_key(&made["key"]);
    let note = format!("{}{}", made["note"].as_str().unwrap(), made["line"].as_str().unwrap());
    let note = Note::parse(&note).unwrap();
    let checkpoint = Checkpoint::parse(note.text(), &chain, 0).unwrap();
    let line = note.line(&cosigner_name(&label, CosignerRole::Witness)).unwrap();
    checkpoint.verify_cosignature(line, &label, CosignerRole::Witness, &key).unwrap();
    let mirror = checkpoint.verify_cosignature(line, &label, CosignerRole::Mirror, &key);
    let other =
        checkpoint.verify_cosignature(line, &label, CosignerRole::Witness, &crate::make_key().public());
    let larger = Checkpoint { size: checkpoint.size + 1, ..checkpoint };
    let larger = larger.verify_cosignature(line, &label, CosignerRole::Witness, &key);
    assert!(mirror.is_err() && other.is_err() && larger.is_err());
}
