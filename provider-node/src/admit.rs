//! What a node does with each request: parse strictly, verify, decide, one transaction, answer.

pub(crate) mod accesses;
pub(crate) mod block_read;
pub(crate) mod certificate;
pub(crate) mod chain;
pub(crate) mod enrol;
pub(crate) mod epoch_upload;
pub(crate) mod head;
pub(crate) mod keyring_upload;
pub(crate) mod offer;
pub(crate) mod read;
pub(crate) mod release_upload;
pub(crate) mod segment_upload;

/// What a use case answers with, when it does.
pub(crate) type Admitted<T> = Result<T, crate::refusal::Refusal>;
