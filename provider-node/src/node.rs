//! One node: its secrets, its store and its rules for taking chains in.

use crate::{
    limit::{EVERY, Limiter, READS},
    store::NodeStore,
    verified::Verified,
};
use pulsebook_protocol::{
    bytes::{ChainId, GrantId},
    key::{PublicKey, SigningKey},
    key_certificate::NodeKeys,
    request_key::RequestKey,
    secret::Secret32,
};
use std::sync::Arc;

/// Who may bring a new chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitePolicy {
    /// Everyone.
    Open,
    /// Whoever has one of these codes; each takes in one chain.
    Codes(Vec<String>),
}

/// The secrets of a node. They open nothing that a patient sealed.
#[derive(Debug)]
pub struct NodeSecrets {
    /// From which the keys of every chain are derived.
    pub master: Secret32,
    /// Certifies those keys.
    pub identity: SigningKey,
}

/// A node without its network side: what it answers depends on the request, its store and the time alone.
pub struct Node {
    pub(crate) store: Box<dyn NodeStore>,
    secrets: NodeSecrets,
    pub(crate) invites: InvitePolicy,
    pub(crate) origins: Vec<String>,
    card: String,
    /// Reads under each grant; those by keys it was not given to apart, so that a copied token locks nobody out.
    pub(crate) reads: Limiter<(ChainId, GrantId, bool)>,
    /// Reads of each chain by each key that showed a token: refused before any of it is verified again. A hospital that
    /// reads many patients' chains in a row is not held up.
    pub(crate) readers: Limiter<(ChainId, RequestKey)>,
    pub(crate) verified: Verified,
}

impl Node {
    /// Puts a node together. `origins` are the https origins that signed requests may name; `card` is served as it is.
    #[must_use]
    pub fn new(
        store: Box<dyn NodeStore>,
        secrets: NodeSecrets,
        invites: InvitePolicy,
        origins: Vec<String>,
        card: String,
    ) -> Self {
        let (reads, readers) = (Limiter::new(READS, EVERY), Limiter::new(READS, EVERY));
        Node { store, secrets, invites, origins, card, reads, readers, verified: Verified::default() }
    }

    /// The key that the node card shows.
    #[must_use]
    pub fn identity(&self) -> PublicKey {
        self.secrets.identity.public()
    }

    pub(crate) fn identity_key(&self) -> &SigningKey {
        &self.secrets.identity
    }

    pub(crate) fn card(&self) -> &str {
        &self.card
    }

    pub(crate) fn keys(&self, chain: &ChainId, generation: u32) -> Result<Arc<NodeKeys>, String> {
        self.verified.keys(&self.secrets.master, chain, generation)
    }
}
