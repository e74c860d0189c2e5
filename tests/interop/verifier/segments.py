"""Segments: packed integers, columns, chunks, keys, commitments, manifests (docs/protocol.md section 3)."""

from pathlib import Path

from pcodec import standalone

from basics import (
    Refused, array, bstr, decode, demand, domain, encode, expand, fields, hmac, open_box, sha256, sint, text, u32, uint, unpad,
)
from tree import root

SLOTS, DAY_US, MIB = 1 << 20, 86_400_000_000, 1 << 20


def _vitals(page):
    """Vital: category, unit, decimal exponent, from the table of docs/vitals.md."""
    table = page.split("<!-- vitals -->\n")[1].split("<!-- end of vitals -->")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    return {int(row[0]): (int(row[2].split()[0]), int(row[3].split()[0]), int(row[4])) for row in rows}


VITALS = _vitals((Path(__file__).parents[3] / "docs/vitals.md").read_text())
RR = 2


def _leb128(data, at):
    number = shift = 0
    while True:
        demand(at < len(data) and shift < 70, "packed: it ends early or is too wide")
        byte = data[at]
        demand(not (shift and byte == 0), "packed: not the shortest LEB128")
        number, shift, at = number | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            demand(number < 1 << 64, "packed: more than 64 bits")
            return number, at


def _signed(number):
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >> 63 else number


def _differences(data, count):
    integers, before, at = [], 0, 0
    for _ in range(count):
        zigzag, at = _leb128(data, at)
        before = _signed(before + (zigzag >> 1 ^ -(zigzag & 1)))
        integers.append(before)
    demand(at == len(data), "packed: bytes follow")
    return integers


def _pco_chunk(stream):
    """The size hint of a standalone stream and its first chunk: the little that must be known before anything is read."""
    demand(stream[:4] == b"pco!" and len(stream) > 8 and stream[4] in (2, 3), "pco: not a standalone stream")
    at = 6 if stream[4] == 3 else 5
    bits = int.from_bytes(stream[at : at + 9], "little")
    width = (bits & 63) + 1
    hint = bits >> 6 & ((1 << width) - 1)
    at += (6 + width + 7) // 8
    at += 2 if stream[at : at + 1] >= b"\4" else 1
    return hint, stream[at:]


def _pco(stream, count):
    hint, chunk = _pco_chunk(stream)
    demand(hint == count and len(chunk) >= 5, "pco: another size hint")
    declared = int.from_bytes(chunk[1:4], "little") + 1
    mode, delta = chunk[4] & 15, chunk[4] >> 4
    demand((chunk[0], declared, mode) == (4, count, 0) and delta <= 1, "pco: not one chunk of classic i64")
    try:
        integers = [int(number) for number in standalone.simple_decompress(stream)]
    except (RuntimeError, TypeError, ValueError, OverflowError):
        raise Refused("pco: damaged") from None
    demand(len(integers) == count and stream[-1:] == b"\0", "pco: another count, or no end mark")
    try:
        standalone.simple_decompress(stream[:-1])
    except (RuntimeError, TypeError, ValueError):
        return integers
    raise Refused("pco: something follows after the end mark")


def unpack(data, count):
    demand(data, "packed: no format")
    demand(data[0] in (0, 1), "packed: unknown format")
    return (_differences if data[0] == 0 else _pco)(data[1:], count)


def unpack_counted(data, limit):
    count, at = _leb128(data, 0)
    demand(count <= limit, "packed: too many")
    return unpack(data[at:], count)


def sensor(value):
    value = fields({0: text, 1: text})(value)
    demand(all(len(part.encode()) <= 64 for part in value.values()), "the sensor's id or kind is too long")
    return value


_ABSENT = array(uint(32), 3)
_COLUMN = fields({
    0: uint(16), 1: sint(8), 2: uint(8), 3: bstr(), 4: bstr(), 5: bstr(), 6: bstr(), 7: (array(_ABSENT),), 8: array(uint(32)),
})
_SEGMENT = fields({
    0: uint(8), 1: uint(8), 2: sint(64), 3: sint(64), 4: uint(8), 5: sensor, 6: uint(16), 7: bstr(32), 8: array(_COLUMN),
})


def _runs(column, vital, limit):
    starts, periods, counts = (unpack_counted(column[key], limit) for key in (3, 4, 5))
    demand(starts and len(starts) == len(periods) == len(counts), "runs do not belong together")
    for period, count in zip(periods, counts):
        demand(count >= 1 and (1 <= period <= DAY_US or (period == 0 and vital == RR)), "a run's count or period")
    demand(sum(counts) <= limit, "too many slots")
    return list(zip(starts, periods, counts))


def _absences(wire, n):
    reasons, end, last = {}, 0, None
    demand(wire != [], "an empty list of absences")
    for slot, count, reason in wire or []:
        demand(1 <= reason <= 7 and count >= 1 and slot >= end and slot + count <= n, "absences")
        demand(not (slot == end and reason == last), "absences that are not joined")
        reasons.update(dict.fromkeys(range(slot, slot + count), reason))
        end, last = slot + count, reason
    return reasons


def _quality(wire, n):
    demand(len(wire) % 2 == 0, "quality comes in pairs")
    marks, last = [], None
    for count, bits in zip(wire[::2], wire[1::2]):
        demand(count >= 1 and bits != last and len(marks) + count <= n, "quality")
        marks += [bits] * count
        last = bits
    demand(len(marks) == n, "quality does not cover the slots")
    return marks


