//! Telling the owner where this node stands.

use super::{Admitted, chain::Chain};
use crate::{node::Node, permit::Owner};
use pulsebook_protocol::{cbor, owner::NodeHead, tree};

/// The head as CBOR.
pub(crate) fn head(node: &Node, owner: &Owner) -> Admitted<Vec<u8>> {
    let chain = Chain::load(node, &owner.chain())?;
    let head = chain.head.as_ref();
    Ok(cbor::encode(&NodeHead {
        epoch: head.map_or(0, |head| head.epoch),
        size: head.map_or(0, |head| head.size),
        root: head.map_or_else(|| tree::root(&[]), |head| head.root),
        height: head.map(|head| head.height),
        settled: chain.settled().map(|note| note.note.clone()),
        releases: node.store.release_cursors(&owner.chain())?,
        accesses: node.store.access_count(&owner.chain())?,
    }))
}
