//! Evidence as the first version kept it, in pages of the database: still read, and moved into files at opening.

use super::{
    Evidence,
    columns::{Shape, join},
    write::WrittenEvidence,
};
use crate::store::{Store, StoreError, files, page::Place, segments::row_of, step::commit};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{block::Block, bytes::ByteString, cbor, random::Random, secret::Secret32};
use rusqlite::{Connection, OptionalExtension};
use zeroize::Zeroize;

/// Most notifications behind one segment in that version.
const MOST: usize = 1 << 20;
/// Most bytes that these had: few are longer than 20.
const MOST_BYTES: usize = 256 << 20;
const LIMIT: usize = 64 << 20;
const SLOTS: i64 = 8;

#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Page {
    #[cbor(n(0), with = "minicbor::bytes")]
    seed: [u8; 32],
    #[n(1)]
    count: u32,
    #[n(2)]
    shapes: Vec<Shape>,
    #[n(3)]
    order: ByteString,
    #[n(4)]
    times: ByteString,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

fn unpack(bytes: &[u8]) -> Option<Evidence> {
    let page: Page = cbor::decode(bytes, LIMIT).ok()?;
    let notifications = join(page.count, &page.shapes, (&page.order, &page.times), (MOST, MOST_BYTES))?;
    Some(Evidence { seed: Secret32::from_bytes(page.seed), notifications: notifications.into() })
}

#[cfg(feature = "fuzzing")]
fn pack(evidence: &Evidence) -> Vec<u8> {
    let (count, shapes, order, times) = super::columns::split(&evidence.notifications);
    cbor::encode(&Page { seed: *evidence.seed.expose(), count, shapes, order, times })
}

impl Store {
    pub(super) fn old_evidence(&self, height: u64, slot: u8) -> Result<Option<Evidence>, StoreError> {
        self.open_old(&self.db(), row_of(height, slot))
    }

    fn open_old(&self, db: &Connection, at: i64) -> Result<Option<Evidence>, StoreError> {
        let mut query = db.prepare_cached("SELECT period, sealed FROM evidence WHERE place = ?1")?;
        let row = query.query_row([at], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let Some((period, sealed)) = row.optional()? else { return Ok(None) };
        let (key, plain) = (at.to_be_bytes(), period.to_be_bytes());
        let place = Place { table: "evidence", column: "sealed", key: &[&key], plain: &[&plain] };
        let opened = self.sealer.open_in_period(db, period, place, &sealed)?;
        unpack(&opened).map(Some).ok_or(StoreError::Damaged("the evidence of a segment"))
    }

    /// Moves what the first version kept into files, block by block: first the files, then in one transaction their rows
    /// for the old pages. Cut off at any point, it goes on at the next opening. How many segments were moved.
    ///
    /// # Errors
    /// [`StoreError`]; what was not moved stays readable where it is.
    pub(crate) fn move_old_evidence(&self, random: &mut dyn Random) -> Result<u64, StoreError> {
        let mut moved = 0;
        loop {
            let sql = "SELECT MIN(place) FROM evidence";
            let first: Option<i64> = self.db().query_row(sql, [], |row| row.get(0))?;
            let Some(first) = first else { return Ok(moved) };
            moved += self.move_block(first.div_euclid(SLOTS), random)?;
        }
    }

    fn move_block(&self, height: i64, random: &mut dyn Random) -> Result<u64, StoreError> {
        let places = height * SLOTS..(height + 1) * SLOTS;
        let mut segments = Vec::new();
        for (slot, place) in (0u8..).zip(places.clone()) {
            if let Some(evidence) = self.open_old(&self.db(), place)? {
                segments.push((slot, evidence));
            }
        }
        let height = u64::try_from(height).unwrap_or(0);
        let stored = self.block(height)?.ok_or(StoreError::Damaged("the evidence of a segment"))?;
        let block: Block = Store::parse(&stored)?;
        let borrowed: Vec<_> = segments.iter().map(|(slot, evidence)| (*slot, evidence)).collect();
        let mut written = WrittenEvidence::default();
        self.write_block_evidence((height, block.time), &borrowed, &mut written, random)?;
        files::sync_folder(&self.folder().evidence())?;
        let mut db = self.db();
        let step = db.transaction()?;
        self.insert_evidence(&step, &written, random)?;
        step.execute("DELETE FROM evidence WHERE place >= ?1 AND place < ?2", (places.start, places.end))?;
        commit((Point::EvidenceMoveCommit, Point::EvidenceMoveCommitted), step)?;
        Ok(u64::try_from(segments.len()).unwrap_or(0))
    }

    /// For tests: puts what stands in files back into pages of the database, as the first version kept it; of how many segments.
    ///
    /// # Errors
    /// [`StoreError`].
    #[cfg(feature = "fuzzing")]
    pub fn put_evidence_back_into_pages(&self, random: &mut dyn Random) -> Result<usize, StoreError> {
        let mut pages = 0;
        for file in self.evidence_files()?.iter().filter(|file| file.removed_at.is_none()) {
            for (slot, _) in &file.segments {
                let Some(evidence) = self.evidence(file.height, *slot)? else { continue };
                let (at, period) = (row_of(file.height, *slot), super::kept::period_of(file.sealed_at));
                let (key, plain) = (at.to_be_bytes(), period.to_be_bytes());
                let place = Place { table: "evidence", column: "sealed", key: &[&key], plain: &[&plain] };
                let db = self.db();
                let sealed = self.sealer.seal_in_period(&db, period, (place, &pack(&evidence)), random)?;
                let sql = "INSERT INTO evidence (place, period, sealed) VALUES (?1, ?2, ?3)";
                db.execute(sql, (at, period, sealed))?;
                pages += 1;
            }
            let path = self.evidence_path(file.height, file.class);
            std::fs::remove_file(&path).map_err(StoreError::file("remove", &path))?;
        }
        self.db().execute("DELETE FROM evidence_files WHERE removed_at IS NULL", [])?;
        Ok(pages)
    }
}
