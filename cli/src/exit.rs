//! How the command ends: 0 done, 1 failed, 2 wrong usage, 3 done although a node sent something wrong, 4 the disk is full,
//! 130 stopped by Ctrl-C; and what it says when it fails.

mod kind;

pub(crate) use kind::Kind;

use serde_json::{Value, json};
use std::{error::Error, fmt, io, process::ExitCode};

/// Why a command did not do what was asked: what happened, what was expected, what the user can do.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    expected: Option<String>,
    action: Option<String>,
    kind: Kind,
    /// What the command found before it failed, for `--json`.
    beside: Option<Box<Value>>,
}

/// What every command gives back.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure with exit code 1.
    pub(crate) fn new(what: impl Into<String>) -> Failure {
        Failure { what: what.into(), expected: None, action: None, kind: Kind::Failed, beside: None }
    }

    /// A command line that cannot be meant so: exit code 2.
    pub(crate) fn usage(what: impl Into<String>) -> Failure {
        Failure::new(what).of(Kind::Usage)
    }

    /// It is done, by other nodes than the one that sent something wrong: exit code 3.
    pub(crate) fn done_but_wrong(what: impl Into<String>) -> Failure {
        Failure::new(what).of(Kind::DoneButWrong)
    }

    /// The user pressed Ctrl-C: exit code 130.
    pub(crate) fn stopped(what: impl Into<String>) -> Failure {
        Failure::new(what).of(Kind::Stopped)
    }

    /// A failure told by an error and its causes, each cause once.
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Failure {
        let kind = kind::of(error);
        let mut what = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !what.contains(&text) {
                what = format!("{what}: {text}");
            }
            cause = error.source();
        }
        let told = what.contains("try again") || what.contains("see that");
        match kind {
            Kind::DiskFull => Failure::no_room(what),
            kind if !told && kind::is_of_the_system(error) => Failure::new(what).of(kind).action(
                "see that the file is there and yours to use and that the disk works, then try again",
            ),
            kind => Failure::new(what).of(kind),
        }
    }

    /// A failure for want of room on the disk: exit code 4.
    fn no_room(what: String) -> Failure {
        let what = if what.contains("the disk is full") { what } else { format!("the disk is full: {what}") };
        let failure = Failure::new(what).of(Kind::DiskFull);
        failure.action("free some space, then run the same command again; what was acknowledged is kept and can be read meanwhile")
    }

    /// A file that could not be written or read; a full disk is named as such.
    pub(crate) fn file(what: String, error: &io::Error) -> Failure {
        if kind::is_no_room(error) { Failure::no_room(what) } else { Failure::new(what) }
    }

    /// Says which kind of failure it is, for programs.
    pub(crate) fn of(mut self, kind: Kind) -> Failure {
        self.kind = kind;
        self
    }

    /// Puts what the command found before it failed into the same JSON object.
    pub(crate) fn beside(mut self, found: Value) -> Failure {
        self.beside = Some(Box::new(found));
        self
    }

    /// Puts one more field into that object.
    pub(crate) fn found(mut self, field: &str, value: Value) -> Failure {
        let mut found = match self.beside.take().map(|found| *found) {
            Some(Value::Object(found)) => found,
            _ => serde_json::Map::new(),
        };
        found.insert(field.to_owned(), value);
        self.beside(Value::Object(found))
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
        ExitCode::from(self.kind.exit_code())
    }

    /// The one JSON object: what was found, and `error` with its code, message, what was expected and what to do.
    pub(crate) fn to_json(&self) -> Value {
        let error = json!({
            "code": self.kind.code(),
            "exit": self.kind.exit_code(),
            "message": self.what,
            "expected": self.expected,
            "do": self.action,
        });
        match self.beside.as_deref() {
            Some(Value::Object(found)) => {
                let mut object = found.clone();
                object.insert("error".to_owned(), error);
                Value::Object(object)
            }
            _ => json!({ "error": error }),
        }
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

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::from_error(&error)
    }
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
    fn a_program_reads_the_failure_beside_what_was_found() {
        let failure = Failure::usage("no such day").expected("a date").beside(json!({ "blocks": 3 }));
        let object = failure.to_json();
        assert_eq!((&object["blocks"], &object["error"]["code"]), (&json!(3), &json!("usage")));
        assert_eq!((&object["error"]["exit"], &object["error"]["do"]), (&json!(2), &Value::Null));
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
