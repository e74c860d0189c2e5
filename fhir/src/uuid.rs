//! UUIDs that follow from what they name, so that the same export comes out the same twice.

use pulsebook_protocol::{bytes::Digest, hash::sha256};
use std::fmt;

/// A name-based UUID of version 8 over SHA-256 (RFC 9562 §5.8 and appendix B.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The UUID of something described by these pieces; each piece is preceded by its length.
    pub(crate) fn of(pieces: &[&[u8]]) -> Self {
        let framed: Vec<u8> = pieces
            .iter()
            .flat_map(|piece| (piece.len() as u64).to_be_bytes().into_iter().chain(piece.iter().copied()))
            .collect();
        Self::from_digest(&sha256(&[b"Pulsebook FHIR export\0", &framed]))
    }

    fn from_digest(digest: &Digest) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Uuid(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// As a URN: `urn:uuid:…`.
    pub fn urn(&self) -> String {
        format!("urn:uuid:{self}")
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_variant_stand_where_the_published_example_has_them() {
        // RFC 9562 appendix B.2: SHA-256 of the DNS namespace UUID and "www.example.com".
        let namespace =
            [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        let uuid = Uuid::from_digest(&sha256(&[&namespace, b"www.example.com"]));
        assert_eq!(uuid.to_string(), "5c146b14-3c52-8afd-938a-375d0df1fbf6");
    }

    #[test]
    fn pieces_cannot_be_shifted_into_each_other() {
        assert_ne!(Uuid::of(&[b"ab", b"c"]), Uuid::of(&[b"a", b"bc"]));
        assert_eq!(Uuid::of(&[b"a"]).urn().len(), 45);
    }
}
