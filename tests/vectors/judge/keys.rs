//! Conventions and keys: docs/protocol.md §1 and §2.

use super::{Format, Verdict, chain, computed, hex, public, refused, secret};
use crate::file::Case;
use pulsebook_protocol::{
    bytes::Salt16,
    cbor,
    cose::Sign1,
    domain,
    key::Signature,
    key_certificate::NodeKeys,
    proposal::chain_id,
    read::ReadQuery,
    seal, time_text,
    words::{LocatorKey, RecoveryWords},
};
use serde_json::json;

pub(super) const FORMATS: &[Format] = &[
    ("cbor", "**CBOR** is RFC 8949", rules),
    ("sealed-box", "A *sealed box* is", sealed_box),
    ("ed25519", "**Ed25519**: a key is enrolled", ed25519),
    ("cose", "**COSE** is an untagged", cose),
    ("time-text", "**Time text**", time),
    ("words", "24 BIP39 words", words),
    ("chain", "`chain = SHA-256(D(chain)", chain_of),
    ("locator", "`locator = HMAC(", locator),
    ("node-keys", "derives its keys for a chain", node_keys),
    ("possession", "*proof of possession*", possession),
    ("voucher", "A *voucher* is", voucher),
];

fn rules(case: &Case) -> Verdict {
    let query = ReadQuery::decode_body(&case.bytes()).map_err(refused)?;
    let labels = super::hexes(query.labels.iter().map(|label| label.as_bytes()));
    let after = query.after.map(|after| json!([after.epoch, after.seq, after.row]));
    Ok(
        json!({"after": after, "labels": labels, "most_bytes": query.most_bytes, "with_proofs": query.with_proofs}),
    )
}

fn sealed_box(case: &Case) -> Verdict {
    let opened = seal::open(&case.array("key"), &case.hex("aad"), &case.bytes()).map_err(refused)?;
    Ok(json!({"plaintext": hex(seal::unpad(&opened).map_err(refused)?)}))
}

fn ed25519(case: &Case) -> Verdict {
    let key = public(case, "key")?;
    let signature = Signature::try_from(&case.bytes()[..]).map_err(refused)?;
    key.check(&case.hex("message"), &signature).map_err(refused)?;
    Ok(json!({"key": key.to_string()}))
}

fn cose(case: &Case) -> Verdict {
    let purpose = domain::ALL.iter().find(|domain| domain.text() == case.word("domain")).unwrap();
    let signed = Sign1::parse(&case.bytes(), 4096).map_err(refused)?;
    let payload = signed.verify(*purpose, &public(case, "key")?).map_err(refused)?;
    Ok(json!({"payload": hex(payload.payload())}))
}

fn time(case: &Case) -> Verdict {
    let seconds = case.number("seconds");
    match case.text() {
        text if text == time_text::rfc3339(seconds) => Ok(json!({"form": "rfc3339"})),
        text if text == time_text::minute_utc(seconds) => Ok(json!({"form": "minute"})),
        _ => Err("not what the calendar gives".into()),
    }
}

fn words(case: &Case) -> Verdict {
    let words = RecoveryWords::parse(case.text()).map_err(refused)?;
    let (root, recovery) = (words.root_key().map_err(refused)?, words.recovery_key());
    Ok(json!({
        "root_seed": hex(root.seed().expose()),
        "root_public": root.public().to_string(),
        "recovery_seed": hex(recovery.seed().expose()),
        "recovery_public_sha256": pulsebook_protocol::hash::sha256(&[&recovery.public().to_bytes()]).to_string(),
        "locator_key": hex(words.locator_key().secret().expose()),
    }))
}

fn chain_of(case: &Case) -> Verdict {
    let salt = Salt16::from_bytes(case.array("salt16"));
    let chain = chain_id(&public(case, "first_root")?, &salt);
    computed(case, chain.as_bytes()).map(|_| json!({"base32": chain.to_string()}))
}

fn locator(case: &Case) -> Verdict {
    let key = LocatorKey::from_secret(secret(case, "locator_key"));
    computed(case, key.locator(&public(case, "identity")?).as_bytes())
}

fn node_keys(case: &Case) -> Verdict {
    let generation = u32::try_from(case.number("generation")).unwrap();
    let keys = NodeKeys::derive(&secret(case, "master"), &chain(case), generation).map_err(refused)?;
    let key = match case.word("role") {
        "witness" => keys.witness,
        "mirror" => keys.mirror,
        "entry" => keys.entry,
        other => return Err(format!("{other} is no role")),
    };
    computed(case, key.seed().expose()).map(|_| json!({"public": key.public().to_string()}))
}

fn possession(case: &Case) -> Verdict {
    let proof = Signature::try_from(&case.bytes()[..]).map_err(refused)?;
    let number = u32::try_from(case.number("number")).unwrap();
    let held = public(case, "key")?.verify_possession(&chain(case), case.word("role"), number, &proof);
    Ok(json!({"key": held.map_err(refused)?.key().to_string()}))
}

fn voucher(case: &Case) -> Verdict {
    let voucher = Signature::try_from(&case.bytes()[..]).map_err(refused)?;
    let number = u32::try_from(case.number("number")).unwrap();
    let (by, key) = (public(case, "by")?, public(case, "key")?);
    let vouched = by.verify_voucher(&chain(case), case.word("role"), number, &key, &voucher);
    Ok(json!({"key": vouched.map_err(refused)?.key().to_string()}))
}

/// CBOR that our own types read, for the lists that travel as arrays.
pub(super) fn list<T>(bytes: &[u8]) -> Result<Vec<T>, String>
where
    T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>,
{
    cbor::decode(bytes, 16 * 1024 * 1024).map_err(refused)
}
