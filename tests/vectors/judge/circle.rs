//! Key certificates, proposals, epochs and directories: docs/protocol.md §5.

use super::{Format, Verdict, chain, hex, keys, public, refused};
use crate::file::{Case, unhex};
use pulsebook_protocol::{
    block::Block,
    bytes::ByteString,
    directory::verify_directory,
    epoch::{VerifiedEpoch, verify_epoch},
    key_certificate::verify_key_certificate,
    note::Note,
    proposal::{GrantsKept, Proposal, verify_proposal},
    quorum::{ShownEpoch, verify_history},
    read::ReadEpoch,
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("key-certificate", "**Key certificate**: COSE", key_certificate),
    ("proposal", "**Proposal**: COSE", proposal),
    ("epoch-certificate", "**Epoch certificate**: COSE", epoch_certificate),
    ("history", "Epoch 1: R signs", history),
    ("directory", "**Directory**: COSE", directory),
];

/// The newest of the epochs whose first blocks the context gives.
pub(super) fn epoch(case: &Case) -> VerifiedEpoch {
    let mut before: Option<VerifiedEpoch> = None;
    for block in case.list("first_blocks") {
        let block = Block::from_bytes(&unhex(block)).unwrap();
        before = Some(verify_epoch(&block, &chain(case), before.as_ref()).unwrap());
    }
    before.unwrap()
}

fn key_certificate(case: &Case) -> Verdict {
    let verified =
        verify_key_certificate(&case.bytes(), &chain(case), &public(case, "identity")?).map_err(refused)?;
    let (witness, mirror, entry) = verified.keys();
    Ok(json!({
        "generation": verified.generation(),
        "witness": witness.to_string(), "mirror": mirror.to_string(), "entry": entry.to_string(),
    }))
}

fn shown(proposal: &Proposal) -> Value {
    let quorum = proposal.circle.quorum();
    let node = |node: &pulsebook_protocol::circle::CircleNode| {
        json!([
            hex(node.label.as_bytes()),
            node.witness.to_string(),
            node.mirror.to_string(),
            node.entry.to_string()
        ])
    };
    let kept = match &proposal.grants_kept {
        GrantsKept::All => json!(1),
        GrantsKept::Only(grants) => super::hexes(grants.iter().map(|grant| grant.as_bytes())),
    };
    json!({
        "chain": hex(proposal.chain.as_bytes()),
        "salt16": proposal.salt.to_string(),
        "first_root": proposal.first_root.to_string(),
        "root": proposal.root.to_string(),
        "previous": proposal.previous.map(|hash| hash.to_string()),
        "epoch": proposal.epoch,
        "log_key": proposal.log_key.to_string(),
        "consent_key": proposal.consent_key.to_string(),
        "devices": proposal.devices.iter().map(|device| device.key.to_string()).collect::<Vec<_>>(),
        "circle": {"n": quorum.n, "f": quorum.f, "k": quorum.k, "nodes": proposal.circle.nodes().iter().map(node).collect::<Vec<_>>()},
        "control_check": proposal.control_check.to_string(),
        "directory_hash": proposal.directory_hash.map(|hash| hash.to_string()),
        "grants_kept": kept,
    })
}

fn read_proposal(bytes: &[u8], case: &Case) -> Result<Proposal, String> {
    let signatures: Vec<ByteString> = keys::list(bytes)?;
    let root = if case.maybe("root").is_some() { Some(public(case, "root")?) } else { None };
    let verified = verify_proposal(&signatures, root.as_ref()).map_err(refused)?;
    Ok(verified.proposal().clone())
}

fn proposal(case: &Case) -> Verdict {
    read_proposal(&case.bytes(), case).map(|proposal| shown(&proposal))
}

fn epoch_certificate(case: &Case) -> Verdict {
    let block = Block::from_bytes(&case.bytes()).map_err(refused)?;
    let before = case.maybe("first_blocks").map(|_| epoch(case));
    let verified = verify_epoch(&block, &chain(case), before.as_ref()).map_err(refused)?;
    let base = verified.base().map(|base| {
        json!({"epoch": base.epoch, "height": base.height, "leaf": base.leaf.to_string(), "note": base.note})
    });
    Ok(json!({
        "epoch": verified.number(),
        "log_key": verified.log_key().to_string(),
        "certificate_hash": verified.certificate_hash().to_string(),
        "first_height": verified.first_height(),
        "first_leaf": verified.first_leaf().to_string(),
        "base": base,
    }))
}

fn history(case: &Case) -> Verdict {
    let shown: Vec<ReadEpoch> = keys::list(&case.bytes())?;
    // As in a read page: the note of epoch 0 is its base note, of every later epoch its hand-over.
    let notes =
        shown.iter().map(|epoch| Note::parse(&epoch.note)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let epochs = shown.iter().zip(&notes).map(|(epoch, note)| ShownEpoch {
        first_block: &epoch.first_block.0,
        hand_over: Some(note),
        base_path: &epoch.base_path,
    });
    let history = verify_history(&chain(case), epochs).map_err(refused)?;
    let epoch = |epoch: &VerifiedEpoch| json!({"epoch": epoch.number(), "first_height": epoch.first_height(), "log_key": epoch.log_key().to_string()});
    Ok(json!({"epochs": history.epochs().iter().map(epoch).collect::<Vec<_>>()}))
}

fn directory(case: &Case) -> Verdict {
    let proposal = read_proposal(&case.hex("proposal"), case).unwrap();
    let verified = verify_directory(&case.bytes(), &proposal).map_err(refused)?;
    let node = |node: &pulsebook_protocol::directory::DirectoryNode| {
        json!({
            "label": hex(node.label.as_bytes()), "name": node.name, "address": node.address,
            "tls_pin": node.tls_pin.to_string(), "identity": node.identity.to_string(),
        })
    };
    Ok(json!({"nodes": verified.nodes().iter().map(node).collect::<Vec<_>>()}))
}
