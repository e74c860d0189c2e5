//! Bodies of requests and answers, and cards: docs/protocol.md §8 and §9.

use super::{Format, Verdict, hex, hexes, keys, refused};
use crate::file::Case;
use pulsebook_protocol::{
    answer::ErrorBody,
    bytes::ByteString,
    card::{GranteeCard, NodeCard},
    cbor,
    owner::{
        CertificateUpload, Enrol, EpochUpload, HeldBlock, NodeHead, OFFER_BLOCK_BYTES, OFFER_BLOCKS,
        OFFER_LIMIT, Offer,
    },
    proposal::chain_id,
    read::{ReadPage, ReadQuery, ReadRow},
};
use serde_json::{Value, json};

const BODY_LIMIT: usize = 64 * 1024;

pub(super) const FORMATS: &[Format] = &[
    ("enrol", "/enrol | owner", enrol),
    ("epoch-upload", "/epochs/<e> | owner", epoch_upload),
    ("offer", "/offers | owner", offer),
    ("certificate-upload", "/certificates | owner", certificate_upload),
    ("head", "/head | owner", head),
    ("access-list", "/accesses?after=<seq> | owner", access_list),
    ("held-block", "/blocks/<height> | owner", held_block),
    ("read-query", "/read | grantee", read_query),
    ("read-page", "**Read page**", read_page),
    ("error-answer", "An error answer is JSON", error_answer),
    ("node-card", "Node card: {", node_card),
    ("grantee-card", "Grantee card: {", grantee_card),
    ("grantee-card-p256", "Grantee card: {", grantee_card),
];

fn all(list: &[ByteString]) -> Value {
    hexes(list.iter().map(|bytes| &bytes.0))
}

fn enrol(case: &Case) -> Verdict {
    let body: Enrol = cbor::decode(&case.bytes(), BODY_LIMIT).map_err(refused)?;
    let chain = chain_id(&body.first_root, &body.salt);
    if chain.as_bytes()[..] != case.hex("chain") {
        return Err("the chain in the address is not this root's".into());
    }
    body.device.verify_possession(&chain, "device", 0, &body.held).map_err(refused)?;
    body.first_root.verify_voucher(&chain, "enrol", 0, &body.device, &body.voucher).map_err(refused)?;
    Ok(json!({
        "invite": body.invite, "device": body.device.to_string(), "first_root": body.first_root.to_string(),
        "salt16": body.salt.to_string(), "locator": body.locator.to_string(),
    }))
}

fn epoch_upload(case: &Case) -> Verdict {
    let body: EpochUpload = cbor::decode(&case.bytes(), BODY_LIMIT).map_err(refused)?;
    let directory = body.directory.map(|bytes| hex(&bytes.0));
    Ok(
        json!({"proposal": all(&body.proposal), "directory": directory, "control_key": hex(&body.control_key.0)}),
    )
}

fn offer(case: &Case) -> Verdict {
    let body: Offer = cbor::decode(&case.bytes(), OFFER_LIMIT).map_err(refused)?;
    let size: usize = body.blocks.iter().map(|block| block.0.len()).sum();
    if body.blocks.len() > OFFER_BLOCKS || size > OFFER_BLOCK_BYTES {
        return Err("too large: 64 blocks and 1 MiB of blocks at most".into());
    }
    Ok(json!({
        "epoch": body.epoch, "old_size": body.old_size, "blocks": all(&body.blocks), "manifests": all(&body.manifests),
        "checkpoint": body.checkpoint, "consistency": hexes(body.consistency.iter().map(|hash| hash.as_bytes())),
    }))
}

fn certificate_upload(case: &Case) -> Verdict {
    let body: CertificateUpload = cbor::decode(&case.bytes(), BODY_LIMIT).map_err(refused)?;
    Ok(json!({"note": body.note}))
}

