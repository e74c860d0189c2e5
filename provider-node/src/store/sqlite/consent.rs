//! Notes, grants, releases, access entries and nonces in SQLite.

use super::{
    columns::{execute, query_row, signed},
    shelf::of_blob,
    *,
};
use crate::store::blob::Blob;
use pulsebook_protocol::hash::sha256;

pub(super) fn put_note(db: &Transaction<'_>, chain: &ChainId, row: &NoteRow) -> rusqlite::Result<()> {
    execute(
        db,
        "INSERT OR REPLACE INTO notes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            Bytes(chain),
            row.epoch,
            signed(row.size),
            Bytes(&row.root),
            row.note,
            row.settled,
            signed(row.mirrored_at)
        ],
    )?;
    let keep = super::super::rows::notes_kept(&notes(db, chain)?);
    for note in notes(db, chain)?.iter().filter(|note| !keep.contains(&(note.epoch, note.size))) {
        let sql = "DELETE FROM notes WHERE chain = ?1 AND epoch = ?2 AND size = ?3";
        execute(db, sql, params![Bytes(chain), note.epoch, signed(note.size)])?;
    }
    Ok(())
}

pub(super) fn notes(db: &Connection, chain: &ChainId) -> rusqlite::Result<Vec<NoteRow>> {
    let sql = "SELECT epoch, size, root, note, settled, mirrored_at FROM notes WHERE chain = ?1 \
               ORDER BY epoch, size";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([Bytes(chain)], |row| {
        let root = row.get::<_, Bytes<_>>(2)?.0;
        let (epoch, size, note) = (row.get(0)?, row.get(1)?, row.get(3)?);
        Ok(NoteRow { epoch, size, root, note, settled: row.get(4)?, mirrored_at: row.get(5)? })
    })?;
    rows.collect()
}

pub(super) fn grant(db: &Connection, chain: &ChainId, grant: &GrantId) -> rusqlite::Result<GrantState> {
    let place = params![Bytes(chain), Bytes(grant)];
    let sql = "SELECT authority, mint_epoch, height FROM grants WHERE chain = ?1 AND grant_id = ?2";
    let granted = query_row(db, sql, place, |row| {
        let authority = row.get::<_, Bytes<_>>(0)?.0;
        Ok(GrantRow { authority, mint_epoch: row.get(1)?, height: row.get(2)? })
    });
    let sql = "SELECT time FROM revokes WHERE chain = ?1 AND grant_id = ?2";
    let revoked = query_row(db, sql, place, |row| row.get(0)).optional()?;
    Ok(GrantState { granted: granted.optional()?, revoked })
}

pub(super) fn put_release(
    (db, shelf): (&Transaction<'_>, &Shelf<'_>),
    chain: &ChainId,
    row: &ReleaseRow,
) -> rusqlite::Result<PutRelease> {
    let sql = "SELECT seq, hash FROM releases WHERE chain = ?1 AND grant_id = ?2 AND epoch = ?3 \
               AND seq <= ?4 ORDER BY seq DESC LIMIT 1";
    let place = params![Bytes(chain), Bytes(&row.grant_id), row.epoch, signed(row.seq)];
    let before: Option<(u64, Digest)> =
        query_row(db, sql, place, |row| Ok((row.get(0)?, row.get::<_, Bytes<_>>(1)?.0))).optional()?;
    let (next, previous) = match before {
        Some((seq, hash)) if seq == row.seq => {
            return Ok(if hash == row.hash { PutRelease::Done } else { PutRelease::Differs });
        }
        Some((seq, hash)) => (seq + 1, hash),
        None => (0, Digest::ZERO),
    };
    if (row.seq, row.previous) != (next, previous) {
        return Ok(PutRelease::Expected(next));
    }
    let (inline, file) = shelf.keep(&row.ciphertext)?;
    execute(
        db,
        "INSERT INTO releases VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            Bytes(chain),
            Bytes(&row.grant_id),
            row.epoch,
            signed(row.seq),
            Bytes(&row.hash),
            Bytes(&row.previous),
            row.header,
            inline,
            file
        ],
    )?;
    Ok(PutRelease::Done)
}

