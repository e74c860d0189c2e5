//! Giving the owner the access entries: who read what.

use super::Admitted;
use crate::{node::Node, permit::Owner};
use pulsebook_protocol::{bytes::ByteString, cbor};

/// Most entries in one answer.
const PAGE: usize = 256;

/// The entries after number `after`, as a CBOR array.
pub(crate) fn accesses(node: &Node, owner: &Owner, after: Option<u64>) -> Admitted<Vec<u8>> {
    let entries = node.store.accesses(&owner.chain(), after, PAGE)?;
    Ok(cbor::encode(&entries.into_iter().map(ByteString).collect::<Vec<_>>()))
}
