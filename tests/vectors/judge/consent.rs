//! Grants, releases and the keyring: docs/protocol.md §6.

use super::{Format, Verdict, chain, digest, hex, public, refused, secret};
use crate::file::{Case, unhex};
use pulsebook_protocol::{
    bytes::{CategoryLabel, GrantId},
    card::GrantFile,
    envelope::{ReceiveKey, ReceivePublicKey, open_envelope, release_info},
    grant::{GrantRequest, category_label, verify_grant},
    keyring,
    release::{self, Encapsulation, Release, ReleasePosition},
    vital::Category,
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("grant-token", "**Grant**: a Biscuit", grant_token),
    ("category-label", "label = first 8 bytes", label),
    ("receive-hash", "receive hash = `SHA-256(", receive_hash),
    ("receive-hash-p256", "receive hash = `SHA-256(", receive_hash),
    ("release", "**Release header**: COSE", release),
    ("release-p256", "**Suites**: 1 = HPKE KEM", release),
    ("grant-file", "**Grant file** (JSON)", grant_file),
    ("grant-file-passed-on", "one that was passed on has also", passed_on),
    ("keyring-page", "**Keyring page**: sealed box", keyring_page),
    ("keyring-index", "**Index**: {0: header COSE", keyring_index),
];

fn grant_token(case: &Case) -> Verdict {
    let (epoch, key) = (u32::try_from(case.number("epoch")).unwrap(), public(case, "consent_key")?);
    let grant = verify_grant(&case.bytes(), |asked| (asked == epoch).then_some(key)).map_err(refused)?;
    let facts = grant.facts();
    let label = |value: &Value| CategoryLabel::from_bytes(unhex(value).try_into().unwrap());
    let labels: Vec<CategoryLabel> = case.list("labels").iter().map(label).collect();
    let request = GrantRequest {
        now_s: case.number("now"),
        action: case.word("action"),
        labels: &labels,
        purpose: case.word("purpose"),
    };
    let allowed = grant.authorise(&request).map_err(refused)?;
    let all = |labels: &[CategoryLabel]| super::hexes(labels.iter().map(|label| label.as_bytes()));
    Ok(json!({
        "chain": hex(facts.chain.as_bytes()),
        "grant_id": facts.grant_id.to_string(),
        "holder": facts.holder.to_string(),
        "receive_hash": facts.receive_hash.to_string(),
        "suite": facts.suite.wire(),
        "labels": all(&facts.labels),
        "purposes": facts.purposes.iter().map(|purpose| purpose.code()).collect::<Vec<_>>(),
        "from": facts.from_ms / 1000, "to": facts.to_ms / 1000, "expires": facts.expires_s,
        "max_stale": facts.max_stale_s, "delegate": facts.delegate,
        "authority_hash": grant.authority_hash().to_string(),
        "allowed": all(&allowed),
    }))
}

fn label(case: &Case) -> Verdict {
    let category = Category::from_wire(u8::try_from(case.number("category")).unwrap()).unwrap();
    super::computed(case, category_label(&secret(case, "label_key"), category).as_bytes())
}

fn receive_hash(case: &Case) -> Verdict {
    let key = ReceivePublicKey::from_bytes(&case.hex("receive")).map_err(refused)?;
    super::computed(case, key.receive_hash().as_bytes())
}

fn release(case: &Case) -> Verdict {
    let body = Release::decode_body(&case.bytes()).map_err(refused)?;
    let header = release::verify_release_header(&body.header, &public(case, "log_key")?).map_err(refused)?;
    let position = ReleasePosition { seq: case.number("seq"), previous: digest(case, "previous") };
    header.check_follows(&position).map_err(refused)?;
    let (chain, grant) = (chain(case), GrantId::from_bytes(case.array("grant_id")));
    if (header.header().chain, header.header().grant_id) != (chain, grant) {
        return Err("the release is of another chain or grant".into());
    }
    let enc = match &header.header().encapsulation {
        Encapsulation::Here(enc) => enc.clone(),
        Encapsulation::Earlier(_) => case.hex("earlier_enc"),
    };
    let key = super::sharing::receive_key(case);
    let info = release_info(&chain, &grant, &key.public());
    let exported = open_envelope(&key, &enc, &info).map_err(refused)?;
    let opened = release::open_release(&header, &body.ciphertext, &exported).map_err(refused)?;
    let row = |(row, dek): &(release::ReleaseRow, pulsebook_protocol::commitment::Dek)| {
        json!([
            row.commitment.to_string(),
            row.epoch,
            row.height,
            row.slot,
            row.label.to_string(),
            hex(dek.expose())
        ])
    };
    Ok(json!({"hash": header.hash().to_string(), "rows": opened.iter().map(row).collect::<Vec<_>>()}))
}

fn grant_file(case: &Case) -> Verdict {
    GrantFile::parse(case.text()).map(|file| told(&file)).map_err(refused)
}

fn passed_on(case: &Case) -> Verdict {
    let file = GrantFile::parse(case.text()).map_err(refused)?;
    let delegated = file.delegated.as_ref().ok_or("it was not passed on")?;
    let mut value = told(&file);
    value["delegation"] = hex(&file.delegation_list()).into();
    value["handed"] = hex(&delegated.handed.to_bytes()).into();
    Ok(value)
}

fn told(file: &GrantFile) -> Value {
    let labels: serde_json::Map<String, Value> = file
        .labels()
        .iter()
        .map(|(category, label)| (category.name().into(), label.to_string().into()))
        .collect();
    json!({
        "token": hex(&file.token), "chain": hex(file.chain.as_bytes()), "first_root": file.first_root.to_string(),
        "salt16": file.salt.to_string(), "label_key": hex(file.label_key.expose()), "categories": labels,
        "directory": hex(&file.directory), "sentence": file.sentence,
    })
}

fn keyring_page(case: &Case) -> Verdict {
    let number = u32::try_from(case.number("page")).unwrap();
    let keys = keyring::open_keyring_page(&chain(case), number, &secret(case, "page_key"), &case.bytes())
        .map_err(refused)?;
    let rows: Vec<Value> =
        keys.iter().map(|(commitment, dek)| json!([commitment.to_string(), hex(dek.expose())])).collect();
    Ok(json!({"keys": rows}))
}

fn keyring_index(case: &Case) -> Verdict {
    let index = keyring::verify_keyring_index(&case.bytes(), &chain(case), &public(case, "log_key")?)
        .map_err(refused)?;
    let recovery = ReceiveKey::from_seed(secret(case, "recovery_seed"));
    let pages = keyring::open_keyring_index(&index, &recovery).map_err(refused)?;
    let header = index.header();
    let page =
        |page: &keyring::IndexedPage| json!([page.number, hex(page.key.expose()), page.hash.to_string()]);
    Ok(json!({
        "version": header.version, "epoch": header.epoch, "height": header.height,
        "pages": pages.iter().map(page).collect::<Vec<_>>(),
    }))
}
