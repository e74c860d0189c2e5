//! `show`: the vitals with their quality; memory does not grow with the record.

mod list;

use crate::{
    exit::Outcome, moment::parse_moment, output::Output, patient::Wanted, patient_args::PatientArgs,
    reading_name, vitals::Vitals,
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
    /// One line a reading, each with the name that `pulsebook prove` takes; with --json one object a line
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
}

/// Shows the readings, sealed or not yet.
///
/// # Errors
/// The record cannot be opened.
pub(crate) async fn run(args: ShowArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    if args.list {
        return list::run(&patient, &args, out).await;
    }
    let mut vitals = Vitals::default();
    patient
        .each_hour(Wanted::default(), &mut |batch| {
            vitals.add(batch.readings());
            Ok(())
        })
        .await?;
    let lines = match vitals.is_empty() {
        true => vec!["Nothing is here yet. Collect with `pulsebook collect`.".to_owned()],
        false => vitals
            .lines()
            .into_iter()
            .chain(["`pulsebook show --list` names each reading.".to_owned()])
            .collect(),
    };
    out.tell(&vitals, lines)
}
