//! A sum over the plain columns of an SQLite database: a byte that a failing disk changed is found before it is believed.
//!
//! Sealed pages find changes by themselves; heights, hours and counters stand in the clear and would be read as they are.
//! [`check`] sums them up when a database is opened, [`watch`] keeps the sum up to date in the transaction of each change, by
//! temporary triggers. The sum is no signature: who writes into the file on purpose can write the sum as well.
//! [`settle_log`] looks at what a killed process left in the write-ahead log.

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]
mod large;
mod log;

pub use log::{BrokenLog, settle_log};

use rusqlite::{Connection, functions::FunctionFlags, types::ValueRef};

/// A table and its columns that stand in the clear.
pub type Plain = (&'static str, &'static [&'static str]);

/// The row of the sum; made when it is not there.
const HOME: &str =
    "CREATE TABLE IF NOT EXISTS row_sum (one INTEGER PRIMARY KEY CHECK (one = 1), sum INTEGER NOT NULL)";

/// Databases up to so many bytes have every page looked at when they are opened; larger ones when somebody asks for it. Of a
/// larger one an index that holds all plain columns of a table is summed up in the table's place, which is less to read:
/// that both say the same is what looking at every page finds.
const SMALL_BYTES: i64 = 32 * 1024 * 1024;

/// What a check can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// All is as it was written, or the database is from before there was a sum.
    Whole,
    /// Something else than was written; in words.
    Damaged(String),
}

/// Sums up the plain columns and compares; looks at the pages of a small database too.
///
/// ```
/// use pulsebook_rowsum::{Found, Plain, check, watch};
/// const PLAIN: &[Plain] = &[("marks", &["name", "value"])];
/// let mut db = rusqlite::Connection::open_in_memory()?;
/// db.execute_batch("CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER)")?;
/// assert_eq!(check(&mut db, PLAIN)?, Found::Whole);
/// db.execute("INSERT INTO marks VALUES ('behind the back', 1)", [])?;
/// assert!(matches!(check(&mut db, PLAIN)?, Found::Damaged(_)));
/// # Ok::<(), rusqlite::Error>(())
/// ```
///
/// # Errors
/// Those of SQLite; a page that is no page is one of them.
pub fn check(db: &mut Connection, plain: &[Plain]) -> rusqlite::Result<Found> {
    let size: i64 =
        db.query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| {
            row.get(0)
        })?;
    let small = size <= SMALL_BYTES;
    if small && let Found::Damaged(what) = check_pages(db)? {
        return Ok(Found::Damaged(what));
    }
    let step = db.transaction()?;
    step.execute_batch(HOME)?;
    let kept: Option<i64> =
        rusqlite::OptionalExtension::optional(
            step.query_row("SELECT sum FROM row_sum", [], |row| row.get(0)),
        )?;
    let found = sum_of(&step, plain, small)?;
    match kept {
        Some(kept) if kept != found => {
            return Ok(Found::Damaged(
                "a height, hour, counter or name in it is not the one that was written".to_owned(),
            ));
        }
        Some(_) => {}
        None => {
            step.execute("INSERT INTO row_sum (one, sum) VALUES (1, ?1)", [found])?;
            step.commit()?;
        }
    }
    Ok(Found::Whole)
}

/// Looks at every page and index of the database, however large it is.
///
/// # Errors
/// Those of SQLite.
pub fn check_pages(db: &Connection) -> rusqlite::Result<Found> {
    let said: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(if said == "ok" { Found::Whole } else { Found::Damaged(said.replace('\n', " ")) })
}

/// Whether an error of a statement that a program always asks in these words says that the database is not as it was written:
/// a schema that SQLite cannot read or that lacks a name, a file format that it does not know, a value of another kind.
///
/// ```
/// let db = rusqlite::Connection::open_in_memory()?;
/// let error = db.execute("DELETE FROM a_table_that_was_there", []).unwrap_err();
/// assert!(pulsebook_rowsum::is_not_as_written(&error));
/// # Ok::<(), rusqlite::Error>(())
/// ```
pub fn is_not_as_written(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnName, InvalidColumnType,
        QueryReturnedNoRows, SqlInputError, Utf8Error,
    };
    let of_the_words =
        error.sqlite_error().is_some_and(|error| error.extended_code & 0xff == rusqlite::ffi::SQLITE_ERROR);
    of_the_words
        || matches!(
            error,
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnName(_)
                | InvalidColumnType(..)
                | QueryReturnedNoRows
                | SqlInputError { .. }
                | Utf8Error(..)
        )
}

/// From here on every change of a plain column through this connection changes the sum with it.
///
/// # Errors
/// Those of SQLite.
pub fn watch(db: &Connection, plain: &[Plain]) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("row_sum_of", -1, flags, |row| {
        let values = (0..row.len()).map(|at| row.get_raw(at));
        Ok(values.fold(Row::default(), Row::with).end())
    })?;
    db.create_scalar_function("row_sum_plus", 3, flags, |row| {
        let (sum, new, old): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(sum.wrapping_add(new).wrapping_sub(old))
    })?;
    // A row that is replaced is a row deleted: without this no trigger would see it.
    db.pragma_update(None, "recursive_triggers", "ON")?;
    for (table, columns) in existing(db, plain)? {
        let row = |side: &str| {
            let values: Vec<String> = columns.iter().map(|column| format!("{side}.{column}")).collect();
            format!("row_sum_of('{table}', {})", values.join(", "))
        };
        for (what, new, old) in [
            ("INSERT", row("NEW"), "0".into()),
            ("DELETE", "0".into(), row("OLD")),
            ("UPDATE", row("NEW"), row("OLD")),
        ] {
            db.execute_batch(&format!(
                "CREATE TEMP TRIGGER row_sum_{table}_{what} AFTER {what} ON main.{table} BEGIN
                     UPDATE row_sum SET sum = row_sum_plus(sum, {new}, {old});
                 END"
            ))?;
        }
    }
    Ok(())
}

