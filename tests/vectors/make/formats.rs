//! The drafts of all formats, in the order of docs/protocol.md.

#[path = "formats/bundle.rs"]
mod bundle;
#[path = "formats/conventions.rs"]
mod conventions;
#[path = "formats/ledger.rs"]
mod ledger;
#[rustfmt::skip]
#[path = "formats/proof.rs"]
mod proof;
#[rustfmt::skip]
#[path = "formats/trees.rs"]
mod trees;

use super::{cbor, draft, file, world};
use draft::Draft;

/// Every file.
pub(crate) fn drafts() -> Vec<Draft> {
    [conventions::drafts(), trees::drafts(), ledger::drafts(), proof::drafts(), bundle::drafts()]
        .into_iter()
        .flatten()
        .collect()
}
