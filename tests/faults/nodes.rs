//! The four nodes as processes, one of which may be armed.

use crate::{
    address::own_address,
    power::recorded,
    way::{NODES, Way},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Nodes that run; dropping them kills them, as everything here is killed.
pub(crate) struct Nodes {
    running: Vec<Child>,
    /// What the armed one said when it did not start.
    unstarted: Option<String>,
}

impl Nodes {
    /// Starts all.
    pub(crate) fn start(way: &Way) -> Nodes {
        Nodes::of(NODES.map(|name| serve(way, name, &[])))
    }

    /// Starts all, the first with an environment of its own; it may die before it is ready.
    pub(crate) fn start_armed(way: &Way, variable: (&str, &str)) -> Nodes {
        Nodes::of(NODES.map(|name| {
            if name == NODES[0] { serve_heard(way, name, variable) } else { serve(way, name, &[]) }
        }))
    }

    /// Starts all with a variable in their environment.
    pub(crate) fn start_all_with(way: &Way, variable: (&str, &str)) -> Nodes {
        Nodes::of(NODES.map(|name| serve(way, name, &[variable])))
    }

    /// Starts all, the first armed and recorded into a file.
    pub(crate) fn start_recorded(way: &Way, fault: &str, log: &Path) -> Nodes {
        let first = |name| {
            let mut command = command(way, name);
            command.env("PULSEBOOK_FAULT", fault);
            piped(recorded(&command, log)).spawn().unwrap()
        };
        Nodes::of(NODES.map(|name| if name == NODES[0] { first(name) } else { serve(way, name, &[]) }))
    }

    /// Starts all, each recorded into a file.
    pub(crate) fn start_all_recorded(way: &Way, logs: &[PathBuf; 4]) -> Nodes {
        let recorded = |name: &str, log| piped(recorded(&command(way, name), log)).spawn().unwrap();
        let [a, b, c, d] = logs;
        let [first, second, third, fourth] = NODES;
        Nodes::of([recorded(first, a), recorded(second, b), recorded(third, c), recorded(fourth, d)])
    }

    /// They start side by side.
    fn of(nodes: [Child; 4]) -> Nodes {
        let mut all = Nodes { running: Vec::new(), unstarted: None };
        for node in nodes {
            match ready(node) {
                Ok(running) => all.running.push(running),
                Err(Some(said)) => all.unstarted = Some(said),
                Err(None) => {}
            }
        }
        all
    }

    /// Why the armed one did not start, in its own words.
    pub(crate) fn unstarted(&self) -> Option<&str> {
        self.unstarted.as_deref()
    }

    /// Kills the first, whatever it does.
    pub(crate) fn kill_first(&mut self) {
        if let Some(first) = self.running.first_mut() {
            let _ = first.kill();
            let _ = first.wait();
        }
    }

    /// Ends all; whether the first had been killed before.
    pub(crate) fn first_was_killed(mut self) -> bool {
        if self.running.len() < NODES.len() {
            return self.unstarted.is_none();
        }
        let first = &mut self.running[0];
        let ended = first.try_wait().unwrap();
        ended.is_some_and(|status| status.signal() == Some(9))
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for node in &mut self.running {
            let _ = node.kill();
            let _ = node.wait();
        }
    }
}

/// Makes the nodes but the first, each with an address of its own, and their cards.
pub(crate) fn make_others(way: &Way) {
    for name in NODES {
        fs::write(way.file(&format!("{name}.port")), own_address().to_string()).unwrap();
    }
    for name in &NODES[1..] {
        way.done(&format!("node init --dir {name} --name {name}"));
        let mut node = ready(serve(way, name, &[])).ok().unwrap();
        way.done(&format!("node card --dir {name} --out {name}.json"));
        node.kill().and_then(|()| node.wait()).unwrap();
    }
}

fn serve(way: &Way, name: &str, environment: &[(&str, &str)]) -> Child {
    piped(command(way, name)).envs(environment.iter().copied()).spawn().unwrap()
}

/// The same with what it says on standard error, should it not start.
fn serve_heard(way: &Way, name: &str, variable: (&str, &str)) -> Child {
    piped(command(way, name)).envs([variable]).stderr(Stdio::piped()).spawn().unwrap()
}

fn command(way: &Way, name: &str) -> Command {
    let address = fs::read_to_string(way.file(&format!("{name}.port"))).unwrap();
    way.command(&format!("node serve --dir {name} --until-stdin-closes --listen {address}"))
}

fn piped(mut command: Command) -> Command {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// When it died before it was ready: nothing when it was killed, else what it said.
fn ready(mut child: Child) -> Result<Child, Option<String>> {
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    if ready.starts_with("ready ") {
        return Ok(child);
    }
    let heard = child.stderr.is_some();
    let output = child.wait_with_output().unwrap();
    if output.status.signal() == Some(9) {
        return Err(None);
    }
    assert!(heard, "a node did not start, and nobody killed it: {}", output.status);
    let said = ready + &String::from_utf8_lossy(&output.stdout) + &String::from_utf8_lossy(&output.stderr);
    Err(Some(said))
}
