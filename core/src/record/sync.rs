//! Syncing with the circle, and verifying what it holds.

use super::{Inner, Record, blocking, circle::real_seconds};
use crate::{
    error::Error,
    event::Event,
    keys::{KeyVault, SecretName, VaultError},
    ledger::{FenceReason, LedgerError, vault_key, vault_secret},
    store::{NodeState, StoreError, StoredNode, locked},
    sync::{
        Checked, CirclePeer, Connect, Depth, Fenced, How, NodeCheck, NodeTransport, Signing, SyncEvent,
        SyncInput, SyncReport, UnreachableTransport, VerifyReport, dial, sync, verify_node, verify_own,
    },
};
use futures_util::future::join_all;
use pulsebook_protocol::{bytes::NodeLabel, envelope::ReceivePublicKey, key::SigningKey, secret::Secret32};
use std::time::Duration;

/// A node that is not done within this time is left for the next sync.
const PATIENCE: Duration = Duration::from_secs(300);

impl Record {
    /// Brings every node of the circle as far forward as it goes, once, and pulls what it has to tell.
    ///
    /// # Errors
    /// [`Error::NoCircle`]; [`Error::Sync`] and others when our own side fails; what a node does is in the report.
    pub async fn sync(&self) -> Result<SyncReport, Error> {
        self.sync_through(&dial).await
    }

    /// Checks our own chain and every node's copy of it, by the hashes that each node gives for its segments.
    ///
    /// # Errors
    /// [`Error::Sync`] when our own side fails; what a node holds or lacks is in the report.
    pub async fn verify(&self) -> Result<VerifyReport, Error> {
        self.verify_through(&dial, Depth::Hashes).await
    }

    /// The same, but fetches every segment from every node, one at a time: a node that stores garbage and gives the right
    /// hashes is found. Costs the record's bytes from each node.
    ///
    /// # Errors
    /// As [`Record::verify`].
    pub async fn verify_deep(&self) -> Result<VerifyReport, Error> {
        self.verify_through(&dial, Depth::Bytes).await
    }

    /// [`Record::sync`] over transports of the caller's own, one for each node: connections kept warm, other radios.
    ///
    /// # Errors
    /// As [`Record::sync`].
    pub async fn sync_through(&self, connect: &Connect) -> Result<SyncReport, Error> {
        let inner = &self.inner;
        let _one_at_a_time = inner.syncing.lock().await;
        let nodes = inner.confirmed()?;
        if nodes.is_empty() {
            return Err(Error::NoCircle);
        }
        if let Some(fenced) = inner.fenced() {
            let accepted = crate::sync::accepted(&inner.store)?;
            return Ok(SyncReport { accepted, fenced: Some(fenced), ..SyncReport::default() });
        }
        // Also here, so that a signing which a full disk put off is made up for.
        {
            let _turn = inner.turn.lock().await;
            inner.sign_head().await?;
        }
        let device = vault_key(&*inner.vault, SecretName::DeviceKey).await?;
        let control_keys = inner.control_keys().await?;
        let recovery = recovery_key(&*inner.vault).await?;
        let work = inner.clone();
        let (index, log_key) = blocking(move || work.prepare_sync(&recovery)).await?;
        let signing =
            Signing { chain: self.chain(), device: &device, now: &real_seconds, random: &inner.random };
        let peers = peers(&nodes, connect);
        let on_event = |event| inner.tell_sync(event, &nodes);
        let input = SyncInput {
            store: &inner.store,
            signing: &signing,
            log_key: &log_key,
            control_keys: &control_keys,
            index,
            patience: PATIENCE,
            on_event: &on_event,
        };
        let mut report = sync(&input, &peers).await?;
        inner.keep_visits(&report)?;
        if let Some(fenced) = &mut report.fenced {
            fenced.words = inner.fence(fenced.height).await?;
        }
        Ok(report)
    }

    /// [`Record::verify`] or [`Record::verify_deep`] over transports of the caller's own.
    ///
    /// # Errors
    /// As [`Record::verify`].
    pub async fn verify_through(&self, connect: &Connect, depth: Depth) -> Result<VerifyReport, Error> {
        let inner = &self.inner;
        let device = vault_key(&*inner.vault, SecretName::DeviceKey).await?;
        let work = inner.clone();
        let mut own = blocking(move || Ok(verify_own(&work.store)?)).await?;
        // Derived bytes, so only where time does not count; and only over segments that are what was sealed.
        if depth == Depth::Bytes && own.findings.is_empty() {
            own.derived = self.check_rollups().await?;
        }
        let signing =
            Signing { chain: self.chain(), device: &device, now: &real_seconds, random: &inner.random };
        let peers = peers(&inner.confirmed()?, connect);
        let how = How { depth, old_copy: inner.fenced().is_some() };
        let checks = peers.iter().map(|peer| verify_node(&inner.store, &*peer.transport, &signing, how));
        let checked = join_all(checks).await.into_iter().collect::<Result<Vec<Checked>, _>>()?;
        let named = |(peer, checked): (&CirclePeer, Checked)| NodeCheck {
            label: peer.label,
            name: peer.name.clone(),
            checked,
        };
        Ok(VerifyReport { own, nodes: peers.iter().zip(checked).map(named).collect() })
    }
}

