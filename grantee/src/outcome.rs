//! How a read ends: a report, or why nobody could be read from.

use crate::{AsOf, CheckFailed, Checks};
use pulsebook_dial::{AddressError, DialError};
use pulsebook_protocol::{
    answer::{Code, ErrorBody},
    cbor::CborError,
    random::RandomUnavailable,
};

/// The error of whoever takes the segments.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// A node's No, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused ({code}): {message}; {advice}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The stable code; [`Refusal::known_code`] when this version knows it.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub advice: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, body: ErrorBody) -> Self {
        let ErrorBody { code, message, expected, advice } = body;
        Refusal { status, code, message, expected, advice }
    }

    /// The code, when this version knows it.
    pub fn known_code(&self) -> Option<Code> {
        self.code.parse().ok()
    }

    /// Whether the No is about the grant itself, not about this one node.
    ///
    /// ```
    /// use pulsebook_grantee::Refusal;
    /// let refusal = |code: &str| Refusal {
    ///     status: 403, code: code.into(), message: String::new(), expected: String::new(), advice: String::new(),
    /// };
    /// assert!(refusal("revoked").is_about_the_grant());
    /// assert!(!refusal("not_fresh").is_about_the_grant());
    /// ```
    pub fn is_about_the_grant(&self) -> bool {
        use Code::{BadToken, Expired, NotGranted, NotHolder, NotYet, Revoked, WrongPurpose};
        let final_codes = [Revoked, Expired, NotYet, WrongPurpose, NotGranted, NotHolder, BadToken];
        self.known_code().is_some_and(|code| final_codes.contains(&code))
    }
}

/// Why one node was left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeFailure {
    /// Its address in the directory.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The way to it.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// It said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It answered with something else than a page.
    #[error(
        "it answered with status {status}, but not as a node does: {why}; nothing of it is used: tell whoever runs the node"
    )]
    NoPage {
        /// HTTP status.
        status: u16,
        /// What is wrong.
        why: String,
    },
    /// It sent a page that does not hold.
    #[error("{0}; nothing of the page is used: tell whoever runs the node")]
    Check(#[from] CheckFailed),
}

impl NodeFailure {
    pub(crate) fn unreadable(status: u16, error: &CborError) -> Self {
        NodeFailure::NoPage { status, why: error.to_string() }
    }

    /// Whether the node sent something that does not hold, rather than nothing or a No.
    pub fn is_wrong(&self) -> bool {
        matches!(self, NodeFailure::Check(_) | NodeFailure::NoPage { .. })
    }

    /// The node's No, when it was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            NodeFailure::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

/// A node that could not be read from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{node}: {failure}")]
pub struct Attempt {
    /// The organisation's name.
    pub node: String,
    /// What was wrong.
    pub failure: NodeFailure,
}

/// A read that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadReport {
    /// The organisation that served it.
    pub node: String,
    /// Others that were read to their end as well; empty when nobody else could be asked.
    pub compared_with: Vec<String>,
    /// Those of all these that lacked releases which a later one had: the phone has not synced with them yet, or they hide.
    pub behind: Vec<String>,
    /// Nodes that were left, and why.
    pub left: Vec<Attempt>,
    /// The grant in words, made of the verified token alone; see [`crate::Verifier::sentence`].
    pub sentence: Option<String>,
    /// What was demanded, and how often it held.
    pub checks: Checks,
    /// The checkpoint everything was checked against.
    pub as_of: Option<AsOf>,
    /// Segments handed on.
    pub segments: u64,
    /// Released rows that were not asked for or that the token as it is does not allow.
    pub withheld: u64,
    /// Segments that a delegate got no key for: they were released after the grant was passed on.
    pub without_key: u64,
    /// Pages taken.
    pub pages: u64,
    /// Bytes on the wire, both ways, at the level of HTTP.
    pub wire_bytes: u64,
}

/// A read that did not. What was handed on before is checked.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A node said no for a reason that is about the grant.
    #[error("{node} {refusal}")]
    Refused {
        /// The organisation's name.
        node: String,
        /// Its words.
        refusal: Box<Refusal>,
        /// All nodes that were tried, this one among them.
        left: Vec<Attempt>,
    },
    /// No node could be read from.
    #[error("none of {} nodes could be read from: {}", left.len(), list(left))]
    NoNode {
        /// Which were tried, and why each failed.
        left: Vec<Attempt>,
    },
    /// The sink's own error.
    #[error("the readings could not be handed on: {0}")]
    Sink(SinkError),
    /// No randomness for a request's nonce.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

fn list(attempts: &[Attempt]) -> String {
    let words: Vec<String> = attempts.iter().map(ToString::to_string).collect();
    if words.is_empty() { "the directory names none".into() } else { words.join(" | ") }
}
