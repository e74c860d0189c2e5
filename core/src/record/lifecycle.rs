//! Making a record, opening it, and naming its first circle.

use super::{Inner, Record, RecordOptions, blocking, users};
use crate::{
    error::Error,
    event::{Event, Events},
    keys::{KeyVault, SecretName, VaultError},
    ledger::{Ledger, LedgerError, make_chain, mark_head, vault_key, vault_secret},
    pipeline::Pipeline,
    store::{Folder, Removed, Store, StoreKeys, StoredNode, locked},
};
use pulsebook_faultpoint::{Point, pass};
use pulsebook_protocol::{directory::DirectoryNode, words::RecoveryWords};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};

impl Record {
    /// Makes a record in a new folder: a chain of its own, its first block signed, no node needed.
    ///
    /// The words are handed out once and kept nowhere.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder is taken, [`Error::Vault`] when the vault refuses.
    pub async fn create(
        dir: &Path,
        vault: Box<dyn KeyVault>,
        mut options: RecordOptions,
    ) -> Result<(Record, RecoveryWords), Error> {
        let folder = Folder::create(dir)?;
        let time = u64::try_from(options.clock.now().div_euclid(1000)).unwrap_or(0);
        let words = RecoveryWords::make(&mut *options.random)?;
        let new = make_chain(&words, time, &mut *options.random)?;
        for (name, secret) in new.secrets() {
            vault.wrap(*name, secret).await?;
        }
        let (sealing, keys, identity) = (new.sealing, new.store_keys, new.identity);
        let store = Store::create(folder, keys, identity)?;
        store.commit(&sealing, time, &mut *options.random)?;
        Ok((take_up(store, vault, options).await?, words))
    }

    /// Opens the record in a folder: replays the journal, and finishes a signing that was cut off.
    ///
    /// # Errors
    /// [`Error::Store`] when the folder is in use, of another role, damaged or of a newer program; [`Error::Vault`].
    pub async fn open(dir: &Path, vault: Box<dyn KeyVault>, options: RecordOptions) -> Result<Record, Error> {
        let folder = Folder::open(dir)?;
        let keys = StoreKeys {
            store: vault_secret(&*vault, SecretName::StoreKey).await?,
            erase: vault_secret(&*vault, SecretName::EraseKey).await?,
        };
        take_up(Store::open(folder, keys)?, vault, options).await
    }

    /// Begins epoch 1 with the staged nodes, which all must have enrolled the chain; the words sign it.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`], or [`Error::Ledger`]: other words, no node, a circle already, fenced.
    pub async fn confirm_circle(&self, words: RecoveryWords) -> Result<(), Error> {
        let _turn = self.inner.turn.lock().await;
        let inner = self.inner.clone();
        let device = vault_key(&*inner.vault, SecretName::DeviceKey).await?;
        let nodes =
            inner.store.nodes()?.into_iter().map(directory_node).collect::<Result<Vec<_>, Error>>()?;
        let work = inner.clone();
        let prepared = blocking(move || {
            let (ledger, mut random) = (locked(&work.ledger), locked(&work.random));
            let signers = (&words, &device);
            Ok(ledger.prepare_epoch_one(&work.store, signers, nodes, work.seconds(), &mut **random)?)
        })
        .await?;
        for (name, secret) in prepared.secrets() {
            inner.vault.wrap(*name, secret).await?;
        }
        let work = inner.clone();
        blocking(move || {
            let mut random = locked(&work.random);
            Ok(work.store.commit(&prepared.sealing, work.seconds(), &mut **random)?)
        })
        .await?;
        let next = Ledger::open(&inner.store, &*inner.vault).await?;
        *locked(&inner.ledger) = next;
        inner.sign_head().await?;
        inner.events.tell(|| Event::EpochBegun { epoch: 1 });
        Ok(())
    }
}

async fn take_up(
    store: Store,
    vault: Box<dyn KeyVault>,
    mut options: RecordOptions,
) -> Result<Record, Error> {
    let ledger = Ledger::open(&store, &*vault).await?;
    let fenced = ledger.fenced().is_some();
    let mut pipeline = Pipeline::new();
    pipeline.load_fetched(store.fetched()?);
    let replayed = pipeline.replay(&store, fenced)?;
    let mut left_undone = Vec::new();
    if let Err(error) = users::settle(&mut pipeline, &store, &mut *options.random) {
        left_undone.push(format!("measurements of a sensor's users wait on: {error}"));
    }
    let expired =
        if fenced { Removed::default() } else { tend_evidence(&store, &mut options, &mut left_undone) };
    let mut inner = Inner {
        turn: tokio::sync::Mutex::new(()),
        syncing: tokio::sync::Mutex::new(()),
        pipeline: Mutex::new(pipeline),
        ledger: Mutex::new(ledger),
        random: Mutex::new(options.random),
        store,
        vault,
        clock: options.clock,
        events: Events::new(),
        replayed,
        left_undone,
        expired,
    };
    if !fenced && let Err(error) = inner.sign_head().await {
        inner.left_undone.push(unsigned(error)?);
    }
    Ok(Record { inner: Arc::new(inner) })
}

/// Reading needs no signature: where none can be written the record opens all the same, and the next sealing signs.
fn unsigned(error: Error) -> Result<String, Error> {
    match &error {
        Error::Vault(VaultError::File { .. } | VaultError::NoRoom { .. })
        | Error::Ledger(LedgerError::Vault(VaultError::File { .. } | VaultError::NoRoom { .. })) => {}
        Error::Store(store) | Error::Ledger(LedgerError::Store(store)) if store.is_of_the_disk() => {}
        _ => return Err(error),
    }
    Ok(format!(
        "the last block could not be signed ({error}); the record can be read, the next sealing signs it"
    ))
}

/// Moves, sweeps and expires evidence; the record opens without it too.
fn tend_evidence(store: &Store, options: &mut RecordOptions, left_undone: &mut Vec<String>) -> Removed {
    let now = u64::try_from(options.clock.now().div_euclid(1000)).unwrap_or(0);
    let moved = store.move_old_evidence(&mut *options.random).map(drop);
    let swept = store.sweep_evidence().map(drop);
    let expired = store.expire_evidence(now, false);
    let words = "raw notifications could not be put in order";
    for error in [moved.err(), swept.err()].into_iter().flatten() {
        left_undone.push(format!("{words}: {error}"));
    }
    expired.unwrap_or_else(|error| {
        left_undone.push(format!("{words}: {error}"));
        Removed::default()
    })
}

impl Inner {
    /// Marks the head in the vault and signs it; done again after a crash it gives the same bytes.
    pub(crate) async fn sign_head(&self) -> Result<(), Error> {
        let mark = locked(&self.ledger).mark();
        let marked = mark_head(&*self.vault, mark).await?;
        pass(Point::Marked);
        let signed = locked(&self.ledger).sign(&self.store, &marked);
        signed.map(|_| ()).map_err(|error: LedgerError| error.into())
    }
}

fn directory_node(node: StoredNode) -> Result<DirectoryNode, Error> {
    let details = node.details;
    let key_certificate = details.key_certificate.ok_or_else(|| Error::NotEnrolled(details.name.clone()))?;
    Ok(DirectoryNode {
        label: node.label,
        name: details.name,
        address: details.address,
        tls_pin: details.tls_pin,
        identity: details.identity,
        key_certificate,
    })
}
