//! Disks that are full or fail, on the phone and in a node: it is said in plain words, nothing acknowledged is lost, reading
//! goes on, and with room again everything heals.

use crate::{
    baseline::Baseline,
    kills::{acknowledged, heal},
    nodes::Nodes,
    promise::Killed,
    readings::{Reading, difference, held_of, parse},
    signatures::Signatures,
    skipped::skipped,
    steps::{ME, Step, shown},
    way::{Ran, Way},
};
use pulsebook_faultpoint::Point;
use std::{collections::BTreeSet, fs, process::Command};

/// Points at which a disk can refuse; at the others something is sent, answered or done already.
fn writes(name: &str) -> bool {
    let others = [
        "dial.",
        "node.asked",
        "node.answers",
        "collect.",
        "ledger.marked",
        "init.words",
        "init.begun",
        "init.finish",
        "init.done",
        "keys.kept",
        "grant.file",
        "journal.remove",
        "evidence.remove",
    ];
    !others.iter().any(|other| name.starts_with(other))
        && !name.ends_with("committed")
        && !name.ends_with(".read")
        && name != "store.open"
}

/// All of them, from a time on.
fn all(nth: usize, what: &str) -> String {
    let names = Point::ALL.iter().map(|point| point.name()).filter(|name| writes(name));
    names.map(|name| format!("{name}:{nth}+:{what}")).collect::<Vec<_>>().join(",")
}

/// What is wrong with how a refused write was told, if anything.
pub(crate) fn told_wrong(ran: &Ran, full: bool) -> Option<String> {
    let words = if full { &["disk is full", "free some space"][..] } else { &["what you can do"][..] };
    let plain = words.iter().all(|word| ran.err.contains(word))
        || (!full && ["try again", "see that"].iter().any(|word| ran.err.contains(word)));
    let code = ran.code == Some(if full { 4 } else { 1 });
    let panicked = ran.err.contains("Pulsebook made a mistake");
    (!ran.ok && (!plain || !code || panicked)).then(|| format!("code {:?}: {}", ran.code, ran.told()))
}

/// Lets writes of the step's own process fail; what does not hold afterwards.
pub(crate) fn refuse(base: &Baseline, step: Step, fault: &str, full: bool) -> Result<bool, String> {
    let way = base.before(step);
    let mut signatures = Signatures::default();
    // What `init` replaces is another chain, whose words nobody confirmed.
    if step != Step::InitOver {
        signatures.gather(way);
    }
    let line = step.line(way);
    let nodes = step.needs_nodes().then(|| Nodes::start(way));
    let ran = way.run(&line, Some(fault));
    drop(nodes);
    if let Some(why) = told_wrong(&ran, full) {
        return Err(why);
    }
    let acknowledged = acknowledged(base, step, &ran.out);
    if full && Step::InitOver.is_before(step) {
        reads_on(base, step, acknowledged)?;
    }
    heal(Killed { base, step, acknowledged, signatures, power_cut: false })
        .map_err(|why| format!("{why}; it had said: {}", ran.err))?;
    Ok(!ran.ok)
}

/// With no room at all, the record still shows everything that it acknowledged.
fn reads_on(base: &Baseline, step: Step, acknowledged: usize) -> Result<(), String> {
    let way = &base.way;
    for line in [format!("show --list --json {ME}"), format!("status --json {ME}"), format!("grants {ME}")] {
        let ran = way.run(&line, Some(&all(1, "enospc")));
        if !ran.ok {
            return Err(format!("`{line}` does not read on a full disk: {}", ran.told()));
        }
        if line.starts_with("show") {
            let held = crate::readings::parse(&ran.out).len();
            let before: usize = [Step::Collect, Step::CollectMore]
                .iter()
                .filter(|other| other.is_before(step))
                .map(|other| base.collected(*other).len())
                .sum();
            if held < before + acknowledged {
                return Err(format!(
                    "{held} readings shown on a full disk, {before} and {acknowledged} acknowledged"
                ));
            }
        }
    }
    Ok(())
}

