//! The seam to one provider node: a request goes out, a bounded answer or a plain reason comes back.

use std::{future::Future, pin::Pin};

/// A boxed future, so that transports can be used as `Box<dyn NodeTransport>`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a node's addresses answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Fetch.
    Get,
    /// Ask or offer.
    Post,
    /// Put in place; doing it twice is doing it once.
    Put,
}

impl Method {
    /// Upper case, as it is signed.
    pub fn text(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRequest {
    /// The method.
    pub method: Method,
    /// Path and query, beginning with a slash.
    pub path: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(&'static str, String)>,
    /// Empty for a GET.
    pub body: Vec<u8>,
    /// The largest answer body that is taken, in bytes.
    pub limit: usize,
}

/// What came back, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAnswer {
    /// HTTP status.
    pub status: u16,
    /// At most the request's limit.
    pub body: Vec<u8>,
}

/// No answer, and why: words for a person, with what can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeUnreachable {
    /// Nobody there, cut off, too slow, too much, or no node at all.
    #[error("{0}")]
    NoAnswer(String),
    /// Somebody answers there with another TLS key than the one on the node's card; nothing was sent.
    #[error("{0}")]
    OtherKey(String),
}

/// Bytes over the wire at the level of HTTP, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WireBytes {
    /// Of requests.
    pub sent: u64,
    /// Of answers.
    pub received: u64,
}

impl std::ops::Add for WireBytes {
    type Output = WireBytes;

    fn add(self, other: WireBytes) -> WireBytes {
        WireBytes { sent: self.sent + other.sent, received: self.received + other.received }
    }
}

/// What carries requests to one node. Every implementation passes `sync::contract`.
///
/// - An answer is handed out unchanged, whatever its status; a body over the request's limit is no answer.
/// - It never repeats a request by itself, follows no redirect, and gives up after a bounded time.
/// - Dropping the future ends the request.
pub trait NodeTransport: Send + Sync {
    /// Scheme, host and port that requests go to, without a slash at the end: signatures cover it.
    fn origin(&self) -> &str;

    /// Sends one request.
    fn send(&self, request: NodeRequest) -> Pending<'_, Result<NodeAnswer, NodeUnreachable>>;

    /// What went over the wire through this transport so far.
    fn traffic(&self) -> WireBytes;
}

/// Stands in for a node whose address is no address: every request fails with that reason.
#[derive(Clone, Debug)]
pub struct UnreachableTransport(pub NodeUnreachable);

impl NodeTransport for UnreachableTransport {
    fn origin(&self) -> &str {
        "https://unreachable.invalid"
    }

    fn send(&self, _: NodeRequest) -> Pending<'_, Result<NodeAnswer, NodeUnreachable>> {
        Box::pin(std::future::ready(Err(self.0.clone())))
    }

    fn traffic(&self) -> WireBytes {
        WireBytes::default()
    }
}
