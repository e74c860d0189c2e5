//! How blocks, grants and revocations stand with the circle, from what is stored: nothing is asked of any node.

use super::{
    error::SyncError,
    exchange::{BLOCKS, CERTIFIED},
    own::OwnChain,
    report::Accepted,
    votes::{accepted_sizes, is_accepted},
};
use crate::store::{NodeState, Store};
use pulsebook_protocol::{checkpoint::CosignerRole, epoch::VerifiedEpoch};
use std::fmt;

const NOTES_AT_A_TIME: u32 = 64;

/// At how many of the circle's nodes something is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InForce {
    /// Nodes where it is.
    pub nodes: usize,
    /// Nodes of the circle.
    pub of: usize,
}

impl fmt::Display for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in force at {} of {} nodes", self.nodes, self.of)
    }
}

/// Where a grant whose entry stands at this height is in force: certified, and the node has the certificate.
///
/// # Errors
/// [`SyncError`] when the store fails.
pub fn granted_at(store: &Store, height: u64) -> Result<InForce, SyncError> {
    let epoch = store.newest_epoch()?;
    let first = store.epoch(epoch)?.map_or(0, |epoch| epoch.first_height);
    count(store, |label| {
        let certified = store.cursor(label, CERTIFIED)?.unwrap_or(0);
        Ok(certified > 0 && first + certified > height)
    })
}

/// Where a revocation whose entry stands at this height bites: each node that has the block.
///
/// # Errors
/// [`SyncError`] when the store fails.
pub fn revoked_at(store: &Store, height: u64) -> Result<InForce, SyncError> {
    count(store, |label| Ok(store.cursor(label, BLOCKS)?.unwrap_or(0) > height))
}

fn count(
    store: &Store,
    holds: impl Fn(&pulsebook_protocol::bytes::NodeLabel) -> Result<bool, SyncError>,
) -> Result<InForce, SyncError> {
    let mut force = InForce::default();
    for node in store.nodes()?.iter().filter(|node| node.state == NodeState::Confirmed) {
        force.of += 1;
        force.nodes += usize::from(holds(&node.label)?);
    }
    Ok(force)
}

/// Blocks that a node of the circle does not have yet, by what it answered last.
///
/// # Errors
/// [`SyncError`] when the store fails.
pub fn waiting_for(store: &Store, label: &pulsebook_protocol::bytes::NodeLabel) -> Result<u64, SyncError> {
    let has = store.cursor(label, BLOCKS)?.unwrap_or(0);
    Ok(store.block_count()?.saturating_sub(has))
}

/// How the chain's blocks stand, counted both ways. Blocks of epoch 0 are covered by the settled hand-over.
///
/// # Errors
/// [`SyncError`] when the store fails or our own epochs do not verify.
pub fn accepted(store: &Store) -> Result<Accepted, SyncError> {
    let blocks = store.block_count()?;
    let own = OwnChain::load(store, blocks.saturating_sub(1))?;
    let epoch = own.epoch(own.newest())?;
    let (certified, settled) = accepted_sizes(store, own.newest())?;
    let (certified_directly, settled_directly) = count_directly(store, epoch, settled)?;
    let mut accepted = Accepted { blocks, certified_directly, settled_directly, ..Accepted::default() };
    let first = epoch.first_height();
    if certified > 0 {
        accepted.certified_covered = first + certified - accepted.certified_directly;
    }
    if settled > 0 {
        accepted.settled_covered = first + settled - accepted.settled_directly;
    }
    Ok(accepted)
}

/// Blocks whose own checkpoint is certified, and settled. What lies under the settled one is counted once and remembered.
fn count_directly(store: &Store, epoch: &VerifiedEpoch, settled: u64) -> Result<(u64, u64), SyncError> {
    let names = ["counted", "directly-certified", "directly-settled"]
        .map(|name| format!("sync/{name}/{}", epoch.number()));
    let [mut counted, mut certified, mut directly] = [0; 3];
    for (name, number) in names.iter().zip([&mut counted, &mut certified, &mut directly]) {
        *number = store.mark(name)?.unwrap_or(0);
    }
    let mut remembered = counted;
    loop {
        let notes = store.notes_from(epoch.number(), counted + 1, NOTES_AT_A_TIME)?;
        let Some((last, _)) = notes.last() else { return Ok((certified, directly)) };
        counted = *last;
        for (size, note) in &notes {
            certified += u64::from(is_accepted(note, epoch, CosignerRole::Witness));
            directly += u64::from(is_accepted(note, epoch, CosignerRole::Mirror));
            if *size <= settled {
                remembered = *size;
            }
        }
        if remembered == counted {
            // On a full disk it is counted again the next time: whoever only asks is answered.
            match store.set_counts(&[(&names[1], certified), (&names[2], directly), (&names[0], counted)]) {
                Err(error) if error.is_no_room() => {}
                kept => kept?,
            }
        }
    }
}
