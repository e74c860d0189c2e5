//! How the command ends: 0 done, 1 failed, 2 wrong usage, 3 done although a node sent something wrong, 130 stopped by
//! Ctrl-C; and what it says when it fails.

use std::{error::Error, fmt, process::ExitCode};

/// Why a command did not do what was asked: what happened, what was expected, what the user can do.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    expected: Option<String>,
    action: Option<String>,
    code: u8,
}

/// What every command gives back.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// A promise was not kept, or a step could not be done.
const FAILED: u8 = 1;
/// The command line was wrong.
const USAGE: u8 = 2;
/// Done, every answer verified, but a node sent something that does not hold.
const DONE_BUT_WRONG: u8 = 3;
/// As shells report an end by Ctrl-C: 128 + SIGINT.
const STOPPED: u8 = 130;

impl Failure {
    /// A failure with exit code 1.
    pub(crate) fn new(what: impl Into<String>) -> Failure {
        Failure { what: what.into(), expected: None, action: None, code: FAILED }
    }

    /// A command line that cannot be meant so: exit code 2.
    pub(crate) fn usage(what: impl Into<String>) -> Failure {
        Failure { code: USAGE, ..Failure::new(what) }
    }

    /// It is done, by other nodes than the one that sent something wrong: exit code 3.
    pub(crate) fn done_but_wrong(what: impl Into<String>) -> Failure {
        Failure { code: DONE_BUT_WRONG, ..Failure::new(what) }
    }

    /// The user pressed Ctrl-C: exit code 130.
    pub(crate) fn stopped(what: impl Into<String>) -> Failure {
        Failure { code: STOPPED, ..Failure::new(what) }
    }

    /// A failure told by an error and its causes, each cause once.
    pub(crate) fn from_error(error: &dyn Error) -> Failure {
        let mut what = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !what.contains(&text) {
                what = format!("{what}: {text}");
            }
            cause = error.source();
        }
        Failure::new(what)
    }

    /// Says what was expected instead.
    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Failure {
        self.expected = Some(expected.into());
        self
    }

    /// Says what the user can do.
    pub(crate) fn action(mut self, action: impl Into<String>) -> Failure {
        self.action = Some(action.into());
        self
    }

    /// Says during what it happened, before everything else.
    pub(crate) fn during(mut self, doing: &str) -> Failure {
        self.what = format!("{doing}: {}", self.what);
        self
    }

    /// The exit code that belongs to it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if let Some(expected) = &self.expected {
            write!(f, "\n  expected: {expected}")?;
        }
        if let Some(action) = &self.action {
            write!(f, "\n  what you can do: {action}")?;
        }
        Ok(())
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::from_error(&error)
    }
}

/// Makes a panic, which is always our mistake, one plain line and exit code 1; no backtrace. Children end with us.
pub(crate) fn set_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
        crate::output::error_line(&format!(
            "error: Pulsebook made a mistake and stopped{place}; nothing acknowledged is lost, start it again and report this line"
        ));
        std::process::exit(i32::from(FAILED));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_happened_what_was_expected_and_what_to_do() {
        let failure = Failure::new("the file is empty").expected("a card").action("ask for it again");
        let text = failure.during("adding a node").to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "error: adding a node: the file is empty",
                "  expected: a card",
                "  what you can do: ask for it again",
            ]
        );
    }

    #[test]
    fn a_cause_that_the_error_repeats_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("the card cannot be read: {0}")]
        struct Outer(#[source] std::io::Error);
        let failure = Failure::from(Outer(std::io::Error::other("disk on fire")));
        assert_eq!(failure.to_string(), "error: the card cannot be read: disk on fire");
    }
}
