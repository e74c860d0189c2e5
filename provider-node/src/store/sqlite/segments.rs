//! Segments and the keyring in SQLite.

use super::{
    columns::{execute, query_row, signed},
    shelf::of_blob,
    *,
};
use crate::store::blob::Blob;

pub(super) fn put(
    (db, shelf): (&Transaction<'_>, &Shelf<'_>),
    chain: &ChainId,
    segments: &[(Commitment, &[u8])],
    now_s: u64,
    quota: Quota,
) -> rusqlite::Result<PutSegment> {
    drop_old((db, shelf), chain, signed(now_s.saturating_sub(quota.seconds)))?;
    let sql = "SELECT count(*), coalesce(sum(size), 0) FROM waiting WHERE chain = ?1";
    let (mut count, mut size): (usize, usize) =
        db.prepare_cached(sql)?.query_row([Bytes(chain)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (mut new, mut again) = (Vec::with_capacity(segments.len()), Vec::new());
    for (commitment, bytes) in segments {
        let found = pulsebook_protocol::hash::sha256(&[bytes]);
        let old = match held(db, chain, commitment)? {
            Some(row) if row.hash == found => {
                again.push((commitment, row.file, *bytes));
                continue;
            }
            Some(_) if !waits(db, chain, commitment)? => return Ok(PutSegment::Differs),
            Some(row) => {
                (count, size) = (count.saturating_sub(1), size.saturating_sub(row.size));
                row.file
            }
            None => None,
        };
        (count, size) = (count + 1, size + bytes.len());
        new.push((commitment, found, *bytes, old));
    }
    if !new.is_empty() && (count > quota.segments || size > quota.bytes) {
        return Ok(PutSegment::OverQuota);
    }
    for (commitment, file, bytes) in again {
        mend((db, shelf), (chain, commitment), file, bytes)?;
    }
    // Waiting bytes prove nothing yet: the newest upload counts, so that nobody can occupy a commitment.
    let mut insert =
        db.prepare_cached("INSERT OR REPLACE INTO segments VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)")?;
    let mut wait = db.prepare_cached("INSERT OR REPLACE INTO waiting VALUES (?1, ?2, ?3, ?4)")?;
    for (commitment, hash, bytes, old) in new {
        let (inline, file) = shelf.keep(bytes)?;
        shelf.let_go(old);
        let (chain, commitment, hash) = (Bytes(chain), Bytes(commitment), Bytes(&hash));
        insert.execute(params![chain, commitment, hash, bytes.len(), signed(now_s), inline, file])?;
        wait.execute(params![chain, commitment, bytes.len(), signed(now_s)])?;
    }
    Ok(PutSegment::Done)
}

/// Drops what waited too long.
fn drop_old(
    (db, shelf): (&Transaction<'_>, &Shelf<'_>),
    chain: &ChainId,
    oldest: i64,
) -> rusqlite::Result<()> {
    let sql = "DELETE FROM waiting WHERE chain = ?1 AND received_at < ?2 RETURNING commitment";
    let mut statement = db.prepare_cached(sql)?;
    let old = statement.query_map(params![Bytes(chain), oldest], |row| Ok(row.get::<_, Bytes<_>>(0)?.0))?;
    for commitment in old.collect::<rusqlite::Result<Vec<Commitment>>>()? {
        let sql = "DELETE FROM segments WHERE chain = ?1 AND commitment = ?2 RETURNING file";
        let row = params![Bytes(chain), Bytes(&commitment)];
        shelf.let_go(db.prepare_cached(sql)?.query_row(row, |row| row.get(0)).optional()?.flatten());
    }
    Ok(())
}

/// Whether no block names it yet.
fn waits(db: &Connection, chain: &ChainId, commitment: &Commitment) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM waiting WHERE chain = ?1 AND commitment = ?2)";
    db.prepare_cached(sql)?.query_row(params![Bytes(chain), Bytes(commitment)], |row| row.get(0))
}

