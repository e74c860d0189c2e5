//! Roots and proofs against tlog_tiles, an implementation of RFC 6962 trees that shares nothing with ours.

use pulsebook_protocol::{
    bytes::Digest,
    tree::{self, consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion},
};
use tlog_tiles::tlog::{
    Error, Hash, HashReader, check_record, check_tree, prove_record, prove_tree, record_hash, stored_hashes,
    tree_hash,
};

/// Every hash of their tree, in the order of their storage.
struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

fn data(index: u64) -> Vec<u8> {
    format!("block {index}").into_bytes()
}

/// The same leaves in their tree and in ours.
fn both(size: u64) -> (Stored, Vec<Digest>) {
    let (mut theirs, mut ours) = (Stored(Vec::new()), Vec::new());
    for index in 0..size {
        let more = stored_hashes(index, &data(index), &theirs).unwrap();
        theirs.0.extend(more);
        ours.push(leaf_hash(&data(index)));
    }
    (theirs, ours)
}

fn theirs(digest: &Digest) -> Hash {
    Hash(*digest.as_bytes())
}

fn list(proof: &[Digest]) -> Vec<Hash> {
    proof.iter().map(theirs).collect()
}

#[test]
fn roots_and_every_proof_are_the_same_in_both() {
    let (stored, leaves) = both(70);
    for size in 1..=leaves.len() {
        let (total, root) = (size as u64, tree::root(&leaves[..size]));
        assert_eq!(theirs(&root), tree_hash(total, &stored).unwrap(), "the root of size {size}");
        for index in 0..size {
            let proof = list(&inclusion_proof(&leaves[..size], index));
            assert_eq!(proof, prove_record(total, index as u64, &stored).unwrap(), "{index} in {size}");
        }
        for old in 1..size {
            let proof = list(&consistency_proof(&leaves[..size], old));
            assert_eq!(proof, prove_tree(total, old as u64, &stored).unwrap(), "{old} to {size}");
        }
    }
}

#[test]
fn they_accept_our_proofs_and_refuse_a_forged_leaf_and_a_fork() {
    let (_, leaves) = both(300);
    let root = tree::root(&leaves);
    for (index, leaf) in leaves.iter().enumerate() {
        let (proof, place) = (list(&inclusion_proof(&leaves, index)), index as u64);
        check_record(&proof, 300, theirs(&root), place, theirs(leaf)).unwrap();
        assert!(check_record(&proof, 300, theirs(&root), place, record_hash(b"forged")).is_err());
    }
    for old in 1..300 {
        let (proof, old_root) = (list(&consistency_proof(&leaves, old)), tree::root(&leaves[..old]));
        check_tree(&proof, 300, theirs(&root), old as u64, theirs(&old_root)).unwrap();
        assert!(check_tree(&proof, 300, theirs(&root), old as u64, record_hash(b"fork")).is_err());
    }
}

#[test]
fn we_accept_their_proofs_and_refuse_them_in_another_place() {
    let (stored, leaves) = both(45);
    let digests =
        |proof: Vec<Hash>| proof.into_iter().map(|hash| Digest::from_bytes(hash.0)).collect::<Vec<_>>();
    let root = Digest::from_bytes(tree_hash(45, &stored).unwrap().0);
    for index in 0..45u64 {
        let (proof, leaf) = (digests(prove_record(45, index, &stored).unwrap()), leaves[index as usize]);
        assert!(verify_inclusion(leaf, index, 45, &proof, root).is_ok());
        assert!(verify_inclusion(leaf, (index + 1) % 45, 45, &proof, root).is_err());
    }
    for old in 1..45u64 {
        let proof = digests(prove_tree(45, old, &stored).unwrap());
        let old_root = Digest::from_bytes(tree_hash(old, &stored).unwrap().0);
        assert!(verify_consistency((old, old_root), (45, root), &proof).is_ok());
        assert!(verify_consistency((old, root), (45, root), &proof).is_err());
    }
}
