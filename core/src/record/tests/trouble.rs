//! Nodes that are dead, slow to come back, talk nonsense or lie.

use super::circle::{World, dead, more, troubles, with_circle};

use crate::{store::locked, sync::NodeAnswer};
use pulsebook_protocol::{cbor, owner::NodeHead};

fn nonsense(world: &World, node: usize) {
    world.twist(node, |_, _| Ok(NodeAnswer { status: 200, body: b"<html>welcome</html>".to_vec() }));
}

#[tokio::test]
async fn a_dead_node_does_not_keep_the_others_from_settling() {
    let (_dir, record, world) = with_circle().await;
    world.twist(0, dead);
    let report = world.sync(&record).await;
    assert_eq!((report.accepted.settled(), troubles(&report)), (4, vec!["nobody there"]));
    world.straighten();
    let report = world.sync(&record).await;
    assert!(troubles(&report).is_empty());
    assert!(report.nodes.iter().all(|node| node.waiting == 0));
}

#[tokio::test]
async fn trouble_is_remembered_when_nothing_waits_and_gone_when_a_sync_goes_through() {
    let (_dir, record, world) = with_circle().await;
    world.sync(&record).await;
    let before = record.circle().await.unwrap();
    assert!(before.iter().all(|node| node.trouble.is_none() && node.last_reached.is_some()), "{before:?}");
    world.twist(0, dead);
    world.sync(&record).await;
    let nodes = record.circle().await.unwrap();
    let mut troubled = nodes.iter().filter(|node| node.trouble.is_some());
    let node = troubled.next().unwrap();
    assert_eq!(
        (node.name.as_str(), node.trouble.as_deref(), node.waiting),
        ("node 0", Some("nobody there"), 0)
    );
    assert!(node.last_reached.is_some() && troubled.next().is_none());
    world.straighten();
    world.sync(&record).await;
    assert!(record.circle().await.unwrap().iter().all(|node| node.trouble.is_none()));
}

#[tokio::test]
async fn garbage_is_named_and_does_not_keep_the_others_from_settling() {
    let (_dir, record, world) = with_circle().await;
    nonsense(&world, 1);
    let report = world.sync(&record).await;
    assert_eq!(report.accepted.settled(), 4);
    let [trouble] = troubles(&report)[..] else { panic!("{report:?}") };
    assert!(trouble.contains("expected") && trouble.contains("status 200"), "{trouble}");
}

#[tokio::test]
async fn one_cosignature_too_few_certifies_nothing() {
    let (_dir, record, world) = with_circle().await;
    world.twist(0, dead);
    nonsense(&world, 3);
    let report = world.sync(&record).await;
    assert_eq!((report.accepted.certified(), report.accepted.settled()), (0, 0));
    world.straighten();
    assert_eq!(world.sync(&record).await.accepted.settled(), 4);
}

#[tokio::test]
async fn a_forged_cosignature_is_not_counted() {
    let (_dir, record, world) = with_circle().await;
    world.twist(0, dead);
    world.twist(1, |request, honest| {
        let mut answer = honest()?;
        if request.path.ends_with("/offers") && !answer.body.is_empty() {
            let text = String::from_utf8(answer.body).unwrap();
            let (line, signature) = text.rsplit_once(' ').unwrap();
            let mut bytes = data(signature.trim_end());
            *bytes.last_mut().unwrap() ^= 1;
            answer.body = format!("{line} {}", base64(&bytes)).into_bytes();
        }
        Ok(answer)
    });
    let report = world.sync(&record).await;
    assert_eq!(report.accepted.certified(), 0, "two honest ones of four");
    assert!(troubles(&report).iter().any(|trouble| trouble.contains("does not verify")), "{report:?}");
    world.straighten();
    assert_eq!(world.sync(&record).await.accepted.settled(), 4, "the node is asked again for its line");
}

