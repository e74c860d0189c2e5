//! How far each sensor's memory was fetched: one sealed page a sensor and service, under the store key.

use super::{Store, StoreError, page::Place, rows, step::commit};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{bytes::ByteString, cbor, random::Random};
use rusqlite::Connection;

/// What was fetched of one memory of one sensor.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StoredFetch {
    /// The sensor's identity.
    #[n(0)]
    pub sensor: String,
    /// The service whose memory it is.
    #[n(1)]
    pub service: u16,
    /// The number of the newest record when everything in the memory was last kept.
    #[n(2)]
    pub last: Option<u32>,
    /// Names of the newest records, eight bytes each, newest last.
    #[n(3)]
    pub names: ByteString,
}

/// Most bytes of a page: the names of [`MOST_NAMES`] records and what stands beside them.
const LIMIT: usize = 80 * 1024;

/// Bytes of a name, and most names of a page.
const NAME: usize = 8;
const MOST_NAMES: usize = 8_192;

impl StoredFetch {
    /// What an opened page says; `None` when it is none.
    fn decode(opened: &[u8]) -> Option<StoredFetch> {
        let fetch: StoredFetch = cbor::decode(opened, LIMIT).ok()?;
        let names = fetch.names.0.len();
        (names.is_multiple_of(NAME) && names <= NAME * MOST_NAMES).then_some(fetch)
    }
}

/// For tests/vectors: what a sealed page of this number says.
#[cfg(feature = "fuzzing")]
pub(super) fn open_page(
    sealer: &super::page::Sealer,
    number: u64,
    sealed: &[u8],
) -> Result<StoredFetch, StoreError> {
    let opened = sealer.open(place(&[&rows::be(number)]), sealed)?;
    StoredFetch::decode(&opened).ok_or(StoreError::Damaged(NOT_A_PAGE))
}

/// For fuzzing: an opened page, written again.
#[cfg(feature = "fuzzing")]
pub fn fetched_page_again(opened: &[u8]) -> Option<Vec<u8>> {
    StoredFetch::decode(opened).map(|fetch| cbor::encode(&fetch))
}

const NOT_A_PAGE: &str = "the list of records fetched from sensors";

impl Store {
    /// What was fetched of every memory.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn fetched(&self) -> Result<Vec<StoredFetch>, StoreError> {
        Ok(self.numbered_fetches(&self.db())?.into_iter().map(|(_, fetch)| fetch).collect())
    }

    /// Keeps these in place of what was kept of the same memories.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_fetched(&self, fetches: &[StoredFetch], random: &mut dyn Random) -> Result<(), StoreError> {
        if fetches.is_empty() {
            return Ok(());
        }
        let mut db = self.db();
        let step = db.transaction()?;
        self.insert_fetched(&step, fetches, random)?;
        commit((Point::FetchedCommit, Point::FetchedCommitted), step)
    }

    pub(super) fn insert_fetched(
        &self,
        db: &Connection,
        fetches: &[StoredFetch],
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        if fetches.is_empty() {
            return Ok(());
        }
        let known = self.numbered_fetches(db)?;
        let mut next = known.last().map_or(0, |(number, _)| number + 1);
        for fetch in fetches {
            let same = |known: &StoredFetch| (&known.sensor, known.service) == (&fetch.sensor, fetch.service);
            let number = known.iter().find(|(_, known)| same(known)).map(|(number, _)| *number);
            let number = number.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            let key = rows::be(rows::from_sql(number));
            let sealed = self.sealer.seal(place(&[&key]), &cbor::encode(fetch), random)?;
            db.execute("INSERT OR REPLACE INTO fetched (number, sealed) VALUES (?1, ?2)", (number, sealed))?;
        }
        Ok(())
    }

    fn numbered_fetches(&self, db: &Connection) -> Result<Vec<(i64, StoredFetch)>, StoreError> {
        let mut query = db.prepare_cached("SELECT number, sealed FROM fetched ORDER BY number")?;
        let found = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let open = |(number, sealed): (i64, Vec<u8>)| {
            let key = rows::be(rows::from_sql(number));
            let opened = self.sealer.open(place(&[&key]), &sealed)?;
            Ok((number, StoredFetch::decode(&opened).ok_or(StoreError::Damaged(NOT_A_PAGE))?))
        };
        found.collect::<Result<Vec<_>, _>>()?.into_iter().map(open).collect()
    }
}

fn place<'a>(key: &'a [&'a [u8]]) -> Place<'a> {
    Place { table: "fetched", column: "sealed", key, plain: &[] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{all_bytes, scratch, store};
    use proptest::prelude::*;
    use pulsebook_protocol::random::SeededRandom;

    proptest! {
        #[test]
        fn any_list_comes_back_whole_and_an_uneven_one_is_none(
            (sensor, service, last) in (".{0,40}", any::<u16>(), any::<Option<u32>>()),
            names in prop::collection::vec(any::<[u8; NAME]>(), 0..40),
        ) {
            let fetch = StoredFetch { sensor, service, last, names: ByteString(names.concat()) };
            prop_assert_eq!(StoredFetch::decode(&cbor::encode(&fetch)), Some(fetch.clone()));
            let uneven = ByteString([fetch.names.0.as_slice(), &[0]].concat());
            prop_assert_eq!(StoredFetch::decode(&cbor::encode(&StoredFetch { names: uneven, ..fetch })), None);
        }
    }

    #[test]
    fn what_was_fetched_is_kept_once_for_each_memory_and_sealed() {
        let (scratch, random) = (scratch(), &mut SeededRandom::new(1));
        let store = store(&scratch);
        let fetch = |sensor: &str, service, last| StoredFetch {
            sensor: sensor.to_owned(),
            service,
            last: Some(last),
            names: ByteString(vec![7; 16]),
        };
        store.put_fetched(&[fetch("PLANTED-ID", 1, 5), fetch("other", 1, 6)], random).unwrap();
        store.put_fetched(&[fetch("PLANTED-ID", 1, 9), fetch("PLANTED-ID", 2, 1)], random).unwrap();
        let kept = store.fetched().unwrap();
        let lasts: Vec<_> = kept.iter().map(|one| (one.sensor.as_str(), one.service, one.last)).collect();
        assert_eq!(lasts, [("PLANTED-ID", 1, Some(9)), ("other", 1, Some(6)), ("PLANTED-ID", 2, Some(1))]);
        assert!(!all_bytes(&scratch).windows(10).any(|window| window == b"PLANTED-ID"));
    }
}