impl Record {
    /// What is wrong with the rollups, in words; it has been made again.
    async fn check_rollups(&self) -> Result<Vec<String>, Error> {
        let _turn = self.inner.turn.lock().await;
        let work = self.inner.clone();
        let found = blocking(move || Ok(work.store.check_rollups(&mut **locked(&work.random))?)).await?;
        Ok(found.iter().map(ToString::to_string).collect())
    }
}

fn peers(nodes: &[StoredNode], connect: &Connect) -> Vec<CirclePeer> {
    let peer = |node: &StoredNode| {
        let transport: Box<dyn NodeTransport> =
            connect(&node.details).unwrap_or_else(|why| Box::new(UnreachableTransport(why)));
        CirclePeer { label: node.label, name: node.details.name.clone(), transport }
    };
    nodes.iter().map(peer).collect()
}

async fn recovery_key(vault: &dyn KeyVault) -> Result<ReceivePublicKey, Error> {
    let bytes = vault.secret(SecretName::RecoveryPublicKey).await?;
    let missing = |_| VaultError::Missing(SecretName::RecoveryPublicKey);
    Ok(ReceivePublicKey::from_bytes(&bytes).map_err(missing)?)
}

impl Inner {
    fn confirmed(&self) -> Result<Vec<StoredNode>, StoreError> {
        let nodes = self.store.nodes()?;
        Ok(nodes.into_iter().filter(|node| node.state == NodeState::Confirmed).collect())
    }

    async fn control_keys(&self) -> Result<Vec<(u32, Secret32)>, Error> {
        let newest = locked(&self.ledger).epoch();
        let mut keys = Vec::new();
        for epoch in 0..=newest {
            keys.push((epoch, vault_secret(&*self.vault, SecretName::ControlKey(epoch)).await?));
        }
        Ok(keys)
    }

    /// The keyring brought up to the head, and the log key for releases.
    fn prepare_sync(
        &self,
        recovery: &ReceivePublicKey,
    ) -> Result<(crate::store::StoredIndex, SigningKey), Error> {
        self.catch_up_grants()?;
        let (ledger, mut random) = (locked(&self.ledger), locked(&self.random));
        let index = ledger.update_keyring(&self.store, recovery, &mut **random)?;
        let log_key = SigningKey::from_seed(ledger.log_key()?.seed().duplicate())?;
        Ok((index, log_key))
    }

    /// Remembers how it went with each node, for whoever asks for the status later, and makes the whole sync durable.
    fn keep_visits(&self, report: &SyncReport) -> Result<(), StoreError> {
        let visits: Vec<_> = report.nodes.iter().map(|node| (node.label, node.trouble.as_deref())).collect();
        self.store.put_visits(&visits, real_seconds(), &mut **locked(&self.random))
    }

    fn tell_sync(&self, event: SyncEvent, nodes: &[StoredNode]) {
        let name = |label: NodeLabel| {
            nodes
                .iter()
                .find(|node| node.label == label)
                .map(|node| node.details.name.clone())
                .unwrap_or_default()
        };
        self.events.tell(|| match event {
            SyncEvent::Offered { node, epoch, size } => Event::Offered { node: name(node), epoch, size },
            SyncEvent::Certified { epoch, size } => Event::Certified { epoch, size },
            SyncEvent::Settled { epoch, size } => Event::Settled { epoch, size },
        });
    }

    /// Fences the record for good; what that means, in words.
    async fn fence(&self, node: u64) -> Result<String, Error> {
        let epoch = locked(&self.ledger).epoch();
        let reason = locked(&self.ledger).fence(&self.store, node)?;
        self.events.tell(|| Event::Fenced { reason: reason.to_string() });
        // Also in the vault: the folder may be put back from a copy that does not know of it.
        self.vault.wrap(SecretName::Fence(epoch), &node.to_be_bytes()).await?;
        Ok(LedgerError::Fenced(reason).to_string())
    }

    /// The fence as it was found before, in the same words each time.
    fn fenced(&self) -> Option<Fenced> {
        let ledger = locked(&self.ledger);
        let reason = ledger.fenced()?;
        let height = match reason {
            FenceReason::NodeAhead { node, .. } => node,
            FenceReason::OldDatabase { signed, .. } => signed,
            FenceReason::OtherBlock { height } => height,
        };
        Some(Fenced { height, words: LedgerError::Fenced(reason).to_string() })
    }
}
