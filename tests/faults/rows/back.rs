//! What a power cut may take back, table by table, and how far; everything else it must leave as it was.
//!
//! At a node what waits for a block, the keyring, and owners' nonces may be lost until something else is written
//! (docs/protocol.md, §8); in a record how far nodes have come, the cosignatures that they answered with, and what is counted
//! from them, until something else is or the sync ends; a measurement that waited for the patient's word may wait again.

use super::{Named, Rows, sums};
use std::collections::BTreeSet;

/// Cursors that a success sets back: after a cut they may be as they were before it.
const SET_BACK: [&str; 3] = ["failures", "retry-at", "keyring"];

type Held = Result<(), String>;

/// What does not hold of a folder after a power cut: `start` is what was durable before the process ran, `before` what it had
/// committed when the power was cut.
pub(crate) fn kept(start: &Rows, before: &Rows, after: &Rows) -> Held {
    none_lost(before, after)?;
    not_ahead(start, before, after)?;
    sound(after)
}

/// What must be there to the last byte, is.
pub(crate) fn none_lost(before: &Rows, after: &Rows) -> Held {
    let names: BTreeSet<&String> = before.0.keys().chain(after.0.keys()).collect();
    let lost = |name: &&&String| durable(before, name) != durable(after, name);
    let lost: Vec<_> = names.iter().filter(lost).collect();
    if lost.is_empty() { Ok(()) } else { Err(format!("rows that were committed are lost: {lost:?}")) }
}

/// The rows of a table that a power cut must not take, as text.
fn durable(rows: &Rows, table: &str) -> Vec<String> {
    let waits = |row: &Named<'_>| {
        let place = |row: &Named<'_>| (row.get("chain").clone(), row.get("commitment").clone());
        rows.of("node.db waiting").any(|waiting| place(&waiting) == place(row))
    };
    let stays = |row: Named<'_>| match table {
        "node.db owner_nonces" | "node.db waiting" | "node.db keyrings" | "node.db keyring_pages" => None,
        "record.sqlite cursors" | "record.sqlite unassigned" | "record.sqlite row_sum" => None,
        "node.db segments" if waits(&row) => None,
        "record.sqlite counters" if is_counted(row.text("name")) => None,
        "record.sqlite notes" => {
            Some(format!("{:?} {:?} {}", row.get("epoch"), row.get("size"), signed(row)))
        }
        _ => Some(format!("{:?}", row.row)),
    };
    rows.of(table).filter_map(stays).collect()
}

fn is_counted(name: &str) -> bool {
    name.starts_with("sync/counted/") || name.starts_with("sync/directly-")
}

/// The body of a note and the log key's own line.
fn signed(row: Named<'_>) -> String {
    let (body, lines) = row.text("note").split_once("\n\n").expect("a note");
    let own = format!("\u{2014} {} ", body.lines().next().unwrap());
    format!("{body}\n{:?}", lines.lines().find(|line| line.starts_with(&own)))
}

/// What may be taken back is what it was before or when the power was cut, and not ahead of it.
fn not_ahead(start: &Rows, before: &Rows, after: &Rows) -> Held {
    for table in ["owner_nonces", "keyrings", "keyring_pages"] {
        among(&format!("node.db {table}"), &[start, before], after)?;
    }
    among("record.sqlite unassigned", &[start, before], after)?;
    let lost = |row: &Named<'_>| !after.of("record.sqlite unassigned").any(|other| other == *row);
    if before.of("record.sqlite unassigned").any(|row| lost(&row)) {
        return Err("a measurement that waits for the patient's word is lost".to_owned());
    }
    for table in ["waiting", "segments"] {
        among(&format!("node.db {table}"), &[before], after)?;
    }
    for keyring in after.of("node.db keyrings") {
        let same = |other: &Named<'_>| other.get("chain") == keyring.get("chain");
        if start
            .of("node.db keyrings")
            .filter(same)
            .any(|old| old.number("version") > keyring.number("version"))
        {
            return Err("a keyring older than the one that was durable".to_owned());
        }
    }
    between("record.sqlite cursors", &["label", "name"], (start, before, after))?;
    between("record.sqlite counters", &["name"], (start, before, after))?;
    cosignatures(start, before, after)
}

/// Each row of a table, to the last byte, is one of these.
fn among(table: &str, others: &[&Rows], after: &Rows) -> Held {
    for row in after.of(table) {
        if !others.iter().any(|other| other.of(table).any(|other| other == row)) {
            return Err(format!("{table} has a row that was never there: {:.200}", format!("{row:?}")));
        }
    }
    Ok(())
}

