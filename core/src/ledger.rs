//! The ledger: makes blocks of what waits, signs checkpoints over them, and begins epochs.
//!
//! Order of every sealing: [`Ledger::build`] → `Store::commit` (durable) → [`Ledger::advance`] → [`mark_head`] (durable in the
//! vault) → [`Ledger::sign`]. A mark ahead of the database means an old copy: the ledger is fenced and signs nothing.

mod build;
mod chain;
mod entries;
mod epoch_one;
mod error;
mod keyring;
mod mark;
mod proofs;
mod reach;

pub use build::SegmentDraft;
pub use chain::{NamedSecret, NewChain, make_chain};
pub use epoch_one::PreparedEpoch;
pub use error::{FenceReason, LedgerError};
pub use mark::{MarkedHead, mark_head};
pub use proofs::{consistency_path, inclusion_path};
pub use reach::offer_reach;

use crate::{
    keys::{HighWaterMark, KeyVault, SecretName, VaultError},
    store::{ChainIdentity, Head, Store, StoreError},
};
use pulsebook_protocol::{
    bytes::Digest,
    checkpoint::{Checkpoint, verify_checkpoint},
    hash::sha256,
    key::{PublicKey, SigningKey},
    note::Note,
    secret::Secret32,
    tree::{self, Frontier},
};
use std::fmt;

/// Where the chain stands, and the keys that continue it.
pub struct Ledger {
    identity: ChainIdentity,
    head: Head,
    first_height: u64,
    frontier: Frontier,
    log_key: SigningKey,
    control_key: Secret32,
    fenced: Option<FenceReason>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("head", &self.head)
            .field("fenced", &self.fenced)
            .finish_non_exhaustive()
    }
}

/// A secret of 32 bytes out of the vault.
///
/// # Errors
/// [`LedgerError::Vault`] when it is not there, [`LedgerError::BadSecret`] when it has another length.
pub async fn vault_secret(vault: &dyn KeyVault, name: SecretName) -> Result<Secret32, LedgerError> {
    let bytes = vault.secret(name).await?;
    let bytes = <[u8; 32]>::try_from(&bytes[..]).map_err(|_| LedgerError::BadSecret(name))?;
    Ok(Secret32::from_bytes(bytes))
}

/// A signing key out of the vault.
///
/// # Errors
/// As [`vault_secret`].
pub async fn vault_key(vault: &dyn KeyVault, name: SecretName) -> Result<SigningKey, LedgerError> {
    Ok(SigningKey::from_seed(vault_secret(vault, name).await?)?)
}

impl Ledger {
    /// Takes up the chain in a store, compared with the vault's mark.
    ///
    /// # Errors
    /// [`LedgerError`] when store or vault fail. An old copy of the database is no error: see [`Ledger::fenced`].
    pub async fn open(store: &Store, vault: &dyn KeyVault) -> Result<Ledger, LedgerError> {
        let head = store.head()?.ok_or(LedgerError::NoChain)?;
        let epoch = store.epoch(head.epoch)?.ok_or(LedgerError::NoChain)?;
        let mark = vault.high_water_mark().await?;
        let log_key = vault_key(vault, SecretName::LogKey(head.epoch)).await?;
        let control_key = vault_secret(vault, SecretName::ControlKey(head.epoch)).await?;
        let leaves = store.leaves(head.epoch)?;
        check_leaves(store, head.epoch, &leaves, &log_key.public())?;
        let mut frontier = Frontier::default();
        leaves.into_iter().for_each(|leaf| frontier.append(leaf));
        let fenced = match mark {
            Some(mark) => mark::compare(store, &head, &mark)?,
            None => None,
        };
        let fenced = match fenced {
            None => by_nodes(store, vault, &head).await?,
            fenced => fenced,
        };
        let (identity, first_height) = (store.identity(), epoch.first_height);
        Ok(Ledger { identity, head, first_height, frontier, log_key, control_key, fenced })
    }

    /// The chain.
    pub fn identity(&self) -> ChainIdentity {
        self.identity
    }

    /// The last block.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The epoch it is in.
    pub fn epoch(&self) -> u32 {
        self.head.epoch
    }

    /// Height of this epoch's first block.
    pub fn first_height(&self) -> u64 {
        self.first_height
    }

    /// Size and root of this epoch's log.
    pub fn checkpoint(&self) -> Checkpoint {
        let (chain, epoch) = (self.identity.chain, self.head.epoch);
        Checkpoint { chain, epoch, size: self.frontier.size(), root: self.frontier.root() }
    }

    /// L_e, for what the epoch's log key signs besides checkpoints: releases, directory, keyring index.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`]: a fenced ledger signs nothing.
    pub fn log_key(&self) -> Result<&SigningKey, LedgerError> {
        self.check_not_fenced()?;
        Ok(&self.log_key)
    }

    /// The epoch's control key, which goes to each circle node with the proposal.
    pub fn control_key(&self) -> &Secret32 {
        &self.control_key
    }

    /// Why nothing is signed, if so.
    pub fn fenced(&self) -> Option<FenceReason> {
        self.fenced
    }

