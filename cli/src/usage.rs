//! A command line that cannot be meant so: clap's words for a person, the same as an object for a program.

use crate::exit::{Failure, Kind};
use clap::error::ErrorKind;
use std::{ffi::OsString, process::ExitCode};

/// Whether `--json` stands among the arguments; asked before they are understood, so that a refusal is JSON as well.
pub(crate) fn asks_for_json(arguments: impl IntoIterator<Item = OsString>) -> bool {
    arguments.into_iter().take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

/// Shows help or the version, or says what is wrong with the command line.
pub(crate) fn end(refused: &clap::Error, json: bool) -> ExitCode {
    // A reader that went away is no mistake.
    let _ = refused.print();
    if refused.exit_code() == 0 {
        return ExitCode::SUCCESS;
    }
    let failure = failure(refused);
    if json {
        crate::output::result_line(&failure.to_json().to_string());
    }
    failure.exit_code()
}

fn failure(refused: &clap::Error) -> Failure {
    let help = "add --help to the command to see its options and an example";
    if refused.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("no command was named")
            .expected("one of the commands that --help lists")
            .action(help);
    }
    let text = refused.render().to_string();
    let mut parts = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let what = parts.next().unwrap_or_default();
    let failure = Failure::new(what.trim_start_matches("error: ")).of(Kind::Usage).action(help);
    match parts.find(|part| part.starts_with("Usage:") || part.contains("tip:")) {
        Some(expected) => failure.expected(expected),
        None => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn refused(line: &str) -> Failure {
        let command = crate::args::Cli::command();
        failure(&command.try_get_matches_from(line.split(' ')).unwrap_err())
    }

    #[test]
    fn a_wrong_command_line_is_an_object_with_what_was_expected() {
        let object = refused("pulsebook status --json").to_json();
        let said = object["error"]["message"].as_str().unwrap();
        assert!(said.contains("--dir <DIR>") && !said.contains('\n'), "{object}");
        assert!(
            object["error"]["expected"].as_str().unwrap().starts_with("Usage: pulsebook status"),
            "{object}"
        );
        assert_eq!(refused("pulsebook node --json").to_json()["error"]["code"], "usage");
    }

    #[test]
    fn json_is_asked_for_wherever_it_stands_but_not_after_two_dashes() {
        let asks = |line: &str| asks_for_json(line.split(' ').map(OsString::from));
        assert!(asks("pulsebook --json status") && asks("pulsebook status --json"));
        assert!(!asks("pulsebook prove -- --json"));
    }
}
