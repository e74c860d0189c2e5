//! Chains, epochs, heads and blocks in SQLite.

use super::{
    columns::{execute, query_row, signed},
    *,
};
use pulsebook_protocol::{bytes::ByteString, cbor, control::ControlEntry};
use rusqlite::Row;

pub(super) fn enrol(
    db: &Transaction<'_>,
    row: &ChainRow,
    invite: Option<&str>,
) -> rusqlite::Result<Enrolled> {
    if let Some(known) = chain(db, &row.chain)? {
        return Ok(Enrolled::Known(known));
    }
    if let Some(code) = invite {
        let sql = "INSERT INTO invites (code, chain) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        if execute(db, sql, params![code, Bytes(&row.chain)])? == 0 {
            return Ok(Enrolled::InviteUsed);
        }
    }
    execute(
        db,
        "INSERT INTO chains VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            Bytes(&row.chain),
            Bytes(&row.first_root),
            Bytes(&row.salt),
            Bytes(&row.device),
            Bytes(&row.locator),
            row.generation,
            signed(row.enrolled_at)
        ],
    )?;
    Ok(Enrolled::New)
}

pub(super) fn replace_device(
    db: &Transaction<'_>,
    chain: &ChainId,
    device: &PublicKey,
) -> rusqlite::Result<()> {
    let sql = "UPDATE chains SET device = ?2 WHERE chain = ?1";
    execute(db, sql, params![Bytes(chain), Bytes(device)]).map(drop)
}

pub(super) fn chain(db: &Connection, chain: &ChainId) -> rusqlite::Result<Option<ChainRow>> {
    let sql =
        "SELECT first_root, salt, device, locator, generation, enrolled_at FROM chains WHERE chain = ?1";
    query_row(db, sql, [Bytes(chain)], |row| {
        Ok(ChainRow {
            chain: *chain,
            first_root: row.get::<_, Bytes<_>>(0)?.0,
            salt: row.get::<_, Bytes<_>>(1)?.0,
            device: row.get::<_, Bytes<_>>(2)?.0,
            locator: row.get::<_, Bytes<_>>(3)?.0,
            generation: row.get(4)?,
            enrolled_at: row.get(5)?,
        })
    })
    .optional()
}

pub(super) fn put_epoch(db: &Transaction<'_>, chain: &ChainId, row: &EpochRow) -> rusqlite::Result<PutEpoch> {
    let proposal: Vec<ByteString> = row.proposal.iter().cloned().map(ByteString).collect();
    let proposal = cbor::encode(&proposal);
    let begun = first_block(db, chain, row.epoch)?.is_some();
    let sql = "SELECT proposal FROM epochs WHERE chain = ?1 AND epoch = ?2";
    let held: Option<Vec<u8>> =
        query_row(db, sql, params![Bytes(chain), row.epoch], |row| row.get(0)).optional()?;
    if begun && held.as_ref() != Some(&proposal) {
        return Ok(PutEpoch::Begun);
    }
    execute(
        db,
        "INSERT OR REPLACE INTO epochs VALUES (?1, ?2, ?3, ?4, ?5)",
        params![Bytes(chain), row.epoch, proposal, row.directory, row.control_key.expose()],
    )?;
    Ok(PutEpoch::Done)
}

pub(super) fn epochs(db: &Connection, chain: &ChainId) -> rusqlite::Result<Vec<EpochRow>> {
    let sql = "SELECT epoch, proposal, directory, control_key FROM epochs WHERE chain = ?1 ORDER BY epoch";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([Bytes(chain)], |row| {
        let proposal: Vec<u8> = row.get(1)?;
        let proposal: Vec<ByteString> =
            cbor::decode(&proposal, usize::MAX).map_err(|_| rusqlite::Error::InvalidQuery)?;
        Ok(EpochRow {
            epoch: row.get(0)?,
            proposal: proposal.into_iter().map(|bytes| bytes.0).collect(),
            directory: row.get(2)?,
            control_key: row.get::<_, Sealed>(3)?.0,
        })
    })?;
    rows.collect()
}

pub(super) fn head(db: &Connection, chain: &ChainId) -> rusqlite::Result<Option<HeadRow>> {
    let sql = "SELECT epoch, size, root, height, cosigned_at FROM heads WHERE chain = ?1";
    query_row(db, sql, [Bytes(chain)], |row| {
        let root = row.get::<_, Bytes<_>>(2)?.0;
        let (epoch, size) = (row.get(0)?, row.get(1)?);
        Ok(HeadRow { epoch, size, root, height: row.get(3)?, cosigned_at: row.get(4)? })
    })
    .optional()
}

