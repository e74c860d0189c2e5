//! Numbered migrations: each applied once, in order, in its own transaction; a newer database is refused.

use super::{error::StoreError, step::commit};
use pulsebook_faultpoint::Point;
use rusqlite::Connection;

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
];

/// Brings a database to the newest version known here.
pub(crate) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    // Below zero it is no number that any program wrote.
    if !(0..=i64::from(known)).contains(&found) {
        return Err(StoreError::NewerSchema { found, known });
    }
    for (version, sql) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let step = db.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", version)?;
        commit((Point::MigrateCommit, Point::MigrateCommitted), step)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Folder, Store,
        testing::{keys, scratch, store},
    };

    #[test]
    fn migrating_twice_is_migrating_once_and_a_newer_database_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut db).unwrap_err();
        assert!(error.to_string().contains("update this program"), "{error}");
    }

    /// What is said when a database is opened of which bytes are others.
    fn open_changed(change: impl FnOnce(&mut Vec<u8>)) -> StoreError {
        let scratch = scratch();
        drop(store(&scratch));
        let file = scratch.join("record.sqlite");
        let mut bytes = std::fs::read(&file).unwrap();
        change(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        Store::open(Folder::open(&scratch).unwrap(), keys(1)).unwrap_err()
    }

    /// Places of the header: <https://www.sqlite.org/fileformat.html#the_database_header>.
    #[test]
    fn a_changed_header_or_schema_is_named_with_what_to_do() {
        let named = |error: &StoreError, what: &str| {
            let words = error.to_string();
            assert!(
                words.contains(what) && words.contains("put record.sqlite back from a backup"),
                "{words}"
            );
            assert!(!words.contains("try again"), "{words}");
        };
        named(&open_changed(|bytes| bytes[47] ^= 8), "unsupported file format");
        named(&open_changed(|bytes| bytes[62] ^= 2), &format!("is of version {}", 0x200 + MIGRATIONS.len()));
        named(&open_changed(|bytes| bytes[60] ^= 0x80), "is of version -");
        let read_only = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        named(&StoreError::from(rusqlite::Error::SqliteFailure(read_only, None)), "can only be read");
        let letter = |bytes: &mut Vec<u8>| {
            let (word, other) = (b"first_root", b"first_rooz");
            let places: Vec<usize> =
                (0..bytes.len() - word.len()).filter(|at| bytes[*at..].starts_with(word)).collect();
            assert!(!places.is_empty());
            places.iter().for_each(|at| bytes[*at..][..word.len()].copy_from_slice(other));
        };
        named(&open_changed(letter), "no such column");
    }
}
