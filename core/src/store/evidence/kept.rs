//! Which evidence files there are: one row each, with the sealed index that opens the file; a removed one leaves its row.

use super::{EvidenceClass, file::Index};
use crate::store::{Store, StoreError, page::Place, rows};
use pulsebook_protocol::{cbor, checkpoint::UnixSeconds, keyring, random::Random};
use rusqlite::{Connection, OptionalExtension, Row};
use zeroize::Zeroizing;

/// Most bytes of an index: eight slots with their pages.
const INDEX_LIMIT: usize = 4 << 20;

/// One evidence file, also after it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Height of the block whose segments it stands behind.
    pub height: u64,
    /// How long it is kept.
    pub class: EvidenceClass,
    /// The block's time, UTC seconds: from then on its age counts.
    pub sealed_at: UnixSeconds,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was removed, UTC seconds; nothing while it is there.
    pub removed_at: Option<UnixSeconds>,
    /// Slot and number of notifications of each segment; empty once it was removed.
    pub segments: Vec<(u8, u32)>,
}

/// Plain columns of a row; the sealed index is bound to all of them but the last.
struct Plain {
    height: u64,
    class: u8,
    sealed_at: u64,
    period: u32,
    bytes: u64,
    removed_at: Option<u64>,
}

const COLUMNS: &str = "height, class, sealed_at, period, bytes, removed_at, sealed";

fn read_row(row: &Row<'_>) -> rusqlite::Result<(Plain, Option<Vec<u8>>)> {
    let plain = Plain {
        height: rows::from_sql(row.get(0)?),
        class: row.get(1)?,
        sealed_at: rows::from_sql(row.get(2)?),
        period: row.get(3)?,
        bytes: rows::from_sql(row.get(4)?),
        removed_at: row.get::<_, Option<i64>>(5)?.map(rows::from_sql),
    };
    Ok((plain, row.get(6)?))
}

impl Plain {
    /// The page's place; `with` gets it because it borrows from here.
    fn placed<T>(&self, with: impl FnOnce(Place<'_>) -> T) -> T {
        let (height, class) = (rows::be(self.height), [self.class]);
        let (sealed_at, period) = (rows::be(self.sealed_at), self.period.to_be_bytes());
        let bytes = rows::be(self.bytes);
        with(Place {
            table: "evidence_files",
            column: "sealed",
            key: &[&height, &class],
            plain: &[&sealed_at, &period, &bytes],
        })
    }
}

/// The period under whose key everything is sealed that stands behind a block of this time.
#[cfg(feature = "fuzzing")]
pub(super) fn period_of(sealed_at: UnixSeconds) -> u32 {
    keyring::page_number(sealed_at)
}

/// An opened index.
pub(super) fn decode_index(bytes: &[u8]) -> Result<Index, StoreError> {
    cbor::decode(bytes, INDEX_LIMIT).map_err(|_| StoreError::Damaged("the index of an evidence file"))
}

impl Store {
    /// Every evidence file there is or was, ascending by height.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn evidence_files(&self) -> Result<Vec<EvidenceFile>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {COLUMNS} FROM evidence_files ORDER BY height, class");
        let found = db.prepare_cached(&sql)?.query_map([], read_row)?.collect::<Result<Vec<_>, _>>()?;
        let view = |(plain, sealed): (Plain, Option<Vec<u8>>)| {
            let index = sealed.map(|sealed| self.open_index(&db, &plain, &sealed)).transpose()?;
            let segments = index.iter().flat_map(|index| &index.segments);
            let class =
                EvidenceClass::from_wire(plain.class).ok_or(StoreError::Damaged("the list of evidence"))?;
            let Plain { height, sealed_at, bytes, removed_at, .. } = plain;
            let segments = segments.map(|segment| (segment.slot, segment.count)).collect();
            Ok(EvidenceFile { height, class, sealed_at, bytes, removed_at, segments })
        };
        found.into_iter().map(view).collect()
    }

    /// The index of a file that is there.
    pub(super) fn evidence_index(
        &self,
        height: u64,
        class: EvidenceClass,
    ) -> Result<Option<Index>, StoreError> {
        let db = self.db();
        let sql = format!("SELECT {COLUMNS} FROM evidence_files WHERE height = ?1 AND class = ?2");
        let row =
            db.prepare_cached(&sql)?.query_row((rows::to_sql(height), class.wire()), read_row).optional()?;
        let Some((plain, Some(sealed))) = row else { return Ok(None) };
        self.open_index(&db, &plain, &sealed).map(Some)
    }

    fn open_index(&self, db: &Connection, plain: &Plain, sealed: &[u8]) -> Result<Index, StoreError> {
        let opened = plain.placed(|place| self.sealer.open_in_period(db, plain.period, place, sealed))?;
        decode_index(&opened)
    }

    pub(super) fn insert_index(
        &self,
        db: &Connection,
        (height, class, sealed_at): (u64, EvidenceClass, UnixSeconds),
        index: &Index,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let (class, bytes, period) = (class.wire(), index.file_length(), keyring::page_number(sealed_at));
        let plain = Plain { height, class, sealed_at, period, bytes, removed_at: None };
        let page = Zeroizing::new(cbor::encode(index));
        let sealed = plain.placed(|place| self.sealer.seal_in_period(db, period, (place, &page), random))?;
        let sql = format!(
            "INSERT OR REPLACE INTO evidence_files ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6)"
        );
        let row = (rows::to_sql(height), class, rows::to_sql(sealed_at), period, rows::to_sql(bytes), sealed);
        db.prepare_cached(&sql)?.execute(row)?;
        Ok(())
    }
}
