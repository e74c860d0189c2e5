//! Nodes for tests, and requests to them.

use crate::{
    Answer, Incoming, InvitePolicy, Node, NodeSecrets,
    store::{MemoryStore, NodeStore},
};
use pulsebook_protocol::{
    key::SigningKey,
    request::{Nonce, RequestToSign, SignedHeaders, sign_owner_request},
    secret::Secret32,
};
use std::cell::Cell;

pub(crate) const ORIGIN: &str = "https://node.test";
pub(crate) const NOW: u64 = 1_800_000_000;

/// A node named by one byte, with an invite code of its own.
pub(crate) fn node_on(store: Box<dyn NodeStore>, name: u8) -> Node {
    let secrets = NodeSecrets {
        master: Secret32::from_bytes([name; 32]),
        identity: SigningKey::from_seed(Secret32::from_bytes([name ^ 0x80; 32])).unwrap(),
    };
    let invites = InvitePolicy::Codes(vec!["welcome".into()]);
    Node::new(store, secrets, invites, vec![ORIGIN.into()], "{}".into())
}

/// A node that keeps nothing after the test.
pub(crate) fn node(name: u8) -> Node {
    node_on(Box::new(MemoryStore::default()), name)
}

thread_local! {
    static NONCE: Cell<u128> = const { Cell::new(1) };
}

/// A nonce no test of this thread used.
pub(crate) fn nonce() -> Nonce {
    Nonce::from_bytes(NONCE.replace(NONCE.get() + 1).to_be_bytes())
}

/// A request with these headers.
pub(crate) fn incoming(method: &str, path: &str, headers: SignedHeaders, body: &[u8]) -> Incoming {
    Incoming {
        method: method.into(),
        target_uri: format!("{ORIGIN}{path}"),
        path: path.into(),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        body: body.to_vec(),
    }
}

/// A request signed as owner at a time.
pub(crate) fn owned_at(key: &SigningKey, method: &str, path: &str, body: &[u8], now_s: u64) -> Incoming {
    let target_uri = format!("{ORIGIN}{path}");
    let request = RequestToSign { method, target_uri: &target_uri, body, created_s: now_s, nonce: nonce() };
    incoming(method, path, sign_owner_request(key, &request), body)
}

/// The code of a refusal, or what came instead.
pub(crate) fn code(answer: &Answer) -> String {
    let body = pulsebook_protocol::answer::ErrorBody::parse(&String::from_utf8_lossy(&answer.body));
    body.map_or_else(|| format!("{} without a code", answer.status), |body| body.code)
}
