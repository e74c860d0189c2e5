//! Syncing: what the patient sealed goes to each node of the circle, what they answer is verified and counted.
//!
//! Offline first and idempotent: every step starts from where a node says it stands and from our own cursors, so a sync
//! that was cut off is simply done again. Nodes go side by side; none waits for one that is slow, dead or talks nonsense.

mod accesses;
pub mod backoff;
pub mod client;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod dial_transport;
mod enrol;
mod error;
mod exchange;
mod node;
mod offers;
mod own;
mod phases;
mod releases;
mod report;
#[cfg(any(test, feature = "contract"))]
pub mod scripted;
mod segments;
mod standing;
mod verify;
mod votes;

pub use client::{NodeClient, Signing};
pub use dial_transport::DialTransport;
pub use enrol::{Enrolment, enrol};
pub use error::{NodeError, SyncError};
pub use node::{
    Method, NodeAnswer, NodeRequest, NodeTransport, NodeUnreachable, Pending, UnreachableTransport, WireBytes,
};
pub use report::{Accepted, Fenced, NodeReport, Sent, SyncEvent, SyncReport};
pub use standing::{InForce, accepted, granted_at, revoked_at, waiting_for};
pub use verify::{Checked, Depth, Finding, How, NodeCheck, VerifyReport, verify_node, verify_own};

use crate::{
    consent::{Settled, make_releases},
    store::{NodeDetails, Store, StoredIndex, locked},
};
use exchange::{Ahead, Done, Exchange, Peer};
use futures_util::future::join_all;
use own::OwnChain;
use phases::{Phase, Phases, Place};
use pulsebook_protocol::{bytes::NodeLabel, key::SigningKey, secret::Secret32};
use std::{fmt, sync::Mutex, time::Duration};
use votes::Votes;
pub(crate) use votes::accepted_sizes;

/// Makes the transport to a node from what is known of it.
pub type Connect = dyn Fn(&NodeDetails) -> Result<Box<dyn NodeTransport>, NodeUnreachable> + Send + Sync;

/// Reaches a node over HTTPS, by the pin on its card. Nothing is sent yet.
///
/// # Errors
/// [`NodeUnreachable`] when its address is not `https://host:port`.
pub fn dial(node: &NodeDetails) -> Result<Box<dyn NodeTransport>, NodeUnreachable> {
    Ok(Box::new(DialTransport::new(&node.address, node.tls_pin)?))
}

/// A node of the circle and how to reach it.
pub struct CirclePeer {
    /// Its label.
    pub label: NodeLabel,
    /// The organisation's name.
    pub name: String,
    /// Carries requests to it.
    pub transport: Box<dyn NodeTransport>,
}

impl fmt::Debug for CirclePeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CirclePeer({}, {})", self.label, self.name)
    }
}

/// What a sync works with.
pub struct SyncInput<'a> {
    /// Our own store.
    pub store: &'a Store,
    /// Signs requests; tells the real time.
    pub signing: &'a Signing<'a>,
    /// L_e of the newest epoch, which signs releases.
    pub log_key: &'a SigningKey,
    /// The control key of each epoch.
    pub control_keys: &'a [(u32, Secret32)],
    /// The keyring index, brought up to the head; blocks sealed after it wait for the next sync.
    pub index: StoredIndex,
    /// A node that needs longer than this for all its steps is left for the next sync.
    pub patience: Duration,
    /// Told as it happens; must return quickly.
    pub on_event: &'a (dyn Fn(SyncEvent) + Send + Sync),
}

impl fmt::Debug for SyncInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncInput").field("signing", &self.signing).finish_non_exhaustive()
    }
}

/// Brings every node of the circle as far forward as it goes, once. Must run inside tokio with time enabled.
///
/// # Errors
/// [`SyncError`] when our own side fails; what one node does or does not do is in the report.
pub async fn sync(input: &SyncInput<'_>, peers: &[CirclePeer]) -> Result<SyncReport, SyncError> {
    let own = OwnChain::load(input.store, input.index.height)?;
    let epoch = own.newest();
    let release = || release(input, epoch);
    let exchange = Exchange {
        store: input.store,
        votes: Mutex::new(Votes::restore(input.store, &own)?),
        accepted: Mutex::default(),
        own,
        signing: input.signing,
        control_keys: input.control_keys,
        phases: Phases::new(),
        index: input.index.clone(),
        on_event: input.on_event,
        release: &release,
        released: Mutex::new(None),
    };
    let steps = peers.iter().map(|peer| {
        let places = (exchange.phases.enter(Phase::Offering), exchange.phases.enter(Phase::Certifying));
        one_node(input, &exchange, peer, places)
    });
    // Collected first: every node has its places before the first one looks whether anybody is at work.
    let steps: Vec<_> = steps.collect();
    let ended = join_all(steps).await.into_iter().collect::<Result<Vec<_>, SyncError>>()?;
    let fenced = fenced(&exchange, &ended)?;
    let releases_made = locked(&exchange.released).unwrap_or(0);
    let nodes = ended.into_iter().map(|(report, _)| report).collect();
    Ok(SyncReport { nodes, accepted: accepted(input.store)?, releases_made, fenced })
}

