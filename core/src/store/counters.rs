//! What was counted, and how many bytes lie where.

use super::{Store, error::StoreError, rows};
use pulsebook_protocol::{
    quality::Tier,
    reading::{Reading, Value},
};
use rusqlite::Connection;
use std::fs;

/// What came in and what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Notifications received.
    pub notifications: u64,
    /// Readings decoded from them.
    pub readings: u64,
    /// Notifications that could not be decoded; kept raw.
    pub malformed: u64,
    /// Readings with a mark that makes them questionable or an error.
    pub marked: u64,
    /// Readings without a value.
    pub absent: u64,
}

/// Bytes at rest by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestBytes {
    /// Blocks, manifests and notes.
    pub blocks: u64,
    /// Sealed segments.
    pub segments: u64,
    /// Raw notifications: the files behind segments, and malformed ones in the database.
    pub evidence: u64,
    /// Rollups.
    pub rollups: u64,
    /// The database's files in all; of the above only the evidence files are not in it.
    pub database: u64,
    /// The journal.
    pub journal: u64,
}

impl Counts {
    const NAMES: [&'static str; 5] = ["notifications", "readings", "malformed", "marked", "absent"];

    /// One notification that gave these readings.
    pub fn of(readings: &[Reading]) -> Counts {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let marked = readings.iter().filter(|reading| reading.quality.tier() != Tier::Good).count();
        let absent = readings.iter().filter(|reading| matches!(reading.value, Value::Absent(_))).count();
        let (readings, marked, absent) = (count(readings.len()), count(marked), count(absent));
        Counts { notifications: 1, readings, malformed: 0, marked, absent }
    }

    /// Both together.
    pub fn plus(self, other: Counts) -> Counts {
        let mut all = self.numbers();
        for (sum, number) in all.iter_mut().zip(other.numbers()) {
            *sum += number;
        }
        Counts::from_numbers(all)
    }

    fn numbers(self) -> [u64; 5] {
        [self.notifications, self.readings, self.malformed, self.marked, self.absent]
    }

    fn from_numbers([notifications, readings, malformed, marked, absent]: [u64; 5]) -> Counts {
        Counts { notifications, readings, malformed, marked, absent }
    }
}

impl Store {
    /// What was counted up to the last sealing.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let db = self.db();
        let mut numbers = [0; 5];
        for (number, name) in numbers.iter_mut().zip(Counts::NAMES) {
            *number = read(&db, name)?.unwrap_or(0);
        }
        Ok(Counts::from_numbers(numbers))
    }

    /// How many blocks there are.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn block_count(&self) -> Result<u64, StoreError> {
        Ok(self.head()?.map_or(0, |head| head.height + 1))
    }

    /// Number of the last journal file whose content is in blocks.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn journal_through(&self) -> Result<Option<u64>, StoreError> {
        read(&self.db(), "journal_through")
    }

    /// How many bytes lie where.
    ///
    /// # Errors
    /// [`StoreError`] when database or folder cannot be read.
    pub fn rest_bytes(&self) -> Result<RestBytes, StoreError> {
        let sum =
            |sql: &str| Ok::<_, StoreError>(rows::from_sql(self.db().query_row(sql, [], |row| row.get(0))?));
        let blocks = sum("SELECT (SELECT COALESCE(SUM(LENGTH(block) + LENGTH(manifest)), 0) FROM blocks)
                  + (SELECT COALESCE(SUM(LENGTH(note)), 0) FROM notes)")?;
        let segments = sum("SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM segments")?;
        let evidence = sum("SELECT (SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM evidence)
                  + (SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM malformed)")?;
        let rollups = sum("SELECT (SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM rollups)
                  + (SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM rollup_index)")?;
        let size = |name: &str| fs::metadata(self.folder.path().join(name)).map_or(0, |file| file.len());
        let database = size("record.sqlite") + size("record.sqlite-wal");
        let evidence = evidence + folder_bytes(&self.folder.evidence());
        let journal = folder_bytes(&self.folder.journal());
        Ok(RestBytes { blocks, segments, evidence, rollups, database, journal })
    }
}

fn folder_bytes(path: &std::path::Path) -> u64 {
    let files = fs::read_dir(path).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

fn read(db: &Connection, name: &str) -> Result<Option<u64>, StoreError> {
    use rusqlite::OptionalExtension;
    let mut query = db.prepare_cached("SELECT value FROM counters WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?.map(rows::from_sql))
}

pub(crate) fn add(db: &Connection, counts: Counts) -> Result<(), StoreError> {
    for (name, number) in Counts::NAMES.into_iter().zip(counts.numbers()) {
        let sql = "INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2";
        db.prepare_cached(sql)?.execute((name, rows::to_sql(number)))?;
    }
    Ok(())
}

pub(crate) fn set_journal_through(db: &Connection, number: u64) -> Result<(), StoreError> {
    Ok(set(db, "journal_through", number)?)
}

pub(crate) fn set(db: &Connection, name: &str, value: u64) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO counters (name, value) VALUES (?1, ?2)";
    db.execute(sql, (name, rows::to_sql(value))).map(drop)
}
