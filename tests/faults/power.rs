//! Power cuts: what a process wrote and synced is recorded from outside, and the folder made again as a disk may leave it.

#[path = "power/disk.rs"]
mod disk;
#[path = "power/ends.rs"]
mod ends;
#[path = "power/trace.rs"]
mod trace;
#[path = "power/world.rs"]
mod world;

pub(crate) use trace::recorded;

use crate::{
    baseline::Baseline,
    kills::{acknowledged, heal},
    nodes::Nodes,
    plan::{self, At},
    promise::Killed,
    readings::{Reading, difference, parse, survived},
    rows,
    signatures::Signatures,
    skipped::skipped,
    steps::{ME, Step, shown},
    way::{NODES, Ran, Way, copy},
};
use disk::{Disk, Image, Loss};
use std::{fs, path::Path};
use trace::Deed;

/// Whether power cuts can be recorded here; says so when not.
fn can_record() -> bool {
    let possible = trace::is_possible();
    if !possible {
        skipped("strace is not installed, no power cut can be recorded (apt-get install strace)");
    }
    possible
}

/// The losses that each cut is tried with.
static LOSSES: [Loss; 4] = [Loss::Dropped, Loss::BytesDropped, Loss::Torn(1), Loss::Torn(2)];

/// Where the power is cut, and what becomes of what was not synced.
struct Cuts {
    /// After every so many deeds, and around each that makes something durable.
    every: usize,
    losses: &'static [Loss],
    /// Deeds that the program is thought not to have done.
    forgotten: fn(&Deed) -> bool,
}

impl Cuts {
    const fn every(every: usize, losses: &'static [Loss]) -> Cuts {
        Cuts { every, losses, forgotten: |_| false }
    }
}

/// Runs a step of the record alone, recorded.
fn record(way: &Way, line: &str) -> (Ran, Vec<Deed>) {
    let log = way.beside("strace");
    let ran = Ran::of(&recorded(&way.command(line), &log).output().unwrap());
    assert!(ran.ok, "{}", ran.told());
    (ran, trace::read(&fs::read_to_string(&log).unwrap(), &way.file("")))
}

/// A cut of the power: what it leaves, and how many readings must be in that.
struct Cut {
    image: Image,
    least: usize,
    what: String,
}

impl Cut {
    fn hold(&self, way: &Way, whole: &[Reading]) -> Option<String> {
        replace(way, &self.image, is_mine);
        alone(way, whole, self.least).err().map(|why| format!("{}: {why}", self.what))
    }
}

fn is_mine(name: &Path) -> bool {
    name.starts_with("me")
}

/// Cuts the power all over a step; how often, and what did not hold.
fn cut_everywhere(base: &Baseline, step: Step, cuts: &Cuts) -> (usize, Vec<String>) {
    let parts: Vec<_> = cuts.losses.iter().map(|loss| cut_with(base, step, cuts, *loss)).collect();
    parts.into_iter().fold((0, Vec::new()), both)
}

fn both((cuts, mut broken): (usize, Vec<String>), other: (usize, Vec<String>)) -> (usize, Vec<String>) {
    broken.extend(other.1);
    (cuts + other.0, broken)
}

fn cut_with(base: &Baseline, step: Step, cuts: &Cuts, loss: Loss) -> (usize, Vec<String>) {
    let way = base.before(step);
    let mut disk = Disk::load(&way.file(""));
    let before = shown(way);
    base.before(step);
    let (ran, deeds) = record(way, &step.line(way));
    let whole = [&before[..], &parse_if(base, step, &ran.out)].concat();
    let (mut told, mut done, mut folders, mut broken) = (String::new(), 0, 0, Vec::new());
    // Cuts that leave the same folder are one, and of what they must hold the last is the most.
    let mut last: Option<Cut> = None;
    for (number, deed) in deeds.iter().enumerate() {
        let is_sync = matches!(deed, Deed::Sync { .. });
        // Just before something becomes durable most can be lost, just after it most was promised.
        let chosen = is_sync || number % cuts.every == 0;
        let before_sync = matches!(deeds.get(number + 1), Some(Deed::Sync { .. }));
        if !(cuts.forgotten)(deed) {
            disk.apply(deed);
        }
        if let Deed::Told { bytes } = deed {
            told.push_str(&String::from_utf8_lossy(bytes));
        }
        if !(chosen || before_sync) || !disk.can_lose() {
            continue;
        }
        done += 1;
        let what = format!("{step:?}, deed {number} of {} ({}), {loss:?}", deeds.len(), short(deed));
        let (image, least) =
            (disk.image(loss, is_kept(is_mine)), before.len() + acknowledged(base, step, &told));
        let cut = Cut { image, least, what };
        if let Some(other) = last.take().filter(|last| last.image != cut.image) {
            folders += 1;
            broken.extend(other.hold(way, &whole));
        }
        last = Some(cut);
    }
    broken.extend(last.and_then(|last| last.hold(way, &whole)));
    eprintln!("{step:?}, {loss:?}: {done} cuts, {} different folders", folders + 1);
    (done, broken)
}

