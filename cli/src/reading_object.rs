//! One reading for a machine, the same wherever one is told; docs/cli.md says what each field is.

use crate::reading_name;
use pulsebook_protocol::{
    quality::{Mark, Tier},
    reading::{Reading, Value},
};
use serde::Serialize;

/// The fields of a reading itself; who tells one adds where it stands.
#[derive(Serialize)]
pub(crate) struct ReadingObject {
    vital: &'static str,
    value: Option<f64>,
    unit: &'static str,
    absent: Option<&'static str>,
    measured_at: String,
    measured_at_ms: i64,
    quality: &'static str,
    marks: Vec<&'static str>,
}

impl ReadingObject {
    pub(crate) fn new(reading: &Reading) -> ReadingObject {
        ReadingObject {
            vital: reading.vital.name(),
            value: reading.value.in_unit(reading.vital),
            unit: reading.vital.unit().symbol(),
            absent: match reading.value {
                Value::Absent(why) => Some(why.words()),
                Value::Number(_) => None,
            },
            measured_at: reading_name::exact(reading.measured_at),
            measured_at_ms: reading.measured_at,
            quality: match reading.quality.tier() {
                Tier::Good => "good",
                Tier::Questionable => "questionable",
                Tier::Error => "error",
            },
            marks: reading.quality.marks().map(Mark::words).collect(),
        }
    }
}
