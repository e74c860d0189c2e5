//! Circles of one to seven nodes: each settles with as many nodes as it needs, and with one fewer it waits.

use crate::scratch::{Scratch, Serving};
use pulsebook_protocol::circle::Quorum;
use serde_json::Value;

const MOST: usize = 7;

/// A record with the first `n` nodes as its circle; not synced yet.
fn with_circle_of(scratch: &Scratch, n: usize) {
    let me = |line: &str| scratch.done(&format!("{line} --dir me{n} --passphrase-file passphrase"));
    scratch.done(&format!("init --dir me{n} --passphrase-file passphrase --words-out words{n}"));
    let cards: Vec<String> = (1..=n).map(|node| format!("n{node}.json")).collect();
    me(&format!("circle add {}", cards.join(" ")));
    me(&format!("circle confirm --words-file words{n}"));
}

/// One more block is sealed and sent: blocks, those that the majority accepted, those that are final.
fn one_more(scratch: &Scratch, n: usize, hour: usize) -> [u64; 3] {
    let me = |line: &str| format!("{line} --dir me{n} --passphrase-file passphrase");
    scratch.done(&me(&format!("collect --sim rest --start 2026-03-01T{hour}:00:00Z --duration 1m")));
    scratch.done(&me("seal"));
    // Where no node is left it fails, and says all the same where things stand.
    let synced = scratch.run(&me("sync --json"));
    let synced: Value = serde_json::from_slice(&synced.stdout).unwrap();
    let total = |field: &str| {
        ["direct", "covered"].iter().map(|kind| synced[field][kind].as_u64().unwrap()).sum::<u64>()
    };
    [synced["blocks"].as_u64().unwrap(), total("certified"), total("settled")]
}

/// All circles that wait for this many dead nodes, side by side.
fn each(circles: impl Iterator<Item = usize>, check: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for n in circles {
            let check = &check;
            scope.spawn(move || check(n));
        }
    });
}

#[test]
fn every_circle_of_one_to_seven_settles_with_its_quorum_and_not_with_one_node_fewer() {
    let scratch = Scratch::make("numbers");
    // Each node is in several circles: it takes in every record.
    let start = |node: usize| {
        scratch.done(&format!("node init --dir n{node} --name n{node} --open"));
        scratch.node(&format!("n{node}"))
    };
    let mut nodes: Vec<Serving> = (1..=MOST).map(start).collect();
    each(1..=MOST, |n| with_circle_of(&scratch, n));
    let spare = |n: &usize| Quorum::of(*n).may_fail();
    let most = (1..=MOST).map(|n| spare(&n)).max().unwrap();
    // Nodes end in the order of the cards, so that of every circle as many are gone as of the others.
    for dead in 0..=most + 1 {
        let hour = 12 + 2 * dead;
        each((1..=MOST).filter(|n| spare(n) == dead), |n| {
            let [blocks, certified, settled] = one_more(&scratch, n, hour);
            assert!(blocks > 0, "circle of {n}");
            assert_eq!([certified, settled], [blocks; 2], "circle of {n} with {dead} nodes down");
        });
        each((1..=MOST).filter(|n| spare(n) + 1 == dead), |n| {
            let [blocks, certified, settled] = one_more(&scratch, n, hour);
            assert_eq!([certified, settled], [blocks - 1; 2], "circle of {n} with {dead} nodes down");
        });
        drop(nodes.remove(0));
    }
}
