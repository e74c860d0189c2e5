//! `sensors`: which sensors the record has met, what each says about itself, and whose its users are.

mod assign;

use crate::{
    exit::{Failure, Outcome},
    moment,
    output::{Output, plural},
    patient_args::PatientArgs,
    secrets::PassphraseArgs,
    user_name::user_name,
};
use clap::{Args, Subcommand};
use pulsebook_core::{
    decode::device_information::Fact,
    record::{KnownSensor, Record, SensorUser, Whose},
};
use serde::Serialize;
use std::{collections::BTreeMap, path::PathBuf};

/// Options of `sensors`.
#[derive(Args, Debug)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
#[command(after_help = "Example:\n  pulsebook sensors --dir my-record")]
pub(crate) struct SensorsArgs {
    #[command(subcommand)]
    command: Option<SensorsCommand>,
    /// The folder of the record
    #[arg(long, value_name = "DIR", required = true)]
    dir: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Commands about sensors.
#[derive(Subcommand, Debug)]
enum SensorsCommand {
    /// Say whose a user of a sensor is, where several people use it; until then its measurements wait outside your record
    #[command(after_help = "Example:\n  pulsebook sensors assign \"Bathroom Scale\" 2 other --dir my-record")]
    Assign(assign::AssignArgs),
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
    users: Vec<UserView>,
}

#[derive(Serialize)]
struct UserView {
    user: u8,
    /// `me`, `other`, or `null` as long as nobody said.
    whose: Option<&'static str>,
    waiting: u64,
}

/// Runs what was asked for.
///
/// # Errors
/// The record cannot be opened, or there is no such sensor.
pub(crate) async fn run(args: SensorsArgs, out: Output) -> Outcome {
    let SensorsArgs { command, dir, passphrase } = args;
    match (command, dir) {
        (Some(SensorsCommand::Assign(args)), _) => assign::run(args, out).await,
        (None, Some(dir)) => list(&PatientArgs { dir, passphrase }, out).await,
        (None, None) => Err(Failure::usage("name the folder of the record with --dir")),
    }
}

async fn list(patient: &PatientArgs, out: Output) -> Outcome {
    let patient = patient.open().await?;
    let (mut said, mut views) = (Vec::new(), Vec::new());
    for (sensor, users) in with_users(patient.record()).await? {
        said.extend(lines(&sensor));
        said.extend(users.iter().map(user_line));
        views.push(view(sensor, &users));
    }
    if said.is_empty() {
        said.push("No sensor was met yet. Collect with `pulsebook collect`.".to_owned());
    }
    out.tell(&Listed { sensors: views }, said)
}

async fn with_users(record: &Record) -> Outcome<Vec<(KnownSensor, Vec<SensorUser>)>> {
    let mut all = Vec::new();
    for sensor in record.sensors().await? {
        let users = record.sensor_users(&sensor.id).await?;
        all.push((sensor, users));
    }
    Ok(all)
}

fn user_line(user: &SensorUser) -> String {
    let name = user_name(user.number);
    match user.whose {
        Whose::Mine => format!("  {name}: you"),
        Whose::Other => format!("  {name}: somebody else, not in your record"),
        Whose::Unassigned => format!(
            "  {name}: who is it? {} waits; say so with `pulsebook sensors assign`",
            plural(user.waiting, "measurement")
        ),
    }
}

fn user_view(user: &SensorUser) -> UserView {
    let whose = match user.whose {
        Whose::Mine => Some("me"),
        Whose::Other => Some("other"),
        Whose::Unassigned => None,
    };
    UserView { user: user.number, whose, waiting: user.waiting }
}

fn view(sensor: KnownSensor, users: &[SensorUser]) -> SensorView {
    let KnownSensor { id, known_as, name, kind, met_at, facts } = sensor;
    let says = facts.iter().map(|(what, fact)| (*what, fact.to_string())).collect();
    let users = users.iter().map(user_view).collect();
    SensorView { id, known_as, name, kind, last_connected_ms: met_at, says, users }
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
