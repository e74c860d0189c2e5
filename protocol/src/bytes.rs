//! Fixed-size byte newtypes: identifiers, hashes and labels, so that one cannot be handed in for another.

use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteSlice};
use std::{fmt, str::FromStr};

/// Text or bytes of the wrong length or alphabet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: expected {expected} bytes written as {form}, found `{found}`")]
pub struct BytesError {
    what: &'static str,
    expected: usize,
    form: &'static str,
    found: String,
}

/// Declares a newtype over `[u8; N]` with its text form and CBOR byte string.
macro_rules! byte_newtype {
    ($(#[$doc:meta])* $name:ident, $length:literal, $encoding:expr, $form:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// How many bytes it has.
            pub const LENGTH: usize = $length;

            /// Takes the bytes as they are.
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                $name(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&$encoding.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = BytesError;

            fn from_str(text: &str) -> Result<Self, BytesError> {
                $encoding
                    .decode(text.as_bytes())
                    .ok()
                    .and_then(|bytes| <[u8; $length]>::try_from(bytes).ok())
                    .map($name)
                    .ok_or_else(|| BytesError {
                        what: stringify!($name),
                        expected: $length,
                        form: $form,
                        found: text.chars().take(80).collect(),
                    })
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = BytesError;

            fn try_from(bytes: &[u8]) -> Result<Self, BytesError> {
                <[u8; $length]>::try_from(bytes).map($name).map_err(|_| BytesError {
                    what: stringify!($name),
                    expected: $length,
                    form: "raw bytes",
                    found: format!("{} bytes", bytes.len()),
                })
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes: &ByteSlice = d.decode()?;
                $name::try_from(&**bytes).map_err(|_| {
                    minicbor::decode::Error::message(concat!(stringify!($name), " has the wrong length"))
                })
            }
        }
    };
}

byte_newtype!(
    /// A SHA-256 or HMAC-SHA-256 output.
    Digest, 32, data_encoding::HEXLOWER, "hex"
);
byte_newtype!(
    /// One patient's chain; shown in base32 (52 characters).
    ChainId, 32, BASE32, "base32"
);
byte_newtype!(
    /// A block's commitment to one segment, or to nothing.
    Commitment, 32, data_encoding::HEXLOWER, "hex"
);
byte_newtype!(
    /// What hides a commitment's content from everyone but the chain's circle and grantees.
    Blinder, 32, data_encoding::HEXLOWER, "hex"
);
byte_newtype!(
    /// A grant's identity.
    GrantId, 16, data_encoding::HEXLOWER, "hex"
);
byte_newtype!(
    /// Random bytes that hide what they are hashed with.
    Salt16, 16, data_encoding::HEXLOWER, "hex"
);
byte_newtype!(
    /// The name of a node inside one circle; says nothing about the organisation.
    NodeLabel, 8, BASE32, "base32"
);
byte_newtype!(
    /// The name of a category inside one grant; the node cannot tell which category it is.
    CategoryLabel, 8, data_encoding::HEXLOWER, "hex"
);

/// RFC 4648 base32 in lower case without padding; upper case is refused, so that each value has one text.
struct Base32;

const BASE32: Base32 = Base32;

impl Base32 {
    fn encode(&self, bytes: &[u8]) -> String {
        data_encoding::BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
    }

    fn decode(&self, text: &[u8]) -> Result<Vec<u8>, ()> {
        if text.iter().any(u8::is_ascii_uppercase) {
            return Err(());
        }
        data_encoding::BASE32_NOPAD.decode(&text.to_ascii_uppercase()).map_err(|_| ())
    }
}

impl Digest {
    /// 32 zero bytes: "none before this one".
    pub const ZERO: Digest = Digest([0; 32]);
}

/// A CBOR byte string of any length.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct ByteString(pub Vec<u8>);

impl fmt::Debug for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteString({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for ByteString {
    fn from(bytes: Vec<u8>) -> Self {
        ByteString(bytes)
    }
}

impl<C> Encode<C> for ByteString {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for ByteString {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(ByteString(d.bytes()?.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_to_the_same_bytes() {
        let chain = ChainId::from_bytes([7; 32]);
        assert_eq!(chain.to_string().len(), 52);
        assert_eq!(chain.to_string().parse(), Ok(chain));
        let label = NodeLabel::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(label.to_string().len(), 13);
        assert_eq!(label.to_string().parse(), Ok(label));
    }

    #[test]
    fn a_wrong_length_says_what_was_expected() {
        let error = "abcd".parse::<GrantId>().unwrap_err();
        assert_eq!(error.to_string(), "GrantId: expected 16 bytes written as hex, found `abcd`");
    }
}
