//! `circle add`, `confirm`, `list`: the nodes that keep the record and whose signatures count.

use crate::{
    exit::{Failure, Outcome},
    files,
    output::{Output, plural, table},
    patient::CircleNode,
    patient_args::PatientArgs,
    secrets::WordsArgs,
};
use clap::{Args, Subcommand};
use pulsebook_protocol::{card::NodeCard, words::RecoveryWords};
use serde::Serialize;
use std::path::PathBuf;

/// Commands about the circle.
#[derive(Subcommand, Debug)]
pub(crate) enum CircleCommand {
    /// Name a provider's node by its card; it counts once the circle is confirmed
    #[command(after_help = "Example:\n  pulsebook circle add hospital-card.json --dir my-record")]
    Add(AddArgs),
    /// Confirm the named nodes as your circle; asks for your 24 words
    #[command(after_help = "Example:\n  pulsebook circle confirm --dir my-record")]
    Confirm(ConfirmArgs),
    /// List the nodes of the circle, and those that wait to be confirmed
    #[command(after_help = "Example:\n  pulsebook circle list --dir my-record")]
    List(ListArgs),
}

/// Options of `circle add`.
#[derive(Args, Debug)]
pub(crate) struct AddArgs {
    /// The node's card
    #[arg(value_name = "CARD", required = true)]
    cards: Vec<PathBuf>,
    #[command(flatten)]
    patient: PatientArgs,
}

/// Options of `circle confirm`.
#[derive(Args, Debug)]
pub(crate) struct ConfirmArgs {
    #[command(flatten)]
    patient: PatientArgs,
    #[command(flatten)]
    words: WordsArgs,
}

/// Options of `circle list`.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    patient: PatientArgs,
}

/// Runs one of them.
///
/// # Errors
/// A card that is none, wrong words, a node that cannot be reached, a circle that stands already.
pub(crate) async fn run(command: CircleCommand, out: Output) -> Outcome {
    match command {
        CircleCommand::Add(args) => add(args, out).await,
        CircleCommand::Confirm(args) => confirm(args, out).await,
        CircleCommand::List(args) => list(args, out).await,
    }
}

/// What `--json` says: the nodes, those that wait to be confirmed as well.
#[derive(Serialize)]
struct Nodes {
    nodes: Vec<CircleNode>,
}

async fn add(args: AddArgs, out: Output) -> Outcome {
    let read = |path: &PathBuf| {
        files::read_as(path, "a node card, as `pulsebook node card` writes it", NodeCard::parse)
    };
    let cards = args.cards.iter().map(read).collect::<Outcome<Vec<NodeCard>>>()?;
    let patient = args.patient.open().await?;
    for card in &cards {
        patient.add_node(card).await?;
    }
    let waits = cards.iter().map(|card| format!("{} ({}) waits to be confirmed.", card.name, card.address));
    let next = format!("When all are named: pulsebook circle confirm --dir {}", args.patient.dir.display());
    out.tell(&Nodes { nodes: patient.circle().await? }, waits.chain([next]))
}

async fn confirm(args: ConfirmArgs, out: Output) -> Outcome {
    let patient = args.patient.open().await?;
    if patient.circle().await?.iter().all(|node| node.confirmed) {
        return Err(Failure::new("no node waits to be confirmed")
            .expected("nodes named with `pulsebook circle add CARD`")
            .action("add the nodes first; a circle that stands is changed in a later version"));
    }
    let words = RecoveryWords::parse(&args.words.read()?)?;
    patient.confirm_circle(words).await?;
    let nodes = patient.circle().await?;
    let line = format!(
        "Your circle stands: {}. Now: pulsebook sync --dir {}",
        plural(nodes.len() as u64, "node"),
        args.patient.dir.display()
    );
    out.tell(&Nodes { nodes }, [line])
}

async fn list(args: ListArgs, out: Output) -> Outcome {
    let listed = Nodes { nodes: args.patient.open().await?.circle().await? };
    let lines = match listed.nodes.as_slice() {
        [] => vec![
            "No node is named. The record works without; name one with `pulsebook circle add CARD`."
                .to_owned(),
        ],
        nodes => table(&["node", "address", "state"], &nodes.iter().map(row).collect::<Vec<_>>()),
    };
    out.tell(&listed, lines)
}

fn row(node: &CircleNode) -> Vec<String> {
    let state = if node.confirmed { "in the circle" } else { "waits to be confirmed" };
    vec![node.name.clone(), node.address.clone(), state.to_owned()]
}
