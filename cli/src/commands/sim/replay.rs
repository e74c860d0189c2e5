//! `sim replay`: plays a trace or a recording into a record that is thrown away, and shows what it becomes.

use crate::{commands::collect, exit::Outcome, feed::Feed, output::Output, patient::Throwaway};
use clap::Args;
use pulsebook_core::clock::ManualClock;
use std::path::PathBuf;

/// Options of `sim replay`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook sim replay rest.trace --each\n  to keep it, marked as replayed: pulsebook collect --replay rest.trace --dir my-record"
)]
pub(crate) struct ReplayArgs {
    /// A trace, or a recording (CSV `t_ms,value`)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// One line a reading; with --json one object a line, the summary last
    #[arg(long)]
    each: bool,
}

/// Plays it to its end.
///
/// # Errors
/// The file cannot be read, or has a bad line: what came before it is shown.
pub(crate) async fn run(args: ReplayArgs, out: Output) -> Outcome {
    let feed = Feed::replayed(&args.file)?;
    let clock = ManualClock::at(feed.now());
    let record = Throwaway::make(&clock).await?;
    let told = collect::take(&record.patient, (feed, &clock), None, (args.each, out)).await;
    record.end();
    told
}
