//! Nodes that fail: a dead one, one that answers garbage, one whose pinned key changed. The others go on.

use crate::scratch::{Scratch, Serving, text};
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
};

/// A record whose circle of four is confirmed and synced.
fn with_circle(name: &str) -> (Scratch, Vec<Serving>) {
    let scratch = Scratch::make(name);
    scratch.init();
    scratch.me("collect --sim rest --start 2026-03-01T12:00:00Z --duration 2m");
    let nodes = ["n1", "n2", "n3", "n4"].map(|name| scratch.node(name)).into();
    scratch.me("circle add n1.json n2.json n3.json n4.json");
    scratch.me("circle confirm --words-file words");
    scratch.me("sync");
    (scratch, nodes)
}

fn more(scratch: &Scratch) {
    scratch.me("collect --sim rest --start 2026-03-01T14:00:00Z --duration 2m");
    scratch.me("seal");
}

/// Everything is accepted and final, and only the first node is behind.
fn assert_only_the_first_is_behind(scratch: &Scratch) {
    let status = scratch.json("status");
    for field in ["certified", "settled"] {
        let total = status[field]["direct"].as_u64().unwrap() + status[field]["covered"].as_u64().unwrap();
        assert_eq!(total, status["blocks"].as_u64().unwrap(), "{status}");
    }
    let behind =
        |node: &Value| (node["name"].as_str().unwrap().to_owned(), node["behind"].as_u64().unwrap() > 0);
    let mut nodes: Vec<_> = status["nodes"].as_array().unwrap().iter().map(behind).collect();
    nodes.sort();
    assert_eq!(
        nodes.iter().map(|(_, behind)| *behind).collect::<Vec<_>>(),
        [true, false, false, false],
        "{status}"
    );
}

#[test]
fn a_dead_node_holds_up_nobody_and_catches_up_later() {
    let (scratch, mut nodes) = with_circle("dead");
    drop(nodes.remove(0));
    more(&scratch);
    assert!(scratch.me("sync").contains("n1: behind"));
    assert_only_the_first_is_behind(&scratch);
    let told = scratch.run("verify --dir me --passphrase-file passphrase");
    let (said, why) = (text(&told.stdout), text(&told.stderr));
    assert_eq!(told.status.code(), Some(1));
    assert!(said.contains("n1 was not checked: ") && !said.contains("WRONG"), "{said}");
    assert!(why.contains("1 node could not be checked") && !why.contains("operator"), "{why}");
    let told = scratch.run("verify --json --dir me --passphrase-file passphrase");
    let object: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(object["could_not_ask"][0]["node"], "n1", "{object}");
    assert!(object["findings"].as_array().unwrap().is_empty(), "{object}");
    // It comes back where it was, and the next sync brings everything.
    let back = scratch.node("n1");
    scratch.me("sync");
    assert!(scratch.me("status").contains("n1: has everything"));
    drop(back);
}

#[test]
fn a_node_that_answers_garbage_holds_up_nobody() {
    let (scratch, mut nodes) = with_circle("garbage");
    let address = nodes.remove(0).address.clone();
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nI am a teapot");
        }
    });
    more(&scratch);
    assert!(scratch.me("sync").contains("n1: behind"));
    assert_only_the_first_is_behind(&scratch);
}

#[test]
fn a_node_whose_pinned_key_changed_is_not_believed() {
    let (scratch, mut nodes) = with_circle("pin");
    let address = nodes.remove(0).address.clone();
    // Another node takes its place at its address.
    fs::rename(scratch.file("n1"), scratch.file("n1-away")).unwrap();
    scratch.done("node init --dir n1 --name n1");
    let mut imposter =
        scratch.command(&format!("node serve --dir n1 --until-stdin-closes --listen {address}"));
    let mut imposter =
        imposter.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut ready = [0; 5];
    imposter.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    more(&scratch);
    let output = scratch.run("sync --dir me --passphrase-file passphrase");
    let (told, why) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{told}{why}");
    assert!(why.contains("n1 shows another TLS key than its card"), "{why}");
    let line = told.lines().find(|line| line.starts_with("n1: behind")).expect("n1 is behind");
    assert!(line.contains("key"), "{line}");
    assert_only_the_first_is_behind(&scratch);
    drop(imposter.stdin.take());
    assert!(imposter.wait().unwrap().success());
}
