//! Keeping what the owner announces for an epoch: proposal, directory, control key.

use super::{Admitted, chain::Chain};
use crate::{
    node::Node,
    permit::Owner,
    refusal::Refusal,
    store::{EpochRow, PutEpoch},
};
use pulsebook_protocol::{
    answer::Code,
    cbor,
    control::verify_control_key,
    directory::verify_directory,
    owner::EpochUpload,
    proposal::{Proposal, verify_proposal},
    secret::Secret32,
};
use zeroize::Zeroize;

const BODY_LIMIT: usize = 64 * 1024;

/// Checks and keeps an epoch's papers. A node that is not in its circle refuses them.
pub(crate) fn epoch_upload(node: &Node, owner: &Owner, epoch: u32, body: &[u8]) -> Admitted<()> {
    let chain = Chain::load(node, &owner.chain())?;
    let mut upload: EpochUpload = cbor::decode(body, BODY_LIMIT).map_err(Refusal::malformed)?;
    let control_key = <[u8; 32]>::try_from(upload.control_key.0.as_slice());
    upload.control_key.0.zeroize();
    let control_key = control_key.map_err(|_| Refusal::malformed("a control key has 32 bytes"))?;
    if epoch > 1 {
        return Err(Refusal::new(Code::UnsupportedEpoch, "epoch 0 or 1", "use a newer version of the node"));
    }
    let proposal = verify_proposal(&upload.proposal, Some(&chain.row.first_root)).map_err(bad_epoch)?;
    let proposal = proposal.proposal();
    if (proposal.chain, proposal.epoch) != (owner.chain(), epoch) {
        return Err(bad_epoch("the proposal is of another chain or epoch"));
    }
    let control_key = Secret32::from_bytes(control_key);
    let control_key = verify_control_key(control_key, &owner.chain(), epoch, &proposal.control_check)
        .map_err(|error| bad_entry().because(error))?;
    let directory = upload.directory.map(|bytes| bytes.0);
    check_circle(&chain, proposal, directory.as_deref())?;
    let row = EpochRow {
        epoch,
        proposal: upload.proposal.into_iter().map(|bytes| bytes.0).collect(),
        directory,
        control_key: control_key.key().duplicate(),
    };
    match node.store.put_epoch(&owner.chain(), &row)? {
        PutEpoch::Done => Ok(()),
        PutEpoch::Begun => Err(Refusal::new(
            Code::Conflict,
            "the proposal under which the epoch began here",
            "fetch the head; another device may have begun this epoch",
        )),
    }
}

fn check_circle(chain: &Chain, proposal: &Proposal, directory: Option<&[u8]>) -> Admitted<()> {
    match (proposal.epoch, directory) {
        (0, None) => Ok(()),
        (0, Some(_)) => Err(bad_epoch("epoch 0 has no directory")),
        (_, None) => Err(bad_epoch("the directory is missing")),
        (_, Some(bytes)) => {
            verify_directory(bytes, proposal).map_err(bad_epoch)?;
            chain.label(proposal).map(|_| ()).ok_or_else(not_in_circle)
        }
    }
}

/// The answer of a node whose keys are not in the circle.
pub(crate) fn not_in_circle() -> Refusal {
    let expected = "this node's witness, mirror and entry keys in the circle";
    Refusal::new(Code::NotInCircle, expected, "enrol again and use the key certificate of the answer")
}

/// The answer to an epoch that does not verify.
pub(crate) fn bad_epoch(reason: impl std::fmt::Display) -> Refusal {
    let advice = "make the proposal again from the node's key certificate and directory";
    Refusal::new(Code::BadEpoch, "an epoch that follows docs/protocol.md §5", advice).because(reason)
}

fn bad_entry() -> Refusal {
    Refusal::new(Code::BadEntry, "the control key that the proposal names", "upload the epoch again")
}
