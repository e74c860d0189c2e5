//! Notifications that no decoder understood: kept raw and sealed, one page a sealing.

use super::{RawNotification, Store, error::StoreError, page::Place, rows};
use pulsebook_protocol::{cbor, random::Random};
use rusqlite::Connection;
use zeroize::Zeroizing;

fn place<'a>(key: &'a [&'a [u8]; 1], period: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "malformed", column: "sealed", key, plain: period }
}

impl Store {
    pub(crate) fn insert_malformed(
        &self,
        db: &Connection,
        period: u32,
        malformed: &[(String, RawNotification)],
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let number: u64 = rows::from_sql(db.query_row(
            "SELECT COALESCE(MAX(number), -1) + 1 FROM malformed",
            [],
            |row| row.get(0),
        )?);
        let page = Zeroizing::new(cbor::encode(&malformed.to_vec()));
        let (key, plain) = (rows::be(number), period.to_be_bytes());
        let sealed = self.sealer.seal_in_period(db, period, (place(&[&key], &[&plain]), &page), random)?;
        let row = (rows::to_sql(number), period, sealed);
        db.execute("INSERT INTO malformed (number, period, sealed) VALUES (?1, ?2, ?3)", row)?;
        Ok(())
    }

    /// Malformed notifications that were kept raw, with the sensor they came from, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn malformed(&self) -> Result<Vec<(String, RawNotification)>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT number, period, sealed FROM malformed ORDER BY number")?;
        type Columns = (i64, u32, Vec<u8>);
        let found: Vec<Columns> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut all = Vec::new();
        for (number, period, sealed) in found {
            let (key, plain) = (number.to_be_bytes(), period.to_be_bytes());
            let opened = self.sealer.open_in_period(&db, period, place(&[&key], &[&plain]), &sealed)?;
            let page: Vec<(String, RawNotification)> = cbor::decode(&opened, 64 << 20)
                .map_err(|_| StoreError::Damaged("the malformed notifications"))?;
            all.extend(page);
        }
        Ok(all)
    }
}