/// Each number lies where it was at the start, at the end, or between; none is new and none of the start is gone.
fn between(table: &str, key: &[&str], (start, before, after): (&Rows, &Rows, &Rows)) -> Held {
    let same =
        |one: Named<'_>, other: Named<'_>| key.iter().all(|column| one.get(column) == other.get(column));
    let find = |rows: &Rows, one: Named<'_>| {
        rows.of(table).find(|other| same(one, *other)).map(|found| found.number("value"))
    };
    for row in after.of(table) {
        let (value, low, high) = (row.number("value"), find(start, row), find(before, row));
        let is_set_back = SET_BACK.contains(&row.text("name"));
        let fits = high.is_some_and(|high| is_set_back || value <= high)
            && low.is_none_or(|low| is_set_back || low <= value);
        if !fits {
            return Err(format!(
                "{table}: {} is {value}, not between {low:?} and {high:?}",
                row.text("name")
            ));
        }
    }
    let gone = |row: &Named<'_>| find(before, *row).is_some() && find(after, *row).is_none();
    match start.of(table).find(gone) {
        Some(row) => Err(format!("{table}: {} is gone", row.text("name"))),
        None => Ok(()),
    }
}

/// Each line of each note, to the last byte, had come when the power was cut.
fn cosignatures(start: &Rows, before: &Rows, after: &Rows) -> Held {
    let lines = |rows: &Rows, row: Named<'_>| -> BTreeSet<String> {
        let same =
            |other: &Named<'_>| ["epoch", "size"].iter().all(|column| other.get(column) == row.get(column));
        let notes: Vec<&str> =
            rows.of("record.sqlite notes").filter(same).map(|row| row.text("note")).collect();
        notes.iter().flat_map(|note| note.lines().map(str::to_owned)).collect()
    };
    for row in after.of("record.sqlite notes") {
        let had: BTreeSet<String> = lines(start, row).into_iter().chain(lines(before, row)).collect();
        if let Some(new) = lines(after, row).iter().find(|line| !had.contains(*line)) {
            return Err(format!("a note has a line that nobody had sent: {new}"));
        }
    }
    Ok(())
}

/// What must hold of any folder by itself: its sums are right, and a mirror signed for what it has.
pub(crate) fn sound(rows: &Rows) -> Held {
    sums::hold(rows)?;
    rows.of("node.db notes")
        .filter(|note| note.number("mirrored_at") > 0)
        .try_for_each(|note| mirrored(rows, note))
}

