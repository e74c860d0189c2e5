//! Deterministic CBOR (RFC 8949 §4.2.1): one way to write a thing, and only that way is read.

use minicbor::{Decode, Encode};

/// Bytes that are not what the format wants.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// Over the limit of this object.
    #[error("too large: {found} bytes, at most {limit} expected")]
    TooLarge {
        /// Bytes given.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not the structure expected.
    #[error("malformed CBOR: {0}")]
    Malformed(#[from] MalformedCbor),
    /// Readable, but not the shortest, ordered form; or bytes follow.
    #[error(
        "not deterministic CBOR: a shorter or ordered form of the same object exists, or bytes follow it"
    )]
    NotDeterministic,
}

/// What the CBOR reader stumbled over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MalformedCbor(String);

/// Writes a value.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    // Writing into a Vec cannot fail, and none of our types refuses to be written.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// Reads a value, and only its deterministic form.
///
/// # Errors
/// [`CborError`] when the bytes exceed `limit`, are not the expected structure, or are not what [`encode`] writes.
///
/// ```
/// use pulsebook_protocol::cbor;
/// assert_eq!(cbor::decode::<u8>(&[0x05], 10), Ok(5));
/// // The same five, written in two bytes, is refused.
/// assert_eq!(cbor::decode::<u8>(&[0x18, 0x05], 10), Err(cbor::CborError::NotDeterministic));
/// ```
pub fn decode<T>(bytes: &[u8], limit: usize) -> Result<T, CborError>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    if bytes.len() > limit {
        return Err(CborError::TooLarge { found: bytes.len(), limit });
    }
    let value: T = minicbor::decode(bytes).map_err(|error| MalformedCbor(error.to_string()))?;
    let mut rest = Expected(bytes);
    match minicbor::encode(&value, &mut rest) {
        Ok(()) if rest.0.is_empty() => Ok(value),
        _ => Err(CborError::NotDeterministic),
    }
}

/// What a writer must write; it takes nothing else, and keeps no copy.
struct Expected<'a>(&'a [u8]);

/// Other bytes than expected.
#[derive(Debug)]
struct OtherBytes;

impl minicbor::encode::Write for Expected<'_> {
    type Error = OtherBytes;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), OtherBytes> {
        self.0 = self.0.strip_prefix(bytes).ok_or(OtherBytes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{ByteString, Digest};

    #[derive(Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
    #[cbor(map)]
    struct Sample {
        #[n(0)]
        number: u32,
        #[n(1)]
        digest: Option<Digest>,
        #[n(2)]
        list: Vec<ByteString>,
    }

    #[test]
    fn a_missing_field_is_left_out_and_comes_back() {
        let sample = Sample { number: 7, digest: None, list: vec![ByteString(vec![1])] };
        let bytes = encode(&sample);
        assert_eq!(bytes, [0xa2, 0x00, 0x07, 0x02, 0x81, 0x41, 0x01]);
        assert_eq!(decode::<Sample>(&bytes, 100), Ok(sample));
    }

    #[test]
    fn other_spellings_of_the_same_object_are_refused() {
        let unordered = [0xa2, 0x02, 0x80, 0x00, 0x07];
        let indefinite = [0xbf, 0x00, 0x07, 0x02, 0x80, 0xff];
        let trailing = [0xa2, 0x00, 0x07, 0x02, 0x80, 0x00];
        let unknown_key = [0xa3, 0x00, 0x07, 0x02, 0x80, 0x03, 0x00];
        let null_field = [0xa3, 0x00, 0x07, 0x01, 0xf6, 0x02, 0x80];
        for bytes in [&unordered[..], &indefinite, &trailing, &unknown_key, &null_field] {
            assert_eq!(decode::<Sample>(bytes, 100), Err(CborError::NotDeterministic), "{bytes:02x?}");
        }
        assert!(matches!(decode::<Sample>(&[0xa0], 100), Err(CborError::Malformed(_))));
        assert_eq!(decode::<u8>(&[0x05], 0), Err(CborError::TooLarge { found: 1, limit: 0 }));
    }
}
