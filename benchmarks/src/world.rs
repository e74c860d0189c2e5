//! A record and the nodes of its circle in this process, with what each kind of request cost them.

use crate::{
    day::Day,
    feed::Feed,
    measure::cpu,
    trouble::{Outcome, Trouble},
};
use pulsebook_core::{
    ble::Notification,
    clock::ManualClock,
    keys::MemoryVault,
    record::{CollectOptions, Record, RecordOptions},
    store::NodeDetails,
    sync::{
        Connect, NodeAnswer, NodeRequest, NodeTransport, NodeUnreachable, Pending, SyncReport, WireBytes,
    },
};
use pulsebook_protocol::{
    bytes::Digest, card::NodeCard, key::SigningKey, random::SystemRandom, secret::Secret32,
    words::RecoveryWords,
};
use pulsebook_provider_node::{
    Incoming, InvitePolicy, Node, NodeSecrets,
    store::{FileBlobs, SqliteStore},
};
use std::{
    collections::BTreeMap,
    future::ready,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

const ORIGIN: &str = "https://node.test";

/// What requests of one kind came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) requests: u64,
    pub(crate) body_bytes: u64,
    /// Wall and CPU seconds in the node's handler.
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// Costs by kind of request: `segments`, `offers`, `certificates` …
pub(crate) type Ledgered = Arc<Mutex<BTreeMap<String, Cost>>>;

/// Nodes without network, each with a database of its own.
pub(crate) struct Nodes {
    nodes: Vec<(Arc<Node>, Ledgered)>,
}

impl Nodes {
    pub(crate) fn make(count: u8, folder: &Path) -> Outcome<Nodes> {
        let node = |number: u8| {
            let identity = SigningKey::make(&mut SystemRandom)?;
            let secrets = NodeSecrets { master: Secret32::make(&mut SystemRandom)?, identity };
            let blobs = FileBlobs::open(&folder.join(format!("blobs-{number}")), Box::new(SystemRandom))?;
            let store = SqliteStore::open(&folder.join(format!("node-{number}.sqlite")), Box::new(blobs))?;
            let store = Box::new(store);
            let node = Node::new(store, secrets, InvitePolicy::Open, vec![ORIGIN.into()], "{}".into());
            Ok::<_, Trouble>((Arc::new(node), Ledgered::default()))
        };
        Ok(Nodes { nodes: (0..count).map(node).collect::<Outcome<_>>()? })
    }

    /// Reaches a node by the number in its card's pin.
    pub(crate) fn connect(&self) -> Box<Connect> {
        let nodes = self.nodes.clone();
        Box::new(move |details: &NodeDetails| {
            let number = usize::from(details.tls_pin.as_bytes().first().copied().unwrap_or(0));
            let found = nodes.get(number).ok_or_else(|| NodeUnreachable::NoAnswer("no such node".into()))?;
            Ok(Box::new(InProcess { node: found.0.clone(), costs: found.1.clone() }))
        })
    }

    /// Makes them the circle of a record and brings the first blocks there.
    pub(crate) async fn join(&self, record: &Record, words: RecoveryWords) -> Outcome {
        for (number, (node, _)) in (0..).zip(&self.nodes) {
            let card = NodeCard {
                name: format!("node {number}"),
                address: ORIGIN.into(),
                identity: node.identity(),
                tls_pin: Digest::from_bytes([number; 32]),
                invite: None,
            };
            record.circle_add(&card).await?;
        }
        let connect = self.connect();
        record.circle_confirm_through(words, &*connect).await?;
        self.sync(record).await?;
        Ok(())
    }

    /// One sync that must settle everything.
    pub(crate) async fn sync(&self, record: &Record) -> Outcome<SyncReport> {
        settled(record.sync_through(&*self.connect()).await?)
    }

    /// What the first node was asked since the last time.
    pub(crate) fn take_costs(&self) -> BTreeMap<String, Cost> {
        let first = self.nodes.first().map(|(_, costs)| costs.clone()).unwrap_or_default();
        let mut costs = first.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *costs)
    }
}

/// The report of a sync after which every block is settled.
pub(crate) fn settled(report: SyncReport) -> Outcome<SyncReport> {
    let trouble = report.nodes.iter().find_map(|node| node.trouble.clone());
    match trouble {
        Some(trouble) => Err(trouble.into()),
        None if report.accepted.settled() < report.accepted.blocks => {
            Err("a sync left blocks unsettled".into())
        }
        None => Ok(report),
    }
}

struct InProcess {
    node: Arc<Node>,
    costs: Ledgered,
}

impl NodeTransport for InProcess {
    fn origin(&self) -> &str {
        ORIGIN
    }

    fn send(&self, request: NodeRequest) -> Pending<'_, Result<NodeAnswer, NodeUnreachable>> {
        let kind = request.path.split('/').nth(4).unwrap_or("card").to_owned();
        let kind = kind.split('?').next().unwrap_or_default().to_owned();
        let bytes = request.body.len() as u64;
        let incoming = Incoming {
            method: request.method.text().to_owned(),
            target_uri: format!("{ORIGIN}{}", request.path),
            path: request.path,
            headers: request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: request.body,
        };
        let (before, start) = (cpu(), Instant::now());
        let answer = self.node.answer(&incoming, real_seconds());
        let (spent, took) = (cpu() - before, start.elapsed().as_secs_f64());
        let mut costs = self.costs.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = costs.entry(kind).or_default();
        cost.requests += 1;
        cost.body_bytes += bytes;
        cost.cpu += spent;
        cost.wall += took;
        Box::pin(ready(Ok(NodeAnswer { status: answer.status, body: answer.body })))
    }

    fn traffic(&self) -> WireBytes {
        WireBytes::default()
    }
}

fn real_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A new record whose keys are in memory.
pub(crate) async fn record_in(folder: &Path) -> Outcome<(Record, RecoveryWords)> {
    let options =
        RecordOptions { clock: Arc::new(ManualClock::at(crate::day::START)), random: Box::new(SystemRandom) };
    Ok(Record::create(folder, Box::new(MemoryVault::default()), options).await?)
}

/// Collects and seals notifications.
pub(crate) async fn collect(
    record: &Record,
    notifications: impl Iterator<Item = Notification> + Send + 'static,
) -> Outcome {
    let summary = record.collect(Box::new(Feed::of(notifications)), CollectOptions::default()).await?;
    if summary.counts.malformed > 0 || summary.sealings_failed > 0 {
        return Err("the patient-day was not understood, or not sealed".into());
    }
    record.seal().await?;
    Ok(())
}

/// So many seconds of the patient-day, sealed hour by hour.
pub(crate) async fn collect_seconds(record: &Record, seconds: u64) -> Outcome {
    collect(record, Day::seconds(seconds)).await
}

/// Runs a future to its end on a runtime of two threads.
pub(crate) fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}
