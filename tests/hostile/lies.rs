//! What a node can say that is not so: heads, roots, lines, times, other objects.

use crate::{
    circle::{Circle, troubles},
    liar::{Lie, always, twist},
};
use pulsebook_protocol::{
    answer::{Code, ErrorBody},
    bytes::{ByteString, Digest, NodeLabel},
    cbor,
    checkpoint::{Checkpoint, CosignerRole},
    key_certificate::NodeKeys,
    note::{Note, NoteLine},
    owner::{CertificateUpload, NodeHead, Offer},
    secret::Secret32,
};
use pulsebook_provider_node::Answer;
use std::sync::{Arc, Mutex};

fn head_lie(change: impl Fn(&mut NodeHead) + Send + Sync + 'static) -> Lie {
    twist("/head", move |answer| {
        let mut head: NodeHead = cbor::decode(&answer.body, 1 << 20).unwrap();
        change(&mut head);
        answer.body = cbor::encode(&head);
    })
}

/// What node 0 signs when its operator tells it what to sign: a line over the checkpoint in an offer or certificate.
fn signs(circle: &Circle, change: impl Fn(&mut Checkpoint, &mut u64) + Send + Sync + 'static) -> Lie {
    let chain = circle.record.chain();
    let keys = NodeKeys::derive(&Secret32::from_bytes([50; 32]), &chain, 0).unwrap();
    Lie::Answer(Box::new(move |request, honest| {
        let mut answer = honest();
        let note = match request.path.rsplit('/').next().unwrap() {
            "offers" => cbor::decode::<Offer>(&request.body, 1 << 23).unwrap().checkpoint,
            "certificates" => cbor::decode::<CertificateUpload>(&request.body, 1 << 20).unwrap().note,
            _ => return answer,
        };
        let Ok(line) = NoteLine::parse(String::from_utf8(answer.body.clone()).unwrap().trim_end()) else {
            return answer;
        };
        let note = Note::parse(&note).unwrap();
        let mut checkpoint = Checkpoint::parse(note.text(), &chain, 1).unwrap();
        let mut time = u64::from_be_bytes(line.signature[..8].try_into().unwrap());
        change(&mut checkpoint, &mut time);
        let words: Vec<&str> = line.name.split('/').collect();
        let label: NodeLabel = words[1].parse().unwrap();
        let (key, role) = match words[2] {
            "witness" => (&keys.witness, CosignerRole::Witness),
            _ => (&keys.mirror, CosignerRole::Mirror),
        };
        answer.body = checkpoint.cosign(key, &label, role, time).to_string().into_bytes();
        answer
    }))
}

