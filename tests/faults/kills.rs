//! The kills: every point on the phone and in a node, and at random times.

use crate::{
    baseline::Baseline, nodes::Nodes, promise::Killed, readings::parse, signatures::Signatures, steps::Step,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Where a kill comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// A point of the step's own process, armed so.
    Own(String),
    /// A point of the first node.
    Node(String),
    /// From outside, after so many microseconds: the step's own process.
    OwnTime(u64),
    /// From outside, after so many microseconds: the first node.
    NodeTime(u64),
}

/// One kill to come.
type Plan = Vec<(Step, At)>;

/// What a run of kills gave.
#[derive(Default)]
struct Tally {
    killed: usize,
    broken: Vec<String>,
}

/// Kills as planned and heals after each.
fn kill_all(base: &Baseline, plan: &[(Step, At)]) -> Tally {
    let mut tally = Tally::default();
    for (step, at) in plan {
        match kill(base, *step, at) {
            Ok(killed) => tally.killed += usize::from(killed),
            Err(why) => tally.broken.push(format!("{step:?} killed at {at:?}: {why}")),
        }
    }
    tally
}

/// Whether the process was killed, or what did not hold afterwards.
fn kill(base: &Baseline, step: Step, at: &At) -> Result<bool, String> {
    let way = base.before(step);
    let mut signatures = Signatures::default();
    signatures.gather(way);
    let line = step.line(way);
    let mut nodes = match at {
        At::Node(fault) => Some(Nodes::start_armed(way, ("PULSEBOOK_FAULT", fault))),
        _ => step.needs_nodes().then(|| Nodes::start(way)),
    };
    let ran = match at {
        At::Own(fault) => way.run(&line, Some(fault)),
        At::OwnTime(micros) => way.run_for(&line, Duration::from_micros(*micros)),
        At::Node(_) => way.run(&line, None),
        At::NodeTime(micros) => std::thread::scope(|scope| {
            let running = scope.spawn(|| way.run(&line, None));
            std::thread::sleep(Duration::from_micros(*micros));
            nodes.as_mut().unwrap().kill_first();
            running.join().unwrap()
        }),
    };
    let node_killed = nodes.map(Nodes::first_was_killed);
    let killed = match at {
        At::Own(_) | At::OwnTime(_) => ran.killed,
        At::Node(_) | At::NodeTime(_) => node_killed == Some(true),
    };
    let healed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let acknowledged = parse(&ran.out).len().min(base.collected(step).len());
        Killed { base, step, acknowledged, signatures }.heal();
    }));
    match healed {
        Ok(()) => Ok(killed),
        Err(panic) => {
            let why = panic.downcast_ref::<String>().cloned();
            Err(format!("{}; it had said: {}", why.unwrap_or_else(|| "?".to_owned()), ran.err))
        }
    }
}

/// Each name with every time that it was reached, at most `most` of them, spread from the first to the last.
fn spread(names: &[String], most: usize, what: &str) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    names.iter().for_each(|name| *times.entry(name).or_default() += 1);
    let mut faults = Vec::new();
    for (name, count) in times {
        let picked: BTreeSet<usize> = match most {
            1 => [1].into(),
            _ => (0..most.min(count)).map(|i| 1 + i * (count - 1) / (most - 1).max(1)).collect(),
        };
        faults.extend(picked.into_iter().map(|nth| format!("{name}:{nth}:{what}")));
    }
    faults
}

/// Points of all steps, at most `most` times each name a step.
fn every_point(base: &Baseline, most: usize) -> Plan {
    let mut plan = Plan::new();
    for seen in &base.seen {
        plan.extend(spread(&seen.own, most, "kill").into_iter().map(|fault| (seen.step, At::Own(fault))));
        plan.extend(spread(&seen.node, most, "kill").into_iter().map(|fault| (seen.step, At::Node(fault))));
        let written = seen.own.iter().filter(|name| {
            name.ends_with(".write") || *name == "journal.append" || *name == "journal.header"
        });
        let torn = spread(&written.cloned().collect::<Vec<_>>(), most, "torn");
        plan.extend(torn.into_iter().map(|fault| (seen.step, At::Own(fault))));
    }
    plan
}

#[test]
fn a_kill_at_each_point_of_each_step_loses_and_doubles_nothing() {
    let base = Baseline::make("points");
    let plan = every_point(&base, 1);
    let tally = kill_all(&base, &plan);
    eprintln!("{} planned, {} killed", plan.len(), tally.killed);
    assert!(
        tally.broken.is_empty(),
        "{} of {}:\n{}",
        tally.broken.len(),
        plan.len(),
        tally.broken.join("\n")
    );
}
