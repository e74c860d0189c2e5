//! Keeping the keyring: pages by their hash, then the index that names them.

use super::{Admitted, chain::Chain};
use crate::{
    node::Node,
    permit::Owner,
    refusal::Refusal,
    store::{KeyringRow, PutKeyring},
};
use pulsebook_protocol::{
    answer::Code,
    bytes::Digest,
    hash::sha256,
    keyring::{MAX_PAGE_BYTES, verify_keyring_index},
};

/// So many pages may wait for an index.
const WAITING_PAGES: usize = 64;

/// Keeps a page.
pub(crate) fn page_upload(node: &Node, owner: &Owner, hash: &Digest, bytes: &[u8]) -> Admitted<()> {
    if bytes.len() > MAX_PAGE_BYTES || sha256(&[bytes]) != *hash {
        return Err(Refusal::malformed("the page is over 4 MiB or does not have this hash"));
    }
    match node.store.put_keyring_page(&owner.chain(), hash, bytes, WAITING_PAGES)? {
        true => Ok(()),
        false => Err(Refusal::new(
            Code::SlowDown,
            "at most 64 pages that no index names",
            "upload the index of the waiting pages first",
        )),
    }
}

/// Keeps the index, signed by the log key of an announced epoch, once its pages are here.
pub(crate) fn index_upload(node: &Node, owner: &Owner, bytes: &[u8]) -> Admitted<()> {
    let chain = Chain::load(node, &owner.chain())?;
    let row = verified_row(&chain, bytes)?;
    match node.store.put_keyring(&owner.chain(), &row)? {
        PutKeyring::Done => Ok(()),
        PutKeyring::MissingPage(page) => Err(Refusal::missing(format!("keyring page {page}"))),
        PutKeyring::NotNewer(version) => Err(Refusal::new(
            Code::Conflict,
            format!("a version over {version}"),
            "make the index again with a higher version",
        )),
    }
}

fn verified_row(chain: &Chain, bytes: &[u8]) -> Admitted<KeyringRow> {
    let mut reason = "no epoch was announced".to_owned();
    for epoch in chain.epochs.iter().rev() {
        let log_key = chain.proposal(epoch)?.log_key;
        match verify_keyring_index(bytes, &chain.row.chain, &log_key) {
            Ok(index) if index.header().epoch == epoch.epoch => {
                let header = index.header();
                return Ok(KeyringRow {
                    version: header.version,
                    height: header.height,
                    pages: header.pages.clone(),
                    bytes: bytes.to_vec(),
                });
            }
            Ok(_) => reason = "it names another epoch than the one whose key signed it".to_owned(),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(Refusal::malformed(reason))
}
