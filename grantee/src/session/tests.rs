//! Reads from real TLS servers on loopback that stand for nodes: good ones, dead ones and others.

use super::*;
use crate::{
    Check,
    world::{NOW_S, World},
};
use pulsebook_dial::{DialError, pin_of_certificate};
use pulsebook_protocol::{
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

#[tokio::test]
async fn a_revoked_grant_is_a_no_in_the_nodes_words_and_nobody_else_is_asked() {
    let ([first, second], world) = world_of().await;
    first.answers.set(vec![refusal(Code::Revoked)]).unwrap();
    second.answers.set(vec![(200, world.page().encode_body())]).unwrap();
    let (error, count) = read(world).await;
    let Err(ReadError::Refused { node, refusal, left }) = error else { panic!("{error:?}") };
    assert_eq!((node.as_str(), refusal.known_code()), ("Node 0", Some(Code::Revoked)));
    assert_eq!(refusal.message, Code::Revoked.words());
    assert_eq!((left.len(), count, second.asked()), (1, 0, 0));
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
