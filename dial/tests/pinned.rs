//! Dialing real TLS servers on loopback: the right one, another one, and several that misbehave.
#![allow(clippy::unwrap_used, clippy::panic)]

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use pulsebook_dial::*;
use pulsebook_protocol::bytes::Digest;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, version},
    server::TlsStream,
};

type Connection = TlsStream<TcpStream>;

/// A server with a fresh key that treats each connection as told.
async fn serve<F, W>(
    alpn: &[u8],
    versions: &[&'static rustls::SupportedProtocolVersion],
    treat: F,
) -> NodeAddress
where
    F: Fn(Connection) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let made = rcgen::generate_simple_self_signed(["somebody else".to_owned()]).unwrap();
    let tls_pin = pin_of_certificate(made.cert.der()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    NodeAddress { url: listen(config, treat).await, tls_pin }
}

/// Accepts TLS on a free port of loopback and gives its address.
async fn listen<F, W>(config: ServerConfig, treat: F) -> String
where
    F: Fn(Connection) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(connection) = acceptor.accept(stream).await {
                tokio::spawn(treat(connection));
            }
        }
    });
    url
}

/// A server of HTTP/1.1 that reads the head of a request and answers these bytes.
async fn saying(answer: impl Into<Vec<u8>>) -> NodeAddress {
    let answer: Arc<Vec<u8>> = Arc::new(answer.into());
    serve(b"http/1.1", &[&version::TLS13], move |mut connection| {
        let answer = Arc::clone(&answer);
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match connection.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => return,
                }
            }
            let _ = connection.write_all(&answer).await;
            let _ = connection.shutdown().await;
        }
    })
    .await
}

async fn ask(address: &NodeAddress) -> Result<Answer, DialError> {
    Dialer::new(address).unwrap().send(Request::new(Method::Get, "/v1/card")).await
}

#[tokio::test]
async fn the_pinned_node_answers_and_its_bytes_are_counted() {
    let answer = "HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let dialer = Dialer::new(&saying(answer).await).unwrap();
    let request = Request::new(Method::Get, "/v1/card").with_headers(vec![("x-a", "b".into())]);
    let got = dialer.send(request).await.unwrap();
    assert_eq!(
        (got.status, got.content_type.as_str(), got.body.as_slice()),
        (404, "application/json", &b"{}"[..])
    );
    assert!(!got.is_success());
    assert_eq!(dialer.traffic().sent(), "GET /v1/card HTTP/1.1\r\nx-a: b\r\n\r\n".len() as u64);
    assert_eq!(dialer.traffic().received(), answer.len() as u64);
}

