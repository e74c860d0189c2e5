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

pub use build::SegmentDraft;
pub use chain::{NamedSecret, NewChain, make_chain};
pub use epoch_one::PreparedEpoch;
pub use error::{FenceReason, LedgerError};
pub use mark::{MarkedHead, mark_head};
pub use proofs::{consistency_path, inclusion_path};

use crate::{
    keys::{HighWaterMark, KeyVault, SecretName},
    store::{ChainIdentity, Head, Store},
};
use pulsebook_protocol::{
    checkpoint::Checkpoint, hash::sha256, key::SigningKey, note::Note, secret::Secret32, tree::Frontier,
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
        let mut frontier = Frontier::default();
        store.leaves(head.epoch)?.into_iter().for_each(|leaf| frontier.append(leaf));
        let fenced = match mark {
            Some(mark) => mark::compare(store, &head, &mark)?,
            None => None,
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

    /// Stops all signing: a node's head is ahead of ours.
    pub fn fence(&mut self, reason: FenceReason) {
        self.fenced.get_or_insert(reason);
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
        let note = checkpoint.sign(&self.log_key)?;
        store.put_note(checkpoint.epoch, checkpoint.size, &note)?;
        Ok(note)
    }

    /// SHA-256 of this epoch's certificate, which the next proposal names.
    fn certificate_hash(&self, store: &Store) -> Result<pulsebook_protocol::bytes::Digest, LedgerError> {
        let first = store.block(self.first_height)?.ok_or(LedgerError::NoChain)?;
        let certificate = Store::parse(&first)?.certificate.ok_or(LedgerError::NoChain)?;
        Ok(sha256(&[&certificate.0]))
    }
}

#[cfg(test)]
mod tests;
