//! `sensors`: which sensors the record has met, and what each says about itself.

use crate::{exit::Outcome, moment, output::Output, patient_args::PatientArgs};
use clap::Args;
use pulsebook_core::{decode::device_information::Fact, record::KnownSensor};
use serde::Serialize;
use std::collections::BTreeMap;

/// Options of `sensors`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook sensors --dir my-record")]
pub(crate) struct SensorsArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

#[derive(Serialize)]
struct Listed {
    sensors: Vec<SensorView>,
}

#[derive(Serialize)]
struct SensorView {
    id: String,
    known_as: Vec<String>,
    name: String,
    kind: String,
    last_connected_ms: i64,
    says: BTreeMap<&'static str, String>,
}

/// Lists them.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: SensorsArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let sensors = patient.record().sensors().await?;
    let mut said: Vec<String> = sensors.iter().flat_map(lines).collect();
    if said.is_empty() {
        said.push("No sensor was met yet. Collect with `pulsebook collect`.".to_owned());
    }
    out.tell(&Listed { sensors: sensors.into_iter().map(view).collect() }, said)
}

fn view(sensor: KnownSensor) -> SensorView {
    let KnownSensor { id, known_as, name, kind, met_at, facts } = sensor;
    let says = facts.iter().map(|(what, fact)| (*what, fact.to_string())).collect();
    SensorView { id, known_as, name, kind, last_connected_ms: met_at, says }
}

fn lines(sensor: &KnownSensor) -> Vec<String> {
    let mut lines = vec![format!(
        "{} ({}), last connected {}; in the record as {}",
        sensor.kind,
        sensor.name,
        moment::minute(sensor.met_at),
        sensor.id
    )];
    if sensor.facts.is_empty() {
        lines.push("  says nothing about itself".to_owned());
    }
    // Nobody reads a list of bytes; --json has them.
    let readable = sensor.facts.iter().filter(|(_, fact)| !matches!(fact, Fact::Raw(_)));
    lines.extend(readable.map(|(what, fact)| format!("  {what}: {fact}")));
    lines
}
