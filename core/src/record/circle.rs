//! The circle: staging nodes by their cards, enrolling and confirming them with the words, listing them.

use super::Record;
use crate::{
    error::Error,
    keys::SecretName,
    ledger::vault_key,
    store::{NodeDetails, NodeState, StoredNode, locked},
    sync::{Connect, Enrolment, NodeClient, Signing, dial, enrol, waiting_for},
};
use pulsebook_protocol::{
    bytes::{ByteString, NodeLabel},
    card::NodeCard,
    checkpoint::UnixSeconds,
    random::make_bytes,
    words::RecoveryWords,
};

/// A node of the circle, or staged for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircleNodeView {
    /// Its label in this record.
    pub label: NodeLabel,
    /// The organisation's name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whether it counts; otherwise it is staged.
    pub confirmed: bool,
    /// Blocks that it does not have yet.
    pub waiting: u64,
    /// What went wrong with it in the last sync, in words; nothing when it went through.
    pub trouble: Option<String>,
    /// When a sync with it last went through without trouble, UTC seconds.
    pub last_reached: Option<UnixSeconds>,
}

impl Record {
    /// Stages a node by its card; it counts once the circle is confirmed.
    ///
    /// # Errors
    /// [`Error::NodeTwice`], [`Error::Store`].
    pub async fn circle_add(&self, card: &NodeCard) -> Result<NodeLabel, Error> {
        let store = &self.inner.store;
        if store.nodes()?.iter().any(|node| node.details.identity == card.identity) {
            return Err(Error::NodeTwice(card.name.clone()));
        }
        let mut random = locked(&self.inner.random);
        let label = NodeLabel::from_bytes(make_bytes(&mut **random)?);
        let details = NodeDetails {
            name: card.name.clone(),
            address: card.address.clone(),
            identity: card.identity,
            tls_pin: card.tls_pin,
            invite: card.invite.clone(),
            key_certificate: None,
        };
        store.put_node(&StoredNode { label, state: NodeState::Staged, details }, &mut **random)?;
        Ok(label)
    }

    /// Enrols the record at every staged node, all of which must be reachable, then begins epoch 1 with them.
    ///
    /// # Errors
    /// [`Error::Node`] names the node that did not enrol; [`Error::Ledger`] as [`Record::confirm_circle`].
    pub async fn circle_confirm(&self, words: RecoveryWords) -> Result<(), Error> {
        self.circle_confirm_through(words, &dial).await
    }

    /// [`Record::circle_confirm`] over transports of the caller's own.
    ///
    /// # Errors
    /// As [`Record::circle_confirm`].
    pub async fn circle_confirm_through(&self, words: RecoveryWords, connect: &Connect) -> Result<(), Error> {
        self.enrol_staged(&words, connect).await?;
        self.confirm_circle(words).await
    }

    /// The nodes, ascending by label.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn circle(&self) -> Result<Vec<CircleNodeView>, Error> {
        let store = &self.inner.store;
        let view = |node: StoredNode| {
            let visit = store.visit(&node.label)?;
            Ok(CircleNodeView {
                label: node.label,
                waiting: waiting_for(store, &node.label)?,
                name: node.details.name,
                address: node.details.address,
                confirmed: node.state == NodeState::Confirmed,
                trouble: visit.trouble,
                last_reached: visit.last_reached,
            })
        };
        store.nodes()?.into_iter().map(view).collect()
    }

    pub(crate) async fn enrol_staged(&self, words: &RecoveryWords, connect: &Connect) -> Result<(), Error> {
        let inner = &self.inner;
        let device = vault_key(&*inner.vault, SecretName::DeviceKey).await?;
        let identity = inner.store.identity();
        let (chain, now) = (identity.chain, &real_seconds);
        let voucher = words.root_key()?.vouch_for(&chain, "enrol", 0, &device.public());
        let signing = Signing { chain, device: &device, now, random: &inner.random };
        for mut node in inner.store.nodes()? {
            if node.details.key_certificate.is_some() {
                continue;
            }
            let enrolment = Enrolment {
                chain,
                first_root: identity.first_root,
                salt: identity.salt,
                locator: words.locator(&node.details.identity),
                invite: node.details.invite.clone(),
                identity: node.details.identity,
                voucher,
            };
            let named = |source| Error::Node { name: node.details.name.clone(), source };
            let transport = connect(&node.details).map_err(|error| named(error.into()))?;
            let client = NodeClient::new(&*transport, &signing);
            let certificate = enrol(client, &device, &enrolment).await.map_err(named)?;
            node.details.key_certificate = Some(ByteString(certificate));
            inner.store.put_node(&node, &mut **locked(&inner.random))?;
        }
        Ok(())
    }
}

/// UTC seconds of the real clock: nodes judge requests by theirs, whatever time a simulation plays at.
pub(super) fn real_seconds() -> u64 {
    u64::try_from(pulsebook_faultpoint::now_ms() / 1000).unwrap_or(0)
}
