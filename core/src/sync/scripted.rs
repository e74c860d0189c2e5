//! A transport in memory: a function answers, for tests.

use super::node::{NodeAnswer, NodeRequest, NodeTransport, NodeUnreachable, Pending, WireBytes};
use crate::store::locked;
use std::{
    fmt,
    sync::{Arc, Mutex},
};

type Answer = Box<dyn FnMut(&NodeRequest) -> Result<NodeAnswer, NodeUnreachable> + Send>;

/// Answers each request by a function and remembers what was asked. Clones share everything.
#[derive(Clone)]
pub struct ScriptedTransport {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<Vec<NodeRequest>>>,
    wire: Arc<Mutex<WireBytes>>,
}

impl fmt::Debug for ScriptedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScriptedTransport({} requests)", locked(&self.asked).len())
    }
}

impl ScriptedTransport {
    /// A node that answers like this.
    pub fn new(
        answer: impl FnMut(&NodeRequest) -> Result<NodeAnswer, NodeUnreachable> + Send + 'static,
    ) -> Self {
        ScriptedTransport {
            answer: Arc::new(Mutex::new(Box::new(answer))),
            asked: Arc::default(),
            wire: Arc::default(),
        }
    }

    /// Method and path of every request so far.
    pub fn asked(&self) -> Vec<String> {
        let asked = locked(&self.asked);
        asked.iter().map(|request| format!("{} {}", request.method.text(), request.path)).collect()
    }
}

impl NodeTransport for ScriptedTransport {
    fn origin(&self) -> &str {
        "https://node.test"
    }

    fn send(&self, request: NodeRequest) -> Pending<'_, Result<NodeAnswer, NodeUnreachable>> {
        Box::pin(async move {
            // Others get their turn, as over a real network.
            tokio::task::yield_now().await;
            let answer = (locked(&self.answer))(&request);
            let mut wire = locked(&self.wire);
            wire.sent += (request.path.len() + request.body.len()) as u64;
            let limit = request.limit;
            locked(&self.asked).push(request);
            let answer = answer?;
            wire.received += answer.body.len() as u64;
            if answer.body.len() > limit {
                return Err(NodeUnreachable::NoAnswer(format!("more than {limit} bytes came")));
            }
            Ok(answer)
        })
    }

    fn traffic(&self) -> WireBytes {
        *locked(&self.wire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_scripted_node_keeps_the_contract() {
        let transport =
            ScriptedTransport::new(|_| Ok(NodeAnswer { status: 404, body: b"{\"code\":\"x\"}".to_vec() }));
        crate::sync::contract::check(&transport, "/v1/nowhere", 404).await.unwrap();
        assert_eq!(transport.asked()[0], "GET /v1/nowhere");
    }
}
