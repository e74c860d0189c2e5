//! Drawing a year of heart rate in a thousand columns, from sealed rollups.

use super::{Scale, Tell};
use crate::{
    measure::{Scratch, median},
    peers::python,
    row::{Bound, Row},
    sealed_year::{open, seal_hours},
    trouble::Outcome,
    world::block_on,
};
use pulsebook_core::record::{Record, SeriesQuery};
use pulsebook_protocol::{reading::Origin, vital::Vital};
use std::time::Instant;

/// Columns of the picture.
const COLUMNS: u32 = 1000;

/// What a first picture may take after the passphrase.
const COLD_MS: f64 = 60.0;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("chart")?;
    let folder = scratch.file("year");
    let (warm, cold) = block_on(async {
        seal_hours(&folder, scale.year_hours, None).await?;
        let record = open(&folder).await?;
        let first = Instant::now();
        draw(&record, scale.year_hours).await?;
        let cold = (first.elapsed() + opening(&folder, record).await?).as_secs_f64();
        let record = open(&folder).await?;
        let mut warm = Vec::new();
        for _ in 0..scale.rounds + 2 {
            let start = Instant::now();
            draw(&record, scale.year_hours).await?;
            warm.push(start.elapsed().as_secs_f64());
        }
        Ok((median(&warm), cold))
    })?;
    let name = "a year of 1 Hz heart rate → 1,000 px, warm, sealed rollups";
    match python::duckdb_chart(&scratch, scale.year_hours) {
        Ok(peer) => {
            let words = format!("DuckDB on plain rows, {:.1} ms; ours {:.2} ms", peer * 1e3, warm * 1e3);
            let ours = (peer / warm.max(1e-9), "times as fast");
            tell(Row::ratio(name, ours, (1.0, &words), Bound::AtLeast(100.0)))?;
        }
        Err(why) => tell(Row::missing(name, &why.to_string()))?,
    }
    let cold = (cold * 1000.0, "ms");
    let bound = (COLD_MS, "ms: the bound itself");
    tell(Row::ratio(
        "opening the record and its first chart, passphrase apart",
        cold,
        bound,
        Bound::AtMost(1.0),
    ))
}

/// Opening once more, without the passphrase's own time, which is most of it.
async fn opening(folder: &std::path::Path, before: Record) -> Outcome<std::time::Duration> {
    drop(before);
    let vault = crate::sealed_year::vault(folder)?;
    let start = Instant::now();
    crate::sealed_year::open_with(folder, vault).await?;
    Ok(start.elapsed())
}

async fn draw(record: &Record, hours: u64) -> Outcome {
    let (from, to) = (crate::day::START, crate::day::START + i64::try_from(hours)? * 3_600_000);
    let origin = Some(Origin::Simulated);
    let query = SeriesQuery { vital: Vital::HeartRate, from, to, buckets: COLUMNS, origin };
    match record.series(query).await?.buckets.rows().next().is_none() {
        true => Err("a year without a column".into()),
        false => Ok(()),
    }
}
