//! Sharing: giving grants, listing them, taking them back, and who read what.

use super::{Inner, Record, circle::real_seconds};
use crate::{
    consent::{
        Choice, GrantState, GrantView, KeptGrant, grant_file, grants, make_grant, mark_granted, mark_revoked,
        revocation, same_grant,
    },
    error::Error,
    keys::SecretName,
    ledger::vault_key,
    store::{StoreError, StoredAccess, locked},
    sync::{InForce, granted_at, revoked_at},
};
use pulsebook_protocol::{
    access::AccessEntry,
    bytes::GrantId,
    card::{GrantFile, GranteeCard},
    cbor,
    control::ControlEntry,
    cose::Sign1,
    request_key::RequestKey,
};
use std::{collections::BTreeMap, sync::Arc};

/// A grant that was just given.
#[derive(Debug)]
pub struct Given {
    /// Names it.
    pub grant_id: GrantId,
    /// What it allows, in one sentence.
    pub sentence: String,
    /// The file for the grantee.
    pub file: GrantFile,
}

/// A grant and at how many nodes it, or its revocation, is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantStanding {
    /// The grant.
    pub grant: GrantView,
    /// "in force at 4 of 4 nodes": its revocation once it is revoked.
    pub in_force: InForce,
}

/// An access entry of one node; its signature and place were verified when it was pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessView {
    /// The node's name.
    pub node: String,
    /// The grantee's name, as its card says, if the key that asked is the one the grant was given to.
    pub holder: Option<String>,
    /// To whom the grant was given that was shown, whoever showed it; nothing when no such grant was given here.
    pub grant_of: Option<String>,
    /// What it says.
    pub entry: AccessEntry,
}

impl AccessView {
    /// Who asked, in words. Nobody is named for what another key did with their grant; a delegate has no name that
    /// anybody proved to this record, so it is its key, and the name of whom the grant was given to.
    pub fn who(&self) -> String {
        let by = |name: &str| match self.entry.delegates.last() {
            None => name.to_owned(),
            Some(last) => format!("key {}, passed on by {name}{}", short(last), self.between()),
        };
        let unknown = || format!("unknown key {}", short(&self.entry.holder));
        match (&self.holder, &self.grant_of) {
            (Some(name), _) => by(name),
            (None, Some(name)) => format!("{} with the grant of {name}", unknown()),
            (None, None) => format!("{} with a grant never given here", unknown()),
        }
    }

    /// The delegates between holder and last, if there are any.
    fn between(&self) -> String {
        let [between @ .., _] = &self.entry.delegates[..] else { return String::new() };
        between.iter().map(|key| format!(" through key {}", short(key))).collect()
    }
}

/// The first 8 hex digits of a key; of P-256 those after the byte that every such key begins with.
fn short(key: &RequestKey) -> String {
    let skip = key.as_bytes().len() % 32;
    key.as_bytes().iter().skip(skip).take(4).map(|byte| format!("{byte:02x}")).collect()
}

const ACCESSES_AT_A_TIME: u32 = 256;

impl Record {
    /// Gives a grant: mints it, seals its entry at once, and makes the file to hand over. Sync puts it in force.
    ///
    /// Asked for once more, while it stands, it is the same grant and the same file: one that was cut off is finished.
    ///
    /// # Errors
    /// [`Error::Consent`] without a circle or with terms no grant has; [`Error::Ledger`] when the record is fenced.
    pub async fn grant(&self, card: &GranteeCard, choice: &Choice) -> Result<Given, Error> {
        let inner = &self.inner;
        let epoch = locked(&inner.ledger).epoch();
        let consent_key = vault_key(&*inner.vault, SecretName::ConsentKey(epoch)).await?;
        inner.catch_up_grants()?;
        let grant = match same_grant(&inner.store, epoch, (card, choice))? {
            Some(grant) => grant,
            None => {
                let (mut random, choice) = (locked(&inner.random), (card, choice));
                let signer = (&consent_key, epoch);
                let grant = make_grant(&inner.store, signer, choice, real_seconds(), &mut **random)?;
                grant.keep(&inner.store, &mut **random)?;
                grant
            }
        };
        let grant_id = grant.terms.grant_id;
        if grant.state == GrantState::Drafted {
            let height = inner.seal_entry(grant.entry()).await?;
            mark_granted(&inner.store, &grant_id, height, &mut **locked(&inner.random))?;
        }
        let file = grant_file(&inner.store, &grant)?;
        Ok(Given { grant_id, sentence: grant.sentence, file })
    }

