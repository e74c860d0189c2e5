//! RFC 6962 Merkle trees: roots, the append-only frontier, inclusion and consistency proofs (RFC 9162 §2.1).

use crate::{bytes::Digest, hash::sha256};

/// A proof that does not lead to the root it claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not below the size, or the old size is above the new.
    #[error("no such place in the tree")]
    OutOfRange,
    /// Too many or too few hashes.
    #[error("the proof has the wrong number of hashes")]
    WrongLength,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    WrongRoot,
}

/// A leaf that was shown to lie in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedInclusion {
    leaf: Digest,
    index: u64,
    size: u64,
    root: Digest,
}

impl VerifiedInclusion {
    /// The leaf hash.
    pub fn leaf(&self) -> Digest {
        self.leaf
    }

    /// Its place, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The size and root of the tree it lies in.
    pub fn tree(&self) -> (u64, Digest) {
        (self.size, self.root)
    }
}

/// A tree that was shown to extend another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedConsistency {
    old: (u64, Digest),
    new: (u64, Digest),
}

impl VerifiedConsistency {
    /// Size and root of the smaller tree.
    pub fn start(&self) -> (u64, Digest) {
        self.old
    }

    /// Size and root of the larger tree.
    pub fn end(&self) -> (u64, Digest) {
        self.new
    }
}

/// The hash of a leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    sha256(&[&[0], bytes])
}

/// The hash over two subtrees.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root over leaf hashes; of no leaves, the hash of nothing.
///
/// ```
/// use pulsebook_protocol::tree::{leaf_hash, root};
/// assert_eq!(root(&[leaf_hash(b"one")]), leaf_hash(b"one"));
/// ```
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The audit path of leaf `index` in the tree over `leaves`, nearest sibling first; empty when out of range.
pub fn inclusion_proof(leaves: &[Digest], index: usize) -> Vec<Digest> {
    if index >= leaves.len() || leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (inclusion_proof(left, index), root(right)),
        Some(index) => (inclusion_proof(right, index), root(left)),
    };
    path.push(sibling);
    path
}

/// The proof that the tree over `leaves` extends its own first `old` leaves; empty for 0 and for all.
pub fn consistency_proof(leaves: &[Digest], old: usize) -> Vec<Digest> {
    if old == 0 || old >= leaves.len() { Vec::new() } else { subproof(leaves, old, true) }
}

fn subproof(leaves: &[Digest], old: usize, complete: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if complete { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = match old.checked_sub(left.len()) {
        None | Some(0) => (subproof(left, old, complete), root(right)),
        Some(old) => (subproof(right, old, false), root(left)),
    };
    path.push(sibling);
    path
}

/// The largest power of two below `size` (`size` ≥ 2).
fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

/// Checks that `leaf` lies at `index` in the tree of `size` leaves with `root` (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`ProofError`] when it does not.
pub fn verify_inclusion(
    leaf: Digest,
    index: u64,
    size: u64,
    path: &[Digest],
    root: Digest,
) -> Result<VerifiedInclusion, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(ProofError::WrongLength);
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    match (last, hash == root) {
        (0, true) => Ok(VerifiedInclusion { leaf, index, size, root }),
        (0, false) => Err(ProofError::WrongRoot),
        _ => Err(ProofError::WrongLength),
    }
}

/// Checks that the tree `new` extends the tree `old`, both (size, root) (RFC 9162 §2.1.4.2).
///
/// From size 0 any tree is an extension and the proof is empty.
///
/// # Errors
/// [`ProofError`] when it does not.
pub fn verify_consistency(
    old: (u64, Digest),
    new: (u64, Digest),
    path: &[Digest],
) -> Result<VerifiedConsistency, ProofError> {
    if old.0 > new.0 {
        return Err(ProofError::OutOfRange);
    }
    if old.0 == 0 || old.0 == new.0 {
        let same = if old.0 == 0 { old.1 == root(&[]) } else { old.1 == new.1 };
        return match (path.is_empty(), same) {
            (true, true) => Ok(VerifiedConsistency { old, new }),
            (false, _) => Err(ProofError::WrongLength),
            (true, false) => Err(ProofError::WrongRoot),
        };
    }
    let (old_root, new_root) = walk_consistency(old, new.0, path)?;
    if (old_root, new_root) != (old.1, new.1) {
        return Err(ProofError::WrongRoot);
    }
    Ok(VerifiedConsistency { old, new })
}

