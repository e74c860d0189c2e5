//! `demo`: the whole way once, on real processes, told as a story; every promise is checked and counted.

mod attempt;
mod granting;
mod keeping;
mod node_store;
mod nodes;
mod plan;
mod promises;
mod recording;
mod report;
mod revoking;
mod sensors;
mod stage;
mod starting;
mod summary;
mod tampering;
mod temperature;

use crate::{
    exit::{Failure, Outcome},
    moment,
    output::Output,
    stop,
};
use clap::Args;
use plan::Plan;
use pulsebook_core::ble::UnixMillis;
use std::path::PathBuf;

/// Options of `demo`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook demo --duration 24h --dir my-demo")]
pub(crate) struct DemoArgs {
    /// A new folder for everything [default: pulsebook-demo-TIME here]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Remove the folder at the end
    #[arg(long)]
    clean: bool,
    /// Makes the simulated body; the same seed and start give the same notifications
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the simulated time begins [default: so that it ends now]
    #[arg(long, value_parser = moment::parse_start, value_name = "TIME")]
    start: Option<UnixMillis>,
    /// How much simulated time
    #[arg(long, value_parser = moment::parse_duration, default_value = "1h")]
    duration: i64,
    /// How many provider nodes
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=7))]
    nodes: u8,
    /// A real recording (CSV `t_ms,value`) as heart-rate notifications instead of simulated wearables
    #[arg(long, value_name = "FILE", conflicts_with_all = ["start", "duration", "scenario"])]
    replay: Option<PathBuf>,
    /// What happens to the simulated person: a scenario of `pulsebook sim list`, or a file
    #[arg(long, value_name = "SCENARIO", default_value = "rest")]
    scenario: String,
}

/// Tells the story; the node processes are gone when it returns, however it returns.
///
/// # Errors
/// A step could not be done, a promise was not kept, or Ctrl-C.
pub(crate) async fn run(args: DemoArgs, out: Output) -> Outcome {
    let clean = args.clean;
    let plan = Plan::new(args).await?;
    let dir = plan.dir.clone();
    let ended = tokio::select! {
        ended = tell(plan, out) => ended,
        () = stop::asked() => Err(Failure::stopped("stopped; the node processes are gone")),
    };
    if clean {
        let removed = std::fs::remove_dir_all(&dir);
        removed.map_err(|error| Failure::new(format!("{} could not be removed: {error}", dir.display())))?;
    } else if ended.is_err() {
        out.say(format_args!("\nEverything up to here lies in {}.", dir.display()));
    }
    ended.map_err(|failure| match clean {
        true => failure,
        false => failure.found("dir", dir.display().to_string().into()),
    })
}

async fn tell(plan: Plan, out: Output) -> Outcome {
    let mut stage = starting::make_record(plan, out).await?;
    starting::start_nodes(&mut stage).await?;
    sensors::introduce(&mut stage).await?;
    keeping::keep_and_sync(&mut stage).await?;
    granting::share(&mut stage).await?;
    temperature::try_to_open(&mut stage).await?;
    tampering::tamper(&mut stage).await?;
    revoking::revoke(&mut stage).await?;
    summary::tell(&mut stage).await
}
