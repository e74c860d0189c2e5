//! Cases for trees and their proofs: docs/protocol.md §1, RFC 6962 and RFC 9162.

use super::{
    cbor::{Cbor, array, raw},
    draft::Draft,
    file::hex,
};
use pulsebook_protocol::{
    bytes::Digest,
    hash::sha256,
    tree::{self, leaf_hash, node_hash},
};
use serde_json::Value;

pub(super) fn drafts() -> Vec<Draft> {
    vec![roots(), inclusion(), consistency()]
}

fn data(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|index| vec![index; usize::from(index)]).collect()
}

fn leaves(count: u8) -> Vec<Digest> {
    data(count).iter().map(|bytes| leaf_hash(bytes)).collect()
}

fn path(hashes: &[Digest]) -> Cbor {
    array(hashes.iter().map(|hash| Cbor::from(*hash.as_bytes())))
}

fn roots() -> Draft {
    let what = "Roots of RFC 6962 trees. Context: the data of the leaves. Bytes: the root.";
    let mut draft = Draft::new("tree-root", what, 1);
    for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 33] {
        let list: Vec<Value> = data(count).iter().map(|bytes| Value::from(hex(bytes))).collect();
        draft.set("leaves", list);
        draft.good(
            &format!("leaves-{count}"),
            &format!("The root over {count} leaves."),
            tree::root(&leaves(count)).as_bytes().to_vec(),
        );
    }
    let all = leaves(5);
    let list: Vec<Value> = data(5).iter().map(|bytes| Value::from(hex(bytes))).collect();
    draft.set("leaves", list);
    let mut bad = |name: &str, why: &str, root: Digest| {
        draft.bad(name, why, "formula", root.as_bytes().to_vec());
    };
    let plain: Vec<Digest> = data(5).iter().map(|bytes| sha256(&[bytes])).collect();
    bad("no-leaf-prefix", "Leaves are hashed without the byte 00.", tree::root(&plain));
    let (left, right) = (tree::root(&all[..4]), all[4]);
    bad("no-node-prefix", "The top is hashed without the byte 01.", sha256(&[left.as_bytes(), right.as_bytes()]));
    bad("swapped", "Left and right have changed places.", node_hash(&right, &left));
    bad("split-in-half", "The tree is split at 3 instead of 4.", node_hash(&tree::root(&all[..3]), &tree::root(&all[3..])));
    bad("last-doubled", "The odd last leaf is doubled, as Bitcoin does.", node_hash(&left, &node_hash(&node_hash(&right, &right), &node_hash(&right, &right))));
    bad("one-leaf-less", "The last leaf is missing.", left);
    bad("one-leaf-more", "A sixth leaf was added.", tree::root(&leaves(6)));
    let mut moved = all.clone();
    moved.swap(0, 1);
    bad("other-order", "Two leaves have changed places.", tree::root(&moved));
    moved.swap(0, 1);
    moved[2] = leaf_hash(b"other");
    bad("other-leaf", "One leaf is another.", tree::root(&moved));
    bad("of-nothing", "It is the root of the empty tree.", tree::root(&[]));
    bad("zero", "It is 32 zero bytes.", Digest::ZERO);
    bad("leaf-of-all", "It is the leaf hash over all data.", leaf_hash(&data(5).concat()));
    let root = tree::root(&all).as_bytes().to_vec();
    draft.bad("short", "The root has 31 bytes.", "formula", root[..31].to_vec());
    draft.bad("long", "The root has 33 bytes.", "formula", [&root[..], &[0]].concat());
    draft.bad("empty", "There are no bytes.", "formula", Vec::new());
    draft.bad("flipped", "One bit is flipped.", "formula", [&root[..31], &[root[31] ^ 0x80]].concat());
    draft
}

fn inclusion() -> Draft {
    let what = "Inclusion proofs (RFC 9162 §2.1.3). Context: leaf hash, index, size, root. Bytes: the proof as CBOR array of bstr32, from the leaf up.";
    let mut draft = Draft::new("tree-inclusion", what, 1);
    let place = |draft: &mut Draft, index: u8, size: u8| {
        let all = leaves(size);
        draft.set("index", index).set("size", size).set_hex("leaf", all[usize::from(index)].as_bytes());
        draft.set_hex("root", tree::root(&all).as_bytes());
        tree::inclusion_proof(&all, usize::from(index))
    };
    for (index, size) in [(0, 1), (0, 2), (1, 2), (2, 3), (4, 5), (0, 5), (3, 7), (6, 7), (12, 33), (32, 33)]
    {
        let proof = place(&mut draft, index, size);
        draft.good(
            &format!("leaf-{index}-of-{size}"),
            &format!("Leaf {index} of {size} with {} hashes.", proof.len()),
            path(&proof),
        );
    }
    let proof = place(&mut draft, 3, 7);
    let base = path(&proof);
    draft.bad("one-short", "The topmost hash is missing.", "number of hashes", path(&proof[..2]));
    draft.bad("first-missing", "The lowest hash is missing.", "number of hashes", path(&proof[1..]));
    draft.bad("empty", "There is no hash.", "number of hashes", path(&[]));
    draft.bad("one-more", "One hash too many follows.", "number of hashes", path(&[&proof[..], &[Digest::ZERO]].concat()));
    draft.bad("reversed", "The hashes come from the top down.", "another root", path(&proof.iter().rev().copied().collect::<Vec<_>>()));
    draft.bad("flipped", "One bit of a hash is flipped.", "another root", base.flipped(&[1]));
    draft.bad_in(("index", 2), "other-index", "The index is that of the neighbour.", "another root", base.clone());
    draft.bad_in(("index", 7), "index-is-size", "The index is the size.", "no such place", base.clone());
    draft.bad_in(("index", u64::MAX), "largest-index", "The index is 2⁶⁴ − 1.", "no such place", base.clone());
    draft.bad_in(("size", 0), "empty-tree", "The tree is empty.", "no such place", base.clone());
    draft.bad_in(("size", 9), "larger-tree", "The tree is larger than the proof is for.", "number of hashes", base.clone());
    draft.bad_in(("size", u64::MAX), "largest-tree", "The tree has 2⁶⁴ − 1 leaves.", "number of hashes", base.clone());
    draft.bad_in(("leaf", hex(leaf_hash(b"other").as_bytes())), "other-leaf", "The leaf is another.", "another root", base.clone());
    draft.bad_in(("leaf", hex(node_hash(&leaves(7)[2], &leaves(7)[3]).as_bytes())), "node-for-leaf", "A node's hash is passed off as a leaf's.", "another root", base.clone());
    draft.bad_in(("root", hex(tree::root(&leaves(8)).as_bytes())), "other-root", "The root is that of a larger tree.", "another root", base.clone());
    list_shapes(&mut draft, &base);
    draft
}

