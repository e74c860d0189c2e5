//! Peers that are Python packages: the formats of one day, DuckDB at rest, DuckDB drawing a year.
//!
//! `./bench` makes their environment and names its interpreter in `PULSEBOOK_BENCH_PYTHON`. Without it they are named as missing.

use super::readings;
use crate::{measure::Scratch, trouble::Outcome};
use pulsebook_core::ble::Notification;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::Command,
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/peers.py");

/// Bytes of a day in other formats, or why one is missing.
pub(crate) type Sizes = Vec<(&'static str, Result<f64, String>)>;

/// The formats a wearable's day is exchanged in.
pub(crate) fn formats(scratch: &Scratch, day: &[Notification]) -> Outcome<Sizes> {
    let csv = scratch.file("day.csv");
    write_csv(&csv, day)?;
    let names = [
        ("FHIR Observations, JSON, gzip", "fhir_gz"),
        ("FHIR SampledData, one an hour and vital, gzip", "sampled_gz"),
        ("Parquet, delta and zstd", "parquet"),
    ];
    let answer = ask("formats", &[&csv]);
    let one = |key: &str| match &answer {
        Ok(sizes) => sizes.get(key).copied().ok_or_else(|| format!("{key}: pyarrow is missing")),
        Err(why) => Err(why.to_string()),
    };
    Ok(names.into_iter().map(|(name, key)| (name, one(key))).collect())
}

/// Bytes of a DuckDB file with the same rows, after a checkpoint.
pub(crate) fn duckdb_rest(scratch: &Scratch, all: &[Notification]) -> Outcome<f64> {
    let csv = scratch.file("rest.csv");
    write_csv(&csv, all)?;
    let file = scratch.file("rest.duckdb");
    let sizes = ask("duckdb_rest", &[&csv, &file])?;
    Ok(sizes.get("bytes").copied().ok_or("duckdb is missing")?)
}

/// Seconds that DuckDB takes, warm, to draw so many hours of one value a second in 1,000 columns, from plain rows.
pub(crate) fn duckdb_chart(scratch: &Scratch, hours: u64) -> Outcome<f64> {
    let file = scratch.file("chart.duckdb");
    let sizes = ask("duckdb_chart", &[&file, Path::new(&hours.to_string())])?;
    Ok(sizes.get("seconds").copied().ok_or("duckdb is missing")?)
}

fn ask(what: &str, arguments: &[&Path]) -> Outcome<BTreeMap<String, f64>> {
    let python = std::env::var("PULSEBOOK_BENCH_PYTHON")
        .map_err(|_| "Python peers are missing: run ./bench, which installs them")?;
    let output = Command::new(python).arg(SCRIPT).arg(what).args(arguments).output()?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(words
            .lines()
            .rfind(|line| !line.trim_matches([' ', '^', '~']).is_empty())
            .unwrap_or("the Python peer failed")
            .to_owned()
            .into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn write_csv(path: &Path, day: &[Notification]) -> Outcome {
    let mut out = BufWriter::new(File::create(path)?);
    for (at, vital, value) in readings(day) {
        writeln!(out, "{at},{vital},{value}")?;
    }
    Ok(out.flush()?)
}
