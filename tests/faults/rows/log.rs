//! The states that a database went through, one a commit, read from its write-ahead log: a power cut leaves one of them.
//!
//! Layout: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use super::{DATABASES, Rows, read};
use crate::way::copy;
use std::{fs, path::Path};

const HEADER: usize = 32;
const FRAME: usize = 24;

/// Whether the databases of a folder are what those of another were after one of the commits in its log, or before all of
/// them; `aside` is where they are looked into.
pub(crate) fn is_one_of(folder: &Path, aside: &Path, after: &Rows) -> Result<(), String> {
    for name in DATABASES.iter().filter(|name| folder.join(name).exists()) {
        let own = |rows: &Rows| {
            let of = rows.0.iter().filter(|(table, _)| table.starts_with(name));
            Rows(of.map(|(table, rows)| (table.clone(), rows.clone())).collect())
        };
        let (after, log) = (own(after), fs::read(folder.join(format!("{name}-wal"))).unwrap_or_default());
        let ends = commits(&log);
        let mut states = ends.iter().rev().filter_map(|end| state(folder, aside, (name, &log[..*end])));
        if !states.any(|state| state == after) {
            return Err(format!("{name} is in none of the {} states that were committed", ends.len()));
        }
    }
    Ok(())
}

/// Where the log may end: nowhere, and after each frame that commits.
fn commits(log: &[u8]) -> Vec<usize> {
    let word = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let mut ends = vec![0];
    if log.len() < HEADER {
        return ends;
    }
    let (page, salt) = (usize::try_from(word(8)).unwrap(), &log[16..24]);
    let mut at = HEADER;
    // What follows a frame with other salts is of an older log.
    while at + FRAME + page <= log.len() && &log[at + 8..at + 16] == salt {
        if word(at + 4) != 0 {
            ends.push(at + FRAME + page);
        }
        at += FRAME + page;
    }
    ends
}

/// The database with this much of its log; none when nothing fits together so.
fn state(folder: &Path, aside: &Path, (name, log): (&str, &[u8])) -> Option<Rows> {
    let _ = fs::remove_dir_all(aside);
    fs::create_dir_all(aside).unwrap();
    fs::copy(folder.join(name), aside.join(name)).unwrap();
    fs::write(aside.join(format!("{name}-wal")), log).unwrap();
    read(&aside.join(name), name).ok()
}

#[test]
fn each_commit_is_a_state_and_nothing_else_is() {
    let root = std::env::temp_dir().join(format!("pulsebook-states-{}", std::process::id()));
    let (live, folder, aside) = (root.join("live"), root.join("killed"), root.join("aside"));
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&live).unwrap();
    let db = rusqlite::Connection::open(live.join("node.db")).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.execute_batch(
        "CREATE TABLE t (a); INSERT INTO t VALUES (1); UPDATE t SET a = 2; INSERT INTO t VALUES (3)",
    )
    .unwrap();
    copy(&live, &folder);
    let is_state = |sql: &str| {
        let path = root.join("node.db");
        let _ = fs::remove_file(&path);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        is_one_of(&folder, &aside, &read(&path, "node.db").unwrap())
    };
    for sql in ["SELECT 1", "CREATE TABLE t (a)", "CREATE TABLE t (a); INSERT INTO t VALUES (2), (3)"] {
        assert_eq!(is_state(sql), Ok(()), "{sql}");
    }
    for sql in
        ["CREATE TABLE t (a); INSERT INTO t VALUES (1), (3)", "CREATE TABLE t (a); INSERT INTO t VALUES (4)"]
    {
        assert!(is_state(sql).unwrap_err().contains("none of the 5 states"), "{sql}");
    }
    fs::remove_dir_all(&root).unwrap();
}
