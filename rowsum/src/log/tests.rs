//! Judged by SQLite itself: what it reads from a changed log is what it read before, or the log is named.
#![allow(clippy::unwrap_used)]

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn make(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("pulsebook-log-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A database with this log, as a killed process leaves it.
    fn put(&self, database: &[u8], log: &[u8]) -> PathBuf {
        let path = self.file("copy");
        let _ = fs::remove_file(self.file("copy-wal.damaged"));
        let _ = fs::remove_file(self.file("copy-shm"));
        fs::write(&path, database).unwrap();
        fs::write(self.file("copy-wal"), log).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Bytes of a database and its log while it is open; frames of an older log lie behind those of this one.
fn left_open(folder: &Folder) -> (Vec<u8>, Vec<u8>) {
    let path = folder.file("db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(
        "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE t (k INTEGER PRIMARY KEY, v)",
    )
    .unwrap();
    for value in 0..12 {
        db.execute("INSERT INTO t (v) VALUES (?1)", [value]).unwrap();
    }
    db.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).unwrap();
    for value in 0..3 {
        db.execute("INSERT INTO t (v) VALUES (zeroblob(600 + ?1))", [value]).unwrap();
    }
    (fs::read(&path).unwrap(), fs::read(folder.file("db-wal")).unwrap())
}

fn rows(database: &Path) -> rusqlite::Result<i64> {
    let db = Connection::open(database)?;
    db.pragma_update(None, "synchronous", "OFF")?;
    db.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0))
}

#[test]
fn every_flipped_byte_of_a_log_is_named_or_changes_nothing() {
    let folder = Folder::make("flip");
    let (database, log) = left_open(&folder);
    let (mut named, mut unread) = (0, 0);
    for at in 0..log.len() {
        let mut flipped = log.clone();
        flipped[at] ^= 1 << (at % 8);
        let path = folder.put(&database, &flipped);
        if broken_at(&folder.file("copy-wal")).unwrap().is_some() {
            named += 1;
        } else {
            assert_eq!(rows(&path), Ok(15), "byte {at}");
            unread += 1;
        }
    }
    // Both were there: frames of this log, and behind them those of the older one.
    assert!(named > 512 && unread > 512, "{named}, {unread}");
}

#[test]
fn a_log_of_a_killed_process_is_taken_in_without_a_word() {
    let folder = Folder::make("kill");
    let (database, log) = left_open(&folder);
    let path = folder.put(&database, &log);
    assert_eq!((settle_log(&path).unwrap(), rows(&path)), (None, Ok(15)));
    // Killed at any byte while the first log of a file was written.
    let fresh = Folder::make("fresh");
    let db = Connection::open(fresh.file("db")).unwrap();
    db.execute_batch(
        "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE t (k INTEGER PRIMARY KEY, v)",
    )
    .unwrap();
    let before = fs::read(fresh.file("db")).unwrap();
    let log = fs::read(fresh.file("db-wal")).unwrap();
    for length in 0..log.len() {
        folder.put(&before, &log[..length]);
        assert_eq!(broken_at(&folder.file("copy-wal")).unwrap(), None, "cut to {length}");
    }
}

#[test]
fn a_broken_log_is_told_until_its_copy_is_taken_away_and_frames_never_committed_do_not_look_like_one() {
    let folder = Folder::make("told");
    let (database, log) = left_open(&folder);
    let mut flipped = log.clone();
    flipped[HEADER + FRAME + 9] ^= 4;
    let path = folder.put(&database, &flipped);
    assert_eq!(broken_at(&folder.file("copy-wal")).unwrap(), Some(HEADER as u64));
    let told = settle_log(&path).unwrap().unwrap();
    assert_eq!(fs::read(&told.kept).unwrap(), flipped);
    assert_eq!(settle_log(&path).unwrap(), Some(told.clone()));
    fs::remove_file(&told.kept).unwrap();
    assert_eq!(settle_log(&path).unwrap(), None);
    // Killed within a commit, then written to again and killed again.
    let path = folder.put(&database, &log[..HEADER + 2 * (FRAME + 512)]);
    assert_eq!(settle_log(&path).unwrap(), None);
    let db = Connection::open(&path).unwrap();
    db.execute("INSERT INTO t (v) VALUES (1)", []).unwrap();
    let (database, log) = (fs::read(&path).unwrap(), fs::read(folder.file("copy-wal")).unwrap());
    drop(db);
    assert_eq!(settle_log(&folder.put(&database, &log)).unwrap(), None);
}
