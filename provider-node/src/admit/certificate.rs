//! Taking in quorum certificates: a mirror cosignature once everything is held, and the settled note to serve from.

use super::{Admitted, chain::Chain, epoch_upload::not_in_circle};
use crate::{node::Node, permit::Owner, refusal::Refusal, store::NoteRow};
use pulsebook_protocol::{
    admission::{Fact, Holding},
    answer::Code,
    cbor,
    checkpoint::{Checkpoint, CosignerRole, UnixSeconds, cosigner_name},
    epoch::VerifiedEpoch,
    note::Note,
    owner::CertificateUpload,
    quorum::{QuorumError, valid_cosignatures, verify_quorum, verify_settled},
    tree,
};

const BODY_LIMIT: usize = 64 * 1024;

/// Verifies the certificate, keeps it and answers the mirror cosignature line.
pub(crate) fn certificate(node: &Node, owner: &Owner, body: &[u8], now_s: u64) -> Admitted<String> {
    let upload: CertificateUpload = cbor::decode(body, BODY_LIMIT).map_err(Refusal::malformed)?;
    let note = Note::parse(&upload.note).map_err(Refusal::malformed)?;
    let chain = Chain::load(node, &owner.chain())?;
    let number = Checkpoint::claimed_epoch(&note).ok_or_else(|| Refusal::malformed("no checkpoint"))?;
    let epoch =
        chain.epoch(number).ok_or_else(|| Refusal::missing(format!("the blocks of epoch {number}")))?;
    let quorum = verify_quorum(&note, epoch).map_err(refuse_quorum)?;
    let checkpoint = quorum.checkpoint();
    demand_everything(node, &chain, epoch, &checkpoint)?;
    let mut admission = chain.admission();
    admission
        .admit(Fact::quorum(&quorum, Holding::Everything))
        .map_err(|declined| Refusal::missing(declined.to_string()))?;

    let label = chain.label(epoch.proposal()).ok_or_else(not_in_circle)?;
    let held = chain.notes.iter().find(|row| (row.epoch, row.size) == (number, checkpoint.size));
    let time = chain.notes.iter().map(|row| row.mirrored_at).max().unwrap_or(0).max(now_s);
    let line = checkpoint.cosign(&chain.keys.mirror, &label, CosignerRole::Mirror, time);
    let held_note = held.and_then(|row| Note::parse(&row.note).ok());
    let mut merged = merge(held_note.as_ref(), &note, epoch, &checkpoint);
    merged.replace(line.clone());
    let settled = verify_settled(&merged, epoch).ok();
    if let Some(settled) = &settled {
        admission.admit(Fact::settled(settled)).map_err(|declined| Refusal::missing(declined.to_string()))?;
    }
    node.store.put_note(
        &owner.chain(),
        &NoteRow {
            epoch: number,
            size: checkpoint.size,
            root: checkpoint.root,
            note: merged.to_string(),
            settled: settled.is_some(),
            mirrored_at: time,
        },
    )?;
    Ok(line.to_string())
}

fn refuse_quorum(error: QuorumError) -> Refusal {
    let advice = "collect more cosignatures, then send the note again";
    Refusal::new(Code::BadProof, "a checkpoint with a quorum of witness lines", advice).because(error)
}

/// A mirror signs only what it holds from height 0 on.
fn demand_everything(
    node: &Node,
    chain: &Chain,
    epoch: &VerifiedEpoch,
    checkpoint: &Checkpoint,
) -> Admitted<()> {
    let id = &chain.row.chain;
    let mut leaves = node.store.leaves(id, checkpoint.epoch)?;
    let held = leaves.len();
    let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
    if size > held {
        return Err(Refusal::missing(format!("blocks {held} to {} of epoch {}", size - 1, checkpoint.epoch)));
    }
    leaves.truncate(size);
    if tree::root(&leaves) != checkpoint.root {
        let expected = format!("the log this node holds, which has another root at size {size}");
        let advice = "two logs of this epoch exist: keep both notes, they are proof, and sign nothing more";
        return Err(Refusal::new(Code::Conflict, expected, advice));
    }
    let height = epoch.last_height(checkpoint).ok_or_else(|| Refusal::malformed("an empty log"))?;
    let gone = node.store.missing_segments(id, height)?;
    if !gone.is_empty() {
        let names: Vec<String> =
            gone.iter().map(|(height, slot)| format!("segment of block {height} slot {slot}")).collect();
        return Err(Refusal::missing(names.join(", ")));
    }
    match node.store.keyring(id)?.map(|keyring| keyring.height) {
        Some(reached) if reached >= height => Ok(()),
        _ => Err(Refusal::missing(format!("the keyring index up to block {height}"))),
    }
}

/// The log's line and, of each circle node and role, the newest valid line of both notes.
fn merge(held: Option<&Note>, new: &Note, epoch: &VerifiedEpoch, checkpoint: &Checkpoint) -> Note {
    let mut merged = Note::new(new.text().to_owned());
    let origin = pulsebook_protocol::checkpoint::origin(&checkpoint.chain, checkpoint.epoch);
    new.line(&origin).into_iter().for_each(|line| merged.replace(line.clone()));
    // Notes of one place with two roots never meet here: the root was compared with the held leaves.
    for role in [CosignerRole::Witness, CosignerRole::Mirror] {
        let mut newest: Vec<(UnixSeconds, String, &Note)> = Vec::new();
        for note in held.into_iter().chain([new]).filter(|note| note.text() == new.text()) {
            let valid = valid_cosignatures(note, checkpoint, epoch, role);
            newest.extend(valid.iter().map(|line| (line.time(), cosigner_name(&line.label(), role), note)));
        }
        newest.sort_by_key(|(time, ..)| *time);
        for (_, name, note) in newest {
            note.line(&name).into_iter().for_each(|line| merged.replace(line.clone()));
        }
    }
    merged
}