fn head(case: &Case) -> Verdict {
    let head: NodeHead = cbor::decode(&case.bytes(), BODY_LIMIT).map_err(refused)?;
    let cursors: Vec<Value> = head
        .releases
        .iter()
        .map(|cursor| json!([cursor.grant_id.to_string(), cursor.epoch, cursor.next_seq]))
        .collect();
    Ok(json!({
        "epoch": head.epoch, "size": head.size, "root": head.root.to_string(), "height": head.height,
        "settled": head.settled, "releases": cursors, "accesses": head.accesses,
    }))
}

fn access_list(case: &Case) -> Verdict {
    let entries: Vec<ByteString> = keys::list(&case.bytes())?;
    Ok(json!({"entries": all(&entries)}))
}

fn held_block(case: &Case) -> Verdict {
    let held: HeldBlock = cbor::decode(&case.bytes(), BODY_LIMIT * 2).map_err(refused)?;
    let segments: Vec<Value> =
        held.segments.iter().map(|held| json!([held.slot, held.hash.to_string()])).collect();
    Ok(json!({"block": hex(&held.block.0), "manifest": hex(&held.manifest.0), "segments": segments}))
}

fn read_query(case: &Case) -> Verdict {
    let query = ReadQuery::decode_body(&case.bytes()).map_err(refused)?;
    let after = query.after.map(|after| json!([after.epoch, after.seq, after.row]));
    let labels = hexes(query.labels.iter().map(|label| label.as_bytes()));
    Ok(json!({
        "after": after, "labels": labels, "most_bytes": query.most_bytes, "with_proofs": query.with_proofs,
    }))
}

fn read_page(case: &Case) -> Verdict {
    let page = ReadPage::decode_body(&case.bytes()).map_err(refused)?;
    let row = |row: &ReadRow| match row {
        ReadRow::Withheld { row } => json!({"row": row, "withheld": 1}),
        ReadRow::Served(served) => json!({
            "row": served.row, "block": hex(&served.block), "segment": hex(&served.segment),
            "proof": hexes(served.proof.iter().map(|hash| hash.as_bytes())),
        }),
    };
    let release = |release: &pulsebook_protocol::read::ReadRelease| {
        json!({
            "header": hex(&release.header.0), "ciphertext": hex(&release.ciphertext.0),
            "rows": release.rows.iter().map(row).collect::<Vec<_>>(),
        })
    };
    let epochs = page.epochs.as_ref().map(|epochs| {
        epochs.iter().map(|epoch| json!([hex(&epoch.first_block.0), epoch.note])).collect::<Vec<_>>()
    });
    Ok(json!({
        "epochs": epochs, "note": page.note, "directory": page.directory.as_ref().map(|bytes| hex(&bytes.0)),
        "releases": page.releases.iter().map(release).collect::<Vec<_>>(),
        "next": page.next.map(|next| json!([next.epoch, next.seq, next.row])), "missing_seq": page.missing_seq,
    }))
}

fn error_answer(case: &Case) -> Verdict {
    let body = ErrorBody::parse(case.text()).ok_or("not an error answer")?;
    let code = body.known_code().ok_or("not a code of this version")?;
    Ok(
        json!({"code": code.text(), "status": code.status(), "message": body.message, "expected": body.expected, "do": body.advice}),
    )
}

fn node_card(case: &Case) -> Verdict {
    let card = NodeCard::parse(case.text()).map_err(refused)?;
    Ok(json!({
        "name": card.name, "address": card.address, "identity": card.identity.to_string(),
        "tls_pin": card.tls_pin.to_string(), "invite": card.invite,
    }))
}

fn grantee_card(case: &Case) -> Verdict {
    let card = GranteeCard::parse(case.text()).map_err(refused)?;
    Ok(json!({
        "name": card.name(), "request": card.request_key().to_string(), "suite": card.receive_key().suite().wire(),
        "receive": hex(&card.receive_key().to_bytes()),
    }))
}
