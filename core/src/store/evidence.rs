//! Raw notifications behind a segment, kept so that whoever must decode again can: what they are, and finding them.

mod columns;
mod file;
mod keeping;
mod kept;
mod old;
mod write;

#[cfg(test)]
mod tests;

pub use keeping::{Keep, Keeping, Removed, UnknownKeep};
pub use kept::EvidenceFile;

use super::{Store, error::StoreError};
use crate::{ble::Characteristic, decode::is_stream};
use pulsebook_protocol::{
    bytes::{ByteString, Digest},
    evidence::{EvidenceTree, Notification},
    secret::Secret32,
};
use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};

/// For fuzzing: the notifications of an opened page.
#[cfg(feature = "fuzzing")]
pub fn read_evidence_page(page: &[u8]) -> Option<Vec<RawNotification>> {
    columns::unpack_page(page)
}

/// For fuzzing: notifications as they stand on a page.
#[cfg(feature = "fuzzing")]
pub fn write_evidence_page(notifications: &[RawNotification]) -> Vec<u8> {
    columns::pack_page(notifications)
}

/// For tests/vectors: what a file holds of a slot.
#[cfg(feature = "fuzzing")]
pub(super) fn read_file(
    path: &std::path::Path,
    chain: &pulsebook_protocol::bytes::ChainId,
    index: &[u8],
    slot: u8,
) -> Result<Evidence, StoreError> {
    file::read(path, chain, &kept::decode_index(index)?, slot)
}

/// One notification as it was received.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct RawNotification {
    /// The service.
    #[n(0)]
    pub service: u16,
    /// The characteristic.
    #[n(1)]
    pub characteristic: u16,
    /// Which of several.
    #[n(2)]
    pub instance: u16,
    /// When the device received it.
    #[n(3)]
    pub received_at: i64,
    /// What came.
    #[n(4)]
    pub bytes: ByteString,
}

/// What stands behind one segment: its notifications in the order of receipt, and the seed of their salts.
#[derive(Debug)]
pub struct Evidence {
    /// Seed of the salts in the evidence root.
    pub seed: Secret32,
    /// The notifications.
    pub notifications: Arc<Vec<RawNotification>>,
}

/// Evidence whose root is the one that the sealed segment names.
#[derive(Debug)]
pub struct VerifiedEvidence(Evidence);

/// Which evidence is kept how long: that of streams, or that of anything that was measured on the spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceClass {
    /// Behind these segments stand notifications of streams alone.
    Streams,
    /// Behind these segments stands at least one spot measurement.
    Spots,
}

impl EvidenceClass {
    /// Both.
    pub const ALL: [EvidenceClass; 2] = [EvidenceClass::Streams, EvidenceClass::Spots];

    /// Its number in the database.
    pub(crate) fn wire(self) -> u8 {
        match self {
            EvidenceClass::Streams => 0,
            EvidenceClass::Spots => 1,
        }
    }

    pub(crate) fn from_wire(wire: u8) -> Option<EvidenceClass> {
        EvidenceClass::ALL.into_iter().find(|class| class.wire() == wire)
    }
}

impl fmt::Display for EvidenceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EvidenceClass::Streams => "streams",
            EvidenceClass::Spots => "spots",
        })
    }
}

/// A text that names no class of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `streams` or `spots`")]
pub struct UnknownClass;

impl FromStr for EvidenceClass {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        EvidenceClass::ALL.into_iter().find(|class| class.to_string() == text).ok_or(UnknownClass)
    }
}

impl RawNotification {
    fn is_of_stream(&self) -> bool {
        is_stream(Characteristic::new(self.service, self.characteristic))
    }
}

impl Evidence {
    /// The RFC 6962 root over the salted notifications.
    pub fn root(&self) -> Digest {
        let mut tree = EvidenceTree::new(self.seed.duplicate());
        for raw in &*self.notifications {
            let RawNotification { service, characteristic, instance, received_at, bytes } = raw;
            let (service, characteristic, instance) = (*service, *characteristic, *instance);
            let received_at = *received_at;
            tree.append(&Notification { service, characteristic, instance, received_at, bytes: &bytes.0 });
        }
        tree.root()
    }

    /// How long it is kept: as a stream's only when nothing else stands in it.
    pub fn class(&self) -> EvidenceClass {
        match self.notifications.iter().all(RawNotification::is_of_stream) {
            true => EvidenceClass::Streams,
            false => EvidenceClass::Spots,
        }
    }

    /// Holds it against the evidence root in a segment.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when it is not what the segment was sealed with.
    pub fn verify_root(self, root: &Digest) -> Result<VerifiedEvidence, StoreError> {
        match self.root() == *root {
            true => Ok(VerifiedEvidence(self)),
            false => Err(StoreError::Damaged("the evidence of a segment")),
        }
    }
}

impl VerifiedEvidence {
    /// The evidence.
    pub fn evidence(&self) -> &Evidence {
        &self.0
    }
}

impl Store {
    /// What stands behind the segment in a slot; nothing when it was never kept, or its time was over.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or the evidence is not what was written.
    pub fn evidence(&self, height: u64, slot: u8) -> Result<Option<Evidence>, StoreError> {
        for class in EvidenceClass::ALL {
            let Some(index) = self.evidence_index(height, class)? else { continue };
            if index.has(slot) {
                let path = self.evidence_path(height, class);
                return file::read(&path, &self.identity().chain, &index, slot).map(Some);
            }
        }
        self.old_evidence(height, slot)
    }

    fn evidence_path(&self, height: u64, class: EvidenceClass) -> PathBuf {
        self.folder().evidence().join(file_name(height, class))
    }
}

fn file_name(height: u64, class: EvidenceClass) -> String {
    format!("{height:010}.{class}")
}
