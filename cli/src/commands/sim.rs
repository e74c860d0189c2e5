//! `sim list`: which simulated days there are.

use crate::{
    exit::Outcome,
    output::{Output, table},
};
use clap::Subcommand;
use pulsebook_sensor_sim::Scenario;

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
pub(crate) fn run(command: &SimCommand) -> Outcome {
    let SimCommand::List = command;
    let row = |scenario: Scenario| vec![scenario.name, scenario.description];
    let rows: Vec<Vec<String>> = Scenario::builtin().into_iter().map(row).collect();
    let out = Output::new(false);
    table(&["scenario", "what happens"], &rows).iter().for_each(|line| out.say(line));
    Ok(())
}
