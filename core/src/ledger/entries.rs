//! Control entries as this device wrote them: which still bind.

use super::{Ledger, LedgerError};
use crate::store::Store;
use pulsebook_protocol::{bytes::GrantId, control::ControlEntry, control::open_entries};
use std::collections::BTreeSet;

impl Ledger {
    /// Every entry of the newest epoch that still binds: live Grants, and all Revokes, Erases and acknowledgements.
    ///
    /// # Errors
    /// [`LedgerError::Entries`] when a block's entries do not open, [`LedgerError::Store`].
    pub fn binding_entries(&self, store: &Store) -> Result<Vec<ControlEntry>, LedgerError> {
        let mut all = Vec::new();
        for stored in store.blocks_with_entries(self.head.epoch)? {
            let Some(sealed) = Store::parse(&stored)?.control else { continue };
            let place = (&self.identity.chain, stored.epoch, stored.height);
            let entries = open_entries(&self.control_key, place, &sealed.0);
            all.extend(entries.map_err(|_| LedgerError::Entries(stored.height))?);
        }
        let revoked: BTreeSet<GrantId> = all.iter().filter_map(revoked).collect();
        let binds = |entry: &ControlEntry| match entry {
            ControlEntry::Grant { grant_id, .. } => !revoked.contains(grant_id),
            _ => true,
        };
        Ok(all.into_iter().filter(binds).collect())
    }
}

fn revoked(entry: &ControlEntry) -> Option<GrantId> {
    match entry {
        ControlEntry::Revoke { grant_id, .. } => Some(*grant_id),
        _ => None,
    }
}
