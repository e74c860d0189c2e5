//! `show --list`: every reading with its name, hour by hour.

use super::ShowArgs;
use crate::{exit::Outcome, output::Output, patient::Patient, reading_name, vitals};
use pulsebook_protocol::reading::{Reading, Value};
use serde::Serialize;

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    name: String,
    vital: &'static str,
    at: String,
    sensor: &'a str,
    value: Option<f64>,
    unit: &'static str,
    absent: Option<&'static str>,
    quality: String,
}

/// Prints the readings that were asked for; those of one hour in order of time.
///
/// # Errors
/// A segment does not open.
pub(super) async fn run(patient: &Patient, args: &ShowArgs) -> Outcome {
    let out = Output::new(false);
    let wanted = |reading: &Reading| {
        args.vital.is_none_or(|vital| vital == reading.vital)
            && args.from.is_none_or(|from| from <= reading.measured_at)
            && args.before.is_none_or(|before| reading.measured_at < before)
    };
    patient
        .each_hour(&mut |batch| {
            for reading in batch.readings.iter().filter(|reading| wanted(reading)) {
                if args.json {
                    out.object(&line(reading, &batch.sensor.id))?;
                } else {
                    out.say(text(reading, &batch.sensor.id));
                }
            }
            Ok(())
        })
        .await
}

fn line<'a>(reading: &Reading, sensor: &'a str) -> Line<'a> {
    Line {
        name: reading_name::name(reading.vital, reading.measured_at, sensor),
        vital: reading.vital.name(),
        at: reading_name::exact(reading.measured_at),
        sensor,
        value: reading.value.in_unit(reading.vital),
        unit: reading.vital.unit().symbol(),
        absent: match reading.value {
            Value::Absent(why) => Some(why.words()),
            Value::Number(_) => None,
        },
        quality: reading.quality.to_string(),
    }
}

fn text(reading: &Reading, sensor: &str) -> String {
    let name = reading_name::name(reading.vital, reading.measured_at, sensor);
    // Time and vital stand in the name already.
    let rest = vitals::row(reading).into_iter().skip(2).collect::<Vec<_>>();
    format!("{name}  {}", rest.join("  "))
}
