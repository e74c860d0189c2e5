"""Blocks, key certificates, proposals, epoch certificates, hand-overs, directories (docs/protocol.md sections 4 and 5)."""

from basics import (
    Refused, array, bstr, decode, demand, domain, fields, sha256, sint, text, u32, uint,
)
from keys import Sign1, check_possession, public_key
from notes import Note, verify_checkpoint, verify_settled
from tree import leaf_hash, verify_inclusion

KIB = 1024
_BLOCK = fields({
    0: uint(8), 1: bstr(32), 2: uint(32), 3: uint(64), 4: bstr(32), 5: uint(64), 6: array(bstr(32), 8),
    7: (bstr(),), 8: (bstr(),),
})


class Block:
    def __init__(self, data):
        block = _BLOCK(decode(data, 96 * KIB))
        demand(block[0] == 1, "unknown version")
        demand(block[5] % 3600 == 0, "the time is not a full hour")
        self.chain, self.epoch, self.height, self.prev = (block[key] for key in (1, 2, 3, 4))
        self.time, self.commitments, self.certificate, self.control = (block[key] for key in (5, 6, 7, 8))
        self.leaf = leaf_hash(data)

    def follows(self, before):
        demand((self.chain, self.height, self.prev) == (before.chain, before.height + 1, before.leaf), "it does not follow")
        demand(self.epoch >= before.epoch, "it goes back an epoch")


_KEY_CERTIFICATE = fields({
    0: uint(8), 1: bstr(32), 2: uint(32), 3: public_key, 4: public_key, 5: public_key, 6: bstr(64), 7: bstr(64), 8: bstr(64),
})
ROLES = ("witness", "mirror", "entry")


def verify_key_certificate(data, chain, identity):
    payload = _KEY_CERTIFICATE(decode(Sign1(data, 2 * KIB).verify("key-certificate", identity), 2 * KIB))
    demand(payload[0] == 1 and payload[1] == chain, "another version or chain")
    for place, role in enumerate(ROLES):
        check_possession(payload[3 + place], chain, role, payload[2], payload[6 + place])
    return {"generation": payload[2], "witness": payload[3], "mirror": payload[4], "entry": payload[5]}


def _grants_kept(value):
    if type(value) is int:
        demand(value == 1, "grants kept are 1 or a list")
        return 1
    return array(bstr(16))(value)


_NODE = fields({0: bstr(8), 1: public_key, 2: public_key, 3: public_key})
_CIRCLE = fields({0: uint(32), 1: uint(32), 2: uint(32), 3: array(_NODE)})
_DEVICE = fields({0: sint(8), 1: public_key, 2: bstr(64)})
_PROPOSAL = fields({
    0: uint(8), 1: bstr(32), 2: bstr(16), 3: public_key, 4: public_key, 5: (bstr(32),), 6: uint(32), 7: public_key,
    8: public_key, 9: array(_DEVICE), 10: _CIRCLE, 11: bstr(32), 12: (bstr(32),), 13: _grants_kept, 14: uint(8),
    15: bstr(64), 16: bstr(64),
})


def numbers(n):
    """f and k of n nodes."""
    if n == 0:
        return 0, 0
    f = (n - 1) // 3
    return f, (n + f) // 2 + 1


def _circle(value):
    nodes = [dict(zip(("label", *ROLES), (node[key] for key in range(4)))) for node in value[3]]
    n = len(nodes)
    demand(n <= 7 and (value[0], value[1], value[2]) == (n, *numbers(n)), "wrong numbers of the circle")
    labels = [node["label"] for node in nodes]
    demand(all(a < b for a, b in zip(labels, labels[1:])), "labels do not ascend")
    return {"n": n, "f": value[1], "k": value[2], "nodes": nodes}


def chain_id(first_root, salt):
    return sha256(domain("chain"), first_root, salt)


def verify_proposal(signatures, root=None):
    """The proposal in these COSE objects, signed by the root, or by the first root when none is given."""
    demand(len(signatures) == 1, "a changed root is not known to this version")
    signed = Sign1(signatures[0], 16 * KIB)
    value = _PROPOSAL(decode(signed.payload, 16 * KIB))
    root = root or value[3]
    signed.verify("proposal", root)
    demand(value[0] == 1 and value[1] == chain_id(value[3], value[2]), "the chain is not of this root")
    demand(value[4] == root and value[14] == 0, "a changed root or forced hand-over is not known to this version")
    circle, devices = _circle(value[10]), value[9]
    demand(1 <= len(devices) <= 8 and all(device[0] == -8 for device in devices), "one to eight Ed25519 devices")
    held = [(value[7], "log", value[15]), (value[8], "consent", value[16])]
    held += [(device[1], "device", device[2]) for device in devices]
    for key, role, proof in held:
        check_possession(key, value[1], role, value[6], proof)
    keys = [value[4]] + [key for key, _, _ in held] + [node[role] for node in circle["nodes"] for role in ROLES]
    demand(len(set(keys)) == len(keys), "one key stands at two places")
    return {
        "chain": value[1], "salt16": value[2], "first_root": value[3], "root": value[4], "previous": value[5],
        "epoch": value[6], "log_key": value[7], "consent_key": value[8], "devices": [d[1] for d in devices],
        "circle": circle, "control_check": value[11], "directory_hash": value[12], "grants_kept": value[13],
    }


