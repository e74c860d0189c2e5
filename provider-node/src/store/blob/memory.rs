//! Blobs in memory, for tests and for nodes that keep nothing.

use super::{BlobError, BlobId, BlobStore};
use pulsebook_protocol::random::SystemRandom;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Blobs that go with the process.
#[derive(Default)]
pub struct MemoryBlobs(Mutex<BTreeMap<BlobId, Vec<u8>>>);

impl MemoryBlobs {
    fn held(&self) -> MutexGuard<'_, BTreeMap<BlobId, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlobStore for MemoryBlobs {
    fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
        let id = BlobId::make(&mut SystemRandom)?;
        self.held().insert(id, bytes.to_vec());
        Ok(id)
    }

    fn read(&self, id: &BlobId, size: usize) -> Result<Vec<u8>, BlobError> {
        let held = self.held();
        let bytes = held.get(id).ok_or(BlobError::Gone(*id))?;
        Ok(bytes.iter().take(size.saturating_add(1)).copied().collect())
    }

    fn remove(&self, id: &BlobId) -> Result<(), BlobError> {
        self.held().remove(id);
        Ok(())
    }

    fn all(&self) -> Result<Vec<BlobId>, BlobError> {
        Ok(self.held().keys().copied().collect())
    }
}
