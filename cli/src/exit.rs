//! How the command ends: 0 done, 1 failed, 2 wrong usage, 3 done although a node sent something wrong, 4 the disk is full,
//! 130 stopped by Ctrl-C; and what it says when it fails.

use std::{error::Error, fmt, io, process::ExitCode};

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
/// The disk is full; the same command does it once there is room.
const NO_ROOM: u8 = 4;
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
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Failure {
        let mut what = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !what.contains(&text) {
                what = format!("{what}: {text}");
            }
            cause = error.source();
        }
        if is_no_room(error) { Failure::no_room(what) } else { Failure::new(what) }
    }

    /// A failure for want of room on the disk: exit code 4.
    fn no_room(what: String) -> Failure {
        let what = if what.contains("the disk is full") { what } else { format!("the disk is full: {what}") };
        let failure = Failure { code: NO_ROOM, ..Failure::new(what) };
        failure.action("free some space, then run the same command again; what was acknowledged is kept and can be read meanwhile")
    }

    /// A file that could not be written or read; a full disk is named as such.
    pub(crate) fn file(what: String, error: &io::Error) -> Failure {
        if is_no_room(error) { Failure::no_room(what) } else { Failure::new(what) }
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

    /// Says what the user can do, unless that is said already.
    pub(crate) fn or_action(self, action: &str) -> Failure {
        if self.action.is_some() { self } else { self.action(action) }
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

/// Whether the error, or a cause of it, says that the disk takes no more.
fn is_no_room(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let full_file = |error: &io::Error| matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
    let full_base =
        |error: &rusqlite::Error| error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
    let mut cause = Some(error);
    let causes = std::iter::from_fn(|| {
        let this = cause?;
        cause = this.source();
        Some(this)
    });
    causes.into_iter().any(|error| {
        error.downcast_ref().is_some_and(full_file) || error.downcast_ref().is_some_and(full_base)
    })
}

impl<E: Error + 'static> From<E> for Failure {
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
