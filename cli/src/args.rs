//! The command line: what there is, in a user's words.

use crate::{
    commands::{
        accesses, chart, circle, clinic, collect, conformance, decode, evidence, export, grant, grants, init,
        node, pair, prove, revoke, scan, seal, sensors, show, sim, status, sync, verify,
    },
    demo,
    exit::Outcome,
    output::Output,
};
use clap::{Parser, Subcommand};

/// The health record a patient holds: measured by wearables, sealed on your device, kept by providers you choose, read by
/// whom you allow. It is not a medical device.
#[derive(Parser, Debug)]
#[command(name = "pulsebook", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Start here:\n  pulsebook demo                  watch everything once, with simulated wearables\n  pulsebook init --dir my-record  make a record of your own"
)]
pub(crate) struct Cli {
    /// Answer with one JSON object on stdout (docs/cli.md); words for people go to stderr
    #[arg(long, global = true, display_order = 900)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Watch the whole way once: wearables, record, nodes, a clinic's read, a tampering caught, a revocation
    Demo(demo::DemoArgs),
    /// Make a new record; shows your 24 words once and asks three of them back
    Init(init::InitArgs),
    /// Look for sensors over Bluetooth
    Scan(scan::ScanArgs),
    /// Pair a sensor with this device, once, where it wants that
    Pair(pair::PairArgs),
    /// Collect from sensors into the record: over Bluetooth, simulated, or from a trace or a recording
    Collect(collect::CollectArgs),
    /// The simulated wearables and their scenarios
    #[command(subcommand, after_help = "Example:\n  pulsebook sim list")]
    Sim(sim::SimCommand),
    /// Show your vitals with their quality
    Show(show::ShowArgs),
    /// The sensors your record has met, what each says about itself, and whose its users are
    Sensors(sensors::SensorsArgs),
    /// Show every field of one frame of a sensor, and the readings it becomes
    Decode(decode::DecodeArgs),
    /// Test a wearable against its Bluetooth profiles, clause by clause
    Conformance(conformance::ConformanceArgs),
    /// Draw a vital over time, in the terminal or as a picture
    Chart(chart::ChartArgs),
    /// Close what is open and seal it into blocks now
    Seal(seal::SealArgs),
    /// The provider nodes that keep your record
    #[command(
        subcommand,
        after_help = "Example:\n  pulsebook circle add hospital-card.json --dir my-record\n  pulsebook circle confirm --dir my-record"
    )]
    Circle(circle::CircleCommand),
    /// Send what waits to every node of the circle
    Sync(sync::SyncArgs),
    /// What waits, and which node is behind
    Status(status::StatusArgs),
    /// Allow a clinic to read some categories of some time
    Grant(grant::GrantArgs),
    /// List what you have granted
    Grants(grants::GrantsArgs),
    /// End a grant
    Revoke(revoke::RevokeArgs),
    /// Who read, or tried to read, what, when and why
    Accesses(accesses::AccessesArgs),
    /// Prove one reading to anybody, showing nothing about the others
    Prove(prove::ProveArgs),
    /// Check your record and what every node holds of it, byte by byte; or a proof or an exported record
    Verify(verify::VerifyArgs),
    /// Write your readings for other programs (FHIR, a line a reading), or your record for anybody to verify
    Export(export::ExportArgs),
    /// The raw notifications behind your readings: how long they are kept, what there is, handing them out
    #[command(
        subcommand,
        after_help = "Example:\n  pulsebook evidence list --dir my-record\n  pulsebook evidence keep --streams 90d --dir my-record"
    )]
    Evidence(evidence::EvidenceCommand),
    /// Run a provider's node
    #[command(
        subcommand,
        after_help = "Example:\n  pulsebook node init --dir hospital --name \"Hospital East\"\n  pulsebook node serve --dir hospital --listen 127.0.0.1:8443"
    )]
    Node(node::NodeCommand),
    /// Read as a clinic, with a grant
    #[command(
        subcommand,
        after_help = "Example:\n  pulsebook clinic init --dir cardiology --name \"Cardiology North\"\n  pulsebook clinic read --dir cardiology --grant grant.json --purpose TREAT"
    )]
    Clinic(clinic::ClinicCommand),
}

/// Runs what was asked for.
///
/// # Errors
/// Why it was not done.
pub(crate) async fn run(cli: Cli) -> Outcome {
    let out = Output::new(cli.json);
    match cli.command {
        Command::Demo(args) => demo::run(args, out).await,
        Command::Init(args) => init::run(args, out).await,
        Command::Scan(args) => scan::run(args, out).await,
        Command::Pair(args) => pair::run(args, out).await,
        Command::Collect(args) => collect::run(args, out).await,
        Command::Sim(command) => sim::run(command, out).await,
        Command::Show(args) => show::run(args, out).await,
        Command::Sensors(args) => sensors::run(args, out).await,
        Command::Decode(args) => decode::run(&args, out),
        Command::Conformance(args) => conformance::run(args, out).await,
        Command::Chart(args) => chart::run(args, out).await,
        Command::Seal(args) => seal::run(args, out).await,
        Command::Circle(command) => circle::run(command, out).await,
        Command::Sync(args) => sync::run(args, out).await,
        Command::Status(args) => status::run(args, out).await,
        Command::Grant(args) => grant::run(args, out).await,
        Command::Grants(args) => grants::run(args, out).await,
        Command::Revoke(args) => revoke::run(args, out).await,
        Command::Accesses(args) => accesses::run(args, out).await,
        Command::Prove(args) => prove::run(args, out).await,
        Command::Verify(args) => verify::run(args, out).await,
        Command::Export(args) => export::run(args, out).await,
        Command::Evidence(command) => evidence::run(command, out).await,
        Command::Node(command) => node::run(command, out).await,
        Command::Clinic(command) => clinic::run(command, out).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_every_command_shows_an_example() {
        let command = Cli::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands() {
            for leaf in std::iter::once(sub).chain(sub.get_subcommands()) {
                let help = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("Example:\n  pulsebook "), "{} has no example", leaf.get_name());
            }
        }
    }
}