/// Steps with the write points that they reach, each with how often.
fn reached(base: &Baseline, node: bool) -> Vec<(Step, String, usize)> {
    let mut found = Vec::new();
    for seen in &base.seen {
        let names = if node { &seen.node } else { &seen.own };
        let distinct: BTreeSet<&String> = names.iter().filter(|name| writes(name)).collect();
        found.extend(
            distinct
                .into_iter()
                .map(|name| (seen.step, name.clone(), names.iter().filter(|other| *other == name).count())),
        );
    }
    found
}

/// Each name once, in another step than the name before.
fn each_once(base: &Baseline, node: bool) -> Vec<(Step, String, usize)> {
    let all = reached(base, node);
    let names: BTreeSet<&String> = all.iter().map(|(_, name, _)| name).collect();
    let pick = |(turn, name): (usize, &String)| {
        let same: Vec<_> = all.iter().filter(|(_, other, _)| other == name).collect();
        same[turn % same.len()].clone()
    };
    names.into_iter().enumerate().map(pick).collect()
}

/// Writes without which a command goes on: what they would have kept waits for the next opening or the next sealing, and
/// `heal` sees that it comes.
const PUT_OFF: &[(&[Step], &[&str])] = &[
    // Signing the head, which the next opening does; room that is made before it is needed; and how far the circle accepts,
    // which the next sync finds again.
    (&Step::ALL, &["store.note.commit", "journal.room", "store.circle-mark.commit"]),
    // What is only looked after at an opening.
    (&Step::ALL, &["store.evidence-clock.commit", "evidence.sweep"]),
    (&[Step::SealMore], &["store.let-go.commit", "store.users-settled.commit"]),
    // Sealing while it is collected or taken in: the readings are in the journal, and it is tried again.
    (&[Step::Collect, Step::CollectMore, Step::Assign], &["evidence.", "file.", "store.seal.commit"]),
    // What a sensor says about itself; its readings come all the same.
    (&[Step::Collect, Step::CollectMore], &["store.sensor.commit"]),
    // The vault's mark of the first head.
    (&[Step::Init, Step::InitOver], &["file.", "folder.sync"]),
    // Moving the evidence of an older version.
    (&[Step::Raw], &["evidence.", "folder.sync", "store.evidence-move.commit"]),
];

/// Whether a command must be refused: the disk does not come back, and nothing can be put off.
fn must_refuse(step: Step, fault: &str) -> bool {
    let is_put_off = |(steps, names): &(&[Step], &[&str])| {
        steps.contains(&step) && names.iter().any(|name| fault.starts_with(name))
    };
    fault.contains("+:") && !PUT_OFF.iter().any(is_put_off)
}

/// Nothing is broken, and of twenty that must be refused nineteen were: one may have gone another way.
pub(crate) fn none_broken(done: impl Iterator<Item = (String, bool, Result<bool, String>)>) {
    let (mut tried, mut demanded, mut broken, mut unrefused) = (0, 0, Vec::new(), Vec::new());
    for (what, must, done) in done {
        tried += 1;
        demanded += usize::from(must);
        match done {
            Ok(refused) if must && !refused => unrefused.push(what),
            Ok(_) => {}
            Err(why) => broken.push(format!("{what}: {why}")),
        }
    }
    eprintln!("{tried} tried, {demanded} must be refused, not so: {unrefused:?}; {} broken", broken.len());
    assert!(broken.is_empty(), "{} of {tried}:\n{}", broken.len(), broken.join("\n"));
    assert!(demanded > 0 && unrefused.len() * 20 <= demanded, "of {demanded} not refused: {unrefused:#?}");
}

fn run(base: &Baseline, plan: &[(Step, String, bool)]) {
    let one = |(step, fault, full): &(Step, String, bool)| {
        let what = format!("{step:?} with {fault:.60}");
        (what, must_refuse(*step, fault), refuse(base, *step, fault, *full))
    };
    none_broken(plan.iter().map(one));
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let base = Baseline::make("disk");
    // Every second of them here; the long run below has all, at every step.
    let points = each_once(&base, false).into_iter().step_by(2);
    let plan = points.enumerate().map(|(turn, (step, name, _))| {
        let what = ["enospc", "short", "eio"][turn % 3];
        // What fails once alone may be made up for.
        (step, format!("{name}:1{}:{what}", if turn % 4 == 3 { "" } else { "+" }), what != "eio")
    });
    run(&base, &plan.collect::<Vec<_>>());
}

