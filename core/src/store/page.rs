//! Sealed pages: every personal value in the database, bound to the very place where it stands.
//!
//! aad = D(store-page) ‖ chain ‖ CBOR [table, column, primary key, plain columns, format version]: a page moved to another
//! row, column or record does not open. What erasing must reach is sealed under random period keys, the rest under the store key.

use super::{error::StoreError, locked::locked};
use pulsebook_protocol::{
    bytes::{ByteString, ChainId},
    cbor, domain,
    random::Random,
    seal,
    secret::Secret32,
};
use rusqlite::{Connection, OptionalExtension};
use std::{collections::BTreeMap, sync::Mutex};
use zeroize::Zeroizing;

const VERSION: u8 = 1;

/// Where a page stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    /// The row's declared primary key.
    pub(crate) key: &'a [&'a [u8]],
    /// Every plain column of the row besides the key.
    pub(crate) plain: &'a [&'a [u8]],
}

/// The two keys of a store, as the vault hands them out.
#[derive(Debug)]
pub struct StoreKeys {
    /// Seals what never needs erasing.
    pub store: Secret32,
    /// Wraps the period keys and journal keys.
    pub erase: Secret32,
}

#[derive(Debug)]
pub(crate) struct Sealer {
    chain: ChainId,
    keys: StoreKeys,
    periods: Mutex<BTreeMap<u32, Secret32>>,
}

impl Sealer {
    pub(crate) fn new(chain: ChainId, keys: StoreKeys) -> Sealer {
        Sealer { chain, keys, periods: Mutex::new(BTreeMap::new()) }
    }

    pub(crate) fn erase_key(&self) -> &Secret32 {
        &self.keys.erase
    }

    /// Seals under the store key.
    pub(crate) fn seal(
        &self,
        place: Place<'_>,
        plain: &[u8],
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        Ok(seal::seal(self.keys.store.expose(), &self.aad(place), plain, random)?)
    }

    /// Opens a page sealed under the store key.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let refused = |source| StoreError::Sealed { what: "a page of the database", source };
        seal::open(self.keys.store.expose(), &self.aad(place), sealed).map_err(refused)
    }

    /// Seals under the key of a period, made when it is first needed.
    pub(crate) fn seal_in_period(
        &self,
        db: &Connection,
        period: u32,
        (place, plain): (Place<'_>, &[u8]),
        random: &mut dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        let key = match self.period_key(db, period)? {
            Some(key) => key,
            None => self.make_period_key(db, period, random)?,
        };
        Ok(seal::seal(key.expose(), &self.aad(place), plain, random)?)
    }

    /// Opens a page sealed under the key of a period.
    pub(crate) fn open_in_period(
        &self,
        db: &Connection,
        period: u32,
        place: Place<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = self.period_key(db, period)?.ok_or(StoreError::Damaged("the list of period keys"))?;
        let refused = |source| StoreError::Sealed { what: "a page of the database", source };
        seal::open(key.expose(), &self.aad(place), sealed).map_err(refused)
    }

    fn period_key(&self, db: &Connection, period: u32) -> Result<Option<Secret32>, StoreError> {
        if let Some(key) = locked(&self.periods).get(&period) {
            return Ok(Some(key.duplicate()));
        }
        let mut query = db.prepare_cached("SELECT wrapped FROM period_keys WHERE period = ?1")?;
        let Some(wrapped) = query.query_row([period], |row| row.get::<_, Vec<u8>>(0)).optional()? else {
            return Ok(None);
        };
        let refused = |source| StoreError::Sealed { what: "a period key", source };
        let aad = self.aad(Place {
            table: "period_keys",
            column: "wrapped",
            key: &[&period.to_be_bytes()],
            plain: &[],
        });
        let opened = seal::open(self.keys.erase.expose(), &aad, &wrapped).map_err(refused)?;
        let bytes = <[u8; 32]>::try_from(&opened[..]).map_err(|_| StoreError::Damaged("a period key"))?;
        let key = Secret32::from_bytes(bytes);
        locked(&self.periods).insert(period, key.duplicate());
        Ok(Some(key))
    }

    /// The key is remembered only when it is read back, so that a rolled-back transaction leaves none behind.
    fn make_period_key(
        &self,
        db: &Connection,
        period: u32,
        random: &mut dyn Random,
    ) -> Result<Secret32, StoreError> {
        let key = Secret32::make(random)?;
        let aad = self.aad(Place {
            table: "period_keys",
            column: "wrapped",
            key: &[&period.to_be_bytes()],
            plain: &[],
        });
        let wrapped = seal::seal(self.keys.erase.expose(), &aad, key.expose(), random)?;
        db.execute("INSERT INTO period_keys (period, wrapped) VALUES (?1, ?2)", (period, wrapped))?;
        Ok(key)
    }

    /// Forgets remembered period keys: after a rollback, one of them may not be in the database.
    pub(crate) fn forget_periods(&self) {
        locked(&self.periods).clear();
    }

    fn aad(&self, place: Place<'_>) -> Vec<u8> {
        let bytes = |parts: &[&[u8]]| parts.iter().map(|part| ByteString(part.to_vec())).collect::<Vec<_>>();
        let tail = cbor::encode(&(place.table, place.column, bytes(place.key), bytes(place.plain), VERSION));
        [&domain::STORE_PAGE.prefix()[..], self.chain.as_bytes(), &tail].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulsebook_protocol::random::SeededRandom;

    fn sealer() -> Sealer {
        let secret = |byte| Secret32::from_bytes([byte; 32]);
        Sealer::new(ChainId::from_bytes([3; 32]), StoreKeys { store: secret(1), erase: secret(2) })
    }

    proptest! {
        #[test]
        fn any_page_opens_where_it_stands_and_nowhere_else(
            (table, column) in ("[a-z_]{1,12}", "[a-z_]{1,12}"),
            (key, plain) in (prop::collection::vec(any::<u8>(), 0..12), prop::collection::vec(any::<u8>(), 0..12)),
            content in prop::collection::vec(any::<u8>(), 0..200),
            seed in any::<u64>(),
        ) {
            let sealer = sealer();
            let place = Place { table: &table, column: &column, key: &[&key], plain: &[&plain] };
            let sealed = sealer.seal(place, &content, &mut SeededRandom::new(seed)).unwrap();
            prop_assert_eq!(&sealer.open(place, &sealed).unwrap()[..], &content[..]);
            let other = [&key[..], &[0]].concat();
            let elsewhere = [
                Place { key: &[&other], ..place },
                Place { key: &[&key, &plain], plain: &[], ..place },
                Place { column: "another one", ..place },
            ];
            prop_assert!(elsewhere.iter().all(|place| sealer.open(*place, &sealed).is_err()));
        }
    }
}
