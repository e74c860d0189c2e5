//! `show`: the vitals with their quality; memory does not grow with the record.

use crate::{
    exit::Outcome,
    output::{Output, result_line},
    patient::Patient,
    patient_args::PatientArgs,
    vitals::{Vitals, json_line},
};
use clap::Args;

/// Options of `show`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook show --dir my-record")]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// One JSON line on stdout for each reading, oldest hour first
    #[arg(long, conflicts_with = "json")]
    each: bool,
}

/// Shows the sealed readings.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: ShowArgs) -> Outcome {
    let patient = args.patient.open().await?;
    if args.each {
        return each(&patient).await;
    }
    let mut vitals = Vitals::default();
    patient
        .each_hour(&mut |batch| {
            vitals.add(batch.readings);
            Ok(())
        })
        .await?;
    let out = Output::new(args.json);
    if args.json {
        return Ok(out.object(&vitals)?);
    }
    if vitals.is_empty() {
        out.say("Nothing is sealed yet. Collect with `pulsebook collect`, then `pulsebook seal`.");
        return Ok(());
    }
    vitals.lines().iter().for_each(|line| out.say(line));
    Ok(())
}

async fn each(patient: &Patient) -> Outcome {
    patient
        .each_hour(&mut |batch| {
            batch.readings.iter().try_for_each(|reading| {
                result_line(&json_line(&batch.sensor.id, reading)?);
                Ok(())
            })
        })
        .await
}