/// The long run: every write point of every step, the first and the last time, in every way.
#[test]
#[ignore = "takes half an hour"]
fn a_disk_that_refuses_at_any_write_loses_nothing() {
    const WORKERS: usize = 3;
    let part = |worker: usize| {
        let base = Baseline::make(&format!("disk-long-{worker}"));
        let plan = every_write(&base, false).into_iter().skip(worker).step_by(WORKERS);
        run(&base, &plan.collect::<Vec<_>>());
    };
    std::thread::scope(|scope| {
        let part = &part;
        (0..WORKERS).for_each(|worker| drop(scope.spawn(move || part(worker))));
    });
}

fn every_write(base: &Baseline, node: bool) -> Vec<(Step, String, bool)> {
    let mut plan = Vec::new();
    for (step, name, times) in reached(base, node) {
        for nth in BTreeSet::from([1, times]) {
            for what in ["enospc", "short", "eio"] {
                plan.push((step, format!("{name}:{nth}+:{what}"), what != "eio"));
            }
        }
    }
    plan
}

/// Lets the disk of the first node fail while a step runs; the others go on, and the phone says why the first did not. Whether
/// anything was refused.
pub(crate) fn node_refuses(base: &Baseline, step: Step, fault: &str, full: bool) -> Result<bool, String> {
    let way = base.before(step);
    let mut signatures = Signatures::default();
    signatures.gather(way);
    let nodes = Nodes::start_armed(way, ("PULSEBOOK_FAULT", fault));
    let ran = way.run(&step.line(way), None);
    let unstarted = nodes.unstarted().map(str::to_owned);
    drop(nodes);
    if let Some(words) = unstarted.as_ref().filter(|words| !names_the_disk(words)) {
        return Err(format!("a node that does not start does not say why: {words}"));
    }
    let told = ran.told();
    let said = told.contains(if full { "storage_full" } else { "try_again" });
    if matches!(step, Step::Sync | Step::SyncGranted)
        && !said
        && unstarted.is_none()
        && told.contains("behind")
    {
        return Err(format!("the node that refuses is not named: {told}"));
    }
    if matches!(step, Step::Sync | Step::SyncGranted | Step::Grant | Step::Revoke) && !ran.ok {
        return Err(format!("one full node of four stops the patient: {told}"));
    }
    let acknowledged = acknowledged(base, step, &ran.out);
    heal(Killed { base, step, acknowledged, signatures, power_cut: false })
        .map_err(|why| format!("{why}; it had said: {told}"))?;
    Ok(said || unstarted.is_some())
}

/// What an operator can act on.
fn names_the_disk(words: &str) -> bool {
    words.contains("disk")
        && ["free some space", "has room", "look at the disk"].iter().any(|act| words.contains(act))
}

fn run_at_node(base: &Baseline, plan: &[(Step, String, bool)]) {
    let one = |(step, fault, full): &(Step, String, bool)| {
        (format!("{step:?} with {fault}"), true, node_refuses(base, *step, fault, *full))
    };
    none_broken(plan.iter().map(one));
}

#[test]
fn a_full_node_says_so_and_holds_up_nobody() {
    let base = Baseline::make("disk-node");
    let points = each_once(&base, true).into_iter().enumerate();
    let plan = points.map(|(turn, (step, name, _))| {
        let what = ["enospc", "short", "enospc", "eio"][turn % 4];
        (step, format!("{name}:1+:{what}"), what != "eio")
    });
    run_at_node(&base, &plan.collect::<Vec<_>>());
}

/// The long run: every write point of a node at every step, the first and the last time, in every way.
#[test]
#[ignore = "takes a quarter of an hour"]
fn a_node_whose_disk_refuses_at_any_write_holds_up_nobody() {
    const WORKERS: usize = 3;
    let part = |worker: usize| {
        let base = Baseline::make(&format!("disk-node-long-{worker}"));
        let plan = every_write(&base, true).into_iter().skip(worker).step_by(WORKERS);
        run_at_node(&base, &plan.collect::<Vec<_>>());
    };
    std::thread::scope(|scope| {
        let part = &part;
        (0..WORKERS).for_each(|worker| drop(scope.spawn(move || part(worker))));
    });
}

