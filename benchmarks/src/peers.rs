//! Peers measured in the same run: rows in SQLite, a bare file, and formats of other programs.

pub(crate) mod python;

use crate::{
    measure::{Scratch, cpu},
    trouble::Outcome,
};
use pulsebook_core::{ble::Notification, decode::decode};
use pulsebook_protocol::reading::Value;
use rusqlite::Connection;
use std::{
    fs::{self, File},
    io::Write,
};

/// A minute, in milliseconds of received time.
const MINUTE_MS: i64 = 60_000;

/// What rows in SQLite cost.
pub(crate) struct Rows {
    /// CPU seconds of inserting and committing; decoding is not counted.
    pub(crate) cpu: f64,
    /// Bytes of the file after a checkpoint.
    pub(crate) bytes: f64,
}

/// Time, vital and value of every reading.
pub(crate) fn readings(notifications: &[Notification]) -> impl Iterator<Item = (i64, u16, i32)> + '_ {
    let decoded = notifications.iter().filter_map(|notification| decode(notification).ok());
    decoded.flat_map(|decoded| decoded.readings).filter_map(|reading| match reading.value {
        Value::Number(value) => Some((reading.measured_at, reading.vital.wire(), value)),
        Value::Absent(_) => None,
    })
}

/// One row a reading, committed every 60 s of received time, WAL and FULL.
pub(crate) fn sqlite_rows(scratch: &Scratch, day: &[Notification]) -> Outcome<Rows> {
    let path = scratch.file("rows.sqlite");
    let _ = fs::remove_file(&path);
    let decoded: Vec<_> = readings(day).collect();
    let before = cpu();
    let mut db = Connection::open(&path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // As wearables' apps keep them: time, sensor and what was measured are the key.
    db.execute_batch(
        "CREATE TABLE reading (at INTEGER, sensor INTEGER, vital INTEGER, value INTEGER, \
         PRIMARY KEY (at, sensor, vital)) WITHOUT ROWID",
    )?;
    for minute in decoded.chunk_by(|a, b| a.0.div_euclid(MINUTE_MS) == b.0.div_euclid(MINUTE_MS)) {
        let step = db.transaction()?;
        let mut insert = step.prepare_cached("INSERT OR REPLACE INTO reading VALUES (?1, 1, ?2, ?3)")?;
        for row in minute {
            insert.execute(*row)?;
        }
        drop(insert);
        step.commit()?;
    }
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(db);
    Ok(Rows { cpu: cpu() - before, bytes: fs::metadata(&path)?.len() as f64 })
}

/// CPU seconds of appending each notification to a file as it comes, with fdatasync every 60 s of received time.
pub(crate) fn bare_append(scratch: &Scratch, day: &[Notification]) -> Outcome<f64> {
    let mut file = File::create(scratch.file("bare"))?;
    let before = cpu();
    let mut synced = day.first().map_or(0, |notification| notification.received_at);
    for notification in day {
        let mut record = Vec::with_capacity(notification.bytes.len() + 10);
        record.extend_from_slice(&notification.received_at.to_be_bytes());
        record.extend_from_slice(&notification.characteristic.characteristic.to_be_bytes());
        record.extend_from_slice(&notification.bytes);
        file.write_all(&record)?;
        if notification.received_at - synced >= MINUTE_MS {
            file.sync_data()?;
            synced = notification.received_at;
        }
    }
    file.sync_data()?;
    Ok(cpu() - before)
}
