//! Blocks, checkpoints, cosignatures and sealed entries: docs/protocol.md §4.

use super::{Format, Verdict, chain, circle, digest, hex, public, refused, secret};
use crate::file::Case;
use pulsebook_protocol::{
    block::Block,
    bytes::NodeLabel,
    checkpoint::{Checkpoint, CosignerRole, verify_checkpoint},
    control::{self, ControlEntry},
    note::{Note, NoteLine},
    quorum::{VerifiedSettled, verify_quorum, verify_settled},
};
use serde_json::{Value, json};

pub(super) const FORMATS: &[Format] = &[
    ("block", "**Block**: CBOR map", block),
    ("checkpoint", "**Checkpoint**: C2SP", checkpoint),
    ("cosignature", "| witness key |", cosignature),
    ("quorum-certificate", "A **quorum certificate** is", quorum),
    ("settled-note", "**settled note** also carries", settled),
    ("control-check", "its check value in the proposal", control_check),
    ("control-entries", "**Sealed entries**", control_entries),
];

fn block(case: &Case) -> Verdict {
    let block = Block::from_bytes(&case.bytes()).map_err(refused)?;
    if case.maybe("before").is_some() {
        block.follows(&Block::from_bytes(&case.hex("before")).unwrap()).map_err(refused)?;
    }
    Ok(json!({
        "chain": hex(block.chain.as_bytes()),
        "epoch": block.epoch,
        "height": block.height,
        "prev": block.prev.to_string(),
        "time": block.time,
        "commitments": super::hexes(block.commitments.iter().map(|commitment| commitment.as_bytes())),
        "certificate": block.certificate.as_ref().map(|bytes| hex(&bytes.0)),
        "control": block.control.as_ref().map(|bytes| hex(&bytes.0)),
        "leaf": block.leaf().to_string(),
    }))
}

fn epoch_of(case: &Case) -> u32 {
    u32::try_from(case.number("epoch")).unwrap()
}

fn checkpoint(case: &Case) -> Verdict {
    let note = Note::parse(case.text()).map_err(refused)?;
    let verified = verify_checkpoint(&note, &chain(case), epoch_of(case), &public(case, "log_key")?);
    let checkpoint = verified.map_err(refused)?.checkpoint();
    let names: Vec<&str> = note.lines().iter().map(|line| line.name.as_str()).collect();
    Ok(json!({"size": checkpoint.size, "root": checkpoint.root.to_string(), "names": names}))
}

fn cosignature(case: &Case) -> Verdict {
    let line = NoteLine::parse(case.text()).map_err(refused)?;
    let (size, root) = (case.number("size"), digest(case, "root"));
    let checkpoint = Checkpoint { chain: chain(case), epoch: epoch_of(case), size, root };
    let role = if case.word("role") == "witness" { CosignerRole::Witness } else { CosignerRole::Mirror };
    let label = NodeLabel::from_bytes(case.array("label"));
    let verified =
        checkpoint.verify_cosignature(&line, &label, role, &public(case, "key")?).map_err(refused)?;
    Ok(json!({"time": verified.time()}))
}

fn labels(list: impl Iterator<Item = NodeLabel>) -> Value {
    list.map(|label| Value::from(hex(label.as_bytes()))).collect()
}

fn quorum(case: &Case) -> Verdict {
    let note = Note::parse(case.text()).map_err(refused)?;
    let quorum = verify_quorum(&note, &circle::epoch(case)).map_err(refused)?;
    let (checkpoint, witnesses) =
        (quorum.checkpoint(), labels(quorum.witnesses().iter().map(|line| line.label())));
    Ok(json!({"size": checkpoint.size, "root": checkpoint.root.to_string(), "witnesses": witnesses}))
}

fn settled(case: &Case) -> Verdict {
    let note = Note::parse(case.text()).map_err(refused)?;
    let settled: VerifiedSettled = verify_settled(&note, &circle::epoch(case)).map_err(refused)?;
    Ok(json!({
        "size": settled.checkpoint().size,
        "root": settled.checkpoint().root.to_string(),
        "witnesses": labels(settled.quorum().witnesses().iter().map(|line| line.label())),
        "mirrors": labels(settled.holders()),
    }))
}

fn control_check(case: &Case) -> Verdict {
    super::computed(
        case,
        control::control_check(&secret(case, "control_key"), &chain(case), epoch_of(case)).as_bytes(),
    )
}

fn control_entries(case: &Case) -> Verdict {
    let chain = chain(case);
    let place = (&chain, epoch_of(case), case.number("height"));
    let entries =
        control::open_entries(&secret(case, "control_key"), place, &case.bytes()).map_err(refused)?;
    let entry = |entry: &ControlEntry| match entry {
        ControlEntry::Grant { grant_id, authority, mint_epoch } => {
            json!({"kind": 1, "grant_id": grant_id.to_string(), "authority": authority.to_string(), "mint_epoch": mint_epoch})
        }
        ControlEntry::Revoke { grant_id, time } => {
            json!({"kind": 2, "grant_id": grant_id.to_string(), "time": time})
        }
        ControlEntry::Erase(body) => json!({"kind": 3, "body": hex(&body.0)}),
        ControlEntry::InboxAck(body) => json!({"kind": 4, "body": hex(&body.0)}),
    };
    Ok(json!({"entries": entries.iter().map(entry).collect::<Vec<_>>()}))
}
