//! `sensors assign`: the patient says whose a sensor's user is.

use crate::{
    exit::{Failure, Outcome},
    output::{Output, plural},
    patient_args::PatientArgs,
};
use clap::{Args, ValueEnum};
use pulsebook_core::record::KnownSensor;
use serde::Serialize;

/// Options of `sensors assign`.
#[derive(Args, Debug)]
pub(crate) struct AssignArgs {
    /// The sensor, by its name or as it stands in the record
    #[arg(value_name = "SENSOR")]
    sensor: String,
    /// The sensor's number for the user; 255 where it does not know who measured
    #[arg(value_name = "USER")]
    user: u8,
    /// Who that is
    #[arg(value_name = "WHO")]
    who: Who,
    #[command(flatten)]
    patient: PatientArgs,
}

/// Who a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Who {
    /// You: its measurements come into your record
    Me,
    /// Somebody else: nothing of it comes into your record
    Other,
}

/// What `--json` says.
#[derive(Serialize)]
struct Said {
    sensor: String,
    user: u8,
    taken: u64,
    removed: u64,
}

/// Says it.
///
/// # Errors
/// No such sensor, or the record cannot be written.
pub(super) async fn run(args: AssignArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    let record = patient.record();
    let sensor = find(record.sensors().await?, &args.sensor)?;
    let done = record.assign_user(&sensor.id, args.user, args.who == Who::Me).await?;
    let line = match args.who {
        Who::Me => format!("{} came into your record.", plural(done.taken, "measurement")),
        Who::Other => format!("{} removed; none will come in.", plural(done.removed, "measurement")),
    };
    out.tell(&Said { sensor: sensor.id, user: args.user, taken: done.taken, removed: done.removed }, [line])
}

fn find(known: Vec<KnownSensor>, named: &str) -> Outcome<KnownSensor> {
    let is = |sensor: &KnownSensor| sensor.id == named || sensor.name.eq_ignore_ascii_case(named);
    let mut found = known.into_iter().filter(is);
    match (found.next(), found.next()) {
        (Some(sensor), None) => Ok(sensor),
        (None, _) => Err(Failure::new(format!("the record has not met a sensor {named}"))
            .expected("a sensor of `pulsebook sensors`")
            .action("look there how it is called")),
        (Some(_), Some(_)) => Err(Failure::new(format!("the record has met several sensors {named}"))
            .expected("one sensor")
            .action("name it as it stands in the record; `pulsebook sensors` shows that")),
    }
}
