//! Evidence: the salted tree over a sensor's raw notifications, so that a segment can be held against what was received.

use crate::{
    bytes::Digest,
    domain,
    hash::{self, Expander},
    secret::Secret32,
    tree::Frontier,
};

/// One notification as it came from the sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode)]
#[cbor(array)]
pub struct Notification<'a> {
    /// The service, a 16-bit assigned number.
    #[n(0)]
    pub service: u16,
    /// The characteristic, a 16-bit assigned number.
    #[n(1)]
    pub characteristic: u16,
    /// Which of several characteristics of that number, from 0.
    #[n(2)]
    pub instance: u16,
    /// When the phone received it, in milliseconds since 1970.
    #[n(3)]
    pub received_at: i64,
    /// What the sensor sent.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub bytes: &'a [u8],
}

/// Adds up notifications to their evidence root; holds at most 64 hashes, however many there are.
///
/// ```
/// use pulsebook_protocol::{bytes::Digest, evidence::{EvidenceTree, Notification}, secret::Secret32};
/// let mut tree = EvidenceTree::new(Secret32::from_bytes([1; 32]));
/// assert_eq!(tree.root(), Digest::ZERO);
/// tree.append(&Notification { service: 0x180d, characteristic: 0x2a37, instance: 0, received_at: 0, bytes: &[0, 72] });
/// assert_ne!(tree.root(), Digest::ZERO);
/// ```
#[derive(Debug)]
pub struct EvidenceTree {
    salts: Expander,
    frontier: Frontier,
    /// The bytes of the notification that is appended now.
    written: Vec<u8>,
}

impl EvidenceTree {
    /// An empty tree. The seed is random and stays with the raw bytes on the phone.
    pub fn new(seed: Secret32) -> EvidenceTree {
        EvidenceTree {
            salts: Expander::new(seed.expose()),
            frontier: Frontier::default(),
            written: Vec::new(),
        }
    }

    /// Appends a notification, in the order of receipt.
    pub fn append(&mut self, notification: &Notification<'_>) {
        let leaf = salted(&self.salts, self.frontier.size(), notification, &mut self.written);
        self.frontier.append(leaf);
    }

    /// How many notifications were appended.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The evidence root so far: 32 zero bytes without a notification.
    pub fn root(&self) -> Digest {
        if self.frontier.size() == 0 { Digest::ZERO } else { self.frontier.root() }
    }
}

/// The leaf hash of notification `index` under the tree's seed.
pub fn leaf(seed: &Secret32, index: u64, notification: &Notification<'_>) -> Digest {
    salted(&Expander::new(seed.expose()), index, notification, &mut Vec::new())
}

fn salted(salts: &Expander, index: u64, notification: &Notification<'_>, written: &mut Vec<u8>) -> Digest {
    let label = domain::EVIDENCE_SALT.text().as_bytes();
    let salt = salts.expand(&[label, &[0], &index.to_be_bytes()]);
    written.clear();
    // Writing into a Vec cannot fail.
    let _ = minicbor::encode(notification, &mut *written);
    hash::sha256(&[&[0], &salt, written])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn notification(received_at: i64) -> Notification<'static> {
        Notification { service: 0x180d, characteristic: 0x2a37, instance: 0, received_at, bytes: &[0, 72] }
    }

    fn root_of(count: i64) -> Digest {
        let mut tree = EvidenceTree::new(Secret32::from_bytes([7; 32]));
        (0..count).for_each(|index| tree.append(&notification(index)));
        tree.root()
    }

    #[test]
    fn the_root_is_the_rfc_6962_root_over_salted_leaves() {
        let seed = Secret32::from_bytes([7; 32]);
        let leaves: Vec<Digest> =
            (0..7).map(|index| leaf(&seed, index, &notification(index as i64))).collect();
        assert_eq!(root_of(0), Digest::ZERO);
        assert_eq!(root_of(1), leaves[0]);
        assert_eq!(root_of(7), tree::root(&leaves));
    }

    #[test]
    fn a_leaf_is_salted_by_its_place_and_written_as_documented() {
        let seed = Secret32::from_bytes([7; 32]);
        assert_ne!(leaf(&seed, 0, &notification(1)), leaf(&seed, 1, &notification(1)));
        let bytes = crate::cbor::encode(&notification(300));
        assert_eq!(bytes, [0x85, 0x19, 0x18, 0x0d, 0x19, 0x2a, 0x37, 0, 0x19, 1, 0x2c, 0x42, 0, 72]);
        // Computed from docs/protocol.md §3 with Python's hmac and hashlib.
        assert_eq!(
            leaf(&seed, 258, &notification(300)).to_string(),
            "8b2aa9f9a2a01c0fc086f27df55295157b52c56e3ede118cc1ed720b7ebda020"
        );
    }
}
