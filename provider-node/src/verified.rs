//! What was verified once and is asked for with every request: a bounded memory of pure functions' answers.
//!
//! The key is a hash over everything the answer depends on, bytes from the store included: a row that changed is verified
//! anew. No decision about a request is remembered, only that these bytes verify.

use pulsebook_protocol::{
    block::Block,
    bytes::{ByteString, ChainId, Digest},
    epoch::{VerifiedEpoch, verify_epoch},
    hash::sha256,
    key::PublicKey,
    key_certificate::NodeKeys,
    proposal::verify_proposal,
    secret::Secret32,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// So many answers of a kind are remembered; one more, and all are forgotten.
const MOST: usize = 1024;

/// The memory of one node.
#[derive(Default)]
pub(crate) struct Verified {
    epochs: Memory<VerifiedEpoch>,
    devices: Memory<Vec<PublicKey>>,
    keys: Memory<Arc<NodeKeys>>,
}

impl Verified {
    /// The epoch that a first block begins after `previous`.
    pub(crate) fn epoch(
        &self,
        block: &[u8],
        chain: &ChainId,
        previous: Option<&VerifiedEpoch>,
    ) -> Result<VerifiedEpoch, String> {
        let before = previous.map_or(Digest::ZERO, VerifiedEpoch::first_leaf);
        let key = sha256(&[chain.as_bytes(), before.as_bytes(), block]);
        self.epochs.answer(key, || {
            let block = Block::from_bytes(block).map_err(|error| error.to_string())?;
            verify_epoch(&block, chain, previous).map_err(|error| error.to_string())
        })
    }

    /// This node's keys for a chain; wiped when nobody uses them any more.
    pub(crate) fn keys(
        &self,
        master: &Secret32,
        chain: &ChainId,
        generation: u32,
    ) -> Result<Arc<NodeKeys>, String> {
        self.keys.answer(sha256(&[chain.as_bytes(), &generation.to_be_bytes()]), || {
            NodeKeys::derive(master, chain, generation).map(Arc::new).map_err(|error| error.to_string())
        })
    }

    /// The devices that a proposal signed by the first root names.
    pub(crate) fn devices(&self, proposal: &[Vec<u8>], first_root: &PublicKey) -> Option<Vec<PublicKey>> {
        let hashes: Vec<u8> = proposal.iter().flat_map(|part| *sha256(&[part]).as_bytes()).collect();
        let answer = self.devices.answer(sha256(&[first_root.as_bytes(), &hashes]), || {
            let signatures: Vec<ByteString> = proposal.iter().cloned().map(ByteString).collect();
            let verified =
                verify_proposal(&signatures, Some(first_root)).map_err(|error| error.to_string())?;
            Ok(verified.proposal().devices.iter().map(|device| device.key).collect())
        });
        answer.ok()
    }
}

struct Memory<T>(Mutex<BTreeMap<Digest, T>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Memory(Mutex::default())
    }
}

impl<T: Clone> Memory<T> {
    fn answer(&self, key: Digest, verify: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&key) {
            return Ok(answer.clone());
        }
        let answer = verify()?;
        let mut known = known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, answer.clone());
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_verified_is_remembered_and_never_more_than_fits() {
        let memory = Memory::<usize>::default();
        let key = |number: usize| sha256(&[&number.to_be_bytes()]);
        assert!(memory.answer(key(0), || Err("no".into())).is_err());
        assert_eq!(memory.answer(key(0), || Ok(7)), Ok(7), "a refusal is not remembered");
        assert_eq!(memory.answer(key(0), || Err("asked again".into())), Ok(7));
        for number in 1..=MOST {
            assert_eq!(memory.answer(key(number), || Ok(number)), Ok(number));
        }
        assert!(memory.0.lock().unwrap().len() <= MOST);
    }

    #[test]
    fn bytes_that_do_not_verify_are_no_epoch_and_no_devices() {
        let verified = Verified::default();
        assert!(verified.epoch(&[1, 2, 3], &ChainId::from_bytes([1; 32]), None).is_err());
        let root = pulsebook_protocol::key::SigningKey::from_seed(
            pulsebook_protocol::secret::Secret32::from_bytes([5; 32]),
        );
        assert_eq!(verified.devices(&[vec![1, 2, 3]], &root.unwrap().public()), None);
    }
}