/// A keyring up to the note's last block and every page that it names.
fn mirrored(rows: &Rows, note: Named<'_>) -> Held {
    let of_chain = |row: &Named<'_>| row.get("chain") == note.get("chain");
    let of_epoch = |row: &Named<'_>| of_chain(row) && row.get("epoch") == note.get("epoch");
    let first = rows.of("node.db blocks").filter(of_epoch).map(|block| block.number("height")).min();
    let (size, first) = (note.number("size"), first.ok_or("a mirrored note of an epoch without blocks")?);
    let height = first + size - 1;
    let what = format!("the note of size {size}, up to block {height}, is mirrored");
    let keyring = rows.of("node.db keyrings").find(of_chain).ok_or(format!("{what} without a keyring"))?;
    let reached = keyring.number("height");
    if reached < height {
        return Err(format!("{what} with a keyring up to {reached}"));
    }
    let (pages, rest) = keyring.bytes("pages").as_chunks::<32>();
    let held: BTreeSet<&[u8]> =
        rows.of("node.db keyring_pages").filter(of_chain).map(|row| row.bytes("hash")).collect();
    let all = !pages.is_empty() && rest.is_empty() && pages.iter().all(|page| held.contains(&page[..]));
    all.then_some(()).ok_or(format!("{what} without every page of its keyring"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A database of statements.
    fn rows(name: &str, sql: &str) -> Rows {
        // Tests of one process run side by side, and several use one name.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("pulsebook-rows-{process}-{number}"));
        let _ = std::fs::remove_file(&path);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let rows = super::super::read(&path, name).unwrap();
        std::fs::remove_file(&path).unwrap();
        rows
    }

    fn node(sql: &str) -> Rows {
        let schema = "CREATE TABLE notes (chain, epoch, size, mirrored_at); CREATE TABLE blocks (chain, epoch, height);
            CREATE TABLE keyrings (chain, version, height, pages); CREATE TABLE keyring_pages (chain, hash, bytes);
            CREATE TABLE waiting (chain, commitment); CREATE TABLE segments (chain, commitment, bytes);
            CREATE TABLE owner_nonces (key, nonce);";
        rows("node.db", &format!("{schema}{sql}"))
    }

    fn record(sql: &str) -> Rows {
        let schema = "CREATE TABLE notes (epoch, size, note); CREATE TABLE cursors (label, name, value);
            CREATE TABLE counters (name, value);";
        rows("record.sqlite", &format!("{schema}{sql}"))
    }

    fn refused(held: Held, words: &str) {
        let why = held.expect_err(words);
        assert!(why.contains(words), "{why}");
    }

    /// Blocks 7 and 8 of epoch 1, mirrored, with a keyring of one page.
    const MIRRORED: &str = "INSERT INTO blocks VALUES (x'0c', 1, 7), (x'0c', 1, 8); INSERT INTO notes VALUES (x'0c', 1, 2, 99);
        INSERT INTO keyring_pages VALUES (x'0c', zeroblob(32), x'01'); INSERT INTO keyrings VALUES (x'0c', 3, 8, zeroblob(32));";

    #[test]
    fn a_mirror_that_lost_its_keyring_or_a_page_of_it_is_found() {
        assert_eq!(sound(&node(MIRRORED)), Ok(()));
        for (hurt, words) in [
            ("DELETE FROM keyrings", "without a keyring"),
            ("UPDATE keyrings SET height = 7", "with a keyring up to 7"),
            ("DELETE FROM keyring_pages", "without every page"),
            ("UPDATE keyrings SET pages = x'' ", "without every page"),
            ("DELETE FROM blocks", "without blocks"),
        ] {
            refused(sound(&node(&format!("{MIRRORED}{hurt}"))), words);
        }
        assert_eq!(
            sound(&node(&format!("{MIRRORED}DELETE FROM keyrings; UPDATE notes SET mirrored_at = 0"))),
            Ok(())
        );
    }

    #[test]
    fn what_a_node_may_lose_is_lost_and_nothing_else_comes() {
        let start =
            node("INSERT INTO waiting VALUES (1, 1); INSERT INTO segments VALUES (1, 1, 1), (1, 9, 9);");
        let more = "INSERT INTO waiting VALUES (1, 1), (1, 2); INSERT INTO segments VALUES (1, 1, 1), (1, 2, 2), (1, 9, 9);
            INSERT INTO keyring_pages VALUES (1, 5, 5); INSERT INTO keyrings VALUES (1, 3, 1, 5);";
        let before = node(more);
        assert_eq!(kept(&start, &before, &start), Ok(()));
        assert_eq!(kept(&start, &before, &before), Ok(()));
        for (hurt, words) in [
            ("UPDATE waiting SET commitment = 3 WHERE commitment = 2", "segments"),
            ("UPDATE segments SET bytes = 7 WHERE commitment = 2", "segments has a row that was never there"),
            ("DELETE FROM segments WHERE commitment = 9", "lost: [\"node.db segments\"]"),
            ("INSERT INTO waiting VALUES (1, 4)", "waiting has a row that was never there"),
            ("UPDATE keyrings SET height = 2", "keyrings has a row that was never there"),
            ("UPDATE keyring_pages SET bytes = 6", "keyring_pages has a row that was never there"),
            ("INSERT INTO owner_nonces VALUES (1, 1)", "owner_nonces has a row that was never there"),
        ] {
            refused(kept(&start, &before, &node(&format!("{more}{hurt}"))), words);
        }
        let newer = node(&more.replace("(1, 3, 1, 5)", "(1, 4, 1, 5)"));
        refused(kept(&newer, &before, &before), "older than the one that was durable");
    }

    #[test]
    fn what_a_record_may_lose_goes_back_and_never_ahead_or_elsewhere() {
        let start = record(
            "INSERT INTO cursors VALUES (1, 'blocks', 3); INSERT INTO counters VALUES ('sync/counted/1', 1), ('readings', 5);
             INSERT INTO notes VALUES (1, 2, 'log' || char(10) || '2' || char(10, 10) || '\u{2014} log s' || char(10));",
        );
        let more = "INSERT INTO cursors VALUES (1, 'blocks', 6), (1, 'failures', 0);
            INSERT INTO counters VALUES ('sync/counted/1', 4), ('readings', 5);
            INSERT INTO notes VALUES (1, 2, 'log' || char(10) || '2' || char(10, 10) || '\u{2014} log s' || char(10) || '\u{2014} node c' || char(10));";
        let before = record(more);
        assert_eq!(kept(&start, &before, &start), Ok(()));
        assert_eq!(kept(&start, &before, &before), Ok(()));
        for (hurt, words) in [
            (
                "UPDATE cursors SET value = 7 WHERE name = 'blocks'",
                "blocks is 7, not between Some(3) and Some(6)",
            ),
            ("UPDATE cursors SET value = 2 WHERE name = 'blocks'", "blocks is 2"),
            ("UPDATE cursors SET name = 'other' WHERE name = 'failures'", "other is 0"),
            ("DELETE FROM cursors WHERE name = 'blocks'", "blocks is gone"),
            ("UPDATE counters SET value = 5 WHERE name = 'sync/counted/1'", "sync/counted/1 is 5"),
            ("UPDATE counters SET value = 4 WHERE name = 'readings'", "lost: [\"record.sqlite counters\"]"),
            ("UPDATE notes SET note = replace(note, 'node c', 'node d')", "nobody had sent"),
            ("UPDATE notes SET note = replace(note, 'log s', 'log t')", "lost: [\"record.sqlite notes\"]"),
        ] {
            refused(kept(&start, &before, &record(&format!("{more}{hurt}"))), words);
        }
    }
}
