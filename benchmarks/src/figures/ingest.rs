//! CPU seconds from notification to sealed block, for a day.

use super::{Scale, Tell};
use crate::{
    day::{Day, sensors},
    measure::{Scratch, cpu, median},
    peers,
    row::{Bound, Row, amount},
    trouble::Outcome,
    world::{block_on, collect, record_in},
};
use pulsebook_core::ble::Notification;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("ingest")?;
    let day: Vec<Notification> = Day::seconds(scale.day_s).collect();
    let (mut ours, mut rows, mut bare, mut handed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..scale.rounds {
        // In turns, so that a busy moment hits all three.
        ours.push(block_on(pipeline(&scratch, round, day.clone()))?);
        rows.push(peers::sqlite_rows(&scratch, &day)?.cpu);
        bare.push(peers::bare_append(&scratch, &day)?);
        handed.push(block_on(together(&scratch, round, &day))?);
    }
    let words = format!("one by one it takes {}", amount(median(&ours)));
    let handed = (median(&handed), "CPU-s");
    let ours = (median(&ours), "CPU-s");
    let rows = (median(&rows), "CPU-s: SQLite rows, 60 s FULL");
    let bare = (median(&bare), "CPU-s: bare append + fdatasync");
    tell(Row::ratio("a day, notification → journal → sealed", ours, rows, Bound::AtMost(0.9)))?;
    tell(Row::ratio("the same", ours, bare, Bound::AtMost(1.6)))?;
    tell(Row::printed("a day as a phone hands it over that wakes up every ten seconds", handed, &words))
}

async fn pipeline(scratch: &Scratch, round: usize, day: Vec<Notification>) -> Outcome<f64> {
    let (record, _) = record_in(&scratch.file(&format!("me-{round}"))).await?;
    let before = cpu();
    collect(&record, day.into_iter()).await?;
    Ok(cpu() - before)
}

/// Handed over in pieces of ten seconds.
async fn together(scratch: &Scratch, round: usize, day: &[Notification]) -> Outcome<f64> {
    let (record, _) = record_in(&scratch.file(&format!("together-{round}"))).await?;
    let piece = |notification: &Notification| notification.received_at.div_euclid(10_000);
    let pieces: Vec<Vec<Notification>> =
        day.chunk_by(|a, b| piece(a) == piece(b)).map(<[Notification]>::to_vec).collect();
    let before = cpu();
    let mut known = sensors();
    for notifications in pieces {
        record.receive(std::mem::take(&mut known), notifications).await?;
    }
    record.seal().await?;
    Ok(cpu() - before)
}