#[tokio::test]
async fn http_2_carries_method_path_headers_and_body() {
    use hyper::{Request as Asked, Response, body::Incoming, service::service_fn};
    let treat = |connection: Connection| async move {
        let service = service_fn(|asked: Asked<Incoming>| async move {
            let line =
                format!("{} {} {:?} {:?}", asked.method(), asked.uri(), asked.version(), asked.headers());
            Ok::<_, std::convert::Infallible>(Response::new(line))
        });
        let _ = auto::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(connection), service)
            .await;
    };
    let address = serve(b"h2", &[&version::TLS13], treat).await;
    let dialer = Dialer::new(&address).unwrap();
    let request = Request::new(Method::Put, "/v1/x?after=3").with_body("application/cbor", vec![1, 2, 3]);
    let got = String::from_utf8(dialer.send(request).await.unwrap().body).unwrap();
    assert!(got.starts_with(&format!("PUT {} HTTP/2.0", dialer.target_uri("/v1/x?after=3"))), "{got}");
    assert!(got.contains("application/cbor") && got.contains(r#""content-length": "3""#), "{got}");
    assert!(!got.contains("cookie") && !got.contains("referer"), "{got}");
}

#[tokio::test]
async fn another_key_is_named_beside_the_expected_one_and_nothing_is_sent() {
    let real = saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let pinned = NodeAddress { tls_pin: Digest::from_bytes([7; 32]), ..real.clone() };
    let dialer = Dialer::new(&pinned).unwrap();
    let error = dialer.send(Request::new(Method::Get, "/v1/card")).await.unwrap_err();
    let expected = DialError::PinChanged { url: real.url, expected: pinned.tls_pin, found: real.tls_pin };
    assert_eq!(error, expected);
    assert!(error.to_string().contains("new card"), "{error}");
    assert_eq!(dialer.traffic().total(), 0);
}

#[tokio::test]
async fn showing_the_right_certificate_without_its_key_is_refused() {
    use rustls::{crypto::ring::sign::any_ecdsa_type, pki_types::PrivateKeyDer, sign::*};
    let shown = rcgen::generate_simple_self_signed(["node".to_owned()]).unwrap().cert.der().clone();
    let held = rcgen::KeyPair::generate().unwrap().serialize_der();
    let held = any_ecdsa_type(&PrivateKeyDer::try_from(held).unwrap()).unwrap();
    let tls_pin = pin_of_certificate(&shown).unwrap();
    let thief = SingleCertAndKey::from(CertifiedKey::new(vec![shown], held));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(thief));
    let address = NodeAddress { url: listen(config, |_| async {}).await, tls_pin };
    let error = ask(&address).await.unwrap_err();
    assert!(matches!(error, DialError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let address = serve(b"http/1.1", &[&version::TLS12], |_| async {}).await;
    let error = ask(&address).await.unwrap_err();
    assert!(matches!(&error, DialError::Broken { why, .. } if why.contains("TLS 1.3")), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere =
        saying("HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    let error = ask(&elsewhere).await.unwrap_err();
    assert!(matches!(&error, DialError::Broken { why, .. } if why.contains("redirect")), "{error}");
}

#[tokio::test]
async fn an_answer_over_the_limit_is_dropped_whether_it_says_its_length_or_not() {
    let body = "x".repeat(101);
    for head in ["content-length: 101\r\n\r\n", "\r\n"] {
        let address = saying(format!("HTTP/1.1 200 OK\r\n{head}{body}")).await;
        let dialer = Dialer::new(&address).unwrap();
        let request = Request::new(Method::Get, "/").with_limit(100);
        let error = dialer.send(request.clone()).await.unwrap_err();
        assert_eq!(error, DialError::TooLarge { url: address.url, limit: 100 });
        assert_eq!(dialer.send(request.with_limit(101)).await.unwrap().body.len(), 101);
    }
}

#[tokio::test]
async fn garbage_and_a_torn_answer_are_errors() {
    for answer in ["\u{1}\u{2}garbage\r\n\r\n", "", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let error = ask(&saying(answer).await).await.unwrap_err();
        let expected = match &error {
            DialError::CutOff { .. } => answer.ends_with("half"),
            other => matches!(other, DialError::Broken { .. }),
        };
        assert!(expected, "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn a_node_that_dies_before_it_answers_is_no_garbage() {
    let address = serve(b"http/1.1", &[&version::TLS13], |mut connection| async move {
        // Without TLS's farewell, as when its process is killed.
        let _ = connection.read_u8().await;
    })
    .await;
    assert_eq!(ask(&address).await.unwrap_err(), DialError::CutOff { url: address.url });
}

#[tokio::test]
async fn a_node_that_never_answers_is_given_up() {
    let address = serve(b"http/1.1", &[&version::TLS13], |connection| async move {
        let _held_open = connection;
        std::future::pending::<()>().await;
    })
    .await;
    let time_outs = TimeOuts { request: Duration::from_millis(200), ..TimeOuts::default() };
    let dialer = Dialer::with(&address, time_outs, Arc::default()).unwrap();
    let error = dialer.send(Request::new(Method::Get, "/")).await.unwrap_err();
    assert_eq!(error, DialError::TimedOut { url: address.url, after: time_outs.request });
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_reached() {
    // Bound and never listening: nobody else gets the port meanwhile.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = bound.local_addr().unwrap();
    let address = NodeAddress { url: format!("https://{free}"), tls_pin: Digest::from_bytes([0; 32]) };
    let error = ask(&address).await.unwrap_err();
    assert!(matches!(error, DialError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_path_that_would_be_rewritten_is_refused_before_it_is_sent() {
    let address = NodeAddress { url: "https://127.0.0.1:1".into(), tls_pin: Digest::from_bytes([0; 32]) };
    let dialer = Dialer::new(&address).unwrap();
    for path in ["/a/../b", "/a b", "no-slash"] {
        let error = dialer.send(Request::new(Method::Get, path)).await.unwrap_err();
        assert!(
            matches!(&error, DialError::Broken { why, .. } if why.contains("normal form")),
            "{path}: {error}"
        );
    }
}
