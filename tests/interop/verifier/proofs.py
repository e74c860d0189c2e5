"""Proofs of one reading and bundles (docs/protocol.md sections 11 and 12)."""

from basics import array, bstr, decode, demand, encode, fields, sha256, sint, text, uint
from epochs import Block, Epoch, verify_hand_over, verify_history
from notes import Note, cosignatures, verify_checkpoint, verify_settled
from segments import DAY_US, MIB, RR, SLOTS, VITALS, Manifest, _times, inner_hash, live_commitment, open_segment, sensor
from tree import Frontier, node_hash, verify_inclusion


def _value(value):
    if type(value) is dict:
        demand(list(value) == [0] and type(value[0]) is int and 1 <= value[0] <= 7, "an absent value is {0: reason}")
        return value
    return sint(32)(value)


_CHUNK = fields({
    0: uint(16), 1: uint(8), 2: uint(8), 3: sensor, 4: uint(16), 5: sint(64), 6: uint(64), 7: array(_value), 8: array(uint(32)),
})


class Chunk:
    """A chunk that stands alone."""

    def __init__(self, data):
        chunk = _CHUNK(decode(data, 2 * MIB))
        self.vital, self.origin, self.sensor, self.decoder_version = (chunk[key] for key in (0, 2, 3, 4))
        period, values, marks = chunk[6], chunk[7], chunk[8]
        demand(self.vital in VITALS and chunk[1] == VITALS[self.vital][1] and 1 <= self.origin <= 4, "vital, unit or origin")
        demand(1 <= period <= DAY_US or (period == 0 and self.vital == RR), "period")
        demand(len(values) == len(marks) and 1 <= len(values) <= SLOTS, "as many marks as values, at least one")
        if period == 0:
            demand(all(type(v) is int and 0 <= v <= 65535 for v in values), "no interval")
        times = [time for _, time in _times(chunk[5], period, values)]
        demand(times[-1] - times[0] <= 60_000, "more than a minute")
        self.readings = list(zip(times, values, marks))


_EPOCH = fields({0: bstr(), 1: (text,), 2: array(bstr(32))})


def _step(value):
    demand(type(value) is list and len(value) == 2 and type(value[0]) is int and value[0] in (0, 1), "a step is [side, hash]")
    return value[0], bstr(32)(value[1])


_PROOF = fields({
    0: uint(8), 1: bstr(32), 2: array(_EPOCH), 3: (text,), 4: bstr(), 5: array(bstr(32)), 6: uint(8), 7: bstr(32), 8: bstr(32),
    9: bstr(32), 10: bstr(), 11: bstr(32), 12: array(_step),
})


def existed_by(witnesses, circle):
    return sorted(time for _, time in witnesses)[circle["f"]]


def _settled(proof, block, epochs):
    """The checkpoint above the block, and who settled it."""
    last = epochs[-1]
    if proof[3] is not None:
        demand(block.epoch == last.number, "a note goes with a block of the last epoch")
        size, root, witnesses, mirrors = verify_settled(Note(proof[3]), last)
        return size, root, witnesses, mirrors
    demand(block.epoch == last.number - 1, "without note the block is of the epoch before the last")
    witnesses, mirrors = verify_hand_over(last, Note(proof[2][-1][1]))
    return last.base_size, last.base_root, witnesses, mirrors


def verify_proof(data, expected=None):
    proof = _PROOF(decode(data, 4 * MIB))
    demand(proof[0] == 1 and expected in (None, proof[1]), "another version or chain")
    chain, shown = proof[1], proof[2]
    demand(shown and shown[0][1] is None and not shown[0][2], "epoch 0 has no hand-over and no base")
    notes = [None if epoch[1] is None else Note(epoch[1]) for epoch in shown]
    epochs = verify_history(chain, [(epoch[0], note, epoch[2]) for epoch, note in zip(shown, notes)])
    block = Block(proof[4])
    size, root, witnesses, mirrors = _settled(proof, block, epochs)
    own = next((epoch for epoch in epochs if epoch.number == block.epoch), None)
    demand(own is not None and block.chain == chain, "the block is of another chain or epoch")
    verify_inclusion(block.leaf, block.height - own.first_height, size, proof[5], root)
    demand(len(proof[12]) <= 20 and proof[6] < 8, "too many steps, or no such slot")
    above = sha256(b"\0", proof[11], proof[10])
    for side, hash_ in proof[12]:
        above = node_hash(above, hash_) if side else node_hash(hash_, above)
    found = live_commitment(proof[8], inner_hash(proof[7], above), proof[9])
    demand(found == block.commitments[proof[6]], "the chunk does not lead to the commitment")
    return {
        "chain": chain, "first_root": epochs[0].proposal["first_root"], "epoch": block.epoch, "height": block.height,
        "slot": proof[6], "chunk": Chunk(proof[10]), "holders": mirrors, "existed_by": existed_by(witnesses, epochs[-1].circle),
    }


