//! The drafts of all formats, in the order of docs/protocol.md. They are tables, a case a line, and keep their long lines.

#[rustfmt::skip]
#[path = "formats/batches.rs"]
mod batches;
#[rustfmt::skip]
#[path = "formats/bodies.rs"]
mod bodies;
#[rustfmt::skip]
#[path = "formats/circle.rs"]
mod circle;
#[rustfmt::skip]
#[path = "formats/conventions.rs"]
mod conventions;
#[path = "formats/derived.rs"]
mod derived;
#[rustfmt::skip]
#[path = "formats/evidence.rs"]
mod evidence;
#[rustfmt::skip]
#[path = "formats/exports.rs"]
mod exports;
#[rustfmt::skip]
#[path = "formats/fetched.rs"]
mod fetched;
#[rustfmt::skip]
#[path = "formats/journal.rs"]
mod journal;
#[rustfmt::skip]
#[path = "formats/keys.rs"]
mod keys;
#[rustfmt::skip]
#[path = "formats/ledger.rs"]
mod ledger;
#[rustfmt::skip]
#[path = "formats/manifests.rs"]
mod manifests;
#[rustfmt::skip]
#[path = "formats/notes.rs"]
mod notes;
#[rustfmt::skip]
#[path = "formats/p256.rs"]
mod p256;
#[rustfmt::skip]
#[path = "formats/reads.rs"]
mod reads;
#[rustfmt::skip]
#[path = "formats/releases.rs"]
mod releases;
#[rustfmt::skip]
#[path = "formats/requests.rs"]
mod requests;
#[rustfmt::skip]
#[path = "formats/rollups.rs"]
mod rollups;
#[rustfmt::skip]
#[path = "formats/segments.rs"]
mod segments;
#[rustfmt::skip]
#[path = "formats/sharing.rs"]
mod sharing;
#[rustfmt::skip]
#[path = "formats/signatures.rs"]
mod signatures;
#[rustfmt::skip]
#[path = "formats/tokens.rs"]
mod tokens;
#[rustfmt::skip]
#[path = "formats/trees.rs"]
mod trees;

#[rustfmt::skip]
#[path = "formats/bundle.rs"]
mod bundle;
#[rustfmt::skip]
#[path = "formats/proof.rs"]
mod proof;

use super::{cbor, draft, file, world};
use draft::Draft;

/// Every file.
pub(crate) fn drafts() -> Vec<Draft> {
    let world = world::World::new();
    let all = [
        conventions::drafts(),
        signatures::drafts(),
        keys::drafts(),
        segments::drafts(),
        manifests::drafts(&world),
        trees::drafts(),
        ledger::drafts(&world),
        notes::drafts(&world),
        circle::drafts(&world),
        tokens::drafts(&world),
        releases::drafts(&world),
        p256::drafts(),
        sharing::drafts(&world),
        requests::drafts(),
        bodies::drafts(&world),
        reads::drafts(&world),
        proof::drafts(),
        bundle::drafts(),
        batches::drafts(&world),
        fetched::drafts(),
        rollups::drafts(),
        evidence::drafts(),
        exports::drafts(),
        journal::drafts(),
    ];
    all.into_iter().flatten().collect()
}
