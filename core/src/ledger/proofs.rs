//! Proofs from stored leaf hashes: an epoch has some two thousand, so they are computed when asked for.

use super::LedgerError;
use crate::store::Store;
use pulsebook_protocol::{bytes::Digest, tree};

fn leaves(store: &Store, epoch: u32, size: u64) -> Result<Vec<Digest>, LedgerError> {
    let mut leaves = store.leaves(epoch)?;
    leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    Ok(leaves)
}

/// The path that shows the block at `index` of an epoch's log under its root at `size`.
///
/// # Errors
/// [`LedgerError::Store`].
pub fn inclusion_path(store: &Store, epoch: u32, index: u64, size: u64) -> Result<Vec<Digest>, LedgerError> {
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    Ok(tree::inclusion_proof(&leaves(store, epoch, size)?, index))
}

/// The path that shows that an epoch's log at size `new` extends the one at size `old`.
///
/// # Errors
/// [`LedgerError::Store`].
pub fn consistency_path(store: &Store, epoch: u32, old: u64, new: u64) -> Result<Vec<Digest>, LedgerError> {
    let old = usize::try_from(old).unwrap_or(usize::MAX);
    Ok(tree::consistency_proof(&leaves(store, epoch, new)?, old))
}