/// Wrong spellings of an array of bstr32.
fn list_shapes(draft: &mut Draft, base: &Cbor) {
    let bytes = base.encode();
    draft.bad("list-trailing", "A byte follows after the list.", "CBOR", [&bytes[..], &[0]].concat());
    draft.bad("list-cut", "The last byte of the list is missing.", "CBOR", bytes[..bytes.len() - 1].to_vec());
    draft.bad("list-indefinite", "The list has an indefinite length.", "CBOR", [&[0x9f], &bytes[1..], &[0xff]].concat());
    draft.bad("list-of-31-bytes", "A hash has 31 bytes.", "CBOR", base.with(&[0], [1; 31]));
    draft.bad("list-with-null", "A hash is null.", "CBOR", base.with(&[0], raw(&[0xf6])));
}

fn consistency() -> Draft {
    let what = "Consistency proofs (RFC 9162 §2.1.4). Context: old and new size and root. Bytes: the proof as CBOR array of bstr32.";
    let mut draft = Draft::new("tree-consistency", what, 1);
    let place = |draft: &mut Draft, old: u8, new: u8| {
        let all = leaves(new);
        draft.set("old_size", old).set("new_size", new).set_hex("new_root", tree::root(&all).as_bytes());
        draft.set_hex("old_root", tree::root(&all[..usize::from(old)]).as_bytes());
        tree::consistency_proof(&all, usize::from(old))
    };
    for (old, new) in
        [(0, 0), (0, 5), (1, 1), (1, 2), (2, 3), (3, 7), (4, 7), (6, 8), (7, 8), (8, 33), (32, 33), (33, 33)]
    {
        let proof = place(&mut draft, old, new);
        draft.good(
            &format!("from-{old}-to-{new}"),
            &format!("From {old} to {new} leaves with {} hashes.", proof.len()),
            path(&proof),
        );
    }
    let proof = place(&mut draft, 3, 7);
    let base = path(&proof);
    draft.bad("one-short", "The last hash is missing.", "wrong number of hashes", path(&proof[..proof.len() - 1]));
    draft.bad("first-missing", "The first hash is missing.", "wrong number of hashes", path(&proof[1..]));
    draft.bad("empty", "There is no hash.", "number of hashes", path(&[]));
    draft.bad("one-more", "One hash too many follows.", "number of hashes", path(&[&proof[..], &[Digest::ZERO]].concat()));
    draft.bad("reversed", "The hashes come in the wrong order.", "another root", path(&proof.iter().rev().copied().collect::<Vec<_>>()));
    draft.bad("flipped", "One bit of a hash is flipped.", "another root", base.flipped(&[0]));
    draft.bad_in(("old_root", hex(leaf_hash(b"x").as_bytes())), "other-old-root", "The old root is another: a fork.", "another root", base.clone());
    draft.bad_in(("new_root", hex(leaf_hash(b"x").as_bytes())), "other-new-root", "The new root is another.", "another root", base.clone());
    draft.bad_in(("old_size", 2), "other-old-size", "The old size is smaller than the proof is for.", "wrong number of hashes", base.clone());
    draft.bad_in(("old_size", 8), "shrinking", "The old size is larger than the new.", "no such place", base.clone());
    draft.bad_in(("old_size", 0), "from-nothing-with-proof", "From the empty tree no hash is needed.", "number of hashes", base.clone());
    draft.bad_in(("old_size", 7), "same-size-with-proof", "Between equal sizes no hash is needed.", "number of hashes", base.clone());
    draft.bad_in(("old_size", 7), "same-size-other-root", "Equal sizes have different roots: a fork.", "another root", path(&[]));
    draft.bad_in(("old_size", 0), "empty-with-a-root", "The empty tree has one root only.", "another root", path(&[]));
    draft.bad_in(("new_size", 33), "larger-new-size", "The new tree is larger than the proof is for.", "number of hashes", base.clone());
    list_shapes(&mut draft, &base);
    draft
}