/// Both roots that the path leads to, for 0 < old size < new size.
fn walk_consistency(
    old: (u64, Digest),
    new_size: u64,
    path: &[Digest],
) -> Result<(Digest, Digest), ProofError> {
    let whole = old.0.is_power_of_two();
    let mut hashes = path.iter().copied();
    let seed = if whole { old.1 } else { hashes.next().ok_or(ProofError::WrongLength)? };
    let shift = (old.0 - 1).trailing_ones();
    let (mut place, mut last) = ((old.0 - 1) >> shift, (new_size - 1) >> shift);
    let (mut old_root, mut new_root) = (seed, seed);
    for sibling in hashes {
        if last == 0 {
            return Err(ProofError::WrongLength);
        }
        if place & 1 == 1 || place == last {
            old_root = node_hash(&sibling, &old_root);
            new_root = node_hash(&sibling, &new_root);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node_hash(&new_root, &sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::WrongLength);
    }
    Ok((old_root, new_root))
}

/// The right edge of a growing tree: all that is needed to append leaves and know the root.
///
/// Holds at most 64 hashes however many leaves were appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, largest first: one for each set bit of `size`.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// Appends one leaf hash.
    pub fn append(&mut self, leaf: Digest) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// How many leaves were appended.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves so far.
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev().copied();
        match peaks.next() {
            None => root(&[]),
            Some(smallest) => peaks.fold(smallest, |right, left| node_hash(&left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
    }

    /// The eight leaves and roots of the certificate-transparency reference implementation.
    #[test]
    fn roots_match_the_reference_test_vectors() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes: Vec<Digest> = inputs.iter().map(|input| leaf_hash(input)).collect();
        let expect = |count, hex: &str| assert_eq!(root(&hashes[..count]).to_string(), hex);
        expect(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        expect(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        expect(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        expect(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn the_frontier_has_the_same_root_as_the_whole_tree() {
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root(), root(&[]));
        for size in 1..200 {
            frontier.append(leaves(size)[size - 1]);
            assert_eq!((frontier.size(), frontier.root()), (size as u64, root(&leaves(size))));
        }
    }

    #[test]
    fn every_leaf_of_every_tree_proves_its_place_and_no_other() {
        for size in 1..40usize {
            let all = leaves(size);
            let root = root(&all);
            for index in 0..size {
                let path = inclusion_proof(&all, index);
                let (place, total) = (index as u64, size as u64);
                assert!(verify_inclusion(all[index], place, total, &path, root).is_ok());
                for wrong in (0..size).filter(|wrong| *wrong != index) {
                    assert!(verify_inclusion(all[index], wrong as u64, total, &path, root).is_err());
                }
                assert!(verify_inclusion(leaf_hash(b"x"), place, total, &path, root).is_err());
                if let Some((_, short)) = path.split_last() {
                    assert!(verify_inclusion(all[index], place, total, short, root).is_err());
                }
            }
        }
    }

    #[test]
    fn every_tree_extends_its_beginnings_and_nothing_else() {
        for size in 1..40usize {
            let all = leaves(size);
            let new = (size as u64, root(&all));
            for old_size in 0..=size {
                let old = (old_size as u64, root(&all[..old_size]));
                let path = consistency_proof(&all, old_size);
                assert!(verify_consistency(old, new, &path).is_ok(), "{old_size} → {size}");
                let forged = (old.0, leaf_hash(b"forged"));
                assert!(verify_consistency(forged, new, &path).is_err());
                let mut longer = path.clone();
                longer.push(leaf_hash(b"more"));
                assert!(verify_consistency(old, new, &longer).is_err());
            }
        }
        assert!(verify_consistency((2, root(&leaves(2))), (1, root(&leaves(1))), &[]).is_err());
    }
}
