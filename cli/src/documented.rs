//! docs/cli.md against the program: the same commands, the same codes.

use crate::args::Cli;
use clap::{Command, CommandFactory};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../docs/cli.md");

/// Where each code is given; read as text so that none can be left out.
const KINDS: &str = include_str!("exit/kind.rs");

/// The first cells of the table under a heading of the page, without its head.
fn first_cells(heading: &str) -> impl Iterator<Item = &'static str> {
    let section = PAGE.split(heading).nth(1).unwrap_or_default().split("\n## ").next().unwrap_or_default();
    section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).skip(1)
}

/// What stands in backquotes.
fn quoted(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

/// The commands that do something: "status", "node serve" …
fn leaves(of: &Command, before: &str) -> BTreeSet<String> {
    let name = |sub: &Command| format!("{before} {}", sub.get_name()).trim().to_owned();
    let subs: Vec<&Command> = of.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    // `sensors` does something by itself, and has a subcommand beside.
    let itself = subs.is_empty() || (!before.is_empty() && !of.is_subcommand_required_set());
    let itself = itself.then(|| before.to_owned());
    subs.into_iter().flat_map(|sub| leaves(sub, &name(sub))).chain(itself).collect()
}

#[test]
fn the_page_for_programs_has_every_command_and_no_other() {
    let named = first_cells("## Fields of each command").flat_map(quoted);
    let named = named.filter_map(|command| command.split(" --").next()).map(str::to_owned);
    assert_eq!(named.collect::<BTreeSet<String>>(), leaves(&Cli::command(), ""));
}

#[test]
fn the_page_for_programs_has_every_code_and_no_other() {
    let cells = first_cells("## Exit codes and errors").skip_while(|cell| *cell != "`code`");
    let named: BTreeSet<&str> = cells.skip(1).flat_map(quoted).collect();
    let lines = KINDS.lines().filter(|line| line.trim_start().starts_with("Kind::"));
    let given = lines.filter_map(|line| line.split("=> \"").nth(1)?.split('"').next());
    let given: BTreeSet<&str> = given.collect();
    assert!(given.len() > 15, "{given:?}");
    assert_eq!(named, given);
}
