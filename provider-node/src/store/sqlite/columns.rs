//! Our types as SQLite columns: fixed-size bytes and unsigned numbers, checked when they are read.

use pulsebook_protocol::{
    bytes::{ChainId, Commitment, Digest, GrantId, Salt16},
    key::PublicKey,
    request_key::RequestKey,
};
use rusqlite::{
    Connection, Params, Row, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};

/// A value stored as its raw bytes.
pub(super) struct Bytes<T>(pub(super) T);

/// A secret read back; wiped when dropped.
pub(super) struct Sealed(pub(super) pulsebook_protocol::secret::Secret32);

impl FromSql for Sealed {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 32]>::try_from(value.as_blob()?);
        bytes
            .map(|bytes| Sealed(pulsebook_protocol::secret::Secret32::from_bytes(bytes)))
            .map_err(|_| FromSqlError::InvalidType)
    }
}

macro_rules! raw_bytes {
    ($($name:ty),*) => {$(
        impl ToSql for Bytes<&$name> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }
        impl FromSql for Bytes<$name> {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <$name>::try_from(value.as_blob()?).map(Bytes).map_err(|_| FromSqlError::InvalidType)
            }
        }
    )*};
}

raw_bytes!(ChainId, Commitment, Digest, GrantId, Salt16);

impl ToSql for Bytes<&PublicKey> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl ToSql for Bytes<&RequestKey> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Bytes<PublicKey> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 32]>::try_from(value.as_blob()?).map_err(|_| FromSqlError::InvalidType)?;
        PublicKey::from_bytes(bytes).map(Bytes).map_err(|_| FromSqlError::InvalidType)
    }
}

/// SQLite's integers are signed. Numbers beyond them never get here: heights, sizes and times are counted or bounded
/// by what was admitted; a foreign one that is too large becomes the largest, which matches no row.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Runs a statement; compiled once a connection, with the triggers of the row sum.
pub(super) fn execute(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(values)
}

/// The first row of a query; compiled once a connection.
pub(super) fn query_row<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    db.prepare_cached(sql)?.query_row(values, read)
}
