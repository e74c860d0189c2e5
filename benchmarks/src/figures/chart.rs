//! Drawing a year of heart rate: DuckDB now, ours as soon as rollups are kept.

use super::{Scale, Tell};
use crate::{measure::Scratch, peers::python, row::Row, trouble::Outcome};

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("chart")?;
    let beside = match python::duckdb_chart(&scratch, scale.year_hours) {
        Ok(seconds) => format!("DuckDB takes {:.1} ms; ours waits for sealed rollups", seconds * 1000.0),
        Err(why) => format!("{why}; ours waits for sealed rollups"),
    };
    tell(Row::missing("a year of 1 Hz heart rate → 1,000 px, warm", &beside))
}
