//! A record with a circle of real nodes in this process, each of which can be made to misbehave on its way to us.

use super::*;
use crate::{
    store::{NodeDetails, locked},
    sync::{Connect, NodeAnswer, NodeRequest, NodeUnreachable, SyncReport, scripted::ScriptedTransport},
};
use pulsebook_protocol::{bytes::Digest, card::NodeCard, key::SigningKey, secret::Secret32};
use pulsebook_provider_node::{Incoming, InvitePolicy, Node, NodeSecrets, store::MemoryStore};

pub(super) type Sent = Result<NodeAnswer, NodeUnreachable>;
type Twist = Box<dyn FnMut(&NodeRequest, &mut dyn FnMut() -> Sent) -> Sent + Send>;

/// Four nodes. A twist stands between us and one of them.
pub(super) struct World {
    pub(super) nodes: Vec<Arc<Node>>,
    twists: Arc<Mutex<Vec<Option<Twist>>>>,
    answered: Arc<Mutex<Vec<(usize, String)>>>,
}

pub(super) fn dead(_: &NodeRequest, _: &mut dyn FnMut() -> Sent) -> Sent {
    Err(NodeUnreachable::NoAnswer("nobody there".into()))
}

fn incoming(request: &NodeRequest) -> Incoming {
    let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Incoming {
        method: request.method.text().to_owned(),
        target_uri: format!("https://node.test{}", request.path),
        path: request.path.clone(),
        headers,
        body: request.body.clone(),
    }
}

impl World {
    pub(super) fn new() -> Self {
        let node = |number: u8| {
            let identity = SigningKey::from_seed(Secret32::from_bytes([number + 100; 32])).unwrap();
            let secrets = NodeSecrets { master: Secret32::from_bytes([number + 50; 32]), identity };
            let origins = vec!["https://node.test".to_owned()];
            let store = Box::new(MemoryStore::default());
            Arc::new(Node::new(store, secrets, InvitePolicy::Open, origins, "{}".to_owned()))
        };
        World {
            nodes: (0..4).map(node).collect(),
            twists: Arc::new(Mutex::new((0..4).map(|_| None).collect())),
            answered: Arc::default(),
        }
    }

    pub(super) fn twist(
        &self,
        node: usize,
        twist: impl FnMut(&NodeRequest, &mut dyn FnMut() -> Sent) -> Sent + Send + 'static,
    ) {
        locked(&self.twists)[node] = Some(Box::new(twist));
    }

    pub(super) fn straighten(&self) {
        locked(&self.twists).iter_mut().for_each(|twist| *twist = None);
    }

    /// Requests that a node answered with success, and forget them.
    pub(super) fn taken(&self, node: usize) -> Vec<String> {
        let mut answered = locked(&self.answered);
        let taken = answered.iter().filter(|(at, _)| *at == node).map(|(_, what)| what.clone()).collect();
        answered.retain(|(at, _)| *at != node);
        taken
    }

    pub(super) fn connect(&self) -> Box<Connect> {
        let (nodes, twists, answered) = (self.nodes.clone(), self.twists.clone(), self.answered.clone());
        Box::new(move |details: &NodeDetails| {
            let at = usize::from(details.tls_pin.as_bytes()[0]);
            let (node, twists, answered) = (nodes[at].clone(), twists.clone(), answered.clone());
            Ok(Box::new(ScriptedTransport::new(move |request| {
                let mut honest = || {
                    let answer = node.answer(&incoming(request), circle_now());
                    if answer.status < 300 {
                        let what = format!("{} {}", request.method.text(), request.path);
                        locked(&answered).push((at, what));
                    }
                    Ok(NodeAnswer { status: answer.status, body: answer.body })
                };
                match &mut locked(&twists)[at] {
                    Some(twist) => twist(request, &mut honest),
                    None => honest(),
                }
            })))
        })
    }

    pub(super) async fn sync(&self, record: &Record) -> SyncReport {
        record.sync_through(&*self.connect()).await.unwrap()
    }
}

pub(super) fn circle_now() -> u64 {
    super::super::circle::real_seconds()
}

