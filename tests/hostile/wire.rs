//! What a node can do below its words: sizes, speed, redirects, keys, versions, cut connections.

use crate::{
    circle::Circle,
    liar::{Liar, Lie, tls, tls_speaking},
};
use pulsebook_dial::{DialError, Dialer, Method, NodeAddress, Request, TimeOuts};
use pulsebook_protocol::bytes::Digest;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};
use tokio_rustls::rustls::version::{TLS12, TLS13};

fn head(rest: &str) -> Vec<u8> {
    format!("HTTP/1.1 {rest}\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn one_slow_node_keeps_nobody_from_settling() {
    let circle = Circle::settled("slow").await;
    let (open, gate) = watch::channel(false);
    circle.nodes[0].lies(Lie::Wait(gate));
    circle.more(2).await;
    let before = circle.nodes[1].answered("/certificates", 200);
    let others = async {
        // Certificate and settled note: the others are done, while node 0 has not answered anything.
        for node in &circle.nodes[1..] {
            node.until_answered("/certificates", 200, before + 2).await;
        }
        let silent = circle.nodes[0].heard.borrow().len();
        open.send(true).unwrap();
        silent
    };
    let asked = circle.nodes[0].heard.borrow().len();
    let (report, silent) = tokio::join!(circle.sync(), others);
    assert_eq!(silent, asked, "it had answered nothing when the others had settled");
    assert_eq!(report.accepted.settled(), report.accepted.blocks);
    assert!(report.nodes.iter().all(|node| node.trouble.is_none() && node.waiting == 0), "{report:?}");
}

#[tokio::test]
async fn a_gigabyte_is_not_read() {
    let circle = Circle::settled("gigabyte").await;
    let told = Lie::Raw { bytes: head("200 OK\r\ncontent-length: 1073741824"), endless: true };
    let told = circle.while_node_0(told).await;
    assert!(told.contains("more than the") && told.contains("the answer was dropped"), "{told}");
    let written = *circle.nodes[0].written.lock().unwrap();
    assert!(written < 32 << 20, "{written} bytes left before the connection was cut");
    circle.heals().await;
}

#[tokio::test]
async fn a_body_without_an_end_and_without_a_length_is_not_read_either() {
    let circle = Circle::settled("endless").await;
    let told = circle.while_node_0(Lie::Raw { bytes: head("200 OK"), endless: true }).await;
    assert!(told.contains("more than the"), "{told}");
    circle.heals().await;
}

/// The phone waits 30 s; here the same dialer waits less. Either way it ends by itself, bytes or no bytes.
#[tokio::test]
async fn bytes_that_never_end_the_answer_are_given_up_after_a_bounded_time() {
    let node = Liar::start(0).await;
    let address = NodeAddress { url: node.card.address.clone(), tls_pin: node.card.tls_pin };
    let time_outs = TimeOuts { connect: Duration::from_secs(30), request: Duration::from_millis(300) };
    let dialer = Dialer::with(&address, time_outs, Arc::default()).unwrap();
    let (_hold, gate) = watch::channel(false);
    for lie in [Lie::Wait(gate), Lie::Drip(head("200 OK\r\ncontent-length: 100000000"))] {
        node.lies(lie);
        let error = dialer.send(Request::new(Method::Get, "/v1/card")).await.unwrap_err();
        assert!(matches!(error, DialError::TimedOut { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let elsewhere = Liar::start(9).await;
    let circle = Circle::settled("redirect").await;
    let to = format!(
        "307 Temporary Redirect\r\nlocation: {}/v1/card\r\ncontent-length: 0",
        elsewhere.card.address
    );
    let told = circle.while_node_0(Lie::Raw { bytes: head(&to), endless: false }).await;
    assert!(told.contains("redirect"), "{told}");
    assert!(elsewhere.heard.borrow().is_empty());
    circle.heals().await;
}

#[tokio::test]
async fn a_cut_connection_costs_that_node_only() {
    let circle = Circle::settled("cut").await;
    let told = circle.while_node_0(Lie::Cut).await;
    assert!(told.contains("try again") || told.contains("does not answer as a node does"), "{told}");
    circle.heals().await;
}

#[tokio::test]
async fn another_tls_key_is_sent_nothing() {
    let (acceptor, _) = tls(&[&TLS13]);
    let imposter = Liar::start_with(0, acceptor, Digest::from_bytes([7; 32])).await;
    let address = NodeAddress { url: imposter.card.address.clone(), tls_pin: imposter.card.tls_pin };
    let error = Dialer::new(&address).unwrap().send(Request::new(Method::Get, "/v1/card")).await.unwrap_err();
    assert!(matches!(error, DialError::PinChanged { .. }), "{error}");
    assert!(imposter.heard.borrow().is_empty());
}

#[tokio::test]
async fn tls_1_2_is_refused_with_the_right_key_too() {
    let (acceptor, pin) = tls(&[&TLS12]);
    let old = Liar::start_with(0, acceptor, pin).await;
    let address = NodeAddress { url: old.card.address.clone(), tls_pin: pin };
    let error = Dialer::new(&address).unwrap().send(Request::new(Method::Get, "/v1/card")).await.unwrap_err();
    assert!(error.to_string().contains("TLS 1.3"), "{error}");
    assert!(old.heard.borrow().is_empty());
}

/// An HTTP/2 server that resets every stream: the numbers of the streams that were begun come out.
async fn resetting(acceptor: tokio_rustls::TlsAcceptor, error: u8) -> (String, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let (count, streams) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let (mut preface, mut frame) = ([0; 24], [0; 9]);
            if stream.read_exact(&mut preface).await.is_err() {
                continue;
            }
            let _ = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
            while stream.read_exact(&mut frame).await.is_ok() {
                let length = usize::from(frame[1]) << 8 | usize::from(frame[2]);
                if stream.read_exact(&mut vec![0; length]).await.is_err() {
                    break;
                }
                if frame[3] == 1 {
                    count.send_modify(|count| *count += 1);
                    let reset = [&[0, 0, 4, 3, 0][..], &frame[5..], &[0, 0, 0, error]].concat();
                    let _ = stream.write_all(&reset).await;
                }
            }
        }
    });
    (address, streams)
}

#[tokio::test]
async fn http_2_resets_end_the_request_and_not_the_phone() {
    const INTERNAL_ERROR: u8 = 2;
    const REFUSED_STREAM: u8 = 7;
    const ENHANCE_YOUR_CALM: u8 = 11;
    for reset in [INTERNAL_ERROR, REFUSED_STREAM, ENHANCE_YOUR_CALM] {
        let (acceptor, tls_pin) = tls_speaking(&[&TLS13], &[b"h2"]);
        let (url, streams) = resetting(acceptor, reset).await;
        let dialer = Dialer::new(&NodeAddress { url, tls_pin }).unwrap();
        let error = dialer.send(Request::new(Method::Get, "/v1/card")).await.unwrap_err();
        assert!(matches!(error, DialError::Broken { .. } | DialError::CutOff { .. }), "{error}");
        let begun = *streams.borrow();
        assert!(begun <= 3, "{begun} streams for one request");
    }
}
