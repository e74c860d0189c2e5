//! Between Rust's types and SQLite's columns.

use super::error::StoreError;

/// Fixed-size bytes out of a column.
pub(crate) fn fixed<T: for<'a> TryFrom<&'a [u8]>>(bytes: &[u8], what: &'static str) -> Result<T, StoreError> {
    T::try_from(bytes).map_err(|_| StoreError::Damaged(what))
}

/// A height, size or place for a column; SQLite counts to 2⁶³.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A height, size or place out of a column.
pub(crate) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Eight bytes for a page's place.
pub(crate) fn be(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}
