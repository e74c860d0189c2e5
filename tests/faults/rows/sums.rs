//! The sum over the columns that stand in the clear, by a formula of its own: what the row `row_sum` must say.

use super::Rows;
use rusqlite::types::Value;

/// What is summed up: a table and its columns.
type Plain = (&'static str, &'static [&'static str]);

/// The sum of each database that has one is the sum over the rows that are there.
pub(super) fn hold(rows: &Rows) -> Result<(), String> {
    of(rows, "record.sqlite", pulsebook_core::store::PLAIN)?;
    of(rows, "node.db", pulsebook_provider_node::store::PLAIN)
}

fn of(rows: &Rows, database: &str, plain: &[Plain]) -> Result<(), String> {
    let Some(kept) = rows.of(&format!("{database} row_sum")).next() else { return Ok(()) };
    let (kept, found) = (kept.number("sum"), sum(rows, database, plain));
    (kept == found)
        .then_some(())
        .ok_or_else(|| format!("{database}: its row sum is {kept}, its rows give {found}"))
}

/// Sums are over 64 bits and go round.
fn sum(rows: &Rows, database: &str, plain: &[Plain]) -> i64 {
    let tables = plain.iter().flat_map(|(table, columns)| {
        rows.of(&format!("{database} {table}")).map(move |row| {
            let values = columns.iter().map(|column| encoded(row.get(column)));
            let name = encoded(&Value::Text((*table).to_owned()));
            mixed(&[vec![name], values.collect()].concat().concat())
        })
    });
    tables.fold(0, i64::wrapping_add)
}

/// Kind, length in eight bytes, bytes.
fn encoded(value: &Value) -> Vec<u8> {
    let (kind, bytes) = match value {
        Value::Null => (0, Vec::new()),
        Value::Integer(number) => (1, number.to_be_bytes().to_vec()),
        Value::Real(number) => (2, number.to_be_bytes().to_vec()),
        Value::Text(text) => (3, text.clone().into_bytes()),
        Value::Blob(bytes) => (4, bytes.clone()),
    };
    [&[kind][..], &(bytes.len() as u64).to_be_bytes(), &bytes].concat()
}

/// FNV-1a of 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), its halves mixed.
fn mixed(bytes: &[u8]) -> i64 {
    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).cast_signed()
}

#[test]
fn a_sum_that_is_not_that_of_the_rows_is_found() {
    let mut rows = Rows::default();
    let table = |columns: &[&str], row: Vec<Value>| super::Table {
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: vec![row],
    };
    let cursor = |value| vec![Value::Blob(vec![1]), Value::Text("blocks".to_owned()), Value::Integer(value)];
    rows.0.insert("record.sqlite cursors".to_owned(), table(&["label", "name", "value"], cursor(3)));
    let right = sum(&rows, "record.sqlite", pulsebook_core::store::PLAIN);
    rows.0.insert("record.sqlite row_sum".to_owned(), table(&["one", "sum"], vec![1.into(), right.into()]));
    assert_eq!(hold(&rows), Ok(()));
    rows.0.insert("record.sqlite cursors".to_owned(), table(&["label", "name", "value"], cursor(4)));
    assert!(hold(&rows).unwrap_err().contains("its row sum is"));
}
