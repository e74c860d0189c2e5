//! All rows of a folder's databases, to be compared before and after a power cut.

use crate::way::copy;
use rusqlite::Connection;
use std::{collections::BTreeMap, fs, path::Path};

/// Rows by database and table.
pub(crate) type Rows = BTreeMap<String, Vec<String>>;

/// Everything in the databases of a folder; `aside` is where they are looked into, so that reading repairs nothing.
pub(crate) fn of(folder: &Path, aside: &Path) -> Rows {
    let _ = fs::remove_dir_all(aside);
    let mut rows = Rows::new();
    if !folder.exists() {
        return rows;
    }
    copy(folder, aside);
    for name in ["record.sqlite", "node.db"] {
        if aside.join(name).exists() {
            let db = Connection::open(aside.join(name)).unwrap();
            for table in tables(&db) {
                let all = table_rows(&db, &durable(name, &table));
                rows.insert(format!("{name} {table}"), all);
            }
        }
    }
    rows
}

/// The tables that differ.
pub(crate) fn difference(before: &Rows, after: &Rows) -> Option<String> {
    let names = before.keys().chain(after.keys());
    let differing: Vec<&String> = names.filter(|name| before.get(*name) != after.get(*name)).collect();
    (!differing.is_empty()).then(|| format!("rows that were committed are lost: {differing:?}"))
}

fn tables(db: &Connection) -> Vec<String> {
    let mut query = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// What a power cut must not take, as SQL. At a node what waits for a block, the keyring, and owners' nonces may be lost
/// until something else is written (docs/protocol.md, §8); in a record how far nodes have come, the cosignatures that they
/// answered with, and what is counted from them, until something else is or the sync ends. Its row sum goes with them.
fn durable(database: &str, table: &str) -> String {
    let bound = "NOT EXISTS (SELECT 1 FROM waiting AS w
        WHERE (w.chain, w.commitment) = (segments.chain, segments.commitment))";
    let (columns, condition) = match (database, table) {
        ("node.db", "owner_nonces" | "waiting" | "keyrings" | "keyring_pages") => ("*", "false"),
        ("node.db", "segments") => ("*", bound),
        ("record.sqlite", "cursors" | "row_sum") => ("*", "false"),
        ("record.sqlite", "notes") => ("epoch, size, substr(note, 1, instr(note, char(10, 10)))", "true"),
        ("record.sqlite", "counters") => {
            ("*", "name NOT LIKE 'sync/counted/%' AND name NOT LIKE 'sync/directly-%'")
        }
        _ => ("*", "true"),
    };
    format!("SELECT {columns} FROM {table} WHERE {condition}")
}

fn table_rows(db: &Connection, query: &str) -> Vec<String> {
    let mut query = db.prepare(query).unwrap();
    let columns = query.column_count();
    let text = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|column| row.get_ref(column).map(|value| format!("{value:?}")));
        values.collect::<Result<Vec<_>, _>>().map(|values| values.join("|"))
    };
    let mut rows: Vec<String> = query.query_map([], text).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort();
    rows
}