/// All steps of one node within our patience, and its report.
async fn one_node(
    input: &SyncInput<'_>,
    exchange: &Exchange<'_>,
    circle_peer: &CirclePeer,
    places: (Place<'_>, Place<'_>),
) -> Result<(NodeReport, Option<Ahead>), SyncError> {
    let (label, transport) = (circle_peer.label, &*circle_peer.transport);
    let client = NodeClient::new(transport, input.signing);
    let peer = Peer { label, client, done: Mutex::new(Done::default()) };
    let before = transport.traffic();
    let trouble = match tokio::time::timeout(input.patience, exchange.run(&peer, places)).await {
        Ok(Ok(())) => None,
        // Our own failure ends the sync; a store that fails for one node fails for all.
        Ok(Err(NodeError::Own(error))) => return Err(error),
        Ok(Err(error)) => {
            // A node that refuses, or answers with nonsense, was reached.
            let answered = !matches!(error, NodeError::Unreachable(_));
            let other_key = matches!(error, NodeError::Unreachable(NodeUnreachable::OtherKey(_)));
            peer.note(|done| (done.answered, done.other_key) = (done.answered || answered, other_key));
            Some(error.to_string())
        }
        Err(_) => {
            Some(format!("not done within {} s; the rest waits for the next sync", input.patience.as_secs()))
        }
    };
    let done = *locked(&peer.done);
    match trouble {
        None => backoff::succeeded(input.store, &label)?,
        Some(_) => {
            let mut random = locked(input.signing.random);
            backoff::failed(input.store, &label, (input.signing.now)(), &mut **random)?;
        }
    }
    let after = transport.traffic();
    let wire = WireBytes { sent: after.sent - before.sent, received: after.received - before.received };
    let report = NodeReport {
        label,
        name: circle_peer.name.clone(),
        other_key: done.other_key,
        reachable: done.answered,
        sent: done.sent,
        accesses: done.accesses,
        wire,
        waiting: waiting_for(input.store, &label)?,
        trouble,
    };
    Ok((report, done.ahead))
}

/// Releases what is settled by now, if the epoch is handed over.
fn release(input: &SyncInput<'_>, epoch: u32) -> Result<u64, SyncError> {
    let (_, settled) = votes::accepted_sizes(input.store, epoch)?;
    let first = input.store.epoch(epoch)?.map_or(0, |epoch| epoch.first_height);
    let Some(height) = (first + settled).checked_sub(1).filter(|_| settled > 0) else { return Ok(0) };
    let settled = Settled { epoch, height, log_key: input.log_key };
    let mut random = locked(input.signing.random);
    Ok(make_releases(input.store, settled, (input.signing.now)(), &mut **random)?)
}

/// Whether another copy of this record has written: a node shows it, or more nodes say so than may lie.
fn fenced(
    exchange: &Exchange<'_>,
    ended: &[(NodeReport, Option<Ahead>)],
) -> Result<Option<Fenced>, SyncError> {
    let may_lie = exchange.own.epoch(exchange.own.newest())?.circle().quorum().f;
    let ahead: Vec<(&str, Ahead)> =
        ended.iter().filter_map(|(report, ahead)| Some((report.name.as_str(), (*ahead)?))).collect();
    if ahead.len() <= may_lie && !ahead.iter().any(|(_, ahead)| ahead.shown) {
        return Ok(None);
    }
    let names: Vec<&str> = ahead.iter().map(|(name, _)| *name).collect();
    let words = format!(
        "blocks of this record that this device never made are held by {}: another copy of it has written. This device keeps collecting and signs nothing; a new epoch settles this, which a later version brings",
        names.join(", ")
    );
    Ok(Some(Fenced { height: ahead.iter().map(|(_, ahead)| ahead.height).max().unwrap_or(0), words }))
}
