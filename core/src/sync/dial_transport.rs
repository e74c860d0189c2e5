//! The transport of real nodes: HTTPS to the key that the node's card pins.

use super::node::{Method, NodeAnswer, NodeRequest, NodeTransport, NodeUnreachable, Pending, WireBytes};
use pulsebook_dial::{DialError, Dialer, NodeAddress, Request};
use pulsebook_protocol::bytes::Digest;

/// A node reached over TLS 1.3 with a pinned key.
#[derive(Clone, Debug)]
pub struct DialTransport(Dialer);

impl DialTransport {
    /// The node at this address with this pin; nothing is sent yet. Must be used inside tokio.
    ///
    /// # Errors
    /// [`NodeUnreachable`] when the address is not `https://host:port`.
    pub fn new(address: &str, tls_pin: Digest) -> Result<Self, NodeUnreachable> {
        let address = NodeAddress { url: address.to_owned(), tls_pin };
        Dialer::new(&address).map(DialTransport).map_err(|error| NodeUnreachable::NoAnswer(error.to_string()))
    }
}

impl NodeTransport for DialTransport {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn send(&self, request: NodeRequest) -> Pending<'_, Result<NodeAnswer, NodeUnreachable>> {
        Box::pin(async move {
            let sent = self.0.send(for_dial(request)).await;
            let answer = sent.map_err(unreachable)?;
            Ok(NodeAnswer { status: answer.status, body: answer.body })
        })
    }

    fn traffic(&self) -> WireBytes {
        WireBytes { sent: self.0.traffic().sent(), received: self.0.traffic().received() }
    }
}

fn unreachable(error: DialError) -> NodeUnreachable {
    match error {
        DialError::PinChanged { .. } => NodeUnreachable::OtherKey(error.to_string()),
        _ => NodeUnreachable::NoAnswer(error.to_string()),
    }
}

fn for_dial(request: NodeRequest) -> Request {
    let method = match request.method {
        Method::Get => pulsebook_dial::Method::Get,
        Method::Post => pulsebook_dial::Method::Post,
        Method::Put => pulsebook_dial::Method::Put,
    };
    let mut dialled =
        Request::new(method, request.path).with_headers(request.headers).with_limit(request.limit);
    dialled.body = request.body;
    dialled
}
