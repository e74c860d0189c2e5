//! Which processes are to be killed, in which step, and where.

use crate::{baseline::Baseline, steps::Step};
use std::collections::{BTreeMap, BTreeSet};

/// Where a kill comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum At {
    /// A point of the step's own process, armed so.
    Own(String),
    /// A point of the first node.
    Node(String),
    /// From outside, after so many microseconds: the step's own process.
    OwnTime(u64),
    /// From outside, after so many microseconds: the first node.
    NodeTime(u64),
}

/// Kills to come.
pub(crate) type Plan = Vec<(Step, At)>;

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
        plan.extend(torn(&seen.own, most).into_iter().map(|fault| (seen.step, At::Own(fault))));
        plan.extend(torn(&seen.node, most).into_iter().map(|fault| (seen.step, At::Node(fault))));
    }
    plan
}

/// Half of each write, then the end.
fn torn(names: &[String], most: usize) -> Vec<String> {
    let written = names.iter().filter(|name| {
        name.ends_with(".write")
            || ["journal.append", "journal.header", "journal.room"].contains(&name.as_str())
    });
    spread(&written.cloned().collect::<Vec<_>>(), most, "torn")
}

/// Each name once on the phone and once in a node, each in another step than the name before; every kind of half write;
/// and some random moments.
pub(crate) fn each_point_once(base: &Baseline) -> Plan {
    let all = every_point(base, 1);
    let mut steps: BTreeMap<String, Plan> = BTreeMap::new();
    for (step, at) in all {
        let name = match &at {
            At::Own(fault) => format!("own {fault}"),
            At::Node(fault) => format!("node {fault}"),
            At::OwnTime(_) | At::NodeTime(_) => continue,
        };
        steps.entry(name).or_default().push((step, at));
    }
    let chosen = |(turn, (_, plan)): (usize, (String, Plan))| plan[turn % plan.len()].clone();
    let mut plan: Plan = steps.into_iter().enumerate().map(chosen).collect();
    plan.extend(random_moments(base, 20, 1));
    plan
}

/// Every point of every step up to three times, and random moments until there are enough.
pub(crate) fn thousand(base: &Baseline) -> Plan {
    let mut plan = every_point(base, 3);
    plan.extend(random_moments(base, 640, 2));
    plan
}

/// Moments within the time that the steps took, by a generator whose seed stands here: a run can be repeated.
fn random_moments(base: &Baseline, count: u64, seed: u64) -> Plan {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    };
    let moment = |turn| {
        let seen = &base.seen[usize::try_from(next(base.seen.len() as u64)).unwrap()];
        let micros = next(seen.micros);
        let at =
            if turn % 2 == 1 && seen.step.needs_nodes() { At::NodeTime(micros) } else { At::OwnTime(micros) };
        (seen.step, at)
    };
    (0..count).map(moment).collect()
}
