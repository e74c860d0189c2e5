//! `show --list`: every reading with its name, hour by hour.

use super::ShowArgs;
use crate::{
    exit::Outcome,
    output::Output,
    patient::{Patient, Wanted},
    reading_line::ReadingLine,
};

/// Prints the readings that were asked for; those of one sensor and hour in order of time.
///
/// # Errors
/// A segment does not open.
pub(super) async fn run(patient: &Patient, args: &ShowArgs, out: Output) -> Outcome {
    let wanted = Wanted { from: args.from, before: args.before, vital: args.vital };
    patient
        .each_hour(wanted, &mut |batch| {
            batch.kept.iter().try_for_each(|kept| {
                ReadingLine::new(&kept.reading, &batch.sensor.id).kept(batch.origin, kept.block).print(out)
            })
        })
        .await
}
