//! Signed objects of every domain, and every other CBOR structure, as a real record has them.

use crate::{b64, record::Record};
use pulsebook_protocol::{
    bytes::{ByteString, Digest},
    cbor,
    delegation::sign_link,
    domain::{self, Domain},
    key::PublicKey,
    owner::{CertificateUpload, Enrol, EpochUpload, Offer},
    random::SystemRandom,
    request_key::{P256SigningKey, RequestKey, RequestSigningKey},
};
use serde_json::{Value, json};

/// COSE objects with the key that must have signed them, which another object of the record names.
pub(crate) fn signed(record: &Record) -> Value {
    let mut found = delegations();
    let mut add = |what: String, domain: Domain, key: PublicKey, bytes: &[u8]| {
        let key = b64(key.as_bytes());
        found.push(
            json!({ "what": what, "domain": domain.text(), "alg": -8, "key": key, "bytes": b64(bytes) }),
        );
    };
    for (proposal, signatures) in &record.proposals {
        let what = format!("proposal of epoch {}", proposal.epoch);
        add(what, domain::PROPOSAL, record.grant.first_root, &signatures[0]);
    }
    for block in record.nodes[0].blocks() {
        let Some(certificate) = block.certificate else { continue };
        let key = record.log_key(block.epoch);
        add(format!("certificate of epoch {}", block.epoch), domain::EPOCH_CERTIFICATE, key, &certificate.0);
    }
    add("directory".into(), domain::DIRECTORY, record.log_key(1), &record.directory);
    for node in record.directory_nodes() {
        let what = format!("key certificate of {}", node.name);
        add(what, domain::KEY_CERTIFICATE, node.identity, &node.key_certificate.0);
    }
    for node in &record.nodes {
        let entry_key = record.in_circle(&node.identity).entry;
        for entry in node.column("SELECT entry FROM accesses ORDER BY seq") {
            add(format!("access entry at {}", node.name), domain::ACCESS, entry_key, &entry);
        }
    }
    for header in record.nodes[0].column("SELECT header FROM releases WHERE epoch = 1 ORDER BY seq") {
        add("release header".into(), domain::RELEASE, record.log_key(1), &header);
    }
    for index in record.nodes[0].column("SELECT bytes FROM keyrings") {
        add("keyring index".into(), domain::KEYRING, record.log_key(1), &keyring_header(&index));
    }
    Value::Array(found)
}

/// Links of a delegation, which the record of the demonstration has none of: by a key of each algorithm to one of each.
fn delegations() -> Vec<Value> {
    let made = crate::grants::passed_on();
    let keys: [(i8, RequestSigningKey); 2] =
        [(-8, crate::make_key().into()), (-7, P256SigningKey::make(&mut SystemRandom).unwrap().into())];
    let link = |(alg, by): &(i8, RequestSigningKey), next: RequestKey| {
        let bytes = sign_link(by, &made, next, crate::now_s() + 3600, 1).unwrap();
        json!({ "what": format!("delegation by {:?} to {:?}", by.public().algorithm(), next.algorithm()),
            "domain": domain::DELEGATION.text(), "alg": alg, "key": b64(by.public().as_bytes()), "bytes": b64(bytes) })
    };
    keys.iter().flat_map(|by| keys.iter().map(move |(_, next)| link(by, next.public()))).collect()
}

/// Field 0 of a keyring index: its signed header.
fn keyring_header(index: &[u8]) -> Vec<u8> {
    #[derive(minicbor::Decode)]
    #[cbor(map)]
    struct Index {
        #[n(0)]
        header: ByteString,
    }
    minicbor::decode::<Index>(index).unwrap().header.0
}

/// CBOR that is not signed by itself: blocks, manifests, indices, releases, and request bodies.
pub(crate) fn plain(record: &Record) -> Value {
    let mut found = Vec::new();
    let mut add = |what: &str, bytes: &[u8]| found.push(json!({ "what": what, "bytes": b64(bytes) }));
    let node = &record.nodes[0];
    for (what, sql) in [
        ("block", "SELECT block FROM blocks ORDER BY height"),
        ("manifest", "SELECT manifest FROM blocks ORDER BY height"),
        ("keyring index", "SELECT bytes FROM keyrings"),
    ] {
        node.column(sql).iter().for_each(|bytes| add(what, bytes));
    }
    let bodies = bodies(record);
    bodies.iter().for_each(|(what, bytes)| add(what, bytes));
    Value::Array(found)
}

fn bodies(record: &Record) -> Vec<(&'static str, Vec<u8>)> {
    let node = &record.nodes[0];
    let column = |sql| node.column(sql).into_iter().map(ByteString).collect::<Vec<_>>();
    let (proposal, signatures) = &record.proposals[1];
    let possession = crate::make_key().prove_possession(&proposal.chain, "device", 0);
    let enrol = Enrol {
        invite: Some("welcome".into()),
        device: proposal.devices[0].key,
        held: possession,
        first_root: proposal.first_root,
        salt: proposal.salt,
        locator: Digest::ZERO,
        voucher: possession,
    };
    let epoch = EpochUpload {
        proposal: signatures.iter().cloned().map(ByteString).collect(),
        directory: Some(ByteString(record.directory.clone())),
        control_key: vec![7; 32].into(),
    };
    let note = node.column("SELECT note FROM notes ORDER BY epoch, size").pop().unwrap();
    let note = String::from_utf8(note).unwrap();
    let offer = Offer {
        epoch: 1,
        old_size: 0,
        blocks: column("SELECT block FROM blocks WHERE epoch = 1 ORDER BY height"),
        manifests: column("SELECT manifest FROM blocks WHERE epoch = 1 ORDER BY height"),
        checkpoint: note.clone(),
        consistency: vec![Digest::ZERO; 3],
    };
    vec![
        ("enrol", cbor::encode(&enrol)),
        ("epoch", cbor::encode(&epoch)),
        ("offer", cbor::encode(&offer)),
        ("certificate", cbor::encode(&CertificateUpload { note })),
    ]
}
