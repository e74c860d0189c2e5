//! CPU seconds from notification to sealed block, for a day.

use super::{Scale, Tell};
use crate::{
    day::Day,
    measure::{Scratch, cpu, median},
    peers,
    row::{Bound, Row},
    trouble::Outcome,
    world::{block_on, collect, record_in},
};
use pulsebook_core::ble::Notification;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("ingest")?;
    let day: Vec<Notification> = Day::seconds(scale.day_s).collect();
    let (mut ours, mut rows, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..scale.rounds {
        // In turns, so that a busy moment hits all three.
        ours.push(block_on(pipeline(&scratch, round, day.clone()))?);
        rows.push(peers::sqlite_rows(&scratch, &day)?.cpu);
        bare.push(peers::bare_append(&scratch, &day)?);
    }
    let ours = (median(&ours), "CPU-s");
    let rows = (median(&rows), "CPU-s: SQLite rows, 60 s FULL");
    let bare = (median(&bare), "CPU-s: bare append + fdatasync");
    tell(Row::ratio("a day, notification → journal → sealed", ours, rows, Bound::AtMost(0.9)))?;
    tell(Row::ratio("the same", ours, bare, Bound::AtMost(1.6)))
}

async fn pipeline(scratch: &Scratch, round: usize, day: Vec<Notification>) -> Outcome<f64> {
    let (record, _) = record_in(&scratch.file(&format!("me-{round}"))).await?;
    let before = cpu();
    collect(&record, day.into_iter()).await?;
    Ok(cpu() - before)
}
