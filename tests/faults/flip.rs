//! A flipped byte, a file cut short and a file gone, anywhere: every answer is what it was, or the damage is named.
//!
//! In-process through the public API, because there are thousands of them; the folders are those of a real way.

#[path = "flip/looked.rs"]
mod looked;
#[path = "flip/looks.rs"]
mod looks;
#[path = "flip/spots.rs"]
mod spots;

use crate::{baseline::Baseline, nodes::Nodes, steps::Step, way::copy};
use looked::Looked;
use looks::Look;
use spots::{Hurt, flips_in, hurts};
use std::{fs, path::Path};

/// What a run of damages gave.
#[derive(Default)]
struct Tally {
    tried: usize,
    named: usize,
    unchanged: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn plus(mut self, other: Tally) -> Tally {
        self.tried += other.tried;
        self.named += other.named;
        self.unchanged += other.unchanged;
        self.wrong.extend(other.wrong);
        self
    }

    fn end(self, what: &str) {
        eprintln!(
            "{what}: {} damages, {} named, {} without any effect",
            self.tried, self.named, self.unchanged
        );
        let wrong = self.wrong.len();
        assert!(wrong == 0, "{wrong} of {}:\n{}", self.tried, self.wrong[..wrong.min(40)].join("\n"));
        assert!(self.named > 20, "only {} of {} were named", self.named, self.tried);
    }
}

/// Which damages: about so many of each file whose name ends so, and of them the share of one of several workers.
#[derive(Clone, Copy)]
struct Which<'a> {
    end: &'a str,
    dense: usize,
    worker: usize,
    workers: usize,
}

impl Which<'_> {
    fn of(self, whole: &Path) -> impl Iterator<Item = Hurt> {
        let hurts = hurts(whole, self.dense).into_iter().filter(move |hurt| hurt.is_of(self.end));
        hurts.skip(self.worker).step_by(self.workers)
    }
}

/// Several workers, each with a way of its own.
fn side_by_side(which: Which<'_>, part: impl Fn(Which<'_>) -> Tally + Sync) -> Tally {
    std::thread::scope(|scope| {
        let part = &part;
        let parts: Vec<_> =
            (0..which.workers).map(|worker| scope.spawn(move || part(Which { worker, ..which }))).collect();
        parts.into_iter().map(|part| part.join().unwrap()).fold(Tally::default(), Tally::plus)
    })
}

/// Hurts a copy of `whole` in each place and looks at it.
fn hurt_all(whole: &Path, aside: &Path, hurts: impl Iterator<Item = Hurt>, look: &Look<'_>) -> Tally {
    // What was entered on the way must be older than what a look enters, and entries tell whole seconds.
    let made = seconds();
    while seconds() == made {
        std::thread::yield_now();
    }
    let before = fresh(whole, aside, look).unwrap_or_else(|why| panic!("unharmed: {why}"));
    let again = fresh(whole, aside, look).unwrap_or_else(|why| panic!("unharmed: {why}"));
    assert_eq!(before, again, "two looks at the same folder differ");
    let mut tally = Tally::default();
    for hurt in hurts {
        tally.tried += 1;
        let _ = fs::remove_dir_all(aside);
        copy(whole, aside);
        hurt.apply(aside);
        match judge(&before, &hurt, std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| look(aside)))) {
            Ok(true) => tally.named += 1,
            Ok(false) => tally.unchanged += 1,
            Err(why) => tally.wrong.push(format!("{hurt}: {why}")),
        }
    }
    tally
}

fn seconds() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

fn fresh(whole: &Path, aside: &Path, look: &Look<'_>) -> Result<Looked, String> {
    let _ = fs::remove_dir_all(aside);
    copy(whole, aside);
    look(aside)
}