/// A block names it: it waits no longer.
pub(super) fn bind(db: &Connection, chain: &ChainId, commitment: &Commitment) -> rusqlite::Result<()> {
    let sql = "DELETE FROM waiting WHERE chain = ?1 AND commitment = ?2";
    db.prepare_cached(sql)?.execute(params![Bytes(chain), Bytes(commitment)]).map(drop)
}

/// Whether it is held, waiting or not.
pub(super) fn is_held(db: &Connection, chain: &ChainId, commitment: &Commitment) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM segments WHERE chain = ?1 AND commitment = ?2)";
    db.prepare_cached(sql)?.query_row(params![Bytes(chain), Bytes(commitment)], |row| row.get(0))
}

/// These very bytes were kept: puts them in the place of a blob that was lost or damaged since.
fn mend(
    (db, shelf): (&Transaction<'_>, &Shelf<'_>),
    (chain, commitment): (&ChainId, &Commitment),
    file: Option<Blob>,
    bytes: &[u8],
) -> rusqlite::Result<()> {
    if file.is_some_and(|blob| !shelf.is_whole(&blob)) {
        shelf.let_go(file);
        let (_, file) = shelf.keep(bytes)?;
        let sql = "UPDATE segments SET file = ?3 WHERE chain = ?1 AND commitment = ?2";
        execute(db, sql, params![Bytes(chain), Bytes(commitment), file])?;
    }
    Ok(())
}

/// A segment that is held, without its bytes.
struct Held {
    hash: Digest,
    size: usize,
    file: Option<Blob>,
}

fn held(db: &Connection, chain: &ChainId, commitment: &Commitment) -> rusqlite::Result<Option<Held>> {
    let sql = "SELECT hash, size, file FROM segments WHERE chain = ?1 AND commitment = ?2";
    let mut statement = db.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        let hash = row.get::<_, Bytes<_>>(0)?.0;
        Ok(Held { hash, size: row.get(1)?, file: row.get(2)? })
    };
    statement.query_row(params![Bytes(chain), Bytes(commitment)], read).optional()
}

pub(super) fn hash(
    db: &Connection,
    chain: &ChainId,
    commitment: &Commitment,
) -> rusqlite::Result<Option<Digest>> {
    Ok(held(db, chain, commitment)?.map(|held| held.hash))
}

/// The bytes as they are now; none when there is no row, or when its blob is gone.
pub(super) fn segment(
    db: &Connection,
    blobs: &dyn BlobStore,
    permit: &SegmentPermit,
) -> rusqlite::Result<Option<StoredSegment>> {
    let sql = "SELECT bytes, hash, file FROM segments WHERE chain = ?1 AND commitment = ?2";
    let read = |row: &rusqlite::Row<'_>| {
        let segment = StoredSegment { bytes: row.get(0)?, hash: row.get::<_, Bytes<_>>(1)?.0 };
        Ok((segment, row.get::<_, Option<Blob>>(2)?))
    };
    let row = query_row(db, sql, params![Bytes(permit.chain()), Bytes(permit.commitment())], read);
    let (inline, blob) = match row.optional()? {
        Some((inline, Some(blob))) => (inline, blob),
        other => return Ok(other.map(|(inline, _)| inline)),
    };
    match blobs.read(&blob.id, blob.size) {
        Ok(bytes) => Ok(Some(StoredSegment { bytes, ..inline })),
        Err(BlobError::Gone(_)) => Ok(None),
        Err(error) => Err(of_blob(error)),
    }
}