_HEAD = fields({0: uint(8), 1: bstr(32), 2: uint(64), 3: (uint(8),)})


def _key(value):
    demand(type(value) is list and len(value) == 2, "a key is [slot, DEK]")
    return uint(8)(value[0]), bstr(32)(value[1])


_BLOCK_ITEM = fields({0: bstr(), 1: bstr(), 2: (text,), 3: (array(_key),)})


def _items(data):
    """The byte strings of a sequence, one at a time."""
    at = 0
    while at < len(data):
        demand(data[at] >> 5 == 2 and data[at] & 31 <= 26, "a byte string expected")
        low = data[at] & 31
        width = 0 if low < 24 else 1 << (low - 24)
        length = low if low < 24 else int.from_bytes(data[at + 1 : at + 1 + width], "big")
        end = at + 1 + width + length
        demand(end <= len(data), "cut off")
        item = data[at + 1 + width : end]
        demand(data[at:end] == encode(item), "not the shortest head")
        yield item
        at = end


class Bundle:
    """A whole bundle, verified."""

    def __init__(self, data, expected=None):
        items = _items(data)
        head = _HEAD(decode(self._next(items), 128))
        demand(head[0] == 1 and head[3] in (None, 1) and expected in (None, head[1]), "version, keys or chain")
        self.chain, self.blocks, self.keyed = head[1], head[2], head[3] == 1
        self.epoch, self.tree, self.handed_over, self.signed = None, Frontier(), False, False
        self.certified = self.settled = None
        self.segments = self.segment_bytes = self.readings = 0
        before = bytes(32)
        for height in range(self.blocks):
            before = self._block(height, before, items)
        demand(next(items, None) is None, "more follows after the last block")
        demand(self.epoch is not None and self.signed, "no signed checkpoint covers the last blocks")

    @staticmethod
    def _next(items):
        item = next(items, None)
        demand(item is not None, "the bundle ends early")
        return item

    def _block(self, height, before, items):
        item = _BLOCK_ITEM(decode(self._next(items), (96 + 2 + 16 + 1) * 1024))
        block, manifest = Block(item[0]), Manifest(item[1])
        demand((block.chain, block.height, block.prev) == (self.chain, height, before), "the block does not follow")
        self._place(block)
        self.tree.append(block.leaf)
        self.signed = False
        if item[2] is not None:
            self._note(Note(item[2]), height)
        self._segments(block, manifest, item[3], items)
        return block.leaf

    def _place(self, block):
        current = self.epoch and self.epoch.number
        if block.certificate is None and current == block.epoch:
            return
        demand(current is None or block.epoch > current, "a certificate stands in an epoch's first block only")
        epoch = Epoch(block, self.chain, self.epoch)
        if self.epoch is not None:
            same = (epoch.base_size, epoch.base_root) == (self.tree.size, self.tree.root())
            demand(same, "the base has another size or root than the blocks")
        self.epoch, self.tree, self.handed_over = epoch, Frontier(), False

    def _note(self, note, height):
        found = verify_checkpoint(note, self.chain, self.epoch.number, self.epoch.log_key)
        demand(found == (self.tree.size, self.tree.root()), "the note has another size or root than the blocks")
        self.signed, circle = True, self.epoch.circle
        witnesses, mirrors = cosignatures(note, circle, "witness"), cosignatures(note, circle, "mirror")
        if circle["k"] == 0 or len(witnesses) < circle["k"]:
            return
        by = existed_by(witnesses, circle)
        self.certified = (height, witnesses, by)
        if len(mirrors) >= circle["k"]:
            self.handed_over |= self.tree.size == 1
            demand(self.handed_over, "settled without hand-over")
            self.settled = (height, mirrors, by)

    def _segments(self, block, manifest, keys, items):
        live, hashes = manifest.live(), [None] * 8
        demand((keys is not None) == self.keyed, "keys that the head does not announce, or none")
        demand(not self.keyed or [slot for slot, _ in keys] == live, "a key for each live slot, ascending")
        for place, slot in enumerate(live):
            sealed = self._next(items)
            demand(len(sealed) <= 4 * MIB, "the segment is too large")
            hashes[slot] = sha256(sealed)
            if self.keyed:
                segment, *_, commitment = open_segment(self.chain, keys[place][1], sealed)
                demand(commitment == block.commitments[slot], f"slot {slot}: another segment")
                self.readings += sum(column.n for column in segment.columns)
            self.segments, self.segment_bytes = self.segments + 1, self.segment_bytes + len(sealed)
        manifest.verify(block.height, block.commitments, hashes)
