//! `show`: the vitals with their quality; memory does not grow with the record.

use crate::{exit::Outcome, output::Output, patient_args::PatientArgs, vitals::Vitals};
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
}

/// Shows the sealed readings.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: ShowArgs) -> Outcome {
    let patient = args.patient.open().await?;
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
