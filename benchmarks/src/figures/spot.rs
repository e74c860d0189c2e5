//! From a spot reading to durable.

use super::{Scale, Tell};
use crate::{
    day::Day,
    feed::{Feed, Waits},
    measure::{Scratch, quantile},
    row::{Bound, Row},
    trouble::Outcome,
    world::{block_on, record_in},
};
use pulsebook_core::{ble::Notification, record::CollectOptions};
use std::{fs::File, io::Write, sync::PoisonError, time::Instant};

/// Readings before ours and the bare file take turns: an hour of them, so that the hour's sealing lies between two turns.
const TURN: usize = 60;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("spot")?;
    let waits = Waits::default();
    // Temperatures alone, a minute apart in their own time.
    let spots = Day::seconds(scale.spots as u64 * 60).filter(|n| n.sensor.as_str() == "thermometer");
    let spots: Vec<Notification> = spots.collect();
    let mut bare = Vec::new();
    block_on(async {
        let (record, _) = record_in(&scratch.file("me")).await?;
        let mut file = File::create(scratch.file("bare"))?;
        for turn in spots.chunks(TURN) {
            record.seal().await?;
            let readings: Vec<Notification> = turn.to_vec();
            let feed = Feed::of(readings.into_iter()).noting(&waits);
            record.collect(Box::new(feed), CollectOptions::default()).await?;
            for notification in turn {
                bare.push(append(&mut file, notification)?);
            }
        }
        Ok(())
    })?;
    let ours = waits.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let ms = |values: &[f64], share| quantile(values, share) * 1000.0;
    let floor = (ms(&bare, 0.99), "ms: append + fdatasync p99");
    tell(Row::ratio("spot reading → durable, p99", (ms(&ours, 0.99), "ms"), floor, Bound::AtMost(2.0)))?;
    let beside = format!("append + fdatasync {:.3} ms", ms(&bare, 0.5));
    tell(Row::printed("the same, p50", (ms(&ours, 0.5), "ms"), &beside))?;
    Ok(())
}

fn append(file: &mut File, notification: &Notification) -> Outcome<f64> {
    let start = Instant::now();
    file.write_all(&notification.bytes)?;
    file.sync_data()?;
    Ok(start.elapsed().as_secs_f64())
}
