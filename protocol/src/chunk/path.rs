//! The way from a chunk's leaf to the disclosure root: sides instead of a place and a size, so that it says less of the rest.

use crate::{
    bytes::Digest,
    tree::{node_hash, root},
};
use minicbor::{Decode, Decoder, Encode, Encoder};

/// On which side of the way a sibling stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The sibling is the left half.
    Left,
    /// The sibling is the right half.
    Right,
}

/// One step of the way: the hash of the other half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PathStep {
    /// Where the other half stands.
    #[n(0)]
    pub side: Side,
    /// Its hash.
    #[n(1)]
    pub hash: Digest,
}

/// The root that a leaf and the steps above it lead to.
///
/// A leaf cannot pass for a node: the hashes of the two begin with different bytes.
pub fn root_above(leaf: Digest, path: &[PathStep]) -> Digest {
    path.iter().fold(leaf, |below, step| match step.side {
        Side::Left => node_hash(&step.hash, &below),
        Side::Right => node_hash(&below, &step.hash),
    })
}

/// The steps above leaf `index`, nearest first; none when it is out of range.
pub(super) fn path_of(leaves: &[Digest], index: usize) -> Vec<PathStep> {
    if index >= leaves.len() || leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut path, step) = match index.checked_sub(left.len()) {
        None => (path_of(left, index), PathStep { side: Side::Right, hash: root(right) }),
        Some(index) => (path_of(right, index), PathStep { side: Side::Left, hash: root(left) }),
    };
    path.push(step);
    path
}

impl<C> Encode<C> for Side {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u8(u8::from(*self == Side::Right))?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Side {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.u8()? {
            0 => Ok(Side::Left),
            1 => Ok(Side::Right),
            _ => Err(minicbor::decode::Error::message("a side is 0 (left) or 1 (right)")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{inclusion_proof, leaf_hash};

    #[test]
    fn every_leaf_of_every_small_tree_leads_to_the_root_of_rfc_6962() {
        let leaves: Vec<Digest> = (0u8..70).map(|leaf| leaf_hash(&[leaf])).collect();
        for size in 1..=leaves.len() {
            let leaves = &leaves[..size];
            for (index, leaf) in leaves.iter().enumerate() {
                let path = path_of(leaves, index);
                assert_eq!(root_above(*leaf, &path), root(leaves));
                let hashes: Vec<Digest> = path.iter().map(|step| step.hash).collect();
                assert_eq!(hashes, inclusion_proof(leaves, index));
            }
        }
    }

    #[test]
    fn a_swapped_side_or_another_leaf_leads_elsewhere() {
        let leaves: Vec<Digest> = (0u8..5).map(|leaf| leaf_hash(&[leaf])).collect();
        let mut path = path_of(&leaves, 3);
        assert_ne!(root_above(leaves[2], &path), root(&leaves));
        path[0].side = Side::Right;
        assert_ne!(root_above(leaves[3], &path), root(&leaves));
    }
}
