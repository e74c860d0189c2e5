//! What a node can do below its words: sizes, speed, redirects, keys, versions, cut connections.

use crate::{
    circle::Circle,
    liar::{Liar, Lie, tls},
};
use pulsebook_dial::{DialError, Dialer, Method, NodeAddress, Request, TimeOuts};
use pulsebook_protocol::bytes::Digest;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
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
    node.lies(Lie::Raw { bytes: head("200 OK\r\ncontent-length: 1000"), endless: false });
    let address = NodeAddress { url: node.card.address.clone(), tls_pin: node.card.tls_pin };
    let time_outs = TimeOuts { connect: Duration::from_secs(30), request: Duration::from_millis(300) };
    let dialer = Dialer::with(&address, time_outs, Arc::default()).unwrap();
    let (_hold, gate) = watch::channel(false);
    node.lies(Lie::Wait(gate));
    let error = dialer.send(Request::new(Method::Get, "/v1/card")).await.unwrap_err();
    assert!(matches!(error, DialError::TimedOut { .. }), "{error}");
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
