//! Bytes at rest for each reading of thirty days.

use super::{Scale, Tell};
use crate::{
    day::Day,
    entropy::Floor,
    measure::Scratch,
    peers::{self, python},
    row::{Bound, Row},
    trouble::Outcome,
    world::{Nodes, block_on, collect_seconds, record_in},
};
use pulsebook_core::ble::Notification;
use rusqlite::Connection;
use std::{fs, path::Path};

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("rest")?;
    let seconds = scale.rest_days * scale.day_s;
    let all: Vec<Notification> = Day::seconds(seconds).collect();
    let readings = Floor::of(all.iter()).readings();
    let wire = block_on(async {
        let nodes = Nodes::make(1, scratch.path())?;
        let (record, words) = record_in(&scratch.file("me")).await?;
        nodes.join(&record, words).await?;
        nodes.take_costs();
        collect_seconds(&record, seconds).await?;
        nodes.sync(&record).await?;
        let costs = nodes.take_costs();
        let kinds = ["segments", "offers", "certificates"];
        Ok(kinds.iter().filter_map(|kind| costs.get(*kind)).map(|cost| cost.body_bytes).sum::<u64>() as f64)
    })?;
    let (all_bytes, evidence) = at_rest(&scratch.file("me"))?;
    let (ours, wire) = ((all_bytes - evidence) / readings, wire / readings);
    let name = format!("at rest, {} days, B a reading, evidence apart", scale.rest_days);
    tell(Row::ratio(&name, (ours, "B"), (wire, "B: own wire"), Bound::AtMost(2.0)))?;
    tell(Row::printed("at rest, apart: raw evidence", (evidence / readings, "B"), "every notification"))?;
    let rows = peers::sqlite_rows(&scratch, &all)?;
    let beside = format!("ours is {:.3} of it", ours / (rows.bytes / readings));
    tell(Row::printed("the same as rows in SQLite", (rows.bytes / readings, "B"), &beside))?;
    match python::duckdb_rest(&scratch, &all) {
        Ok(size) => {
            let beside = format!("ours is {:.3} of it", ours / (size / readings));
            tell(Row::printed("the same in DuckDB", (size / readings, "B"), &beside))
        }
        Err(why) => tell(Row::missing("the same in DuckDB", &why.to_string())),
    }
}

/// Everything in a record's folder after a checkpoint, and what of it is raw evidence.
fn at_rest(folder: &Path) -> Outcome<(f64, f64)> {
    let db = Connection::open(folder.join("record.sqlite"))?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let sql = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name IN ('evidence', 'malformed')";
    let rows: f64 = db.query_row(sql, [], |row| row.get(0))?;
    drop(db);
    let evidence = rows + folder_bytes(&folder.join("evidence"))?;
    Ok((folder_bytes(folder)?, evidence))
}

fn folder_bytes(folder: &Path) -> Outcome<f64> {
    let mut bytes = 0.0;
    if !folder.exists() {
        return Ok(bytes);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let size = entry.metadata()?;
        bytes += if size.is_dir() { folder_bytes(&entry.path())? } else { size.len() as f64 };
    }
    Ok(bytes)
}
