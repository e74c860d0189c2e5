//! All rows of a folder's databases, to be compared before and after a power cut.

#[path = "rows/back.rs"]
mod back;
#[path = "rows/log.rs"]
mod log;
#[path = "rows/sums.rs"]
mod sums;

pub(crate) use back::{kept, none_lost, sound};
pub(crate) use log::is_one_of;

use crate::way::copy;
use rusqlite::{Connection, types::Value};
use std::{collections::BTreeMap, fs, path::Path};

/// The databases of the record and of a node.
const DATABASES: [&str; 2] = ["record.sqlite", "node.db"];

/// Rows by database and table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows(BTreeMap<String, Table>);

/// A table with its rows in an order of their own.
#[derive(Clone, Debug, Default, PartialEq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

type Row = Vec<Value>;

impl Rows {
    fn of(&self, name: &str) -> impl Iterator<Item = Named<'_>> + use<'_> {
        let table = self.0.get(name);
        table
            .into_iter()
            .flat_map(|table| table.rows.iter().map(|row| Named { columns: &table.columns, row }))
    }
}

/// A row whose values are asked for by name.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Named<'a> {
    columns: &'a [String],
    row: &'a Row,
}

impl<'a> Named<'a> {
    fn get(self, name: &str) -> &'a Value {
        let at = self.columns.iter().position(|column| column == name);
        &self.row[at.unwrap_or_else(|| panic!("no column {name} in {:?}", self.columns))]
    }

    fn number(self, name: &str) -> i64 {
        if let Value::Integer(number) = self.get(name) { *number } else { panic!("{name} is no number") }
    }

    fn text(self, name: &str) -> &'a str {
        if let Value::Text(text) = self.get(name) { text } else { panic!("{name} is no text") }
    }

    fn bytes(self, name: &str) -> &'a [u8] {
        if let Value::Blob(bytes) = self.get(name) { bytes } else { panic!("{name} is no bytes") }
    }
}

/// Everything in the databases of a folder; `aside` is where they are looked into, so that reading repairs nothing.
pub(crate) fn of(folder: &Path, aside: &Path) -> Rows {
    let _ = fs::remove_dir_all(aside);
    let mut rows = Rows::default();
    if folder.exists() {
        copy(folder, aside);
        for name in DATABASES.iter().filter(|name| aside.join(name).exists()) {
            rows.0.extend(read(&aside.join(name), name).unwrap().0);
        }
    }
    rows
}

/// All tables of a database.
fn read(path: &Path, name: &str) -> rusqlite::Result<Rows> {
    let db = Connection::open(path)?;
    let mut query = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")?;
    let tables = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let read = |table: String| Ok((format!("{name} {table}"), table_of(&db, &table)?));
    tables.into_iter().map(read).collect::<rusqlite::Result<_>>().map(Rows)
}

fn table_of(db: &Connection, table: &str) -> rusqlite::Result<Table> {
    let mut query = db.prepare(&format!("SELECT * FROM {table}"))?;
    let columns: Vec<String> = query.column_names().map(str::to_owned).collect();
    let row = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect();
    let mut rows = query.query_map([], row)?.collect::<rusqlite::Result<Vec<Row>>>()?;
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    Ok(Table { columns, rows })
}
