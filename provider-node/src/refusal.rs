//! Refusals: how a node says no, with the code, what it expected and what the other side can do.

use crate::store::StoreError;
use pulsebook_protocol::answer::{Code, ErrorBody};
use std::fmt;

/// A request that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    expected: String,
    advice: &'static str,
    message: Option<String>,
}

impl Refusal {
    /// With `code`; say what was expected and what to do.
    pub(crate) fn new(code: Code, expected: impl Into<String>, advice: &'static str) -> Self {
        Refusal { code, expected: expected.into(), advice, message: None }
    }

    /// With what the verification said in place of the code's own words.
    pub(crate) fn because(mut self, reason: impl fmt::Display) -> Self {
        self.message = Some(format!("{}: {reason}", self.code.words()));
        self
    }

    /// Bytes that are not what the route wants.
    pub(crate) fn malformed(reason: impl fmt::Display) -> Self {
        Refusal::new(Code::Malformed, "the body that docs/protocol.md §8 gives", "update the sender")
            .because(reason)
    }

    /// Something that must come first.
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Refusal::new(Code::Missing, what, "send what is missing and try again")
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The body of the answer, JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let body = ErrorBody::new(self.code, self.expected.clone(), self.advice);
        match &self.message {
            Some(message) => body.with_message(message.clone()).to_json(),
            None => body.to_json(),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let (code, expected, advice) = match error {
            StoreError::Full(_) => (
                Code::StorageFull,
                "room on the node's disk",
                "tell the node's operator; it is sent again by itself",
            ),
            StoreError::Damaged(_) | StoreError::Newer { .. } | StoreError::ReadOnly => {
                (Code::TryAgain, "a whole database", "tell the node's operator")
            }
            StoreError::Failed(_) => {
                (Code::TryAgain, "a working store", "try again; if it stays, tell the node's operator")
            }
        };
        Refusal::new(code, expected, advice).because(error)
    }
}
