//! Every answer code a node can give: stable names, HTTP status, words, and the error body that carries them.
//!
//! `docs/protocol.md` §8. Node and clients use this one list; an access entry's `deny:` outcome uses the same names.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Declares the codes once: name, status, wire text, words.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $text:literal, $words:literal;)*) => {
        /// Why a node refused. Names and statuses never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the table in docs/protocol.md.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The HTTP status it comes with.
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }

            /// The stable name on the wire.
            pub fn text(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// One sentence for people.
            pub fn words(self) -> &'static str {
                match self { $(Code::$name => $words,)* }
            }
        }
    };
}

codes! {
    /// Not the bytes the table wants.
    Malformed = 400, "malformed", "the request is not what this address expects";
    /// No signature of the profile.
    Unsigned = 401, "unsigned", "the request is not signed";
    /// The signature does not verify.
    BadSignature = 401, "bad_signature", "the request's signature does not verify";
    /// Signed too long ago, or in the future.
    StaleRequest = 401, "stale_request", "the request was signed more than 60 seconds ago or in the future";
    /// The nonce was used before.
    Replayed = 401, "replayed", "this very request was received before";
    /// The token does not verify.
    BadToken = 401, "bad_token", "the grant's token does not verify";
    /// Not signed by a device of the patient.
    NotOwner = 403, "not_owner", "the key that signed is not a device of this record";
    /// Not signed by whom the grant names.
    NotHolder = 403, "not_holder", "the key that signed is not the one the grant was given to";
    /// Taken back by the patient.
    Revoked = 403, "revoked", "the patient has revoked this grant";
    /// Past its end.
    Expired = 403, "expired", "the grant has expired";
    /// Before its beginning.
    NotYet = 403, "not_yet", "the grant is not valid yet";
    /// Not for this purpose.
    WrongPurpose = 403, "wrong_purpose", "the grant is not for this purpose";
    /// Nothing of what was asked for.
    NotGranted = 403, "not_granted", "the grant does not allow what was asked for";
    /// Not committed in the chain as this node knows it.
    NotInForce = 403, "not_in_force", "the grant is not in force at this node";
    /// The node is not in the circle.
    NotInCircle = 403, "not_in_circle", "this node is not in the record's circle";
    /// Enrolment without an invite.
    NoInvite = 403, "no_invite", "this node takes new records by invite only";
    /// No such chain here.
    UnknownChain = 404, "unknown_chain", "this node does not hold this record";
    /// No such thing in the chain.
    UnknownObject = 404, "unknown_object", "this node does not hold what was asked for";
    /// The node's head is another.
    Conflict = 409, "conflict", "the node's head is another one";
    /// Something that was to be sent before is not here.
    Missing = 409, "missing", "the node lacks something that belongs to this";
    /// Between two epochs.
    Frozen = 409, "frozen", "the epoch has ended at this node";
    /// Over a limit.
    TooLarge = 413, "too_large", "the request is larger than allowed";
    /// Signed for another server.
    WrongOrigin = 421, "wrong_origin", "the request was signed for another server";
    /// A tree proof fails.
    BadProof = 422, "bad_proof", "the consistency proof does not hold";
    /// A block is not valid.
    BadBlock = 422, "bad_block", "a block is not valid";
    /// A manifest does not match its block.
    BadManifest = 422, "bad_manifest", "a manifest does not match its block or segments";
    /// A proposal or epoch certificate is not valid.
    BadEpoch = 422, "bad_epoch", "the epoch is not valid";
    /// A sealed entry does not open or is malformed.
    BadEntry = 422, "bad_entry", "a sealed entry does not open or is malformed";
    /// An epoch this version cannot verify.
    UnsupportedEpoch = 422, "unsupported_epoch", "this version cannot verify this epoch";
    /// Rate limit or quota.
    SlowDown = 429, "slow_down", "too many requests, or the quota is used up";
    /// No fresh quorum known.
    NotFresh = 503, "not_fresh", "this node has not heard from a quorum lately";
    /// The node's disk has no room.
    StorageFull = 507, "storage_full", "this node's disk is full; nothing of the request was kept";
    /// A limit was hit; not a refusal.
    TryAgain = 503, "try_again", "this node could not decide in time";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A code that is not in the table: an answer from something else, or from a later version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an answer code of this version")]
pub struct UnknownCode(String);

impl UnknownCode {
    /// The beginning of a text that is no code.
    pub(crate) fn of(text: &str) -> Self {
        UnknownCode(text.chars().take(40).collect())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Code::ALL.iter().copied().find(|code| code.text() == text).ok_or_else(|| UnknownCode::of(text))
    }
}

/// The JSON body of an error answer.
///
/// ```
/// use pulsebook_protocol::answer::{Code, ErrorBody};
/// let body = ErrorBody::new(Code::Revoked, "a grant in force", "ask the patient for a new grant");
/// assert_eq!(ErrorBody::parse(&body.to_json()), Some(body));
/// assert_eq!(ErrorBody::parse("<html>"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Stable name; [`Code`] when known.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// What the reader can do.
    #[serde(rename = "do")]
    pub advice: String,
}

impl ErrorBody {
    /// A body with the code's own words.
    pub fn new(code: Code, expected: impl Into<String>, advice: impl Into<String>) -> Self {
        ErrorBody {
            code: code.text().into(),
            message: code.words().into(),
            expected: expected.into(),
            advice: advice.into(),
        }
    }

    /// The same with a message that says more.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// The code, when this version knows it.
    pub fn known_code(&self) -> Option<Code> {
        self.code.parse().ok()
    }

    /// The JSON text.
    pub fn to_json(&self) -> String {
        // Four strings always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a body; `None` when something else than a node answered.
    pub fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_is_the_table_of_the_protocol() {
        let document = include_str!("../../docs/protocol.md");
        for code in Code::ALL {
            let row = format!("| {} |", code.status());
            let in_table = |line: &&str| line.starts_with(&row) && line.contains(code.text());
            assert!(document.lines().any(|line| in_table(&line)), "{code} is not under {}", code.status());
        }
        let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn a_name_comes_back_to_its_code_and_a_foreign_one_does_not() {
        for code in Code::ALL {
            assert_eq!(code.text().parse(), Ok(*code));
        }
        assert!("teapot".parse::<Code>().is_err());
        let body = r#"{"code":"teapot","message":"m","expected":"e","do":"d","more":1}"#;
        let body = ErrorBody::parse(body).unwrap();
        assert_eq!((body.known_code(), body.advice.as_str()), (None, "d"));
    }
}
