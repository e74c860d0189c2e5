//! The kills: every point on the phone and in a node, and at random times.

use crate::{
    baseline::Baseline,
    nodes::Nodes,
    plan::{self, At, Plan},
    promise::Killed,
    readings::parse,
    signatures::Signatures,
    steps::Step,
};
use pulsebook_faultpoint::Point;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// What a run of kills gave.
#[derive(Default)]
struct Tally {
    planned: usize,
    killed: usize,
    /// Those that were to die at a point, and did not.
    missed: Vec<String>,
    broken: Vec<String>,
}

impl Tally {
    fn plus(mut self, other: Tally) -> Tally {
        self.planned += other.planned;
        self.killed += other.killed;
        self.missed.extend(other.missed);
        self.broken.extend(other.broken);
        self
    }

    /// Nothing is broken, and what was to be killed was killed: of twenty at a point one may have gone another way; whoever
    /// was to die at a random moment may have ended before.
    fn end(self) {
        let Tally { planned, killed, missed, broken } = self;
        eprintln!("{planned} planned, {killed} killed, missed: {missed:?}");
        assert!(broken.is_empty(), "{} of {planned}:\n{}", broken.len(), broken.join("\n"));
        assert!(missed.len() * 20 <= planned, "{} of {planned} were not killed: {missed:?}", missed.len());
        assert!(killed * 10 >= planned * 9, "only {killed} of {planned} were killed");
    }
}

/// Kills as planned and heals after each.
fn kill_all(base: &Baseline, plan: &[(Step, At)]) -> Tally {
    let mut tally = Tally { planned: plan.len(), ..Tally::default() };
    for (number, (step, at)) in plan.iter().enumerate() {
        if number % 100 == 99 {
            eprintln!(
                "{} of {}, {} killed, {} broken",
                number + 1,
                plan.len(),
                tally.killed,
                tally.broken.len()
            );
        }
        match kill(base, *step, at) {
            Ok(true) => tally.killed += 1,
            Ok(false) if matches!(at, At::Own(_) | At::Node(_)) => {
                tally.missed.push(format!("{step:?} at {at:?}"));
            }
            Ok(false) => {}
            Err(why) => tally.broken.push(format!("{step:?} killed at {at:?}: {why}")),
        }
    }
    tally
}

/// Whether the process was killed, or what did not hold afterwards.
fn kill(base: &Baseline, step: Step, at: &At) -> Result<bool, String> {
    let way = base.before(step);
    let mut signatures = Signatures::default();
    // What an unfinished record signed is nobody's: another chain takes its place.
    if !step.is_making() {
        signatures.gather(way);
    }
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
    let acknowledged = acknowledged(base, step, &ran.out);
    heal(Killed { base, step, acknowledged, signatures, power_cut: false })
        .map_err(|why| format!("{why}; it had said: {}", ran.err))?;
    Ok(killed)
}

/// How many readings a step acknowledged.
pub(crate) fn acknowledged(base: &Baseline, step: Step, told: &str) -> usize {
    if base.collected(step).is_empty() { 0 } else { parse(told).len() }
}

/// What does not hold, if anything.
pub(crate) fn heal(killed: Killed<'_>) -> Result<(), String> {
    let healed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| killed.heal()));
    healed
        .map_err(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_owned()))
}

/// Kills as planned on baselines side by side.
fn side_by_side(name: &str, workers: usize, plan_of: impl Fn(&Baseline) -> Plan + Sync) -> Tally {
    let part = |which: usize| {
        let base = Baseline::make(&format!("{name}-{which}"));
        let plan: Plan = plan_of(&base).into_iter().skip(which).step_by(workers).collect();
        kill_all(&base, &plan)
    };
    std::thread::scope(|scope| {
        let part = &part;
        let parts: Vec<_> = (0..workers).map(|which| scope.spawn(move || part(which))).collect();
        parts.into_iter().map(|part| part.join().unwrap()).fold(Tally::default(), Tally::plus)
    })
}

#[test]
fn a_kill_at_each_point_loses_and_doubles_nothing() {
    side_by_side("points", 2, plan::each_point_once).end();
}

/// The long run: more than a thousand processes killed.
#[test]
#[ignore = "takes a quarter of an hour and more"]
fn a_thousand_kills_lose_and_double_nothing() {
    let begun = Instant::now();
    let tally = side_by_side("thousand", 4, plan::thousand);
    eprintln!("{:.1} minutes", begun.elapsed().as_secs_f32() / 60.0);
    assert!(tally.killed >= 1000, "only {} were killed", tally.killed);
    tally.end();
}

#[test]
fn every_listed_point_is_reached_on_the_way() {
    let base = Baseline::make("reached");
    let reached: BTreeSet<&str> =
        base.seen.iter().flat_map(|seen| seen.own.iter().chain(&seen.node)).map(String::as_str).collect();
    let elsewhere = crate::memory::POINTS.into_iter().chain(crate::users::POINTS);
    let reached: BTreeSet<&str> = reached.into_iter().chain(elsewhere).collect();
    let dead: Vec<&str> =
        Point::ALL.iter().map(|point| point.name()).filter(|name| !reached.contains(name)).collect();
    assert!(dead.is_empty(), "never reached: {}", dead.join(", "));
}
