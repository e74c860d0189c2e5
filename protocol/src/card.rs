//! Cards: the small JSON files that people hand to each other, and the grant file.
//!
//! `docs/protocol.md` §9 and §6. A card is checked as far as it can be checked alone when it is read; unknown fields
//! are refused, so that a misspelt one is noticed.

mod grant_file;
mod grantee;
mod node;

pub use grant_file::{Delegated, GrantFile};
pub use grantee::GranteeCard;
pub use node::NodeCard;

use serde::{Serialize, de::DeserializeOwned};

/// Longest card or grant file that is read, in bytes.
pub const MAX_CARD_BYTES: usize = 128 * 1024;

/// Longest grant file that is read, in bytes, when it was passed on and carries segment keys.
pub const MAX_GRANT_FILE_BYTES: usize = 5 * 1024 * 1024;

/// A file that is not the card it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Another kind of file.
    #[error("expected a {expected} file (\"pulsebook\":\"{expected}/1\"), found `{found}`")]
    WrongKind {
        /// Kind that was expected.
        expected: &'static str,
        /// What the file says it is.
        found: String,
    },
    /// Not JSON of this shape.
    #[error("the {kind} file cannot be read: {reason}; ask for it again")]
    Malformed {
        /// Kind of file.
        kind: &'static str,
        /// What the reader stumbled over.
        reason: String,
    },
    /// Readable, but a field is wrong.
    #[error("the {kind} file's `{field}` is wrong: {reason}")]
    Field {
        /// Kind of file.
        kind: &'static str,
        /// Name of the field.
        field: &'static str,
        /// What was expected.
        reason: String,
    },
}

/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// Reads a file of `kind`: first what it says it is, then the rest, so that the error names the more likely mistake.
fn parse<T: DeserializeOwned>(json: &str, kind: &'static str) -> Result<T, CardError> {
    parse_within(json, kind, MAX_CARD_BYTES)
}

fn parse_within<T: DeserializeOwned>(json: &str, kind: &'static str, most: usize) -> Result<T, CardError> {
    let malformed = |reason: String| CardError::Malformed { kind, reason };
    if json.len() > most {
        return Err(malformed(format!("it has {} bytes, at most {most} are read", json.len())));
    }
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|error| malformed(error.to_string()))?;
    let tag = value.get("pulsebook").and_then(|tag| tag.as_str()).unwrap_or("no \"pulsebook\" field");
    if tag.strip_prefix(kind) != Some("/1") {
        return Err(CardError::WrongKind { expected: kind, found: tag.chars().take(40).collect() });
    }
    // From the text again: a key that is there twice is an error for the structure, not for the value.
    serde_json::from_str(json).map_err(|error| malformed(error.to_string()))
}

/// Writes a file; strings, numbers and maps of strings always serialise.
fn write<T: Serialize>(file: &T) -> String {
    serde_json::to_string_pretty(file).unwrap_or_default()
}

/// Names the field an error belongs to.
fn field<T, E: ToString>(
    kind: &'static str,
    field: &'static str,
    parsed: Result<T, E>,
) -> Result<T, CardError> {
    parsed.map_err(|error| CardError::Field { kind, field, reason: error.to_string() })
}

/// A name that can be shown on one line.
fn check_name(name: &str) -> Result<(), String> {
    let shown =
        !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
    if shown { Ok(()) } else { Err(format!("expected 1 to {MAX_NAME_BYTES} bytes on one line")) }
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

fn from_base64url(text: &str) -> Result<Vec<u8>, String> {
    use base64::Engine;
    let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text);
    decoded.map_err(|_| "expected base64url without padding".to_owned())
}

#[cfg(test)]
mod tests;
