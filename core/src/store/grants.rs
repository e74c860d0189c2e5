//! Grants and the releases made for them.

use super::{Store, error::StoreError, page::Place, rows, step::step};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{bytes::GrantId, random::Random};
use zeroize::Zeroizing;

/// A grant as stored: what `consent` needs of it, sealed.
#[derive(Debug)]
pub struct StoredGrant {
    /// Which.
    pub grant_id: GrantId,
    /// A number that `consent` gives meaning to; plain.
    pub state: u32,
    /// Bytes that `consent` gives meaning to: token, names, label key.
    pub body: Zeroizing<Vec<u8>>,
}

/// A release as sent to nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRelease {
    /// The grant.
    pub grant_id: GrantId,
    /// The epoch.
    pub epoch: u32,
    /// Its number within grant and epoch.
    pub seq: u64,
    /// The header's COSE bytes.
    pub header: Vec<u8>,
    /// The sealed keys.
    pub ciphertext: Vec<u8>,
}

impl Store {
    /// Adds or replaces a grant.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the randomness fails.
    pub fn put_grant(&self, grant: &StoredGrant, random: &mut dyn Random) -> Result<(), StoreError> {
        let (id, state) = (grant.grant_id.as_bytes(), grant.state.to_be_bytes());
        let sealed = self.sealer.seal(place(&[id], &[&state]), &grant.body, random)?;
        let db = self.db();
        let sql = "INSERT OR REPLACE INTO grants (grant_id, state, sealed) VALUES (?1, ?2, ?3)";
        let mut put = db.prepare_cached(sql)?;
        step((Point::GrantCommit, Point::GrantCommitted), || put.execute((id, grant.state, sealed)))?;
        Ok(())
    }

    /// All grants.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn grants(&self) -> Result<Vec<StoredGrant>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT grant_id, state, sealed FROM grants ORDER BY grant_id")?;
        type Columns = (Vec<u8>, u32, Vec<u8>);
        let found: Vec<Columns> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let grant = |(id, state, sealed): &Columns| {
            let body = self.sealer.open(place(&[id], &[&state.to_be_bytes()]), sealed)?;
            Ok(StoredGrant { grant_id: rows::fixed(id, "a grant's id")?, state: *state, body })
        };
        found.iter().map(grant).collect()
    }

    /// Keeps a release; one of the same grant, epoch and number is never replaced.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn put_release(&self, release: &StoredRelease) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO releases (grant_id, epoch, seq, header, ciphertext) VALUES (?1, ?2, ?3, ?4, ?5)";
        let StoredRelease { grant_id, epoch, seq, header, ciphertext } = release;
        let row = (grant_id.as_bytes(), epoch, rows::to_sql(*seq), header, ciphertext);
        let db = self.db();
        let mut put = db.prepare_cached(sql)?;
        step((Point::ReleaseCommit, Point::ReleaseCommitted), || put.execute(row))?;
        Ok(())
    }

    /// The releases of a grant in an epoch from a number on, ascending, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn releases(
        &self,
        grant_id: &GrantId,
        epoch: u32,
        from: u64,
        limit: u32,
    ) -> Result<Vec<StoredRelease>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached(
            "SELECT seq, header, ciphertext FROM releases WHERE grant_id = ?1 AND epoch = ?2 AND seq >= ?3
             ORDER BY seq LIMIT ?4",
        )?;
        let release = |row: &rusqlite::Row<'_>| {
            let (seq, header, ciphertext) = (rows::from_sql(row.get(0)?), row.get(1)?, row.get(2)?);
            Ok(StoredRelease { grant_id: *grant_id, epoch, seq, header, ciphertext })
        };
        let bounds = (grant_id.as_bytes(), epoch, rows::to_sql(from), limit);
        Ok(query.query_map(bounds, release)?.collect::<Result<_, _>>()?)
    }

    /// The last release of a grant in an epoch.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn last_release(&self, grant_id: &GrantId, epoch: u32) -> Result<Option<StoredRelease>, StoreError> {
        let next: Option<i64> = self
            .db()
            .prepare_cached("SELECT MAX(seq) FROM releases WHERE grant_id = ?1 AND epoch = ?2")?
            .query_row((grant_id.as_bytes(), epoch), |row| row.get(0))?;
        match next {
            Some(seq) => Ok(self.releases(grant_id, epoch, rows::from_sql(seq), 1)?.pop()),
            None => Ok(None),
        }
    }
}

fn place<'a>(key: &'a [&'a [u8]; 1], plain: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "grants", column: "sealed", key, plain }
}
