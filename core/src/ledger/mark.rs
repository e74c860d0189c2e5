//! The high-water mark: set in the vault before anything is signed, compared with the database when it is opened.

use super::{FenceReason, LedgerError};
use crate::{
    keys::{HighWaterMark, KeyVault, VaultError},
    store::{Head, Store},
};

/// A head that the vault holds as its mark, durably; only [`mark_head`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkedHead(HighWaterMark);

impl MarkedHead {
    /// The mark.
    pub fn mark(&self) -> HighWaterMark {
        self.0
    }
}

/// Makes the vault hold this mark. One that it holds already is not written again: that needs no room on the disk.
///
/// # Errors
/// [`VaultError`] when the vault cannot; nothing may be signed then.
pub async fn mark_head(vault: &dyn KeyVault, mark: HighWaterMark) -> Result<MarkedHead, VaultError> {
    if vault.high_water_mark().await? == Some(mark) {
        return Ok(MarkedHead(mark));
    }
    vault.set_high_water_mark(mark).await?;
    match vault.high_water_mark().await? {
        Some(held) if held == mark => Ok(MarkedHead(mark)),
        _ => Err(VaultError::Platform("it kept another mark than the one set".to_owned())),
    }
}

/// Whether the database is behind the mark or beside it.
pub(super) fn compare(
    store: &Store,
    head: &Head,
    mark: &HighWaterMark,
) -> Result<Option<FenceReason>, LedgerError> {
    if head.height < mark.height {
        return Ok(Some(FenceReason::OldDatabase { found: head.height, signed: mark.height }));
    }
    let same =
        store.block(mark.height)?.is_some_and(|block| (block.epoch, block.leaf) == (mark.epoch, mark.leaf));
    Ok(if same { None } else { Some(FenceReason::OtherBlock { height: mark.height }) })
}