/// Whether the damage was named; what was believed instead, if it was neither named nor without effect.
fn judge(
    before: &Looked,
    hurt: &Hurt,
    looked: std::thread::Result<Result<Looked, String>>,
) -> Result<bool, String> {
    match looked {
        Err(_) => Err("it panicked".to_owned()),
        Ok(Err(words)) => named(&words)
            .then_some(true)
            .ok_or_else(|| format!("not named so that somebody can act: {words}")),
        Ok(Ok(looked)) => match looked.refusals.iter().find(|words| !named(words)) {
            Some(words) => Err(format!("not named so that somebody can act: {words}")),
            None if looked == *before => Ok(false),
            None => held(before, hurt, &looked),
        },
    }
}

/// Something is other than before: it may be missing where damage is named.
fn held(before: &Looked, hurt: &Hurt, looked: &Looked) -> Result<bool, String> {
    let (is_named, excused) = (!looked.damage.is_empty(), hurt.looks_like_a_kill());
    if looked.shows_more_than(before).is_some() || !(is_named || excused) {
        return Err(format!("believed: {}", looked.difference(before)));
    }
    Ok(is_named)
}

/// Says what is hurt, and what to do.
fn named(words: &str) -> bool {
    let what = [
        "record.sqlite",
        "record's folder",
        "database",
        "vault",
        "role.json",
        "journal",
        "node.json",
        ".key",
        "tls",
        "node.db",
        "keys.json",
        "grant",
        "the node",
        "this node",
        "page of",
        "folder",
        "record's own",
        "card",
        "evidence",
        "the grantee",
        "the record",
    ];
    let act = [
        "backup",
        "passphrase",
        "try again",
        "ask ",
        "update",
        "tell ",
        "choose",
        "make one",
        "verify",
        "check",
        "use ",
        "read at",
        "init",
        "restore",
        "stop",
    ];
    // The words for what nobody foresaw: whoever reads them would look at a disk that works, or try again without an end.
    let unforeseen = ["store failed (", "database failed:"];
    what.iter().any(|word| words.contains(word))
        && act.iter().any(|word| words.contains(word))
        && !unforeseen.iter().any(|word| words.contains(word))
}

const fn all(dense: usize, workers: usize) -> Which<'static> {
    Which { end: "", dense, worker: 0, workers }
}