pub(super) fn releases(
    (db, blobs): (&Connection, &dyn BlobStore),
    (chain, grant): (&ChainId, &GrantId),
    from: (u32, u64),
    most: usize,
) -> rusqlite::Result<Vec<ReleaseRow>> {
    let sql = "SELECT epoch, seq, hash, previous, header, ciphertext, file FROM releases \
               WHERE chain = ?1 AND grant_id = ?2 AND (epoch, seq) >= (?3, ?4) ORDER BY epoch, seq LIMIT ?5";
    let mut statement = db.prepare_cached(sql)?;
    let place = params![Bytes(chain), Bytes(grant), from.0, signed(from.1), most];
    let rows = statement.query_map(place, |row| {
        Ok(ReleaseRow {
            grant_id: *grant,
            epoch: row.get(0)?,
            seq: row.get(1)?,
            hash: row.get::<_, Bytes<_>>(2)?.0,
            previous: row.get::<_, Bytes<_>>(3)?.0,
            header: row.get(4)?,
            ciphertext: match row.get::<_, Option<Blob>>(6)? {
                Some(blob) => blob.open(blobs).map_err(of_blob)?,
                None => row.get(5)?,
            },
        })
    })?;
    rows.collect()
}

pub(super) fn release_cursors(db: &Connection, chain: &ChainId) -> rusqlite::Result<Vec<ReleaseCursor>> {
    let sql = "SELECT grant_id, epoch, max(seq) + 1 FROM releases WHERE chain = ?1 \
               GROUP BY grant_id, epoch ORDER BY grant_id, epoch";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([Bytes(chain)], |row| {
        let grant_id = row.get::<_, Bytes<_>>(0)?.0;
        Ok(ReleaseCursor { grant_id, epoch: row.get(1)?, next_seq: row.get(2)? })
    })?;
    rows.collect()
}

pub(super) fn append_access(
    db: &Transaction<'_>,
    chain: &ChainId,
    (key, nonce): (&RequestKey, &Nonce),
    make: MakeEntry<'_>,
) -> rusqlite::Result<Option<u64>> {
    let sql = "INSERT INTO grantee_nonces VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    if execute(db, sql, params![Bytes(chain), Bytes(key), nonce.as_bytes()])? == 0 {
        return Ok(None);
    }
    let sql = "SELECT seq, hash FROM accesses WHERE chain = ?1 ORDER BY seq DESC LIMIT 1";
    let last: Option<(u64, Digest)> = db
        .query_row(sql, [Bytes(chain)], |row| Ok((row.get(0)?, row.get::<_, Bytes<_>>(1)?.0)))
        .optional()?;
    let (seq, previous) = last.map_or((0, Digest::ZERO), |(seq, hash)| (seq + 1, hash));
    let entry = make(seq, previous);
    let hash = sha256(&[&entry]);
    let sql = "INSERT INTO accesses VALUES (?1, ?2, ?3, ?4)";
    execute(db, sql, params![Bytes(chain), signed(seq), Bytes(&hash), entry])?;
    Ok(Some(seq))
}

pub(super) fn accesses(
    db: &Connection,
    chain: &ChainId,
    after: Option<u64>,
    most: usize,
) -> rusqlite::Result<Vec<Vec<u8>>> {
    let sql = "SELECT entry FROM accesses WHERE chain = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let rows =
        statement.query_map(params![Bytes(chain), after.map_or(-1, signed), most], |row| row.get(0))?;
    rows.collect()
}

pub(super) fn access_count(db: &Connection, chain: &ChainId) -> rusqlite::Result<u64> {
    query_row(db, "SELECT coalesce(max(seq) + 1, 0) FROM accesses WHERE chain = ?1", [Bytes(chain)], |row| {
        row.get(0)
    })
}

pub(super) fn take_nonce(
    db: &Transaction<'_>,
    key: &PublicKey,
    nonce: &Nonce,
    now_s: u64,
) -> rusqlite::Result<bool> {
    let oldest = signed(now_s.saturating_sub(NONCE_SECONDS));
    db.prepare_cached("DELETE FROM owner_nonces WHERE taken_at < ?1")?.execute([oldest])?;
    let sql = "INSERT INTO owner_nonces VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    Ok(db.prepare_cached(sql)?.execute(params![Bytes(key), nonce.as_bytes(), signed(now_s)])? == 1)
}
