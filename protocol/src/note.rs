//! C2SP signed notes: a text and the signature lines under it.

use crate::{hash::sha256, key::PublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// At most this many bytes in a note.
pub const NOTE_LIMIT: usize = 16 * 1024;

/// At most this many signature lines in a note: 7 witnesses, 7 mirrors, the log, and stock witnesses besides.
const LINE_LIMIT: usize = 32;

/// A note that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Over [`NOTE_LIMIT`].
    #[error("the note has {0} bytes, at most 16384 expected")]
    TooLarge(usize),
    /// No empty line between text and signatures, or no line end at the end.
    #[error("not a signed note: a text, an empty line and signature lines are expected")]
    NotANote,
    /// A signature line that is not `— name base64`.
    #[error("signature line {0} of the note is malformed")]
    BadLine(usize),
    /// One name signed twice.
    #[error("`{0}` signed the note twice")]
    SignedTwice(String),
}

/// What a signature line's key signs; the byte goes into the key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKeyKind {
    /// Ed25519 over the text.
    Ed25519,
    /// Timestamped Ed25519 cosignature (tlog-cosignature).
    Cosignature,
}

/// One signature line.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteLine {
    /// The signer's name.
    pub name: String,
    /// The first four bytes of the hash of name, kind and key.
    pub key_id: [u8; 4],
    /// The signature, its form given by the kind.
    pub signature: Vec<u8>,
}

/// A text and its signature lines, none of them checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<NoteLine>,
}

/// The key id that a name, kind and key have in signature lines.
pub fn key_id(name: &str, kind: NoteKeyKind, key: &PublicKey) -> [u8; 4] {
    let kind = match kind {
        NoteKeyKind::Ed25519 => 1,
        NoteKeyKind::Cosignature => 4,
    };
    let hash = sha256(&[name.as_bytes(), b"\n", &[kind], key.as_bytes()]);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

impl NoteLine {
    /// Reads one line, `— name base64`, without its line end.
    ///
    /// # Errors
    /// [`NoteError::BadLine`] when it has another form.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let mut words = line.split(' ');
        let (dash, name, encoded) = (words.next(), words.next(), words.next());
        let (Some("—"), Some(name), Some(encoded), None) = (dash, name, encoded, words.next()) else {
            return Err(NoteError::BadLine(1));
        };
        // The other library reads padding in the middle too: one line would have several spellings.
        let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::BadLine(1))?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::BadLine(1))?;
        if name.is_empty() || name.contains('+') || signature.is_empty() {
            return Err(NoteError::BadLine(1));
        }
        Ok(NoteLine { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

impl fmt::Display for NoteLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_vec();
        bytes.extend_from_slice(&self.signature);
        write!(f, "— {} {}", self.name, data_encoding::BASE64.encode(&bytes))
    }
}

impl fmt::Debug for NoteLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteLine({})", self.name)
    }
}

impl Note {
    /// A note without signatures; `text` ends with a line end and holds no empty line.
    pub fn new(text: String) -> Self {
        Note { text, lines: Vec::new() }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`] when it is too large, has no signature block, a malformed line, or one name twice.
    pub fn parse(bytes: &str) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_LIMIT {
            return Err(NoteError::TooLarge(bytes.len()));
        }
        let (text, rest) = bytes.split_once("\n\n").ok_or(NoteError::NotANote)?;
        let rest = rest.strip_suffix('\n').ok_or(NoteError::NotANote)?;
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::NotANote);
        }
        let mut note = Note::new(format!("{text}\n"));
        for (index, line) in rest.split('\n').enumerate() {
            let line = NoteLine::parse(line).map_err(|_| NoteError::BadLine(index + 1))?;
            if index >= LINE_LIMIT {
                return Err(NoteError::BadLine(index + 1));
            }
            note.push(line)?;
        }
        Ok(note)
    }

    /// The text, with its last line end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in order.
    pub fn lines(&self) -> &[NoteLine] {
        &self.lines
    }

    /// The line of that name.
    pub fn line(&self, name: &str) -> Option<&NoteLine> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`NoteError::SignedTwice`] when the name is there already.
    pub fn push(&mut self, line: NoteLine) -> Result<(), NoteError> {
        if self.line(&line.name).is_some() {
            return Err(NoteError::SignedTwice(line.name));
        }
        self.lines.push(line);
        Ok(())
    }

    /// Puts a line in, in place of an older one of the same name.
    pub fn replace(&mut self, line: NoteLine) {
        match self.lines.iter_mut().find(|old| old.name == line.name) {
            Some(old) => *old = line,
            None => self.lines.push(line),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signed-note specification's own example (C2SP signed-note, Go's x/mod/sumdb/note).
    const PETER: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn the_published_example_reads_and_verifies() {
        let note = Note::parse(PETER).unwrap();
        assert_eq!(note.to_string(), PETER);
        // verifier key: PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
        let encoded = data_encoding::BASE64.decode(b"ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let key = PublicKey::from_bytes(encoded[1..].try_into().unwrap()).unwrap();
        let line = note.line("PeterNeumann").unwrap();
        assert_eq!(line.key_id, key_id("PeterNeumann", NoteKeyKind::Ed25519, &key));
        let signature = crate::key::Signature::try_from(&line.signature[..]).unwrap();
        assert_eq!(key.check(note.text().as_bytes(), &signature), Ok(()));
    }

    /// Found by fuzzing: one signature in several spellings.
    #[test]
    fn padding_in_the_middle_of_a_line_is_refused() {
        assert!(NoteLine::parse("— n2 AAAAAAAAAAAAAA==").is_ok());
        for encoded in ["AAAAAAA=AAAAAAA=", "AAAAAAAAAAAAAB==", "AAAAAAAAAAAAAA"] {
            assert_eq!(NoteLine::parse(&format!("— n2 {encoded}")), Err(NoteError::BadLine(1)), "{encoded}");
        }
    }

    #[test]
    fn malformed_notes_are_refused_and_none_panics() {
        for length in 0..PETER.len() {
            if PETER.is_char_boundary(length) {
                assert!(Note::parse(&PETER[..length]).is_err(), "cut at {length}");
            }
        }
        assert!(Note::parse(&PETER.replace("— ", "- ")).is_err());
        let twice = format!("{PETER}{}\n", Note::parse(PETER).unwrap().lines()[0]);
        assert_eq!(Note::parse(&twice), Err(NoteError::SignedTwice("PeterNeumann".into())));
        assert!(Note::parse(&"x".repeat(NOTE_LIMIT + 1)).is_err());
    }
}