#[tokio::test]
async fn a_node_that_says_it_is_ahead_gets_nothing_and_fences_nobody() {
    let circle = Circle::settled("ahead").await;
    let told = circle.while_node_0(head_lie(|head| (head.size, head.height) = (99, Some(101)))).await;
    assert!(told.contains("says that it holds 99 blocks") && told.contains("nothing was sent"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn a_node_that_says_it_is_behind_is_sent_everything_again_and_believed_nothing() {
    let circle = Circle::settled("behind").await;
    let lie = head_lie(|head| (head.epoch, head.size, head.height) = (0, 0, None));
    circle.while_node_0(lie).await;
    circle.heals().await;
}

#[tokio::test]
async fn a_node_with_another_root_is_sent_nothing() {
    let circle = Circle::settled("root").await;
    let told = circle.while_node_0(head_lie(|head| head.root = Digest::ZERO)).await;
    assert!(told.contains("others than ours") && told.contains("pulsebook verify"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn a_signature_under_another_root_counts_nothing() {
    let circle = Circle::settled("two-roots").await;
    let lie = signs(&circle, |checkpoint, _| checkpoint.root = Digest::ZERO);
    let told = circle.while_node_0(lie).await;
    assert!(
        told.contains("its own cosignature of our checkpoint") && told.contains("does not verify"),
        "{told}"
    );
    circle.heals().await;
}

#[tokio::test]
async fn a_cosignature_from_the_future_counts_nothing() {
    let circle = Circle::settled("future").await;
    let told = circle.while_node_0(signs(&circle, |_, time| *time += 86_400)).await;
    assert!(told.contains("ahead of this device's clock"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn a_cosignature_that_goes_backwards_counts_nothing() {
    let circle = Circle::settled("backwards").await;
    let told = circle.while_node_0(signs(&circle, |_, time| *time -= 86_400)).await;
    assert!(told.contains("older than its cosignature before"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn an_old_settled_note_replayed_moves_nothing_back() {
    let circle = Circle::settled("old-note").await;
    let old: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    let keep = old.clone();
    circle.nodes[0].lies(twist("/head", move |answer| *keep.lock().unwrap() = Some(answer.body.clone())));
    circle.sync().await;
    circle.nodes[0].lies(Lie::None);
    circle.more(2).await;
    circle.sync().await;
    let body = old.lock().unwrap().clone().unwrap();
    circle.nodes[0].lies(twist("/head", move |answer| answer.body = body.clone()));
    circle.more(3).await;
    let report = circle.sync().await;
    assert_eq!((report.fenced, report.accepted.settled()), (None, report.accepted.blocks));
    circle.heals().await;
}

#[tokio::test]
async fn another_records_head_is_not_taken_for_ours() {
    let circle = Circle::settled("ours").await;
    let other = Circle::settled("theirs").await;
    let theirs: Arc<Mutex<Vec<u8>>> = Arc::default();
    let keep = theirs.clone();
    other.nodes[0].lies(twist("/head", move |answer| *keep.lock().unwrap() = answer.body.clone()));
    other.sync().await;
    let body = theirs.lock().unwrap().clone();
    let told = circle.while_node_0(twist("/head", move |answer| answer.body = body.clone())).await;
    assert!(told.contains("nothing was sent"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn garbage_truncated_cbor_and_another_object_are_named() {
    let circle = Circle::settled("garbage").await;
    let foreign = cbor::encode(&vec![ByteString(vec![7; 100])]);
    let lies: [(Lie, &str); 4] = [
        (always(200, "text/html", "<html>welcome</html>"), "expected"),
        (twist("/head", |answer| answer.body.truncate(answer.body.len() - 1)), "a head"),
        (twist("/head", move |answer| answer.body = foreign.clone()), "a head"),
        (twist("/head", |answer| answer.body.push(0)), "a head"),
    ];
    for (hour, (lie, words)) in (2..).zip(lies) {
        circle.nodes[0].lies(lie);
        circle.more(hour).await;
        let told = circle.assert_only_node_0(&circle.sync().await);
        assert!(told.contains("expected") && told.contains(words), "{told}");
    }
    circle.heals().await;
}

#[tokio::test]
async fn a_node_that_withholds_its_signatures_does_not_keep_the_others_from_settling() {
    let circle = Circle::settled("withholds").await;
    let body = ErrorBody::new(Code::TryAgain, "patience", "come back").to_json().into_bytes();
    let lie = Lie::Answer(Box::new(move |request, honest| match request.path.ends_with("/certificates") {
        true => Answer { status: 503, content_type: "application/json", body: body.clone() },
        false => honest(),
    }));
    let told = circle.while_node_0(lie).await;
    assert!(told.contains("refused (try_again)"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn two_nodes_that_withhold_stop_settling_and_lose_nothing() {
    let circle = Circle::settled("too-many").await;
    for node in &circle.nodes[..2] {
        node.lies(Lie::Cut);
    }
    circle.more(2).await;
    let report = circle.sync().await;
    assert_eq!(troubles(&report).len(), 2);
    assert_eq!((report.accepted.settled(), report.fenced), (report.accepted.blocks - 1, None));
    circle.nodes.iter().for_each(|node| node.lies(Lie::None));
    let report = circle.sync().await;
    assert_eq!(report.accepted.settled(), report.accepted.blocks);
}

#[tokio::test]
async fn a_node_that_stores_garbage_and_gives_right_hashes_is_found_by_a_deep_verify() {
    let circle = Circle::settled("deep").await;
    circle.nodes[1].lies(Lie::Answer(Box::new(|request, honest| {
        let mut answer = honest();
        if request.method == "GET" && request.path.contains("/segments/") {
            *answer.body.last_mut().unwrap() ^= 1;
        }
        answer
    })));
    let shallow = circle.record.verify().await.unwrap();
    assert!(shallow.nodes.iter().all(|node| node.checked.findings.is_empty()), "the hashes are right");
    let deep = circle.record.verify_deep().await.unwrap();
    for node in &deep.nodes {
        let found: Vec<&str> = node.checked.findings.iter().map(|found| found.words.as_str()).collect();
        let lying = node.name == "node 1";
        assert_eq!(found.len() as u64, if lying { deep.own.segments } else { 0 }, "{found:?}");
        assert!(found.iter().all(|words| words.contains("serves other bytes")), "{found:?}");
    }
}
