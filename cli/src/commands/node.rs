//! `node init`, `card`, `serve`: a provider's node, which stores sealed bytes and opens none.

use super::card::{CardArgs, Made};
use crate::{
    exit::{Failure, Outcome},
    output::{Output, error_line},
    stop,
};
use clap::{Args, Subcommand};
use pulsebook_protocol::{card::NodeCard, random::SystemRandom};
use pulsebook_provider_node::{InviteChoice, NewNode, NodeFolder};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Commands of a node.
#[derive(Subcommand, Debug)]
pub(crate) enum NodeCommand {
    /// Make a node: its keys, its TLS key and its store
    #[command(after_help = "Example:\n  pulsebook node init --dir hospital --name \"Hospital East\"")]
    Init(InitArgs),
    /// Write the card that patients add to their circle
    #[command(after_help = "Example:\n  pulsebook node card --dir hospital --out hospital-card.json")]
    Card(CardArgs),
    /// Serve until Ctrl-C; prints one line `ready https://…` when it listens
    #[command(after_help = "Example:\n  pulsebook node serve --dir hospital --listen 127.0.0.1:8443")]
    Serve(ServeArgs),
}

/// Options of `node init`.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The node's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The organisation's name, as it stands on the card
    #[arg(long)]
    name: String,
    /// Take in every chain that comes, instead of one for each invite code
    #[arg(long)]
    open: bool,
    /// The https address under which patients reach it [default: where it listens]
    #[arg(long, value_name = "URL")]
    address: Option<String>,
}

/// Options of `node serve`.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    /// The node's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// End when standard input closes: a parent that dies takes its nodes with it
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Runs one of them.
///
/// # Errors
/// Another role's folder, a port that is taken, a store that cannot be opened.
pub(crate) async fn run(command: NodeCommand, out: Output) -> Outcome {
    match command {
        NodeCommand::Init(args) => {
            let invites = if args.open { InviteChoice::Open } else { InviteChoice::Codes(Vec::new()) };
            let name = args.name.clone();
            let new = NewNode { name: args.name, invites, address: args.address };
            NodeFolder::init(&args.dir, new, &mut SystemRandom)?;
            let dir = args.dir.display().to_string();
            let line = format!("The node is in {dir}. Next: pulsebook node serve --dir {dir}");
            out.tell(&Made { dir, name }, [line])
        }
        NodeCommand::Card(args) => args.write(&card_of(&args.dir)?.to_json(), out),
        NodeCommand::Serve(args) => serve(args, out).await,
    }
}

/// Makes a node's folder; it takes in one chain with the invite code on its card.
///
/// # Errors
/// It is taken, or the name cannot stand on a card.
pub(crate) fn make(dir: &Path, name: &str) -> Outcome {
    let new = NewNode { name: name.to_owned(), invites: InviteChoice::Codes(Vec::new()), address: None };
    Ok(NodeFolder::init(dir, new, &mut SystemRandom).map(drop)?)
}

/// The card of a node that has an address.
///
/// # Errors
/// It was given none and has never listened.
pub(crate) fn card_of(dir: &Path) -> Outcome<NodeCard> {
    NodeFolder::open(dir)?.card().ok_or_else(|| {
        Failure::new("the node has no address yet")
            .expected("a node that has listened once, or was made with --address")
            .action("run `pulsebook node serve` first")
    })
}

async fn serve(args: ServeArgs, out: Output) -> Outcome {
    let running = pulsebook_provider_node::serve(NodeFolder::open(&args.dir)?, args.listen).await?;
    if let Some(damage) = running.damage() {
        error_line(&format!("Damaged: {damage}"));
    }
    let address = format!("https://{}", running.address());
    out.tell(&Ready { ready: &address }, [format!("ready {address}")])?;
    if args.until_stdin_closes {
        tokio::select! {
            () = stop::asked() => {}
            () = stop::stdin_closed() => {}
        }
    } else {
        stop::asked().await;
    }
    running.stop().await;
    Ok(())
}

/// The ready line for machines.
#[derive(serde::Serialize)]
struct Ready<'a> {
    ready: &'a str,
}