    /// Stops all signing in this epoch for good, also after the record is opened again: nodes hold blocks up to `node`
    /// that are not ours.
    ///
    /// # Errors
    /// [`LedgerError::Store`] when it could not be kept; nothing is signed until the record is closed even so.
    pub fn fence(&mut self, store: &Store, node: u64) -> Result<FenceReason, LedgerError> {
        let ahead = FenceReason::NodeAhead { node, found: self.head.height };
        let reason = *self.fenced.get_or_insert(ahead);
        store.set_mark(&fence_name(self.head.epoch), node)?;
        Ok(reason)
    }

    fn check_not_fenced(&self) -> Result<(), LedgerError> {
        self.fenced.map_or(Ok(()), |reason| Err(LedgerError::Fenced(reason)))
    }

    /// The mark that the vault must hold before this head is signed.
    pub fn mark(&self) -> HighWaterMark {
        HighWaterMark { epoch: self.head.epoch, height: self.head.height, leaf: self.head.leaf }
    }

    /// Signs the checkpoint over the head and keeps it; signing again gives the same bytes.
    ///
    /// Cosignatures that the stored note has already stay on it.
    ///
    /// # Errors
    /// [`LedgerError::Fenced`], [`LedgerError::NotMarked`] when the mark is of another head, [`LedgerError::Store`].
    pub fn sign(&self, store: &Store, marked: &MarkedHead) -> Result<Note, LedgerError> {
        self.check_not_fenced()?;
        if marked.mark() != self.mark() {
            return Err(LedgerError::NotMarked);
        }
        let checkpoint = self.checkpoint();
        if let Some(note) = store.note(checkpoint.epoch, checkpoint.size)? {
            return Ok(note);
        }
        self.sign_between(store, &checkpoint)?;
        let note = checkpoint.sign(&self.log_key)?;
        store.put_note(checkpoint.epoch, checkpoint.size, &note)?;
        Ok(note)
    }

    /// Checkpoints on the way to the head's, so that no offer must take more blocks than [`offer_reach`] says. They
    /// are prefixes of a log whose head is marked.
    fn sign_between(&self, store: &Store, head: &Checkpoint) -> Result<(), LedgerError> {
        let mut size = store.newest_note(head.epoch)?.map_or(0, |(size, _)| size);
        if size + 1 >= head.size {
            return Ok(());
        }
        let leaves = store.leaves(head.epoch)?;
        loop {
            // The first block of an epoch with a circle is handed over alone.
            let most = if head.epoch > 0 && size == 0 { 1 } else { head.size.saturating_sub(size) };
            size += offer_reach(store, self.first_height + size, most)?.max(1);
            let below = usize::try_from(size).ok().and_then(|size| leaves.get(..size));
            let Some(below) = below.filter(|_| size < head.size) else { return Ok(()) };
            let note = Checkpoint { size, root: tree::root(below), ..*head }.sign(&self.log_key)?;
            store.put_note(head.epoch, size, &note)?;
        }
    }

    /// SHA-256 of this epoch's certificate, which the next proposal names.
    fn certificate_hash(&self, store: &Store) -> Result<Digest, LedgerError> {
        let first = store.block(self.first_height)?.ok_or(LedgerError::NoChain)?;
        let certificate = Store::parse(&first)?.certificate.ok_or(LedgerError::NoChain)?;
        Ok(sha256(&[&certificate.0]))
    }
}

/// Leaf hashes are what roots are made from: what was signed last must come out of them again, or nothing is signed.
fn check_leaves(
    store: &Store,
    epoch: u32,
    leaves: &[Digest],
    log_key: &PublicKey,
) -> Result<(), LedgerError> {
    let Some((size, note)) = store.newest_note(epoch)? else { return Ok(()) };
    let below = usize::try_from(size).ok().and_then(|size| leaves.get(..size));
    let signed = verify_checkpoint(&note, &store.identity().chain, epoch, log_key).ok();
    let signed = signed.map(|signed| signed.checkpoint().root);
    match below.map(tree::root) {
        Some(root) if Some(root) == signed => Ok(()),
        _ => Err(StoreError::Damaged("a block's leaf hash, or the checkpoint above it,").into()),
    }
}

fn fence_name(epoch: u32) -> String {
    format!("ledger/fenced/{epoch}")
}

/// The fence that nodes gave cause for in this epoch, in an earlier run: the database may be a copy from before, so the
/// vault is asked too.
async fn by_nodes(
    store: &Store,
    vault: &dyn KeyVault,
    head: &Head,
) -> Result<Option<FenceReason>, LedgerError> {
    let mut node = store.mark(&fence_name(head.epoch))?;
    if node.is_none() {
        let name = SecretName::Fence(head.epoch);
        node = match vault.secret(name).await {
            Ok(kept) => {
                let bytes = <[u8; 8]>::try_from(&kept[..]).map_err(|_| LedgerError::BadSecret(name))?;
                Some(u64::from_be_bytes(bytes))
            }
            Err(VaultError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
    }
    Ok(node.map(|node| FenceReason::NodeAhead { node, found: head.height }))
}

#[cfg(test)]
mod tests;
