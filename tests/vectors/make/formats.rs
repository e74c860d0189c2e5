//! The drafts of all formats, in the order of docs/protocol.md.

#[path = "formats/conventions.rs"]
mod conventions;
#[path = "formats/ledger.rs"]
mod ledger;
#[path = "formats/trees.rs"]
mod trees;

use super::{cbor, draft, file, world};
use draft::Draft;

/// Every file.
pub(crate) fn drafts() -> Vec<Draft> {
    [conventions::drafts(), trees::drafts(), ledger::drafts()].into_iter().flatten().collect()
}
