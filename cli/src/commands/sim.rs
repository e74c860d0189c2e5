//! `sim list`, `trace`, `replay`, `serve`: which simulated days there are, one as a file, and the wearables of one on a D-Bus.

mod replay;
mod serve;
mod trace;

use crate::{
    exit::Outcome,
    output::{Output, table},
};
use clap::Subcommand;
use pulsebook_sensor_sim::Scenario;
use serde::Serialize;

/// Commands about the simulator.
#[derive(Subcommand, Debug)]
pub(crate) enum SimCommand {
    /// List the scenarios that `collect --sim` and `demo --scenario` know
    #[command(after_help = "Example:\n  pulsebook sim list")]
    List,
    /// Write a scenario as a trace: what its wearables send and answer, for `sim replay` and `collect --replay`
    Trace(trace::TraceArgs),
    /// Show what a trace or a recording becomes, and keep nothing of it
    Replay(replay::ReplayArgs),
    /// Put a scenario's wearables on a D-Bus, where a Bluetooth stack takes them for real ones
    Serve(serve::ServeArgs),
}

/// Runs one of them.
///
/// # Errors
/// No such scenario, or no bus to serve it on.
pub(crate) async fn run(command: SimCommand, out: Output) -> Outcome {
    match command {
        SimCommand::List => list(out),
        SimCommand::Trace(args) => trace::run(args, out).await,
        SimCommand::Replay(args) => replay::run(args, out).await,
        SimCommand::Serve(args) => serve::run(args, out).await,
    }
}

fn list(out: Output) -> Outcome {
    let scenario = |Scenario { name, description, .. }| ScenarioView { name, description };
    let scenarios: Vec<ScenarioView> = Scenario::builtin().into_iter().map(scenario).collect();
    let row = |scenario: &ScenarioView| vec![scenario.name.clone(), scenario.description.clone()];
    let lines = table(&["scenario", "what happens"], &scenarios.iter().map(row).collect::<Vec<_>>());
    out.tell(&Listed { scenarios }, lines)
}

/// What `--json` says.
#[derive(Serialize)]
struct Listed {
    scenarios: Vec<ScenarioView>,
}

#[derive(Serialize)]
struct ScenarioView {
    name: String,
    description: String,
}
