//! Large sealed bytes beside the database, each under a random name.
//!
//! **Contract** (`blob/contract.rs` is the same as tests, and every blob store passes it):
//! - What [`BlobStore::put`] returned `Ok` for is durable, also across a power cut, before any row names it.
//! - Bytes come back as they are now, altered or not: whoever reads compares them with the hash that the row has.
//! - What was never put, or was removed, is [`BlobError::Gone`]. Removing what is gone is no failure.
//! - What was cut off while it was put is no blob: [`BlobStore::all`] does not name it.

#[cfg(test)]
mod contract;
mod files;
mod memory;

pub use files::FileBlobs;
pub use memory::MemoryBlobs;

use pulsebook_protocol::{
    bytes::Digest,
    hash::sha256,
    random::{Random, RandomUnavailable, make_bytes},
};
use std::fmt;

/// From this many bytes on, sealed bytes lie in a blob; smaller ones in the database.
pub(crate) const LARGE: usize = pulsebook_faultpoint::threshold(64 * 1024 + 1, 512);

/// The random name of a blob.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlobId([u8; 16]);

impl BlobId {
    /// A new one.
    ///
    /// # Errors
    /// [`RandomUnavailable`].
    pub fn make(random: &mut dyn Random) -> Result<Self, RandomUnavailable> {
        make_bytes(random).map(BlobId)
    }

    /// Reads 32 hexadecimal digits in lower case.
    fn parse(text: &str) -> Option<Self> {
        let number = u128::from_str_radix(text, 16).ok()?;
        let id = BlobId(number.to_be_bytes());
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

/// Why a blob is not there or could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// It was never put, or somebody took it away.
    #[error("the blob {0} is gone: restore the folder from a backup")]
    Gone(BlobId),
    /// Its bytes are others than those that were put.
    #[error("the blob {0} is damaged: restore the folder from a backup")]
    Damaged(BlobId),
    /// The system.
    #[error("{place}: {source}")]
    System {
        /// The file or folder.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No randomness for a name.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// Keeps large sealed bytes. See the module's contract.
pub trait BlobStore: Send + Sync {
    /// Keeps the bytes under a new random name, durably.
    ///
    /// # Errors
    /// [`BlobError`].
    fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError>;

    /// The bytes as they are now, at most one more than `size`.
    ///
    /// # Errors
    /// [`BlobError::Gone`] and [`BlobError::System`].
    fn read(&self, id: &BlobId, size: usize) -> Result<Vec<u8>, BlobError>;

    /// Removes it.
    ///
    /// # Errors
    /// [`BlobError::System`].
    fn remove(&self, id: &BlobId) -> Result<(), BlobError>;

    /// Every blob that is whole; what was cut off while it was put is removed.
    ///
    /// # Errors
    /// [`BlobError::System`].
    fn all(&self) -> Result<Vec<BlobId>, BlobError>;
}

/// What a row says of its blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blob {
    pub(crate) id: BlobId,
    pub(crate) size: usize,
    pub(crate) hash: Digest,
}

impl Blob {
    const LENGTH: usize = 16 + 8 + 32;

    pub(crate) fn put(blobs: &dyn BlobStore, bytes: &[u8]) -> Result<Self, BlobError> {
        Ok(Blob { id: blobs.put(bytes)?, size: bytes.len(), hash: sha256(&[bytes]) })
    }

    /// The bytes that were put and no others.
    pub(crate) fn open(&self, blobs: &dyn BlobStore) -> Result<Vec<u8>, BlobError> {
        let bytes = blobs.read(&self.id, self.size)?;
        if sha256(&[&bytes]) == self.hash { Ok(bytes) } else { Err(BlobError::Damaged(self.id)) }
    }

    /// id, size (8 bytes, big-endian), SHA-256.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        [&self.id.0[..], &(self.size as u64).to_be_bytes(), self.hash.as_bytes()].concat()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<{ Self::LENGTH }>().filter(|_| bytes.len() == Self::LENGTH)?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (size, hash) = rest.split_first_chunk::<8>()?;
        let size = usize::try_from(u64::from_be_bytes(*size)).ok()?;
        Some(Blob { id: BlobId(*id), size, hash: Digest::from_bytes(hash.try_into().ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_of_its_blob_what_was_put_and_nothing_shorter_or_longer() {
        let blob = Blob::put(&MemoryBlobs::default(), b"sealed").unwrap();
        let bytes = blob.to_bytes();
        assert_eq!(Blob::from_bytes(&bytes), Some(blob));
        assert_eq!(Blob::from_bytes(&bytes[1..]), None);
        assert_eq!(Blob::from_bytes(&[&bytes[..], &[0]].concat()), None);
    }

    #[test]
    fn names_have_one_spelling() {
        let name = "00ff00ff00ff00ff00ff00ff00ff00ff";
        assert_eq!(BlobId::parse(name).map(|id| id.to_string()).as_deref(), Some(name));
        for other in
            ["", "node", "00FF00ff00ff00ff00ff00ff00ff00ff", "+0ff00ff00ff00ff00ff00ff00ff00ff", "ff"]
        {
            assert_eq!(BlobId::parse(other), None, "{other}");
        }
    }
}
