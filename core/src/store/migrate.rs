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
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for (version, sql) in (1u32..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
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

    #[test]
    fn migrating_twice_is_migrating_once_and_a_newer_database_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut db).unwrap_err();
        assert!(error.to_string().contains("update this program"), "{error}");
    }
}