pub(super) fn append(
    db: &Transaction<'_>,
    chain: &ChainId,
    expected: Option<&HeadRow>,
    append: &Append,
) -> rusqlite::Result<Appended> {
    if head(db, chain)?.as_ref() != expected {
        return Ok(Appended::HeadMoved);
    }
    let live = append.blocks.iter().flat_map(|block| &block.live);
    // All are looked for before anything changes: what is answered here is committed.
    for (_, commitment) in live.clone() {
        if !segments::is_held(db, chain, commitment)? {
            return Ok(Appended::SegmentGone(*commitment));
        }
    }
    for (_, commitment) in live {
        segments::bind(db, chain, commitment)?;
    }
    for block in &append.blocks {
        insert_block(db, chain, block)?;
    }
    let new = &append.head;
    execute(
        db,
        "INSERT OR REPLACE INTO heads VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            Bytes(chain),
            new.epoch,
            signed(new.size),
            Bytes(&new.root),
            signed(new.height),
            signed(new.cosigned_at)
        ],
    )?;
    Ok(Appended::Done)
}

fn insert_block(db: &Transaction<'_>, chain: &ChainId, row: &BlockRow) -> rusqlite::Result<()> {
    let height = signed(row.height);
    let sql = "INSERT INTO blocks VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = params![Bytes(chain), height, row.epoch, Bytes(&row.leaf), row.block, row.manifest];
    db.prepare_cached(sql)?.execute(values)?;
    for (slot, commitment) in &row.live {
        let sql = "INSERT INTO slots VALUES (?1, ?2, ?3, ?4)";
        db.prepare_cached(sql)?.execute(params![Bytes(chain), height, slot, Bytes(commitment)])?;
    }
    for entry in &row.entries {
        insert_entry(db, chain, height, entry)?;
    }
    Ok(())
}

fn insert_entry(
    db: &Transaction<'_>,
    chain: &ChainId,
    height: i64,
    entry: &ControlEntry,
) -> rusqlite::Result<()> {
    match entry {
        // The first Grant entry of an id stays: a grant is never replaced by another authority block.
        ControlEntry::Grant { grant_id, authority, mint_epoch } => execute(
            db,
            "INSERT INTO grants VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![Bytes(chain), Bytes(grant_id), Bytes(authority), mint_epoch, height],
        )?,
        ControlEntry::Revoke { grant_id, time } => execute(
            db,
            "INSERT INTO revokes VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![Bytes(chain), Bytes(grant_id), signed(*time)],
        )?,
        ControlEntry::Erase(_) | ControlEntry::InboxAck(_) => 0,
    };
    Ok(())
}

pub(super) fn block(db: &Connection, chain: &ChainId, height: u64) -> rusqlite::Result<Option<BlockRow>> {
    let sql = "SELECT height, epoch, leaf, block, manifest FROM blocks WHERE chain = ?1 AND height = ?2";
    let found = query_row(db, sql, params![Bytes(chain), signed(height)], block_of).optional()?;
    found.map(|block| with_slots(db, chain, block)).transpose()
}

pub(super) fn first_block(
    db: &Connection,
    chain: &ChainId,
    epoch: u32,
) -> rusqlite::Result<Option<BlockRow>> {
    let sql = "SELECT height, epoch, leaf, block, manifest FROM blocks WHERE chain = ?1 AND epoch = ?2 \
               ORDER BY height LIMIT 1";
    let found = query_row(db, sql, params![Bytes(chain), epoch], block_of).optional()?;
    found.map(|block| with_slots(db, chain, block)).transpose()
}

fn block_of(row: &Row<'_>) -> rusqlite::Result<BlockRow> {
    Ok(BlockRow {
        height: row.get(0)?,
        epoch: row.get(1)?,
        leaf: row.get::<_, Bytes<_>>(2)?.0,
        block: row.get(3)?,
        manifest: row.get(4)?,
        live: Vec::new(),
        entries: Vec::new(),
    })
}

fn with_slots(db: &Connection, chain: &ChainId, mut block: BlockRow) -> rusqlite::Result<BlockRow> {
    let sql = "SELECT slot, commitment FROM slots WHERE chain = ?1 AND height = ?2 ORDER BY slot";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![Bytes(chain), signed(block.height)], |row| {
        Ok((row.get(0)?, row.get::<_, Bytes<_>>(1)?.0))
    })?;
    block.live = rows.collect::<rusqlite::Result<_>>()?;
    Ok(block)
}

pub(super) fn leaves(db: &Connection, chain: &ChainId, epoch: u32) -> rusqlite::Result<Vec<Digest>> {
    let sql = "SELECT leaf FROM blocks WHERE chain = ?1 AND epoch = ?2 ORDER BY height";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![Bytes(chain), epoch], |row| Ok(row.get::<_, Bytes<_>>(0)?.0))?;
    rows.collect()
}
