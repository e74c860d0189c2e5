"""RFC 6962 trees and RFC 9162 proofs, written from the recursive definitions."""

from basics import Refused, demand, sha256


def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def _split(size):
    """The largest power of two below size."""
    return 1 << ((size - 1).bit_length() - 1)


def root(leaves):
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    half = _split(len(leaves))
    return node_hash(root(leaves[:half]), root(leaves[half:]))


def _above(leaf, index, size, path):
    """The root that leaf and path lead to; takes its hashes from the end of path."""
    if size == 1:
        return leaf
    demand(path, "the proof has too few hashes")
    sibling, half = path.pop(), _split(size)
    if index < half:
        return node_hash(_above(leaf, index, half, path), sibling)
    return node_hash(sibling, _above(leaf, index - half, size - half, path))


def verify_inclusion(leaf, index, size, path, expected):
    demand(0 <= index < size, "no such place in the tree")
    rest = list(path)
    found = _above(leaf, index, size, rest)
    demand(not rest, "the proof has too many hashes")
    demand(found == expected, "the proof leads to another root")


def _roots(old, size, path, complete, old_root):
    """The roots over the first `old` and over all leaves of a subtree."""
    if old == size:
        if complete:
            return old_root, old_root
        demand(path, "the proof has too few hashes")
        whole = path.pop()
        return whole, whole
    demand(path, "the proof has too few hashes")
    sibling, half = path.pop(), _split(size)
    if old <= half:
        before, after = _roots(old, half, path, complete, old_root)
        return before, node_hash(after, sibling)
    before, after = _roots(old - half, size - half, path, False, old_root)
    return node_hash(sibling, before), node_hash(sibling, after)


def verify_consistency(old, old_root, new, new_root, path):
    demand(old <= new, "no such place in the tree")
    if old == 0 or old == new:
        demand(not path, "the proof has too many hashes")
        demand(old_root == (root([]) if old == 0 else new_root), "the proof leads to another root")
        return
    rest = list(path)
    found = _roots(old, new, rest, True, old_root)
    demand(not rest, "the proof has too many hashes")
    demand(found == (old_root, new_root), "the proof leads to another root")


class Frontier:
    """The right edge of a growing tree."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, leaf):
        size = self.size
        while size & 1:
            leaf, size = node_hash(self.peaks.pop(), leaf), size >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return root([])
        hash_ = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            hash_ = node_hash(left, hash_)
        return hash_


__all__ = ["Frontier", "Refused", "leaf_hash", "node_hash", "root", "verify_consistency", "verify_inclusion"]
