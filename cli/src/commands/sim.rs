//! `sim list`: which simulated days there are.

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
}

/// Lists them.
///
/// # Errors
/// None.
pub(crate) fn run(command: &SimCommand, out: Output) -> Outcome {
    let SimCommand::List = command;
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
