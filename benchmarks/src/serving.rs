//! Nodes as processes of their own, reached over TLS by connections that stay warm.

use crate::trouble::{Outcome, Trouble};
use pulsebook_core::{
    store::NodeDetails,
    sync::{
        Connect, DialTransport, NodeAnswer, NodeRequest, NodeTransport, NodeUnreachable, Pending, WireBytes,
    },
};
use pulsebook_protocol::{bytes::Digest, card::NodeCard, random::SystemRandom};
use pulsebook_provider_node::{InviteChoice, NewNode, NodeFolder, serve};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

/// The child: makes a node in a folder, prints its card, serves until standard input closes.
pub(crate) fn serve_until_stdin_closes(words: &[String]) -> Outcome {
    let folder = words.first().ok_or("a folder is expected")?.clone();
    crate::world::block_on(async move {
        let new = NewNode { name: "bench".into(), invites: InviteChoice::Open, address: None };
        let node = NodeFolder::init(Path::new(&folder), new, &mut SystemRandom)?;
        let running = serve(node, ([127, 0, 0, 1], 0).into()).await?;
        writeln!(std::io::stdout(), "{}", running.card().to_json().replace('\n', " "))?;
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
        running.stop().await;
        Ok(())
    })
}

/// A node's process; it ends when this is dropped.
pub(crate) struct NodeProcess {
    child: Child,
    /// Its card.
    pub(crate) card: NodeCard,
}

impl NodeProcess {
    /// Starts one with a folder of its own.
    pub(crate) fn start(folder: &Path) -> Outcome<NodeProcess> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve-node").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output of a node")?).read_line(&mut line)?;
        Ok(NodeProcess { child, card: NodeCard::parse(line.trim())? })
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

type Dialled = Arc<Mutex<BTreeMap<Digest, Arc<DialTransport>>>>;

/// Reaches nodes over connections that one sync leaves to the next.
#[derive(Default)]
pub(crate) struct Warm(Dialled);

impl Warm {
    /// For syncs.
    pub(crate) fn connect(&self) -> Box<Connect> {
        let dialled = self.0.clone();
        Box::new(move |node: &NodeDetails| {
            let mut dialled = dialled.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = dialled.get(&node.tls_pin) {
                return Ok(Box::new(Shared(known.clone())));
            }
            let new = Arc::new(DialTransport::new(&node.address, node.tls_pin)?);
            dialled.insert(node.tls_pin, new.clone());
            Ok(Box::new(Shared(new)))
        })
    }
}

struct Shared(Arc<DialTransport>);

impl NodeTransport for Shared {
    fn origin(&self) -> &str {
        self.0.origin()
    }

    fn send(&self, request: NodeRequest) -> Pending<'_, Result<NodeAnswer, NodeUnreachable>> {
        self.0.send(request)
    }

    fn traffic(&self) -> WireBytes {
        self.0.traffic()
    }
}

/// So many nodes.
pub(crate) fn start_nodes(count: usize, folder: &Path) -> Outcome<Vec<NodeProcess>> {
    let start = |number: usize| NodeProcess::start(&folder.join(format!("node-{number}")));
    (0..count).map(start).collect::<Result<_, Trouble>>()
}