pub(super) fn missing(db: &Connection, chain: &ChainId, height: u64) -> rusqlite::Result<Vec<(u64, u8)>> {
    // As many segments that blocks name as slots that name one: then each has its own. Counting takes a tenth of looking.
    let sql = "SELECT (SELECT COUNT(*) FROM slots WHERE chain = ?1) = \
               (SELECT COUNT(*) FROM segments WHERE chain = ?1) - (SELECT COUNT(*) FROM waiting WHERE chain = ?1)";
    if db.prepare_cached(sql)?.query_row([Bytes(chain)], |row| row.get(0))? {
        return Ok(Vec::new());
    }
    let sql = "SELECT height, slot FROM slots LEFT JOIN segments USING (chain, commitment) \
               WHERE slots.chain = ?1 AND height <= ?2 AND segments.rowid IS NULL ORDER BY height, slot LIMIT 16";
    let mut statement = db.prepare_cached(sql)?;
    let rows =
        statement.query_map(params![Bytes(chain), signed(height)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

pub(super) fn put_page(
    (db, shelf): (&Transaction<'_>, &Shelf<'_>),
    (chain, hash): (&ChainId, &Digest),
    bytes: &[u8],
    most: usize,
) -> rusqlite::Result<bool> {
    let named = keyring(db, chain)?.map(|row| row.pages).unwrap_or_default();
    let unnamed =
        page_hashes(db, chain)?.iter().filter(|held| !named.contains(held) && *held != hash).count();
    if unnamed >= most {
        return Ok(false);
    }
    // The page's name is its hash: bytes that come again take the place of those that may be damaged.
    shelf.let_go(page_file(db, chain, hash)?);
    let (inline, file) = shelf.keep(bytes)?;
    let sql = "INSERT OR REPLACE INTO keyring_pages VALUES (?1, ?2, ?3, ?4)";
    execute(db, sql, params![Bytes(chain), Bytes(hash), inline, file])?;
    Ok(true)
}

fn page_file(db: &Connection, chain: &ChainId, hash: &Digest) -> rusqlite::Result<Option<Blob>> {
    let sql = "SELECT file FROM keyring_pages WHERE chain = ?1 AND hash = ?2";
    Ok(query_row(db, sql, params![Bytes(chain), Bytes(hash)], |row| row.get(0)).optional()?.flatten())
}

fn page_hashes(db: &Connection, chain: &ChainId) -> rusqlite::Result<Vec<Digest>> {
    let mut statement = db.prepare_cached("SELECT hash FROM keyring_pages WHERE chain = ?1")?;
    let rows = statement.query_map([Bytes(chain)], |row| Ok(row.get::<_, Bytes<_>>(0)?.0))?;
    rows.collect()
}

pub(super) fn put_keyring(
    (db, shelf): (&Transaction<'_>, &Shelf<'_>),
    chain: &ChainId,
    row: &KeyringRow,
) -> rusqlite::Result<PutKeyring> {
    match keyring(db, chain)? {
        Some(held) if held == *row => return Ok(PutKeyring::Done),
        Some(held) if held.version >= row.version => return Ok(PutKeyring::NotNewer(held.version)),
        _ => {}
    }
    let held = page_hashes(db, chain)?;
    if let Some(missing) = row.pages.iter().find(|page| !held.contains(page)) {
        return Ok(PutKeyring::MissingPage(*missing));
    }
    for superseded in held.iter().filter(|page| !row.pages.contains(page)) {
        shelf.let_go(page_file(db, chain, superseded)?);
        let sql = "DELETE FROM keyring_pages WHERE chain = ?1 AND hash = ?2";
        execute(db, sql, params![Bytes(chain), Bytes(superseded)])?;
    }
    let pages: Vec<u8> = row.pages.iter().flat_map(|page| *page.as_bytes()).collect();
    execute(
        db,
        "INSERT OR REPLACE INTO keyrings VALUES (?1, ?2, ?3, ?4, ?5)",
        params![Bytes(chain), signed(row.version), signed(row.height), pages, row.bytes],
    )?;
    Ok(PutKeyring::Done)
}

pub(super) fn keyring(db: &Connection, chain: &ChainId) -> rusqlite::Result<Option<KeyringRow>> {
    let sql = "SELECT version, height, pages, bytes FROM keyrings WHERE chain = ?1";
    query_row(db, sql, [Bytes(chain)], |row| {
        let pages: Vec<u8> = row.get(2)?;
        let pages = pages.as_chunks::<32>().0.iter().map(|page| Digest::from_bytes(*page)).collect();
        Ok(KeyringRow { version: row.get(0)?, height: row.get(1)?, pages, bytes: row.get(3)? })
    })
    .optional()
}