#[test]
fn a_file_that_may_not_grow_is_a_full_disk() {
    let way = Way::make("limit");
    way.done(&format!("init {ME} --words-out words"));
    // In 1,024 bytes: the record is there, a collection of an hour needs more. A signal would kill; a refused write must not.
    let line = format!("collect --each --json --sim rest --start 2026-03-01T12:10:00Z --duration 40m {ME}");
    let mut limited = Command::new("bash");
    limited
        .current_dir(way.file("."))
        .args(["-c", &format!("trap '' XFSZ; ulimit -f 96; exec ../pulsebook {line}")]);
    let ran = Ran::of(&limited.output().unwrap());
    assert!(
        !ran.ok && ran.code == Some(4) && ran.err.contains("the disk is full"),
        "{:?}: {}",
        ran.code,
        ran.err
    );
    let acknowledged = parse(&ran.out);
    assert!(!acknowledged.is_empty());
    let whole = uncut(&way, &[("2026-03-01T12:10:00Z", "40m")]);
    let held = shown(&way);
    let count = held_of(&whole, acknowledged.len(), &held).unwrap();
    way.done(&format!("seal {ME}"));
    assert_eq!(difference(&whole[..count], &shown(&way)), None);
}

/// What a record holds after collections that nothing cuts off.
fn uncut(way: &Way, collections: &[(&str, &str)]) -> Vec<Reading> {
    let me = "--dir uncut --passphrase-file passphrase";
    way.done(&format!("init {me} --words-out uncut-words"));
    let collect =
        |(start, duration): &(&str, &str)| {
            parse(&way.done(&format!(
                "collect --each --json --sim rest --start {start} --duration {duration} {me}"
            )))
        };
    collections.iter().flat_map(collect).collect()
}

#[test]
fn a_disk_with_no_byte_left_is_read_and_heals() {
    let way = Way::make("tmpfs");
    let small = way.file("small");
    fs::create_dir_all(&small).unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=12m", "pulsebook-test"];
    if !Command::new("mount").args(mount).arg(&small).output().is_ok_and(|output| output.status.success()) {
        return skipped("these tests may not mount a small disk");
    }
    let done = std::panic::catch_unwind(|| on_a_small_disk(&way));
    let unmounted = Command::new("umount").arg(&small).status();
    done.unwrap();
    assert!(unmounted.unwrap().success());
}

fn on_a_small_disk(way: &Way) {
    let me = "--dir small/me --passphrase-file passphrase";
    way.done(&format!("init {me} --words-out words"));
    let first = way
        .done(&format!("collect --each --json --sim rest --start 2026-03-01T12:10:00Z --duration 2m {me}"));
    let mut filler = fs::File::create(way.file("small/filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[1; 512]).is_ok() {}
    // Open, it would keep its room when it is removed.
    drop(filler);
    let line = format!("collect --each --json --sim rest --start 2026-03-01T12:30:00Z --duration 20m {me}");
    let ran = way.run(&line, None);
    assert!(ran.code == Some(4) && ran.err.contains("the disk is full"), "{:?}: {}", ran.code, ran.err);
    let acknowledged = parse(&[first, ran.out].concat()).len();
    let whole = uncut(way, &[("2026-03-01T12:10:00Z", "2m"), ("2026-03-01T12:30:00Z", "20m")]);
    let show = || parse(&way.done(&format!("show --list --json {me}")));
    let count = held_of(&whole, acknowledged, &show()).unwrap_or_else(|why| panic!("on a full disk: {why}"));
    let sealing = way.run(&format!("seal {me}"), None);
    assert!(sealing.ok || sealing.code == Some(4), "{}", sealing.told());
    assert_eq!(difference(&whole[..count], &show()), None, "after sealing on a full disk");
    fs::remove_file(way.file("small/filler")).unwrap();
    way.done(&format!("seal {me}"));
    assert_eq!(difference(&whole[..count], &show()), None, "with room again");
    assert!(way.run(&format!("verify {me}"), None).ok);
}