    /// All grants, with where they stand.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn grants(&self) -> Result<Vec<GrantStanding>, Error> {
        let store = &self.inner.store;
        let mut standings = Vec::new();
        for grant in grants(store, real_seconds())? {
            let in_force = match grant.height {
                Some(height) if grant.revoked => revoked_at(store, height)?,
                Some(height) => granted_at(store, height)?,
                None => InForce::default(),
            };
            standings.push(GrantStanding { grant, in_force });
        }
        Ok(standings)
    }

    /// Takes a grant back: seals its Revoke entry at once. It bites at each node that sync brings the block to.
    ///
    /// # Errors
    /// [`Error::Consent`] for an unknown grant or one that was revoked before; [`Error::Ledger`] when fenced.
    pub async fn revoke(&self, grant_id: &GrantId) -> Result<(), Error> {
        let inner = &self.inner;
        let entry = revocation(&inner.store, grant_id, real_seconds())?;
        let height = inner.seal_entry(entry).await?;
        mark_revoked(&inner.store, grant_id, height, &mut **locked(&inner.random))?;
        Ok(())
    }

    /// Who read what: the entries of all nodes that sync has pulled, node by node in their order.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn accesses(&self) -> Result<Vec<AccessView>, Error> {
        let store = &self.inner.store;
        let given: BTreeMap<GrantId, KeptGrant> =
            KeptGrant::all(store)?.into_iter().map(|grant| (grant.terms.grant_id, grant)).collect();
        let mut views = Vec::new();
        for node in store.nodes()? {
            let mut next = 0;
            loop {
                let page = store.accesses(&node.label, next, ACCESSES_AT_A_TIME)?;
                let Some(last) = page.last() else { break };
                next = last.seq + 1;
                for stored in &page {
                    views.push(access_view(&node.details.name, read(stored)?, &given));
                }
            }
        }
        Ok(views)
    }
}

/// A grant's id is in every copy of its token; only the key that signed says who asked.
fn access_view(node: &str, entry: AccessEntry, given: &BTreeMap<GrantId, KeptGrant>) -> AccessView {
    let grant = given.get(&entry.grant_id);
    let holder = grant.filter(|grant| grant.terms.holder == entry.holder);
    AccessView {
        node: node.to_owned(),
        holder: holder.map(|grant| grant.holder_name.clone()),
        grant_of: grant.map(|grant| grant.holder_name.clone()),
        entry,
    }
}

fn read(stored: &StoredAccess) -> Result<AccessEntry, StoreError> {
    let damaged = || StoreError::Damaged("an access entry");
    let signed = Sign1::parse(&stored.entry, stored.entry.len()).map_err(|_| damaged())?;
    cbor::decode(signed.unverified_payload(), stored.entry.len()).map_err(|_| damaged())
}

impl Inner {
    /// Seals an entry with whatever waits; the height of its block.
    async fn seal_entry(self: &Arc<Self>, entry: ControlEntry) -> Result<u64, Error> {
        let sealed = self.seal(vec![entry]).await?;
        Ok((sealed.height + 1).saturating_sub(u64::from(sealed.blocks)))
    }

    /// Catches up grants and revocations whose entry was sealed before a crash, and their page not written.
    ///
    /// The height taken is that of the head: perhaps later than the entry's, so that nothing is promised too early.
    pub(super) fn catch_up_grants(&self) -> Result<(), Error> {
        let ledger = locked(&self.ledger);
        let height = ledger.head().height;
        let entries = ledger.binding_entries(&self.store)?;
        let mut random = locked(&self.random);
        for grant in KeptGrant::all(&self.store)? {
            let id = grant.terms.grant_id;
            let of = |entry: &ControlEntry| match entry {
                ControlEntry::Grant { grant_id, .. } => *grant_id == id && grant.state == GrantState::Drafted,
                ControlEntry::Revoke { grant_id, .. } => {
                    *grant_id == id && grant.state != GrantState::Revoked
                }
                ControlEntry::Erase(_) | ControlEntry::InboxAck(_) => false,
            };
            match entries.iter().find(|entry| of(entry)) {
                Some(ControlEntry::Grant { .. }) => {
                    mark_granted(&self.store, &id, height, &mut **random)?;
                }
                Some(_) => {
                    mark_revoked(&self.store, &id, height, &mut **random)?;
                }
                None => {}
            }
        }
        Ok(())
    }
}