fn sum_of(db: &Connection, plain: &[Plain], small: bool) -> rusqlite::Result<i64> {
    let mut sum = 0_i64;
    let from = if small { "NOT INDEXED" } else { "" };
    for (table, columns) in existing(db, plain)? {
        let mut query = db.prepare(&format!("SELECT {} FROM {table} {from}", columns.join(", ")))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let mut value = Row::default().with(ValueRef::Text(table.as_bytes()));
            for at in 0..columns.len() {
                value = value.with(row.get_ref(at)?);
            }
            sum = sum.wrapping_add(value.end());
        }
    }
    Ok(sum)
}

fn existing<'a>(db: &Connection, plain: &'a [Plain]) -> rusqlite::Result<Vec<&'a Plain>> {
    let mut query =
        db.prepare("SELECT COUNT(*) FROM main.sqlite_master WHERE type = 'table' AND name = ?1")?;
    let mut found = Vec::new();
    for table in plain {
        if query.query_row([table.0], |row| row.get::<_, i64>(0))? == 1 {
            found.push(table);
        }
    }
    Ok(found)
}

/// FNV-1a over the values of a row, each with its type and length: one changed byte always gives another number.
struct Row(u64);

impl Default for Row {
    fn default() -> Self {
        Row(0xcbf2_9ce4_8422_2325)
    }
}

impl Row {
    fn with(self, value: ValueRef<'_>) -> Row {
        match value {
            ValueRef::Null => self.bytes(0, &[]),
            ValueRef::Integer(number) => self.bytes(1, &number.to_be_bytes()),
            ValueRef::Real(number) => self.bytes(2, &number.to_be_bytes()),
            ValueRef::Text(text) => self.bytes(3, text),
            ValueRef::Blob(blob) => self.bytes(4, blob),
        }
    }

    fn bytes(mut self, kind: u8, bytes: &[u8]) -> Row {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes();
        for byte in [kind].iter().chain(&length).chain(bytes) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// Mixed once more: rows that differ little must not cancel each other out in the sum.
    fn end(self) -> i64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).cast_signed()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PLAIN: &[Plain] = &[("a", &["k", "v"]), ("b", &["k"]), ("not there", &["x"])];

    fn opened() -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE TABLE a (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID; CREATE TABLE b (k INTEGER PRIMARY KEY, s BLOB)").unwrap();
        assert_eq!(check(&mut db, PLAIN), Ok(Found::Whole));
        watch(&db, PLAIN).unwrap();
        db
    }

    #[test]
    fn every_kind_of_change_through_the_connection_keeps_the_sum() {
        let mut db = opened();
        for sql in [
            "INSERT INTO a VALUES ('x', 1), ('y', 2)",
            "INSERT OR REPLACE INTO a VALUES ('x', 3)",
            "INSERT INTO a VALUES ('x', 1) ON CONFLICT (k) DO UPDATE SET v = v + 1",
            "INSERT OR REPLACE INTO b VALUES (1, x'00'), (2, NULL), (1, x'01')",
            "UPDATE b SET k = 7 WHERE k = 2",
            "DELETE FROM a WHERE k = 'y'",
            "BEGIN; DELETE FROM b; ROLLBACK",
        ] {
            db.execute_batch(sql).unwrap();
            assert_eq!(check(&mut db, PLAIN), Ok(Found::Whole), "{sql}");
        }
    }

    #[test]
    fn an_index_with_all_plain_columns_gives_the_sum_of_its_table() {
        let db = opened();
        db.execute_batch(
            "CREATE INDEX plain ON b (k); INSERT INTO b VALUES (1, x'00'), (300, NULL), (-7, x'05')",
        )
        .unwrap();
        let plan = "EXPLAIN QUERY PLAN SELECT k FROM b";
        let plan: String = db.query_row(plan, [], |row| row.get(3)).unwrap();
        assert!(plan.contains("COVERING INDEX plain"), "{plan}");
        assert_eq!(sum_of(&db, PLAIN, false), sum_of(&db, PLAIN, true));
    }

    #[test]
    fn a_change_past_the_connection_is_found() {
        for sql in
            ["UPDATE a SET v = 2", "UPDATE a SET k = 'z'", "DELETE FROM a", "INSERT INTO b VALUES (9, NULL)"]
        {
            let mut db = opened();
            db.execute_batch("INSERT INTO a VALUES ('x', 1)").unwrap();
            db.execute_batch("DROP TRIGGER temp.row_sum_a_INSERT; DROP TRIGGER temp.row_sum_a_UPDATE; DROP TRIGGER temp.row_sum_a_DELETE; DROP TRIGGER temp.row_sum_b_INSERT").unwrap();
            db.execute_batch(sql).unwrap();
            assert!(matches!(check(&mut db, PLAIN), Ok(Found::Damaged(_))), "{sql}");
        }
    }
}
