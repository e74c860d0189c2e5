//! Provider nodes as child processes of the same binary: a ready line at the start, gone with their parent.

use crate::exit::{Failure, Outcome};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
};

/// How long a node may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A node process. It ends when this value is dropped, and when this process dies, however it dies: its standard input closes.
pub(crate) struct RunningNode {
    /// The organisation's name.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) dir: PathBuf,
    /// Where it listens: `https://127.0.0.1:port`.
    pub(crate) address: String,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl RunningNode {
    /// Starts a node over its folder on a free port and waits for its ready line.
    ///
    /// # Errors
    /// It cannot be started, or says something else.
    pub(crate) async fn start(name: &str, dir: &Path) -> Outcome<RunningNode> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["node", "serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", "--dir"])
            .arg(dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::from(error).during(&format!("starting the node {name}")))?;
        let stdin = child.stdin.take();
        let address =
            ready_line(&mut child).await.map_err(|failure| failure.during(&format!("the node {name}")))?;
        Ok(RunningNode { name: name.to_owned(), dir: dir.to_owned(), address, child, stdin })
    }

    /// The address without its scheme, for `--listen`.
    pub(crate) fn listen(&self) -> &str {
        self.address.trim_start_matches("https://")
    }

    /// Asks it to end by closing its standard input, and waits until it has.
    ///
    /// # Errors
    /// It does not end in time; it is killed then.
    pub(crate) async fn end(mut self) -> Outcome {
        drop(self.stdin.take());
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => ended.map(drop).map_err(Failure::from),
            Err(_) => {
                Err(Failure::new(format!("the node {} did not end by itself and was killed", self.name)))
            }
        }
    }
}

async fn ready_line(child: &mut Child) -> Outcome<String> {
    let stdout = child.stdout.take().ok_or_else(|| Failure::new("it has no standard output"))?;
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
    let line = line.map_err(|_| Failure::new("it was not ready within 30 seconds"))??;
    let address = line.as_deref().and_then(|line| line.strip_prefix("ready "));
    address
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("it ended before it was ready").action("its message stands above"))
}