fn parse_if(base: &Baseline, step: Step, told: &str) -> Vec<Reading> {
    if base.collected(step).is_empty() { Vec::new() } else { parse(told) }
}

fn short(deed: &Deed) -> String {
    format!("{deed:?}").chars().take(60).collect()
}

/// What SQLite shares between processes dies with them.
fn is_kept(ours: impl Fn(&Path) -> bool) -> impl Fn(&Path) -> bool {
    move |name| ours(name) && !name.to_string_lossy().ends_with("-shm")
}

/// The folder as the disk left it, in place of what is there.
fn put_back(way: &Way, disk: &Disk, loss: Loss, ours: impl Fn(&Path) -> bool + Copy) {
    replace(way, &disk.image(loss, is_kept(ours)), ours);
}

fn replace(way: &Way, image: &Image, ours: impl Fn(&Path) -> bool) {
    let root = way.file("");
    for entry in fs::read_dir(&root).unwrap().flatten() {
        if ours(Path::new(&entry.file_name())) {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
    image.write(&root);
}

/// A record without a circle keeps its promises: it opens, holds what it must, seals it and verifies.
fn alone(way: &Way, whole: &[Reading], acknowledged: usize) -> Result<(), String> {
    let done = |line: String| {
        let ran = way.run(&line, None);
        if ran.ok { Ok(ran.out) } else { Err(format!("{line}: {}", ran.told())) }
    };
    let held = parse(&done(format!("show --list --json {ME}"))?);
    survived(whole, acknowledged, &held)?;
    done(format!("seal {ME}"))?;
    let sealed = parse(&done(format!("show --list --json {ME}"))?);
    difference(&held, &sealed).map_or(Ok(()), Err)?;
    let status = done(format!("status --json {ME}"))?;
    if !status.contains("\"fenced\":null") {
        return Err(status);
    }
    done(format!("verify {ME}")).map(drop)
}

/// Kills at a point, then takes from the killed one's folder what it had not synced.
fn cut(base: &Baseline, step: Step, at: &At, loss: Loss) -> Result<(), String> {
    let way = base.before(step);
    let mut signatures = Signatures::default();
    // What an unfinished record signed is nobody's: another chain takes its place.
    if !step.is_making() {
        signatures.gather(way);
    }
    let (line, log) = (step.line(way), way.beside("strace"));
    let _ = fs::remove_file(&log);
    let (ran, nodes) = match at {
        At::Own(fault) => {
            let nodes = step.needs_nodes().then(|| Nodes::start(way));
            let mut command = way.command(&line);
            command.env("PULSEBOOK_FAULT", fault);
            (Ran::of(&recorded(&command, &log).output().unwrap()), nodes)
        }
        At::Node(fault) => {
            let nodes = Nodes::start_recorded(way, fault, &log);
            (way.run(&line, None), Some(nodes))
        }
        At::OwnTime(_) | At::NodeTime(_) => return Ok(()),
    };
    drop(nodes);
    let mut disk = Disk::load(&way.saved(&format!("{step:?}")));
    let deeds = trace::read(&fs::read_to_string(&log).unwrap_or_default(), &way.file(""));
    deeds.iter().for_each(|deed| disk.apply(deed));
    let (folder, aside) =
        (way.file(if matches!(at, At::Node(_)) { NODES[0] } else { "me" }), way.beside("rows"));
    let before = rows::of(&folder, &aside);
    let (killed, saved) = (way.beside("killed"), way.saved(&format!("{step:?}")));
    let _ = fs::remove_dir_all(&killed);
    if folder.exists() {
        copy(&folder, &killed);
    }
    put_back(way, &disk, loss, |name| is_of(at, name));
    // Every fault point lies outside of a commit: what was committed is what is there.
    // A record that is only being made has promised nothing yet, and is made anew.
    if !step.is_making() {
        let (start, after) = (saved.join(folder.file_name().unwrap()), rows::of(&folder, &aside));
        rows::kept(&rows::of(&start, &aside), &before, &after)?;
        rows::is_one_of(&killed, &aside, &after)?;
    }
    let acknowledged = acknowledged(base, step, &ran.out);
    heal(Killed { base, step, acknowledged, signatures, power_cut: true })
        .map_err(|why| format!("{why}; it had said: {}", ran.err))
}

/// Whether a name is one that the killed process writes to.
fn is_of(at: &At, name: &Path) -> bool {
    match at {
        At::Node(_) => name.starts_with(NODES[0]),
        _ => !NODES.iter().any(|node| name.starts_with(node)) && !name.to_string_lossy().contains(".port"),
    }
}

/// Cuts at each point once, every so many of them.
fn cut_points(name: &str, every: usize) -> (usize, Vec<String>) {
    let half = |which: usize| {
        let base = Baseline::make(&format!("{name}-{which}"));
        let plan = plan::each_point_once(&base).into_iter().enumerate().step_by(every);
        let (mut cuts, mut broken) = (0, Vec::new());
        for (number, (step, at)) in plan.skip(which).step_by(2) {
            let loss = LOSSES[number % 3];
            cuts += 1;
            if let Err(why) = cut(&base, step, &at, loss) {
                broken.push(format!("{step:?}, {at:?}, {loss:?}: {why}"));
            }
        }
        (cuts, broken)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let (mine, mut broken) = half(0);
        let (theirs, more) = other.join().unwrap();
        broken.extend(more);
        (mine + theirs, broken)
    })
}

fn assert_none_broken((cuts, broken): (usize, Vec<String>)) {
    eprintln!("{cuts} power cuts");
    assert!(cuts > 0 && broken.is_empty(), "{} of {cuts}:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn a_power_cut_takes_no_spot_reading_and_at_most_a_minute_of_a_stream() {
    if can_record() {
        let base = Baseline::make("power");
        assert_none_broken(cut_everywhere(
            &base,
            Step::Collect,
            &Cuts::every(97, &[Loss::BytesDropped, Loss::Torn(1)]),
        ));
        assert_none_broken(cut_everywhere(&base, Step::Seal, &Cuts::every(5, &[Loss::Dropped])));
    }
}

/// The judge judged: the same recording without the journal's syncs must break the promise.
#[test]
fn a_journal_that_is_not_synced_is_found_out() {
    if can_record() {
        let base = Baseline::make("unsynced");
        let forgotten = |deed: &Deed| matches!(deed, Deed::Sync { path } if path.starts_with("me/journal"));
        let cuts = Cuts { forgotten, ..Cuts::every(usize::MAX, &[Loss::BytesDropped]) };
        let (_, broken) = cut_everywhere(&base, Step::Collect, &cuts);
        assert!(broken.iter().any(|why| why.contains("acknowledged and lost")), "{broken:?}");
    }
}

#[test]
fn after_a_power_cut_nothing_signed_or_sent_is_taken_back() {
    if can_record() {
        assert_none_broken(cut_points("power-points", 4));
    }
}

#[test]
#[ignore = "takes minutes"]
fn power_cuts_at_every_point_take_nothing_back() {
    if can_record() {
        assert_none_broken(cut_points("power-long-points", 1));
    }
}

#[test]
#[ignore = "takes minutes"]
fn power_cuts_after_every_third_write_lose_no_promise() {
    if can_record() {
        let part = |(number, loss): (usize, &'static Loss)| {
            let base = Baseline::make(&format!("power-long-{number}"));
            let cuts = |every| Cuts::every(every, std::slice::from_ref(loss));
            both(cut_everywhere(&base, Step::Collect, &cuts(3)), cut_everywhere(&base, Step::Seal, &cuts(1)))
        };
        std::thread::scope(|scope| {
            let part = &part;
            let parts: Vec<_> =
                LOSSES.iter().enumerate().map(|loss| scope.spawn(move || part(loss))).collect();
            assert_none_broken(
                parts.into_iter().map(|part| part.join().unwrap()).fold((0, Vec::new()), both),
            );
        });
    }
}
