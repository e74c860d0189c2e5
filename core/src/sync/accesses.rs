//! Pulling access entries: each verified, in order, without a gap, before it is kept and shown.

use super::{
    client::ACCESS_PAGE,
    error::{NodeError, SyncError},
    exchange::{Exchange, Peer},
};
use crate::store::{Store, StoredAccess, locked};
use pulsebook_protocol::{
    access::{EntryPosition, VerifiedAccessEntry, position_after, verify_access_entry},
    bytes::NodeLabel,
};

/// Pages of entries that one sync takes from a node; the rest waits for the next.
const PAGES: usize = 64;

impl Exchange<'_> {
    /// Takes what is new, unless the node's head said that it has (`held`) what we have.
    pub(crate) async fn pull_accesses(&self, peer: &Peer<'_>, held: u64) -> Result<(), NodeError> {
        if self.store.access_count(&peer.label)? == held {
            return Ok(());
        }
        for _ in 0..PAGES {
            let mut position = next_position(self.store, &peer.label)?;
            let entries = peer.client.accesses(position.seq.checked_sub(1)).await?;
            let whole_page = entries.len() == ACCESS_PAGE;
            let mut kept = Vec::with_capacity(entries.len());
            let mut broken = None;
            for entry in entries {
                match self.verify_access(peer, &entry, &position) {
                    Ok(verified) => {
                        position = verified.next_position();
                        kept.push(StoredAccess { label: peer.label, seq: verified.entry().seq, entry });
                    }
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                }
            }
            self.store.put_accesses(&kept, &mut **locked(self.signing.random))?;
            peer.note(|done| done.accesses += kept.len() as u64);
            if let Some(error) = broken {
                return Err(error);
            }
            if !whole_page {
                return Ok(());
            }
        }
        Ok(())
    }

    fn verify_access(
        &self,
        peer: &Peer<'_>,
        entry: &[u8],
        position: &EntryPosition,
    ) -> Result<VerifiedAccessEntry, NodeError> {
        let epoch = self.own.epoch(self.own.newest())?;
        let missing = || SyncError::Missing("a node of the circle".into());
        let node = epoch.circle().node(&peer.label).ok_or_else(missing)?;
        let verified = verify_access_entry(entry, &self.own.chain, &node.entry, position);
        verified.map_err(|error| NodeError::Garbage {
            expected: "the next access entry, signed by the node and without a gap",
            found: error.to_string(),
        })
    }
}

/// Where a node's next entry goes, by those that are kept.
fn next_position(store: &Store, label: &NodeLabel) -> Result<EntryPosition, SyncError> {
    let count = store.access_count(label)?;
    let Some(last) = count.checked_sub(1) else { return Ok(EntryPosition::FIRST) };
    let kept = store.accesses(label, last, 1)?.pop();
    let kept =
        kept.filter(|kept| kept.seq == last).ok_or_else(|| SyncError::Missing("an access entry".into()))?;
    Ok(position_after(kept.seq, &kept.entry))
}
