//! Disks that do not read: every answer is what it was or the failure is named, and nothing is lost.

use crate::{
    baseline::Baseline,
    disk::{node_refuses, none_broken, refuse, told_wrong},
    steps::{ME, Step},
    way::Way,
};
use std::collections::BTreeSet;

/// Whether something is read there, or a database opened.
fn reads(name: &str) -> bool {
    name.ends_with(".read") || name == "store.open" || name == "node.store.open"
}

/// Steps with the read points that they reach: the first two steps of each name, the first time alone and from then on.
fn plan(base: &Baseline, node: bool) -> Vec<(Step, String)> {
    let mut plan = Vec::new();
    let names = |step: usize| if node { &base.seen[step].node } else { &base.seen[step].own };
    let every: BTreeSet<&String> = (0..base.seen.len()).flat_map(names).filter(|name| reads(name)).collect();
    for name in every {
        let steps = (0..base.seen.len()).filter(|step| names(*step).contains(name));
        for (step, nth) in steps.take(2).zip(["1", "1+"]) {
            plan.push((base.seen[step].step, format!("{name}:{nth}:eio")));
        }
    }
    plan
}

#[test]
fn a_disk_that_does_not_read_is_named_and_loses_nothing() {
    let base = Baseline::make("reads");
    let what = |step, fault: &String| format!("{step:?} with {fault}");
    let own = plan(&base, false);
    let own = own.iter().map(|(step, fault)| (what(*step, fault), true, refuse(&base, *step, fault, false)));
    let node = plan(&base, true);
    let node =
        node.iter().map(|(step, fault)| (what(*step, fault), true, node_refuses(&base, *step, fault, false)));
    none_broken(own.chain(node));
    answers_are_unchanged_or_refused(base.before(Step::Expire));
}

/// Whatever cannot be read, a question is answered as before or not at all.
fn answers_are_unchanged_or_refused(way: &Way) {
    way.done(&format!("collect --sim rest --start 2026-03-01T16:10:00Z --duration 1m {ME}"));
    let questions =
        ["show --list --json", "chart heart-rate --json", "grants", "evidence list --json", "verify"];
    let mut refused = 0;
    for line in questions.map(|question| format!("{question} {ME}")) {
        let (unharmed, points) = way.run_logged(&line);
        let points: BTreeSet<&String> = points.iter().filter(|name| reads(name)).collect();
        for name in points {
            for nth in ["1", "2", "3+"] {
                let fault = format!("{name}:{nth}:eio");
                let ran = way.run(&line, Some(&fault));
                assert!(told_wrong(&ran, false).is_none(), "{line} with {fault}: {}", ran.told());
                assert!(!ran.ok || ran.out == unharmed.out, "{line} with {fault}: {}", ran.told());
                refused += usize::from(!ran.ok);
            }
        }
    }
    assert!(refused > questions.len(), "only {refused} were refused");
}