#[test]
fn a_flipped_byte_in_a_patients_folder_is_named_or_changes_nothing() {
    side_by_side(all(14, 1), patients).end("a patient's folder");
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn thousands_of_flipped_bytes_in_a_patients_folder_are_named_or_change_nothing() {
    side_by_side(all(300, 3), patients).end("a patient's folder");
}

fn patients(which: Which<'_>) -> Tally {
    let base = Baseline::make(&format!("flip-{}-{}", which.dense, which.worker));
    let way = base.before(Step::Verify);
    // Something that waits in the journal too.
    way.done(&format!("collect --sim rest --start 2026-03-01T16:10:00Z --duration 1m {}", crate::steps::ME));
    let aside = way.beside("hurt");
    let closed = hurt_all(&way.file("me"), &aside, which.of(&way.file("me")), &looks::patient);
    // The log of a process that was killed, with a sealing in it.
    let way = base.before(Step::SealMore);
    assert!(way.run(&Step::SealMore.line(way), Some("store.note.committed:1:kill")).killed);
    let logs = Which { end: "-wal", dense: 4 * which.dense, ..which };
    let killed = hurt_all(&way.file("me"), &aside, logs.of(&way.file("me")), &looks::patient);
    eprintln!("a log that a killed process left: {} damages, {} named", killed.tried, killed.named);
    assert!(killed.named > 10, "{} of {} were named", killed.named, killed.tried);
    closed.plus(killed)
}

#[test]
fn a_flipped_byte_in_a_nodes_folder_is_named_or_changes_nothing() {
    side_by_side(all(9, 1), nodes).end("a node's folder");
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn thousands_of_flipped_bytes_in_a_nodes_folder_are_named_or_change_nothing() {
    side_by_side(all(300, 3), nodes).end("a node's folder");
}

fn nodes(which: Which<'_>) -> Tally {
    let base = Baseline::make(&format!("flip-node-{}-{}", which.dense, which.worker));
    let way = base.before(Step::Revoke);
    let aside = way.beside("hurt");
    let look = |folder: &Path| looks::node(way, folder);
    // As a node leaves it that was killed: with a write-ahead log.
    assert!(way.file("n1/node.db-wal").exists());
    hurt_all(&way.file("n1"), &aside, which.of(&way.file("n1")), &look)
}

#[test]
fn a_flipped_byte_at_a_clinic_is_named_or_changes_nothing() {
    side_by_side(all(16, 1), clinics).end("a clinic's folder");
}

#[test]
#[ignore = "takes minutes"]
fn thousands_of_flipped_bytes_at_a_clinic_are_named_or_change_nothing() {
    side_by_side(all(700, 2), clinics).end("a clinic's folder");
}

fn clinics(which: Which<'_>) -> Tally {
    let base = Baseline::make(&format!("flip-clinic-{}-{}", which.dense, which.worker));
    let way = base.before(Step::Revoke);
    let _nodes = Nodes::start(way);
    fs::copy(way.file("grant.json"), way.file("clinic/grant.json")).unwrap();
    let clinic = way.file("clinic");
    hurt_all(&clinic, &way.beside("hurt"), which.of(&clinic), &looks::clinic)
}

/// Above this size not every page is looked at when a record is opened (crate rowsum): the sum alone has to find it.
const LARGE: usize = 33 << 20;

#[test]
fn a_flipped_byte_in_a_large_record_is_named_or_changes_nothing() {
    let base = Baseline::make("flip-large");
    let way = base.before(Step::SealMore);
    // What makes the database large lies between what was sealed before and what is sealed now.
    let database = way.file("me/record.sqlite");
    let size = || usize::try_from(fs::metadata(&database).unwrap().len()).unwrap();
    let first = size();
    let db = rusqlite::Connection::open(&database).unwrap();
    db.execute_batch(&format!("CREATE TABLE filler (bytes); INSERT INTO filler VALUES (zeroblob({LARGE}))"))
        .unwrap();
    drop(db);
    let middle = size();
    let me = crate::steps::ME;
    way.done(&format!("collect --sim rest --start 2026-03-01T16:10:00Z --duration 20m {me}"));
    way.done(&format!("seal {me}"));
    let last = size();
    assert!(first > 100_000 && middle > LARGE && last > middle, "{first}, {middle}, {last}");
    let name = Path::new("record.sqlite");
    let flips = [(first..middle, 3), (middle..last, 12)].into_iter();
    let flips = flips.flat_map(|(range, dense)| flips_in(name, range, dense));
    let flips = plain_pages(&database).into_iter().flat_map(|page| flips_in(name, page, 3)).chain(flips);
    let tally = hurt_all(&way.file("me"), &way.beside("hurt"), flips, &looks::unverified);
    tally.end("a record above 32 MB");
}

/// Where the pages lie on which something stands in the clear, the cells of each.
fn plain_pages(database: &Path) -> Vec<std::ops::Range<usize>> {
    let db = rusqlite::Connection::open(database).unwrap();
    let sql = "SELECT pgoffset, pgsize, unused FROM dbstat WHERE pagetype = 'leaf' AND (name LIKE '%_plain'
               OR name IN ('chain', 'counters', 'cursors', 'nodes', 'period_keys', 'keyring_index', 'row_sum'))";
    let mut query = db.prepare(sql).unwrap();
    let page = |row: &rusqlite::Row<'_>| {
        let [start, size, unused] = [0, 1, 2].map(|at| row.get::<_, usize>(at));
        let (start, size, unused) = (start?, size?, unused?);
        Ok(start + unused + 60.min(size / 8)..start + size)
    };
    let pages: Vec<_> = query.query_map([], page).unwrap().map(Result::unwrap).collect();
    pages.into_iter().filter(|page| page.len() > 3).collect()
}
