//! Taking a chain in.

use super::Admitted;
use crate::{
    admit::chain::corrupt,
    authenticate::{Incoming, authenticate_enrolment},
    node::{InvitePolicy, Node},
    refusal::Refusal,
    store::{ChainRow, Enrolled},
};
use pulsebook_protocol::{answer::Code, bytes::ChainId, cbor, owner::Enrol, proposal::chain_id};

const BODY_LIMIT: usize = 64 * 1024;

/// Enrols `chain` and answers with the node's key certificate for it. The same device may ask again;
/// another one takes its place when the first root vouches for it.
pub(crate) fn enrol(node: &Node, chain: &ChainId, request: &Incoming, now_s: u64) -> Admitted<Vec<u8>> {
    let body: Enrol = cbor::decode(&request.body, BODY_LIMIT).map_err(Refusal::malformed)?;
    authenticate_enrolment(node, &body.device, request, now_s)?;
    if chain_id(&body.first_root, &body.salt) != *chain {
        return Err(Refusal::malformed("the chain id is not made from this root key and salt"));
    }
    body.device
        .verify_possession(chain, "device", 0, &body.held)
        .map_err(|error| Refusal::malformed(format!("the device key is not shown to be held: {error}")))?;
    check_voucher(&body, chain)?;
    let row = ChainRow {
        chain: *chain,
        first_root: body.first_root,
        salt: body.salt,
        device: body.device,
        locator: body.locator,
        generation: 0,
        enrolled_at: now_s,
    };
    let generation = keep(node, &row, body.invite.as_deref())?;
    let keys = node.keys(chain, generation).map_err(corrupt)?;
    Ok(keys.certify(node.identity_key()))
}

/// First root and salt stand in every grant file: only the root's signature shows that the patient enrols.
fn check_voucher(body: &Enrol, chain: &ChainId) -> Admitted<()> {
    let vouched = body.first_root.verify_voucher(chain, "enrol", 0, &body.device, &body.voucher);
    vouched.map(drop).map_err(|error| {
        let expected = "the first root's signature for the device that enrols";
        Refusal::new(Code::BadSignature, expected, "confirm the circle with the record's own words")
            .because(error)
    })
}

fn keep(node: &Node, row: &ChainRow, invite: Option<&str>) -> Admitted<u32> {
    if node.store.chain(&row.chain)?.is_none() {
        check_invite(&node.invites, invite)?;
    }
    let used = if node.invites == InvitePolicy::Open { None } else { invite };
    match node.store.enrol(row, used)? {
        Enrolled::New => Ok(row.generation),
        Enrolled::Known(known) if known.device == row.device => Ok(known.generation),
        Enrolled::Known(known) => {
            node.store.replace_device(&row.chain, &row.device)?;
            Ok(known.generation)
        }
        Enrolled::InviteUsed => Err(no_invite().because("this code was used by another record")),
    }
}

fn check_invite(policy: &InvitePolicy, invite: Option<&str>) -> Admitted<()> {
    match (policy, invite) {
        (InvitePolicy::Open, _) => Ok(()),
        (InvitePolicy::Codes(codes), Some(code)) if codes.iter().any(|known| known == code) => Ok(()),
        _ => Err(no_invite()),
    }
}

fn no_invite() -> Refusal {
    Refusal::new(
        Code::NoInvite,
        "an unused invite code of this node",
        "ask the node's operator for a new card",
    )
}