_BASE = fields({0: uint(32), 1: uint(64), 2: bstr(32), 3: text})
_CERTIFICATE = fields({0: uint(8), 1: array(bstr()), 2: (_BASE,), 3: array(bstr())})


class Epoch:
    """An epoch whose first block and certificate were checked against the epoch before."""

    def __init__(self, block, chain, before=None):
        demand(block.certificate is not None, "no epoch certificate")
        signed = Sign1(block.certificate, 64 * KIB)
        value = _CERTIFICATE(decode(signed.payload, 64 * KIB))
        self.proposal = verify_proposal(value[1], before and before.proposal["root"])
        self.chain, self.number, self.log_key = chain, self.proposal["epoch"], self.proposal["log_key"]
        self.circle, self.base = self.proposal["circle"], value[2]
        signed.verify("epoch-certificate", self.log_key)
        demand(self.number <= 1 and not value[3], "an epoch beyond 1 needs freezes, which this version does not know")
        demand(value[0] == 1 and self.proposal["chain"] == chain == block.chain, "another version or chain")
        demand(block.epoch == self.number, "the block is of another epoch than its certificate")
        self.certificate_hash = sha256(block.certificate)
        self.first_height, self.first_leaf = block.height, block.leaf
        if before is None:
            self._check_first(block)
        else:
            self._check_base(block, before)

    def _check_first(self, block):
        demand(self.base is None and self.number == 0 and self.proposal["previous"] is None, "not an epoch 0")
        demand(self.circle["n"] == 0 and self.proposal["directory_hash"] is None, "epoch 0 has no circle")
        demand((block.height, block.prev) == (0, bytes(32)), "the chain begins at height 0")

    def _check_base(self, block, before):
        demand(self.base is not None, "a later epoch has a base")
        demand(self.proposal["previous"] == before.certificate_hash, "it names another certificate before it")
        demand(self.number == before.number + 1 == self.base[0] + 1, "it does not follow on the epoch before")
        demand(self.circle["n"] > 0, "a later epoch has a circle")
        self.base_size, self.base_root = verify_checkpoint(Note(self.base[3]), self.chain, before.number, before.log_key)
        demand(self.base_size > 0 and before.first_height + self.base_size - 1 == self.base[1], "the base is not the last block")
        demand((block.height, block.prev) == (self.base[1] + 1, self.base[2]), "the first block does not follow on the base")


def verify_hand_over(epoch, note):
    demand(note is not None, "no hand-over is shown")
    size, root, witnesses, mirrors = verify_settled(note, epoch)
    demand((size, root) == (1, epoch.first_leaf), "the hand-over is not over the first block")
    return witnesses, mirrors


def verify_history(chain, shown):
    """Epochs from (first block, hand-over note or None, base path), from epoch 0 on."""
    epochs = []
    for first_block, note, path in shown:
        before = epochs[-1] if epochs else None
        epoch = Epoch(Block(first_block), chain, before)
        if before is not None:
            verify_inclusion(epoch.base[2], epoch.base_size - 1, epoch.base_size, path, epoch.base_root)
            verify_hand_over(epoch, note)
        epochs.append(epoch)
    demand(epochs, "no epoch is shown")
    return epochs


_DIRECTORY_NODE = fields({0: bstr(8), 1: text, 2: text, 3: bstr(32), 4: public_key, 5: bstr()})
_DIRECTORY = fields({0: uint(8), 1: bstr(32), 2: uint(32), 3: bstr(16), 4: array(_DIRECTORY_NODE)})


def verify_directory(data, proposal):
    payload = Sign1(data, 32 * KIB).verify("directory", proposal["log_key"])
    demand(proposal["directory_hash"] == sha256(domain("directory-hash"), payload), "the proposal names another directory")
    value = _DIRECTORY(decode(payload, 32 * KIB))
    demand((value[0], value[1], value[2]) == (1, proposal["chain"], proposal["epoch"]), "another version, chain or epoch")
    members = proposal["circle"]["nodes"]
    demand(len(members) == len(value[4]), "other nodes than the circle's")
    for node, member in zip(value[4], members):
        certified = verify_key_certificate(node[5], proposal["chain"], node[4])
        demand(node[0] == member["label"] and all(certified[role] == member[role] for role in ROLES), "other nodes than the circle's")
    return value[4]


__all__ = ["Block", "Epoch", "Refused", "u32", "verify_directory", "verify_hand_over", "verify_history"]
