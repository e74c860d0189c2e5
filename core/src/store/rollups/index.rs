//! The sealed index of the rollups: which series there are, which pages each has, and how far up the chain they reach.
//!
//! A page that the index lists and the table lacks is damage, not a gap: nothing can vanish unnoticed.

use super::{Grain, SeriesKey};
use crate::store::{Store, error::StoreError, page::Place, rows};
use pulsebook_protocol::{
    bytes::ByteString,
    cbor,
    packed::{pack_counted, unpack_counted},
    random::Random,
    reading::Origin,
    vital::Vital,
};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;

/// The index is of no time, so its key is that of the first period.
const PERIOD: u32 = 0;

/// More pages of one grain than a life has days.
const MOST_PAGES: usize = 1 << 17;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// Height of the first block whose segments are not summed up.
    pub(super) next: u64,
    /// The place of a series here is its number in the table.
    pub(super) series: Vec<Listed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: SeriesKey,
    /// Numbers of its pages, grain by grain.
    pub(super) pages: [BTreeSet<i64>; 3],
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    next: u64,
    #[n(1)]
    series: Vec<WireSeries>,
}

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct WireSeries {
    #[n(0)]
    vital: u16,
    #[n(1)]
    origin: u8,
    #[n(2)]
    pages: Vec<ByteString>,
}

impl Index {
    /// The number of a series.
    pub(crate) fn number(&self, key: SeriesKey) -> Option<u32> {
        let place = self.series.iter().position(|listed| listed.key == key)?;
        u32::try_from(place).ok()
    }

    pub(super) fn number_or_new(&mut self, key: SeriesKey) -> u32 {
        self.number(key).unwrap_or_else(|| {
            self.series.push(Listed { key, pages: Default::default() });
            u32::try_from(self.series.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(super) fn listed(&mut self, number: u32) -> Option<&mut Listed> {
        self.series.get_mut(usize::try_from(number).ok()?)
    }

    /// Pages of a series, ascending.
    pub(crate) fn pages(&self, key: SeriesKey, grain: Grain) -> impl Iterator<Item = i64> + '_ {
        let listed = self.series.iter().find(move |listed| listed.key == key);
        let pages = listed.and_then(|listed| listed.pages.get(usize::from(grain as u8)));
        pages.into_iter().flatten().copied()
    }

    /// Every series there is.
    pub(crate) fn keys(&self) -> impl Iterator<Item = SeriesKey> + '_ {
        self.series.iter().map(|listed| listed.key)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let pages =
            |pages: &BTreeSet<i64>| ByteString(pack_counted(&pages.iter().copied().collect::<Vec<_>>()));
        let series = self.series.iter().map(|listed| WireSeries {
            vital: listed.key.vital.wire(),
            origin: listed.key.origin().wire(),
            pages: listed.pages.iter().map(pages).collect(),
        });
        cbor::encode(&Wire { next: self.next, series: series.collect() })
    }

    /// Height of the first block whose segments are not summed up.
    #[cfg(feature = "fuzzing")]
    pub(in crate::store) fn next(&self) -> u64 {
        self.next
    }

    pub(in crate::store) fn decode(bytes: &[u8]) -> Option<Index> {
        let wire: Wire = cbor::decode(bytes, 16 << 20).ok()?;
        let series: Vec<Listed> = wire.series.iter().map_while(read_listed).collect();
        let keys: BTreeSet<SeriesKey> = series.iter().map(|listed| listed.key).collect();
        if series.len() != wire.series.len() || keys.len() != series.len() {
            return None;
        }
        Some(Index { next: wire.next, series })
    }
}

fn read_listed(wire: &WireSeries) -> Option<Listed> {
    let key = SeriesKey::new(Vital::from_wire(wire.vital)?, Origin::from_wire(wire.origin)?);
    let pages = |bytes: &ByteString| {
        unpack_counted(&bytes.0, MOST_PAGES).ok().map(|pages| pages.into_iter().collect::<BTreeSet<i64>>())
    };
    let pages: Vec<_> = wire.pages.iter().map(pages).collect::<Option<_>>()?;
    Some(Listed { key, pages: pages.try_into().ok()? })
}

fn place<'a>(key: &'a [&'a [u8]; 1], period: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "rollup_index", column: "sealed", key, plain: period }
}

impl Store {
    /// The index; that of a database without any is empty.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] or [`StoreError::Damaged`] when it is not what was written.
    pub(crate) fn rollup_index(&self, db: &Connection) -> Result<Index, StoreError> {
        let mut query = db.prepare_cached("SELECT period, sealed FROM rollup_index")?;
        let row = query.query_row([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((period, sealed)) = row.optional()? else { return Ok(Index::default()) };
        let (key, plain) = (rows::be(1), period.to_be_bytes());
        let opened = self.sealer.open_in_period(db, period, place(&[&key], &[&plain]), &sealed)?;
        Index::decode(&opened).ok_or(StoreError::Damaged("the index of the rollups"))
    }

    pub(super) fn put_rollup_index(
        &self,
        db: &Connection,
        index: &Index,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let (key, plain) = (rows::be(1), PERIOD.to_be_bytes());
        let bytes = index.encode();
        let sealed = self.sealer.seal_in_period(db, PERIOD, (place(&[&key], &[&plain]), &bytes), random)?;
        let sql = "INSERT OR REPLACE INTO rollup_index (one, period, sealed) VALUES (1, ?1, ?2)";
        db.prepare_cached(sql)?.execute((PERIOD, sealed))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pages() -> impl Strategy<Value = [BTreeSet<i64>; 3]> {
        [(); 3].map(|()| prop::collection::btree_set(-3_000_000..3_000_000_i64, 0..20))
    }

    fn keys() -> Vec<SeriesKey> {
        let origins =
            |vital| (1..=4).filter_map(Origin::from_wire).map(move |origin| SeriesKey::new(vital, origin));
        Vital::ALL.into_iter().flat_map(origins).collect()
    }

    proptest! {
        #[test]
        fn any_index_comes_back_as_it_was_and_no_series_stands_twice(
            next in any::<u64>(),
            series in prop::collection::vec((prop::sample::select(keys()), pages()), 0..6),
        ) {
            let series: Vec<Listed> = series.into_iter().map(|(key, pages)| Listed { key, pages }).collect();
            let different: BTreeSet<SeriesKey> = series.iter().map(|listed| listed.key).collect();
            let index = Index { next, series };
            let expected = (different.len() == index.series.len()).then(|| index.clone());
            prop_assert_eq!(Index::decode(&index.encode()), expected);
        }
    }

    #[test]
    fn an_index_comes_back_as_it_was() {
        let mut index = Index { next: 7, ..Index::default() };
        let number = index.number_or_new(SeriesKey::new(Vital::HeartRate, Origin::Measured));
        index.number_or_new(SeriesKey::new(Vital::HeartRate, Origin::Simulated));
        index.listed(number).unwrap().pages[0].extend(20_000..20_400);
        assert_eq!(Index::decode(&index.encode()), Some(index.clone()));
        assert!(index.encode().len() < 200, "a year is a run of neighbouring days");
    }
}