def _times(start, period, values):
    """(begin, time) of each slot of a run."""
    out, ticks = [], 0
    for j, value in enumerate(values):
        if period:
            at = start + (j * period + 500) // 1000
            out.append((at, at))
        else:
            begin, ticks = start + 1000 * ticks // 1024, ticks + value
            out.append((begin, start + 1000 * ticks // 1024))
    return out


class Column:
    def __init__(self, wire, category, limit):
        self.vital, self.clock = wire[0], wire[2]
        demand(self.vital in VITALS, "unknown vital")
        home, self.unit, exponent = VITALS[self.vital]
        demand(home == category and exponent == wire[1] and self.clock in (1, 2), "category, exponent or clock")
        self.runs = _runs(wire, self.vital, limit)
        self.n = sum(count for _, _, count in self.runs)
        reasons = _absences(wire[7], self.n)
        numbers = iter(unpack(wire[6], self.n - len(reasons)))
        values = [{0: reasons[slot]} if slot in reasons else sint(32)(next(numbers)) for slot in range(self.n)]
        quality, self.slots, at = _quality(wire[8], self.n), [], 0
        for run, (start, period, count) in enumerate(self.runs):
            part = values[at : at + count]
            if period == 0:
                demand(all(type(v) is int and 0 <= v <= 65535 for v in part), "no interval")
            for offset, (begin, time) in enumerate(_times(start, period, part)):
                self.slots.append((run, begin, time, part[offset], quality[at + offset]))
            at += count


class Segment:
    def __init__(self, data):
        wire = _SEGMENT(decode(data, 4 * MIB))
        demand(wire[0] == 1 and 1 <= wire[1] <= 10 and 1 <= wire[4] <= 4, "version, category or origin")
        self.category, self.begin, self.end, self.origin = (wire[key] for key in (1, 2, 3, 4))
        self.sensor, self.decoder_version, self.evidence_root = (wire[key] for key in (5, 6, 7))
        demand(self.end > self.begin and 1 <= len(wire[8]) <= 16, "range or columns")
        vitals = [column[0] for column in wire[8]]
        demand(all(a < b for a, b in zip(vitals, vitals[1:])), "columns do not ascend")
        self.columns, left = [], SLOTS
        for column in wire[8]:
            self.columns.append(Column(column, self.category, left))
            left -= self.columns[-1].n
        for column in self.columns:
            times = [slot[2] for slot in column.slots]
            demand(all(self.begin <= time < self.end for time in times), "a time outside the range")
            demand(all(a <= b for a, b in zip(times, times[1:])), "times go back")

    def chunks(self):
        """The bytes of each chunk, in order of column, then time."""
        out = []
        for column in self.columns:
            groups = {}
            for run, begin, time, value, marks in column.slots:
                group = groups.setdefault((run, time // 60_000), (begin, [], []))
                group[1].append(value)
                group[2].append(marks)
            for (run, _), (begin, values, marks) in groups.items():
                out.append(encode({
                    0: column.vital, 1: column.unit, 2: self.origin, 3: self.sensor, 4: self.decoder_version,
                    5: begin, 6: column.runs[run][1], 7: values, 8: marks,
                }))
        return out


def segment_key(dek, label, rest=b""):
    return expand(dek, f"pulsebook/{label}/v1".encode() + rest, 32)


def salt(dek, index):
    return segment_key(dek, "disclosure-salt", b"\0" + u32(index))


def disclosure_root(segment, dek):
    return root([sha256(b"\0", salt(dek, index), chunk) for index, chunk in enumerate(segment.chunks())])


def inner_hash(key_check, disclosure):
    return sha256(domain("inner"), key_check, disclosure)


def live_commitment(blinder, inner, segment_hash):
    return hmac(blinder, domain("segment-commitment"), inner, segment_hash)


def unused_commitment(blinder):
    return hmac(blinder, domain("unused"))


def open_segment(chain, dek, sealed):
    """The segment, its plaintext, and where it leads: hash, inner, blinder, commitment."""
    demand(len(sealed) <= 4 * MIB, "too large")
    plain = unpad(open_box(segment_key(dek, "segment-seal"), domain("segment") + chain, sealed))
    segment, hash_ = Segment(plain), sha256(sealed)
    inner = inner_hash(segment_key(dek, "key-check"), disclosure_root(segment, dek))
    blinder = segment_key(dek, "blinder")
    return segment, plain, hash_, inner, blinder, live_commitment(blinder, inner, hash_)


_LIVE, _UNUSED, _ERASED = (uint(8), bstr(32), bstr(32)), (uint(8), bstr(32)), (uint(8),)


def _row(value):
    kinds = {0: _LIVE, 1: _UNUSED, 2: _ERASED}
    demand(type(value) is list and value and type(value[0]) is int and value[0] in kinds, "not a manifest row")
    shape = kinds[value[0]]
    demand(len(shape) == len(value), "not a manifest row")
    return [check(part) for check, part in zip(shape, value)]


_MANIFEST = fields({0: uint(8), 1: uint(64), 2: array(_row)})


class Manifest:
    def __init__(self, data):
        value = _MANIFEST(decode(data, 2048))
        demand(value[0] == 1 and len(value[2]) == 8, "version, or not eight rows")
        self.height, self.rows = value[1], value[2]

    def live(self):
        return [slot for slot, row in enumerate(self.rows) if row[0] == 0]

    def verify(self, height, commitments, hashes):
        demand(self.height == height, "the manifest is of another height")
        for slot, row in enumerate(self.rows):
            demand(row[0] != 2, "an erased row")
            demand(row[0] != 0 or hashes[slot] is not None, f"slot {slot}: its segment is missing")
            found = unused_commitment(row[1]) if row[0] == 1 else live_commitment(row[1], row[2], hashes[slot])
            demand(found == commitments[slot], f"slot {slot} does not lead to the commitment")
