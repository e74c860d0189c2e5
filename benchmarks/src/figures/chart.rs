//! Drawing a year of heart rate in a thousand columns, from sealed rollups; and opening a year's record for it.

use super::{Scale, Tell};
use crate::{
    measure::{Scratch, cpu, forget_pages, median},
    peers::python,
    row::{Bound, Row},
    sealed_year::{open, open_store, open_with, seal_hours, vault},
    trouble::Outcome,
    world::block_on,
};
use pulsebook_core::record::{Record, SeriesQuery};
use pulsebook_protocol::{reading::Origin, vital::Vital};
use rusqlite::Connection;
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// Columns of the picture.
const COLUMNS: u32 = 1000;

/// What a first picture may take after the passphrase.
const COLD_MS: f64 = 60.0;

pub(super) fn run(scale: &Scale, words: &[String], tell: Tell<'_>) -> Outcome {
    if let [_, folder] = words {
        let (wall, cpu) = block_on(first_chart(Path::new(folder), scale.year_hours))?;
        return Ok(writeln!(std::io::stdout(), "{wall} {cpu}")?);
    }
    let scratch = Scratch::make("chart")?;
    let folder = scratch.file("year");
    block_on(seal_hours(&folder, scale.year_hours, None))?;
    warm(scale, &scratch, &folder, tell)?;
    let mut first = Vec::new();
    for _ in 0..scale.rounds {
        forget_pages(&folder)?;
        first.push(first_chart_elsewhere(&folder)?);
    }
    let (wall, cpu): (Vec<f64>, Vec<f64>) = first.into_iter().unzip();
    let bound = (COLD_MS, "ms: the bound itself");
    let name = "opening the record of a year and its first chart, nothing of it in memory, passphrase apart";
    tell(Row::ratio(name, (median(&wall), "ms"), bound, Bound::AtMost(1.0)))?;
    tell(Row::printed("the same, processor time", (median(&cpu), "ms"), "of the time before"))?;
    sums(scale, &folder, tell)
}

fn warm(scale: &Scale, scratch: &Scratch, folder: &Path, tell: Tell<'_>) -> Outcome {
    let warm = block_on(async {
        let record = open(folder).await?;
        let mut warm = Vec::new();
        for _ in 0..scale.rounds + 2 {
            let start = Instant::now();
            draw(&record, scale.year_hours).await?;
            warm.push(start.elapsed().as_secs_f64());
        }
        Ok(median(&warm))
    })?;
    let name = "a year of 1 Hz heart rate → 1,000 px, warm, sealed rollups";
    match python::duckdb_chart(scratch, scale.year_hours) {
        Ok(peer) => {
            let words = format!("DuckDB on plain rows, {:.1} ms; ours {:.2} ms", peer * 1e3, warm * 1e3);
            let ours = (peer / warm.max(1e-9), "times as fast");
            tell(Row::ratio(name, ours, (1.0, &words), Bound::AtLeast(100.0)))
        }
        Err(why) => tell(Row::missing(name, &why.to_string())),
    }
}

/// As the first thing that a process does, so that nothing of an earlier opening helps.
fn first_chart_elsewhere(folder: &Path) -> Outcome<(f64, f64)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["figure", "chart", "first"]).arg(folder).stderr(Stdio::inherit());
    if std::env::args().any(|word| word == "--quick") {
        command.arg("--quick");
    }
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    let (wall, cpu) = text.trim().split_once(' ').ok_or("the first chart was not drawn")?;
    Ok((wall.parse()?, cpu.parse()?))
}

/// Milliseconds from the open vault to the picture, by the clock and of the processor.
async fn first_chart(folder: &Path, hours: u64) -> Outcome<(f64, f64)> {
    let vault = vault(folder)?;
    let (before, start) = (cpu(), Instant::now());
    let record = open_with(folder, vault).await?;
    draw(&record, hours).await?;
    Ok((start.elapsed().as_secs_f64() * 1e3, (cpu() - before) * 1e3))
}

/// What of an opening are the sums over the plain columns: the database opened by us, and bare.
fn sums(scale: &Scale, folder: &Path, tell: Tell<'_>) -> Outcome {
    let vault = vault(folder)?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds {
        let before = cpu();
        drop(block_on(open_store(folder, &vault))?);
        ours.push((cpu() - before) * 1e3);
        let before = cpu();
        let db = Connection::open(folder.join("record/record.sqlite"))?;
        let _: i64 = db.query_row("SELECT MAX(height) FROM blocks", [], |row| row.get(0))?;
        drop(db);
        bare.push((cpu() - before) * 1e3);
    }
    let name = "opening the database of a year, with the sums over its plain columns, processor time";
    tell(Row::printed(name, (median(&ours), "ms"), &format!("{:.2} ms without any check", median(&bare))))
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