fn data(text: &str) -> Vec<u8> {
    data_encoding::BASE64.decode(text.as_bytes()).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

/// Cut off after every number of requests that a whole sync needs: what was taken is never sent again.
#[tokio::test]
async fn a_sync_that_is_cut_off_goes_on_where_it_was() {
    let mut cut = 0_u32;
    loop {
        let (_dir, record, world) = with_circle().await;
        let mut left = cut;
        world.twist(0, move |request, honest| {
            left = left.checked_sub(1).ok_or(crate::sync::NodeUnreachable::NoAnswer("cut".into()))?;
            let _ = request;
            honest()
        });
        let whole = troubles(&world.sync(&record).await).is_empty();
        let before = world.taken(0);
        world.straighten();
        let report = world.sync(&record).await;
        assert_eq!((report.accepted.settled(), troubles(&report).len()), (4, 0), "cut after {cut}");
        let once = |what: &&String| what.contains("/segments/") || what.contains("/releases/");
        let after = world.taken(0);
        assert!(!after.iter().filter(once).any(|what| before.contains(what)), "cut after {cut}");
        let offers = before.iter().chain(&after).filter(|what| what.ends_with("/offers")).count();
        assert_eq!(offers, 2, "cut after {cut}");
        if whole {
            return;
        }
        cut += 1;
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let (_dir, record, world) = with_circle().await;
    world.twist(1, dead);
    world.twist(0, |request, honest| {
        let answer = honest()?;
        let lost = request.path.ends_with("/offers") && !answer.body.is_empty();
        if lost {
            Err(crate::sync::NodeUnreachable::NoAnswer("the answer was lost".into()))
        } else {
            Ok(answer)
        }
    });
    assert_eq!(world.sync(&record).await.accepted.certified(), 0);
    world.straighten();
    world.twist(1, dead);
    assert_eq!(world.sync(&record).await.accepted.settled(), 4);
}

#[tokio::test]
async fn a_keyring_that_a_node_lost_is_sent_again() {
    let (_dir, record, world) = with_circle().await;
    let mut lost = 0;
    world.twist(0, move |request, honest| {
        // As a power cut takes it: page and index were answered for and are gone.
        if request.path.contains("/keyring/") && lost < 2 {
            lost += 1;
            return Ok(NodeAnswer { status: 204, body: Vec::new() });
        }
        honest()
    });
    let report = world.sync(&record).await;
    assert_eq!((report.accepted.settled(), troubles(&report)), (4, vec![]));
}

#[tokio::test]
async fn a_sync_with_nothing_new_asks_each_node_where_it_stands_and_no_more() {
    let (_dir, record, world) = with_circle().await;
    world.sync(&record).await;
    world.taken(0);
    assert!(troubles(&world.sync(&record).await).is_empty());
    let asked = world.taken(0);
    assert!(asked.len() == 1 && asked[0].ends_with("/head"), "{asked:?}");
}

fn claims_more(world: &World, node: usize) {
    world.twist(node, |request, honest| {
        let mut answer = honest()?;
        if request.path.ends_with("/head") {
            let mut head: NodeHead = cbor::decode(&answer.body, 1 << 20).unwrap();
            (head.epoch, head.size, head.height) = (1, 99, Some(101));
            answer.body = cbor::encode(&head);
        }
        Ok(answer)
    });
}

#[tokio::test]
async fn one_liar_about_its_head_stops_nobody_and_two_fence() {
    let (_dir, record, world) = with_circle().await;
    world.sync(&record).await;
    claims_more(&world, 2);
    let report = world.sync(&record).await;
    assert_eq!((report.fenced, report.accepted.settled()), (None, 4));
    claims_more(&world, 3);
    let report = world.sync(&record).await;
    assert_eq!(report.fenced.map(|fenced| fenced.height), Some(101));
    assert!(locked(&record.inner.ledger).fenced().is_some());
    assert!(record.status().await.unwrap().fenced.is_some());
}

#[tokio::test]
async fn another_root_at_our_size_is_a_conflict_at_that_node_only() {
    let (_dir, record, world) = with_circle().await;
    world.sync(&record).await;
    more(&record, 2).await;
    world.twist(0, |request, honest| {
        let mut answer = honest()?;
        if request.path.ends_with("/head") {
            let mut head: NodeHead = cbor::decode(&answer.body, 1 << 20).unwrap();
            head.root = pulsebook_protocol::bytes::Digest::ZERO;
            answer.body = cbor::encode(&head);
        }
        Ok(answer)
    });
    let report = world.sync(&record).await;
    assert_eq!(report.accepted.settled(), 6);
    assert!(troubles(&report)[0].contains("others than ours"), "{report:?}");
}
