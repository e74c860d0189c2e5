//! Sealed segments as they are, and the sealed page of each block that holds their keys.

use super::{Store, error::StoreError, page::Place, rows};
use pulsebook_protocol::{
    bytes::Digest, cbor, commitment::Dek, keyring, random::Random, reading::UnixMillis, vital::Category,
};
use rusqlite::{Connection, OptionalExtension};
use std::ops::RangeInclusive;
use zeroize::{Zeroize, Zeroizing};

/// What the phone knows of one live slot.
#[derive(Debug)]
pub struct Slot {
    /// Which of the block's eight.
    pub slot: u8,
    /// What the segment holds.
    pub category: Category,
    /// Its range, half-open; it lies within one hour.
    pub from: UnixMillis,
    /// End of the range.
    pub to: UnixMillis,
    /// How many readings it holds.
    pub readings: u32,
    /// Its key.
    pub dek: Dek,
}

/// A sealed segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// Height of its block.
    pub height: u64,
    /// Its slot.
    pub slot: u8,
    /// SHA-256 of the bytes.
    pub hash: Digest,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

const SLOTS: u64 = 8;

/// The row of a slot.
pub(crate) fn row_of(height: u64, slot: u8) -> i64 {
    rows::to_sql(height * SLOTS + u64::from(slot))
}

/// Milliseconds of an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    slot: u8,
    #[n(1)]
    category: u8,
    #[n(2)]
    from: i64,
    #[n(3)]
    to: i64,
    #[n(4)]
    readings: u32,
    #[cbor(n(5), with = "minicbor::bytes")]
    dek: [u8; 32],
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.dek.zeroize();
    }
}

fn place<'a>(height: &'a [&'a [u8]; 1], period: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "segment_keys", column: "sealed", key: height, plain: period }
}

impl Store {
    /// The live slots of a block with their keys, ascending; empty for a block without segments.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the page does not open.
    pub fn slots(&self, height: u64) -> Result<Vec<Slot>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT period, sealed FROM segment_keys WHERE height = ?1")?;
        let row = query
            .query_row([rows::to_sql(height)], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((period, sealed)) = row.optional()? else { return Ok(Vec::new()) };
        let (key, plain) = (rows::be(height), period.to_be_bytes());
        let opened = self.sealer.open_in_period(&db, period, place(&[&key], &[&plain]), &sealed)?;
        let wire: Vec<Wire> =
            cbor::decode(&opened, 4096).map_err(|_| StoreError::Damaged("the keys of a block"))?;
        wire.iter().map(read_slot).collect()
    }

    /// The sealed segment in a slot.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn segment(&self, height: u64, slot: u8) -> Result<Option<StoredSegment>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT hash, sealed FROM segments WHERE place = ?1")?;
        let row = query
            .query_row([row_of(height, slot)], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
            })
            .optional()?;
        let segment = |(hash, bytes): (Vec<u8>, Vec<u8>)| {
            Ok(StoredSegment { height, slot, hash: rows::fixed(&hash, "a segment's hash")?, bytes })
        };
        row.map(segment).transpose()
    }

    /// Shows height, slot, stored hash and bytes of each live segment of some blocks, ascending, without a copy of them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn each_segment(
        &self,
        heights: RangeInclusive<u64>,
        mut show: impl FnMut(u64, u8, &[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let db = self.db();
        let sql = "SELECT place, hash, sealed FROM segments WHERE place BETWEEN ?1 AND ?2 ORDER BY place";
        let mut query = db.prepare_cached(sql)?;
        let mut found = query.query((row_of(*heights.start(), 0), row_of(*heights.end(), 7)))?;
        while let Some(row) = found.next()? {
            let place = rows::from_sql(row.get(0)?);
            let slot = u8::try_from(place % SLOTS).unwrap_or(0);
            let blob = |column| row.get_ref(column)?.as_blob().map_err(|_| StoreError::Damaged("a segment"));
            show(place / SLOTS, slot, blob(1)?, blob(2)?);
        }
        Ok(())
    }

    /// How many live segments a block has, and their sealed bytes in all.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn segment_total(&self, height: u64) -> Result<(u64, u64), StoreError> {
        let sql =
            "SELECT COUNT(*), COALESCE(SUM(LENGTH(sealed)), 0) FROM segments WHERE place BETWEEN ?1 AND ?2";
        let bounds = (row_of(height, 0), row_of(height, 7));
        let found = self.db().prepare_cached(sql)?.query_row(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((rows::from_sql(found.0), rows::from_sql(found.1)))
    }

    /// Hashes of the live segments of a block by slot, as a manifest wants them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn segment_hashes(&self, height: u64) -> Result<[Option<Digest>; 8], StoreError> {
        let db = self.db();
        let mut query =
            db.prepare_cached("SELECT place, hash FROM segments WHERE place BETWEEN ?1 AND ?2")?;
        let found = query.query_map((row_of(height, 0), row_of(height, 7)), |row| {
            Ok((rows::from_sql(row.get(0)?), row.get::<_, Vec<u8>>(1)?))
        })?;
        let mut hashes = [None; 8];
        for row in found {
            let (place, hash) = row?;
            let slot = usize::try_from(place % SLOTS).unwrap_or(0);
            if let Some(entry) = hashes.get_mut(slot) {
                *entry = Some(rows::fixed(&hash, "a segment's hash")?);
            }
        }
        Ok(hashes)
    }

    /// Hours (milliseconds since 1970 ÷ 3,600,000) within `[from, to)` that have segments, ascending, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn hours(&self, from: i64, to: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(
            "SELECT DISTINCT hour FROM segments WHERE hour >= ?1 AND hour < ?2 ORDER BY hour LIMIT ?3",
        )?;
        Ok(query.query_map((from, to, limit), |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The slots (height, slot) whose segment lies in an hour, ascending.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn slots_in_hour(&self, hour: i64) -> Result<Vec<(u64, u8)>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT place FROM segments WHERE hour = ?1 ORDER BY place")?;
        let places = query.query_map([hour], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let slot = |place: &i64| {
            let place = rows::from_sql(*place);
            (place / SLOTS, u8::try_from(place % SLOTS).unwrap_or(0))
        };
        Ok(places.iter().map(slot).collect())
    }

    pub(crate) fn insert_slots(
        &self,
        db: &Connection,
        (height, time): (u64, u64),
        slots: &[&Slot],
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let page =
            Zeroizing::new(cbor::encode(&slots.iter().map(|slot| write_slot(slot)).collect::<Vec<_>>()));
        let period = keyring::page_number(time);
        let (key, plain) = (rows::be(height), period.to_be_bytes());
        let sealed = self.sealer.seal_in_period(db, period, (place(&[&key], &[&plain]), &page), random)?;
        db.prepare_cached("INSERT INTO segment_keys (height, period, sealed) VALUES (?1, ?2, ?3)")?
            .execute((rows::to_sql(height), period, sealed))?;
        Ok(())
    }
}

fn write_slot(slot: &Slot) -> Wire {
    let Slot { slot, category, from, to, readings, dek } = slot;
    let (slot, from, to, readings) = (*slot, *from, *to, *readings);
    Wire { slot, category: category.wire(), from, to, readings, dek: *dek.expose() }
}

fn read_slot(wire: &Wire) -> Result<Slot, StoreError> {
    let category = Category::from_wire(wire.category).ok_or(StoreError::Damaged("the keys of a block"))?;
    let dek = Dek::from_bytes(wire.dek);
    Ok(Slot { slot: wire.slot, category, from: wire.from, to: wire.to, readings: wire.readings, dek })
}