/// A record with three blocks in epoch 0 and the first of epoch 1, and its four nodes; nothing is synced yet.
pub(super) async fn with_circle() -> (Scratch, Record, World) {
    let (dir, world) = (scratch(), World::new());
    let (record, words) = Record::create(&dir.join("record"), vault(&dir), options(1)).await.unwrap();
    more(&record, 0).await;
    for (number, node) in (0_u8..).zip(&world.nodes) {
        let card = NodeCard {
            name: format!("node {number}"),
            address: "https://node.test".into(),
            identity: node.identity(),
            tls_pin: Digest::from_bytes([number; 32]),
            invite: None,
        };
        record.circle_add(&card).await.unwrap();
        assert!(matches!(record.circle_add(&card).await, Err(Error::NodeTwice(_))));
    }
    record.enrol_staged(&words, &*world.connect()).await.unwrap();
    record.confirm_circle(words).await.unwrap();
    (dir, record, world)
}

/// Two more blocks: heart and temperature in an hour each.
pub(super) async fn more(record: &Record, hour: i64) {
    for hour in [hour, hour + 1] {
        let events = [stream(hour * 3600, 30), vec![temperature_at(hour * 3_600_000 + 60_000)]].concat();
        collect(record, events).await;
        record.seal().await.unwrap();
    }
}

pub(super) fn troubles(report: &SyncReport) -> Vec<&str> {
    report.nodes.iter().filter_map(|node| node.trouble.as_deref()).collect()
}

#[tokio::test]
async fn everything_settles_and_is_counted_both_ways() {
    let (_dir, record, world) = with_circle().await;
    more(&record, 2).await;
    let mut events = record.events();
    let report = world.sync(&record).await;
    assert_eq!(troubles(&report), [""; 0]);
    let accepted = report.accepted;
    assert_eq!((accepted.blocks, accepted.certified(), accepted.settled()), (6, 6, 6));
    assert_eq!((accepted.settled_directly, accepted.settled_covered), (2, 4), "sizes 1 and 3 of epoch 1");
    let mut settled = 0;
    while let Some(heard) = events.try_next() {
        settled += usize::from(matches!(heard.event, Event::Settled { .. }));
    }
    assert_eq!(settled, 2, "the hand-over and the head");
    assert!(
        report.nodes.iter().all(|node| node.sent.blocks == 6 && node.sent.segments == 8 && node.waiting == 0)
    );
    let again = world.sync(&record).await;
    assert!(again.nodes.iter().all(|node| node.sent == crate::sync::Sent::default()), "{again:?}");
    more(&record, 4).await;
    assert_eq!(world.sync(&record).await.accepted.settled(), 8);
}

#[tokio::test]
async fn nothing_differs_at_honest_nodes_and_an_altered_segment_is_named() {
    let (_dir, record, world) = with_circle().await;
    world.sync(&record).await;
    let verified = record.verify_through(&*world.connect(), crate::sync::Depth::Hashes).await.unwrap();
    assert_eq!((verified.own.blocks, verified.own.segments), (4, 4));
    assert!(verified.own.findings.is_empty(), "{:?}", verified.own);
    assert!(verified.nodes.iter().all(|node| node.checked.findings.is_empty() && node.checked.blocks == 4));
    world.twist(2, |request, honest| {
        let mut answer = honest()?;
        if request.path.ends_with("/blocks/1") {
            *answer.body.last_mut().unwrap() ^= 1;
        }
        Ok(answer)
    });
    world.twist(1, dead);
    let verified = record.verify_through(&*world.connect(), crate::sync::Depth::Hashes).await.unwrap();
    let found: Vec<_> = verified.nodes.iter().filter(|node| !node.checked.findings.is_empty()).collect();
    let [node] = &found[..] else { panic!("{found:?}") };
    let finding = &node.checked.findings[0];
    assert_eq!((node.name.as_str(), finding.height, finding.slot), ("node 2", 1, Some(1)));
    assert_eq!(verified.nodes.iter().filter(|node| node.checked.trouble.is_some()).count(), 1);
}

#[tokio::test]
async fn a_record_without_a_circle_says_so_when_it_is_to_sync() {
    let (_dir, record) = new_record().await;
    let error = record.sync().await.unwrap_err();
    assert!(matches!(error, Error::NoCircle));
    assert!(error.to_string().contains("circle add") && error.to_string().contains("circle confirm"));
}

/// What an app holds must be able to move between threads while it works.
#[test]
fn the_long_futures_can_be_sent() {
    fn send<T: Send>(_: T) {}
    let _check = |record: &Record| {
        send(record.sync());
        send(record.verify());
    };
}
