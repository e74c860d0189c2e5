//! `show`: the vitals with their quality; memory does not grow with the record.

mod list;

use crate::{
    exit::Outcome,
    moment::parse_moment,
    output::{Output, result_line},
    patient::Patient,
    patient_args::PatientArgs,
    reading_name,
    vitals::{Vitals, json_line},
};
use clap::Args;
use pulsebook_protocol::{reading::UnixMillis, vital::Vital};

/// Options of `show`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook show --dir my-record\n  pulsebook show --dir my-record --list --vital body-temperature"
)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// One line a reading, each with the name that `pulsebook prove` takes
    #[arg(long)]
    list: bool,
    /// Only this vital, such as heart-rate
    #[arg(long, value_name = "VITAL", requires = "list", value_parser = reading_name::parse_vital)]
    vital: Option<Vital>,
    /// Only readings from this UTC time on
    #[arg(long, value_name = "TIME", requires = "list", value_parser = parse_moment)]
    from: Option<UnixMillis>,
    /// Only readings before this UTC time
    #[arg(long, value_name = "TIME", requires = "list", value_parser = parse_moment)]
    before: Option<UnixMillis>,
    /// One JSON object on stdout; with --list one a reading and line
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
    if args.list {
        return list::run(&patient, &args).await;
    }
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
    out.say("`pulsebook show --list` names each reading.");
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
