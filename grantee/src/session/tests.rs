//! Reads from real TLS servers on loopback that stand for nodes: good ones, dead ones and others.

use super::*;
use crate::{
    Check,
    world::{NOW_S, World},
};
use pulsebook_dial::{DialError, pin_of_certificate};
use pulsebook_protocol::{
    answer::Code,
    bytes::Digest,
    random::SystemRandom,
    read::{ReadPosition, ReadRow},
    request::{Profile, VerifiedRequest, parse_signed_request, verify_request},
};
use std::sync::{Mutex, OnceLock};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer, version::TLS13},
    server::TlsStream,
};

/// Stands for a node: answers one request after the other with what was set, and remembers what it verified.
#[derive(Default)]
struct Fake {
    origin: String,
    pin: Option<Digest>,
    /// Status and body; set once the world knows the addresses.
    answers: OnceLock<Vec<(u16, Vec<u8>)>>,
    asked: Mutex<Vec<(VerifiedRequest, ReadQuery)>>,
}

fn tls() -> (TlsAcceptor, Digest) {
    let made = rcgen::generate_simple_self_signed(["node".to_owned()]).unwrap();
    let pin = pin_of_certificate(made.cert.der()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), pin)
}

impl Fake {
    async fn start() -> Arc<Fake> {
        let (acceptor, pin) = tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("https://{}", listener.local_addr().unwrap());
        let fake = Arc::new(Fake { origin, pin: Some(pin), ..Fake::default() });
        let serving = Arc::clone(&fake);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serving.serve(BufReader::new(stream)).await;
                }
            }
        });
        fake
    }

    fn address(&self) -> (String, Digest) {
        (self.origin.clone(), self.pin.unwrap())
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// One HTTP/1.1 request and its answer.
    async fn serve(&self, mut stream: BufReader<TlsStream<TcpStream>>) {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let headers: Vec<(&str, &str)> = lines[1..].iter().filter_map(|line| line.split_once(": ")).collect();
        let length = headers.iter().find(|(name, _)| *name == "content-length").unwrap().1;
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.unwrap();
        let path = lines[0].split(' ').nth(1).unwrap();
        let (status, answer) = self.answer(path, headers, &body);
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    /// Verifies as a node does: proof of possession over this very address, token, purpose and body.
    fn answer(&self, path: &str, headers: Vec<(&str, &str)>, body: &[u8]) -> (u16, Vec<u8>) {
        let parsed = parse_signed_request("POST", &format!("{}{path}", self.origin), headers, body).unwrap();
        let verified = verify_request(&parsed, Profile::Read, NOW_S, &[&self.origin]).unwrap();
        let mut asked = self.asked.lock().unwrap();
        asked.push((verified, ReadQuery::decode_body(body).unwrap()));
        self.answers.get().unwrap()[asked.len() - 1].clone()
    }
}

fn refusal(code: Code) -> (u16, Vec<u8>) {
    (code.status(), ErrorBody::new(code, "a grant in force", "ask the patient").to_json().into_bytes())
}

fn request() -> ReadRequest {
    ReadRequest { purpose: Purpose::Treatment, categories: vec![] }
}

/// A world whose nodes are these fakes, the rest of its four dead.
async fn world_of<const N: usize>() -> ([Arc<Fake>; N], World) {
    let mut fakes = Vec::new();
    for _ in 0..N {
        fakes.push(Fake::start().await);
    }
    let addresses: Vec<(String, Digest)> = fakes.iter().map(|fake| fake.address()).collect();
    (fakes.try_into().unwrap_or_else(|_| panic!("{N} fakes")), World::new(&addresses))
}

async fn read(world: World) -> (Result<ReadReport, ReadError>, usize) {
    let session = ReadSession::new(world.file, world.keys).unwrap();
    let mut count = 0;
    let mut sink = |_: ReadSegment| {
        count += 1;
        Ok(())
    };
    let done = session.read(&request(), &|| NOW_S, &mut SystemRandom, &mut sink).await;
    (done, count)
}

#[tokio::test]
async fn every_node_that_fails_is_named_and_the_next_one_is_asked() {
    let ([garbage, behind, lying, good], world) = world_of().await;
    let page = world.page();
    let mut tampered = page.clone();
    if let ReadRow::Served(row) = &mut tampered.releases[0].rows[1] {
        row.segment[40] ^= 1;
    }
    garbage.answers.set(vec![(200, b"<html>".to_vec())]).unwrap();
    behind.answers.set(vec![refusal(Code::NotFresh)]).unwrap();
    lying.answers.set(vec![(200, tampered.encode_body())]).unwrap();
    let mut rest = page;
    rest.releases[0].rows.remove(0);
    good.answers.set(vec![(200, rest.encode_body())]).unwrap();

    let (report, count) = read(world).await;
    let report = report.unwrap();
    assert_eq!((report.node.as_str(), report.segments, count), ("Node 3", 3, 3));
    let failures: Vec<&NodeFailure> = report.left.iter().map(|attempt| &attempt.failure).collect();
    assert!(matches!(failures[0], NodeFailure::NoPage { status: 200, .. }), "{failures:?}");
    assert_eq!(failures[1].refusal().and_then(Refusal::known_code), Some(Code::NotFresh));
    assert!(
        matches!(failures[2], NodeFailure::Check(failed) if failed.check == Check::Commitment),
        "{failures:?}"
    );
    let asked = good.asked.lock().unwrap();
    assert_eq!(
        asked[0].1.after,
        Some(ReadPosition { epoch: 1, seq: 0, row: 0 }),
        "the good row is not asked again"
    );
    assert!(report.wire_bytes > 0);
}

#[tokio::test]
async fn pages_follow_each_other_and_only_the_first_brings_proofs() {
    let ([node], world) = world_of().await;
    let mut first = world.page();
    let mut second = first.clone();
    first.releases.truncate(1);
    first.next = Some(ReadPosition { epoch: 1, seq: 0, row: 1 });
    second.releases.remove(0);
    (second.epochs, second.directory) = (None, None);
    node.answers.set(vec![(200, first.encode_body()), (200, second.encode_body())]).unwrap();
    let (holder, token) = (world.keys.request_key().public(), world.file.token.clone());
    let report = read(world).await.0.unwrap();
    assert_eq!((report.pages, report.segments), (2, 3));
    let asked = node.asked.lock().unwrap();
    assert_eq!(asked.iter().map(|(_, query)| query.with_proofs).collect::<Vec<_>>(), [true, false]);
    for (verified, query) in asked.iter() {
        assert_eq!((verified.signer(), verified.token(), verified.purpose()), (holder, &token[..], "TREAT"));
        assert_eq!(query.labels.len(), 2);
    }
    assert_ne!(asked[0].0.nonce(), asked[1].0.nonce());
}

/// A page at the end of everything.
fn no_more(world: &World) -> (u16, Vec<u8>) {
    (200, world.page_of(vec![]).encode_body())
}

#[tokio::test]
async fn one_node_that_lies_about_a_revocation_does_not_end_the_read() {
    let ([lying, good, second], world) = world_of().await;
    lying.answers.set(vec![refusal(Code::Revoked)]).unwrap();
    good.answers.set(vec![(200, world.page().encode_body())]).unwrap();
    second.answers.set(vec![no_more(&world)]).unwrap();
    let (report, count) = read(world).await;
    let report = report.unwrap();
    assert_eq!((report.node.as_str(), count), ("Node 1", 3));
    assert_eq!((report.compared_with, report.behind), (vec!["Node 2".to_owned()], vec![]));
    assert_eq!(report.left.len(), 1, "{:?}", report.left);
    assert!(report.left[0].to_string().starts_with("Node 0: refused (revoked)"), "{}", report.left[0]);
}

#[tokio::test]
async fn when_more_nodes_than_may_lie_say_revoked_it_is_and_nobody_else_is_asked() {
    let ([first, second, third], world) = world_of().await;
    first.answers.set(vec![refusal(Code::Revoked)]).unwrap();
    second.answers.set(vec![refusal(Code::Revoked)]).unwrap();
    third.answers.set(vec![(200, world.page().encode_body())]).unwrap();
    let (error, count) = read(world).await;
    let Err(ReadError::Refused { node, refusal, left }) = error else { panic!("{error:?}") };
    assert_eq!((node.as_str(), refusal.known_code()), ("Node 0", Some(Code::Revoked)));
    assert_eq!(refusal.message, Code::Revoked.words());
    assert_eq!((left.len(), count, third.asked()), (2, 0, 0));
}

#[tokio::test]
async fn a_node_that_hides_the_newest_release_is_noticed_and_the_release_is_read() {
    let ([hiding, honest], world) = world_of().await;
    let mut first = world.page();
    let mut rest = first.clone();
    first.releases.truncate(1);
    rest.releases.remove(0);
    hiding.answers.set(vec![(200, first.encode_body())]).unwrap();
    honest.answers.set(vec![(200, rest.encode_body())]).unwrap();
    let (report, count) = read(world).await;
    let report = report.unwrap();
    assert_eq!((count, report.behind), (3, vec!["Node 0".to_owned()]), "{:?}", report.left);
    let asked = honest.asked.lock().unwrap();
    assert_eq!(asked[0].1.after, Some(ReadPosition { epoch: 1, seq: 0, row: 1 }));
}

#[tokio::test]
async fn a_second_node_that_cannot_be_asked_does_not_spoil_a_read() {
    let ([good], world) = world_of().await;
    good.answers.set(vec![(200, world.page().encode_body())]).unwrap();
    let report = read(world).await.0.unwrap();
    assert_eq!((report.compared_with.len(), report.left.len(), report.segments), (0, 3, 3));
}

#[tokio::test]
async fn when_no_node_serves_the_no_about_the_grant_is_what_counts() {
    let ([first, second], world) = world_of().await;
    first.answers.set(vec![refusal(Code::Expired)]).unwrap();
    second.answers.set(vec![refusal(Code::NotFresh)]).unwrap();
    let (error, _) = read(world).await;
    let Err(ReadError::Refused { refusal, left, .. }) = error else { panic!("{error:?}") };
    assert_eq!((refusal.code.as_str(), left.len()), ("expired", 4));
}

#[tokio::test]
async fn a_circle_of_dead_nodes_is_reported_node_by_node() {
    let world = World::new(&[]);
    let (error, _) = read(world).await;
    let Err(ReadError::NoNode { left }) = error else { panic!("{error:?}") };
    assert_eq!(left.len(), 4);
    for attempt in left {
        assert!(matches!(attempt.failure, NodeFailure::Dial(DialError::Unreachable { .. })), "{attempt}");
    }
}

#[tokio::test]
async fn a_full_disk_ends_the_read_and_is_no_nodes_fault() {
    let ([node], world) = world_of().await;
    node.answers.set(vec![(200, world.page().encode_body())]).unwrap();
    let session = ReadSession::new(world.file, world.keys).unwrap();
    let mut sink = |_: ReadSegment| Err("no space left".into());
    let done = session.read(&request(), &|| NOW_S, &mut SystemRandom, &mut sink).await;
    assert!(matches!(done, Err(ReadError::Sink(_))));
}

fn pass_on_to(keys: &GranteeKeys) -> PassOn {
    PassOn {
        to: keys.card().unwrap(),
        categories: vec![Category::Heart],
        not_after_s: NOW_S + 600,
        hops: 0,
        purpose: Purpose::Treatment,
    }
}

/// The world's page as a node serves it to whoever may have heart only.
fn heart_page(world: &World) -> ReadPage {
    let mut page = world.page();
    page.releases[0].rows[1] = ReadRow::Withheld { row: 1 };
    page
}

#[tokio::test]
async fn a_grant_that_is_passed_on_opens_for_the_delegate_what_the_holder_could_open_and_no_more() {
    let ([node], world) = world_of().await;
    let (mut at_first, whole) = (heart_page(&world), heart_page(&world));
    at_first.releases.truncate(1);
    let page = |page: &ReadPage| (200, page.encode_body());
    node.answers.set(vec![page(&at_first), page(&whole)]).unwrap();
    let delegate = GranteeKeys::make_p256("Phone of Dr Linden", &mut SystemRandom).unwrap();
    let delegate_key = delegate.request_key().public();
    let holder = ReadSession::new(world.file, world.keys).unwrap();
    let passed = holder.pass_on(&pass_on_to(&delegate), &|| NOW_S, &mut SystemRandom).await.unwrap();
    assert_eq!((passed.segments, passed.file.categories.clone()), (1, vec![Category::Heart]));

    let file = GrantFile::parse(&passed.file.to_json()).unwrap();
    let session = ReadSession::new(file, delegate).unwrap();
    let mut places = Vec::new();
    let mut sink = |segment: ReadSegment| {
        places.push(segment.place());
        Ok(())
    };
    let report = session.read(&request(), &|| NOW_S, &mut SystemRandom, &mut sink).await.unwrap();
    assert_eq!(
        (places, report.without_key, report.withheld),
        (vec![(0, 1, 0)], 1, 1),
        "one was released later"
    );
    let sentence = report.sentence.unwrap();
    assert!(
        sentence.contains("Passed on once, to Phone of Dr Linden, which may read heart of it"),
        "{sentence}"
    );
    let asked = node.asked.lock().unwrap();
    assert_eq!(asked[1].0.signer(), delegate_key);
    assert!(asked[0].0.delegation().is_empty() && !asked[1].0.delegation().is_empty());
}

#[tokio::test]
async fn a_file_that_was_passed_on_to_somebody_else_or_has_ended_is_not_read_with() {
    let ([node], world) = world_of().await;
    let page = (200, heart_page(&world).encode_body());
    node.answers.set(vec![page.clone(), page.clone(), page]).unwrap();
    let make = || GranteeKeys::make("Delegate", &mut SystemRandom).unwrap();
    let (delegate, thief) = (make(), make());
    let holder = ReadSession::new(world.file, world.keys).unwrap();
    let passed = holder.pass_on(&pass_on_to(&delegate), &|| NOW_S, &mut SystemRandom).await.unwrap();
    for (keys, now_s) in [(thief, NOW_S), (delegate, NOW_S + 600)] {
        let session = ReadSession::new(GrantFile::parse(&passed.file.to_json()).unwrap(), keys).unwrap();
        // The fake's own clock stands still, as a careless node's might.
        let error =
            session.read(&request(), &|| now_s, &mut SystemRandom, &mut |_| panic!("handed on")).await;
        assert!(matches!(error, Err(ReadError::NoNode { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn what_the_patient_did_not_allow_is_not_passed_on() {
    let ([node], world) = world_of().await;
    node.answers.set(vec![(200, heart_page(&world).encode_body())]).unwrap();
    let delegate = GranteeKeys::make("Delegate", &mut SystemRandom).unwrap();
    let holder = ReadSession::new(world.file, world.keys).unwrap();
    let mut random = SystemRandom;
    let wish = pass_on_to(&delegate);
    let further = PassOn { hops: 1, ..wish.clone() };
    let error = holder.pass_on(&further, &|| NOW_S, &mut random).await;
    assert!(matches!(error, Err(PassOnError::NotAllowed { left: 1, asked: 2 })), "{error:?}");
    let other = PassOn { categories: vec![Category::Temperature], ..wish.clone() };
    let error = holder.pass_on(&other, &|| NOW_S, &mut random).await;
    assert!(matches!(error, Err(PassOnError::NotGranted(Category::Temperature))), "{error:?}");
    let over = holder.pass_on(&PassOn { not_after_s: NOW_S, ..wish }, &|| NOW_S, &mut random).await;
    assert!(matches!(over, Err(PassOnError::Over(NOW_S))), "{over:?}");
}
