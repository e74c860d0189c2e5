//! A node behind real TLS on loopback.

use crate::{InviteChoice, NewNode, NodeFolder, scratch::Scratch, serve};
use pulsebook_protocol::{
    bytes::ChainId,
    card::NodeCard,
    key::SigningKey,
    owner::path,
    random::SystemRandom,
    request::{Nonce, RequestToSign, sign_owner_request},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

fn folder(scratch: &Scratch) -> NodeFolder {
    let new = NewNode { name: "GP".into(), invites: InviteChoice::Codes(Vec::new()), address: None };
    NodeFolder::init(scratch.path(), new, &mut SystemRandom).unwrap()
}

fn client(certificate: &[u8]) -> reqwest::Client {
    client_to(certificate, ([127, 0, 0, 1], 0).into())
}

/// A client to which `localhost` is this address.
fn client_to(certificate: &[u8], localhost: SocketAddr) -> reqwest::Client {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = reqwest::Client::builder().resolve("localhost", localhost);
    builder.tls_backend_preconfigured(config).build().unwrap()
}

/// A loopback address of this test alone, where the system has more than one: nobody takes a port of it that is free for
/// a moment. Certificates do not name it; `localhost` leads there.
fn own_host() -> IpAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    IpAddr::from(if cfg!(target_os = "linux") { [127, high | 128, middle, low] } else { [127, 0, 0, 1] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_card_comes_over_tls_and_the_node_ends_when_told() {
    let scratch = Scratch::make("network");
    let folder = folder(&scratch);
    let certificate = folder.tls().certificate().to_vec();
    let listen = SocketAddr::new(own_host(), 0);
    let running = serve(folder, listen).await.unwrap();
    let (address, card) = (running.address(), running.card().clone());
    assert_eq!(card.address, format!("https://{address}"));
    let (client, origin) =
        (client_to(&certificate, address), format!("https://localhost:{}", address.port()));
    let text = client.get(format!("{origin}/v1/card")).send().await.unwrap().text().await.unwrap();
    assert_eq!(NodeCard::parse(&text), Ok(card.clone()));
    let answer = client.get(format!("{origin}/v1/other")).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let large = client.post(format!("{origin}/v1/card")).body(vec![0; 100]).send().await.unwrap();
    assert_eq!(large.status(), 404);
    assert_eq!((running.counts().answered, running.counts().refused), (3, 2));
    drop(client);
    running.stop().await;
    // Opened again with port 0, it takes the port of the last time: the card stays true.
    let again = serve(NodeFolder::open(scratch.path()).unwrap(), listen).await.unwrap();
    assert_eq!(again.card(), &card);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_tls_is_dropped_and_others_are_still_served() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let scratch = Scratch::make("plain");
    let folder = folder(&scratch);
    let certificate = folder.tls().certificate().to_vec();
    let running = serve(folder, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut plain = tokio::net::TcpStream::connect(running.address()).await.unwrap();
    plain.write_all(b"GET /v1/card HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.windows(4).any(|window| window == b"HTTP"), "nothing is said in the clear");
    let card = client(&certificate).get(format!("https://{}/v1/card", running.address())).send().await;
    assert_eq!(card.unwrap().status(), 200);
    running.stop().await;
}

/// GET of an unknown chain's head: signed, signed for another address, or not signed.
fn head_of_unknown(
    client: &reqwest::Client,
    address: &str,
    signed_for: Option<&str>,
) -> reqwest::RequestBuilder {
    let path = path::head(&ChainId::from_bytes([9; 32]));
    let request = client.get(format!("{address}{path}"));
    let Some(signed_for) = signed_for else { return request };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let to_sign = RequestToSign {
        method: "GET",
        target_uri: &format!("{signed_for}{path}"),
        body: &[],
        created_s: now.as_secs(),
        nonce: Nonce::make(&mut SystemRandom).unwrap(),
    };
    let headers = sign_owner_request(&SigningKey::make(&mut SystemRandom).unwrap(), &to_sign);
    headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_is_answered_whatever_its_address_did_before() {
    let scratch = Scratch::make("throttle");
    let folder = folder(&scratch);
    let client = client(folder.tls().certificate());
    let running = serve(folder, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let address = format!("https://{}", running.address());
    for bad in [None, Some("https://elsewhere.test")] {
        let mut last = 401;
        for _ in 0..1000 {
            last = head_of_unknown(&client, &address, bad).send().await.unwrap().status().as_u16();
            if last == 429 {
                break;
            }
        }
        assert_eq!(last, 429, "failures are throttled");
        let good = head_of_unknown(&client, &address, Some(&address)).send().await.unwrap();
        assert_eq!(good.status(), 404, "verified, then answered: the chain is unknown");
        let card = client.get(format!("{address}/v1/card")).send().await.unwrap();
        assert_eq!(card.status(), 200);
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_take_every_place() {
    use tokio::{io::AsyncReadExt, net::TcpStream};
    let scratch = Scratch::make("places");
    let running = serve(folder(&scratch), ([127, 0, 0, 1], 0).into()).await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(TcpStream::connect(running.address()).await.unwrap());
    }
    let mut over = TcpStream::connect(running.address()).await.unwrap();
    let read = over.read(&mut [0; 1]).await;
    assert!(read.is_err() || matches!(read, Ok(0)), "closed at once");
    drop(silent);
    running.stop().await;
}
