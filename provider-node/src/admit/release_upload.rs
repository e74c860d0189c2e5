//! Keeping releases: signed by the newest handed-over epoch, gap-free, and only of settled slots.

use super::{Admitted, chain::Chain};
use crate::{
    node::Node,
    permit::Owner,
    refusal::Refusal,
    store::{PutRelease, ReleaseRow},
};
use minicbor::{Decode, Encode};
use pulsebook_protocol::{
    answer::Code,
    bytes::{ByteString, GrantId},
    cbor,
    release::{MAX_RELEASE_BYTES, ReleaseHeader, verify_release_header},
};

/// Where the request's address puts a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReleasePlace {
    pub(crate) grant_id: GrantId,
    pub(crate) epoch: u32,
    pub(crate) seq: u64,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Upload {
    #[n(0)]
    header: ByteString,
    #[n(1)]
    ciphertext: ByteString,
}

/// Verifies and keeps a release.
pub(crate) fn release_upload(node: &Node, owner: &Owner, place: ReleasePlace, body: &[u8]) -> Admitted<()> {
    let upload: Upload = cbor::decode(body, MAX_RELEASE_BYTES).map_err(Refusal::malformed)?;
    let chain = Chain::load(node, &owner.chain())?;
    check_grant(node, owner, &place)?;
    let epoch = chain.newest().filter(|epoch| epoch.number() == place.epoch);
    let epoch = epoch.filter(|epoch| chain.hand_over(epoch.number()).is_some()).ok_or_else(|| {
        Refusal::missing(format!("the settled hand-over (size 1) of epoch {}, the newest", place.epoch))
    })?;
    let verified = verify_release_header(&upload.header.0, &epoch.log_key()).map_err(Refusal::malformed)?;
    verified.check_ciphertext(&upload.ciphertext.0).map_err(Refusal::malformed)?;
    let header = verified.header();
    let stated = ReleasePlace { grant_id: header.grant_id, epoch: header.epoch, seq: header.seq };
    if header.chain != owner.chain() || stated != place {
        return Err(Refusal::malformed("the header is of another chain, grant or number than the address"));
    }
    check_rows(node, &chain, header)?;
    let row = ReleaseRow {
        grant_id: place.grant_id,
        epoch: place.epoch,
        seq: place.seq,
        hash: verified.hash(),
        previous: header.previous,
        header: upload.header.0,
        ciphertext: upload.ciphertext.0,
    };
    match node.store.put_release(&owner.chain(), &row)? {
        PutRelease::Done => Ok(()),
        PutRelease::Expected(next) => Err(conflict(format!("release {next} of this grant and epoch"))),
        PutRelease::Differs => Err(conflict("the release that is kept under this number".to_owned())),
    }
}

fn conflict(expected: String) -> Refusal {
    Refusal::new(Code::Conflict, expected, "fetch the head and send the releases in order")
}

fn check_grant(node: &Node, owner: &Owner, place: &ReleasePlace) -> Admitted<()> {
    let state = node.store.grant(&owner.chain(), &place.grant_id)?;
    if state.revoked.is_some() {
        return Err(Refusal::new(Code::Revoked, "a grant that is not revoked", "release nothing more to it"));
    }
    match state.granted {
        Some(_) => Ok(()),
        None => Err(Refusal::missing(format!("the block with the Grant entry of {}", place.grant_id))),
    }
}

/// Every row names a live slot under the newest settled note.
fn check_rows(node: &Node, chain: &Chain, header: &ReleaseHeader) -> Admitted<()> {
    let settled = chain.height_under(chain.settled());
    for row in &header.rows {
        if settled.is_none_or(|settled| row.height > settled) {
            return Err(Refusal::missing(format!("the settled note over block {}", row.height)));
        }
        let held = node.store.block(&header.chain, row.height)?;
        let held =
            held.filter(|held| held.epoch == row.epoch && held.live.contains(&(row.slot, row.commitment)));
        if held.is_none() {
            return Err(Refusal::malformed(format!(
                "block {} slot {} is not this segment",
                row.height, row.slot
            )));
        }
    }
    Ok(())
}
