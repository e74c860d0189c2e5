"""What the phone keeps for itself: store pages, rollups, evidence, the journal (docs/protocol.md sections 13 to 15)."""

import hashlib
import json
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from basics import (
    NULL, Refused, array, bstr, decode, demand, domain, encode, expand, open_box, sha256, sint, text, u32, u64, uint,
)
from segments import VITALS, unpack, unpack_counted
from tree import root

MIB = 1 << 20
PLACES = (1440, 720, 360)


def shaped(*of):
    """An array with these parts."""

    def check(value):
        demand(type(value) is list and len(value) == len(of), f"an array of {len(of)} expected")
        return [part(item) for part, item in zip(of, value)]

    return check


def open_raw(key, nonce, aad, sealed):
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError):
        raise Refused("it does not open") from None


def open_store_page(key, chain, table, column, primary, plain, sealed):
    place = encode([table, column, primary, plain, 1])
    return open_box(key, domain("store-page") + chain + place, sealed)


# What was fetched of sensors' memories.


def _number(value):
    return None if value is NULL else uint(32)(value)


_FETCHED = shaped(text, uint(16), _number, bstr())


def fetched_page(key, chain, number, sealed):
    opened = open_store_page(key, chain, "fetched", "sealed", [u64(number)], [], sealed)
    sensor, service, last, names = _FETCHED(decode(opened, 80 << 10))
    demand(len(names) % 8 == 0 and len(names) <= 8 * 8192, "names of eight bytes, at most 8,192")
    return sensor, service, last, [names[at : at + 8] for at in range(0, len(names), 8)]


# Rollups.

_PAGE = shaped(uint(32), array(bstr(), 12))


def _summed(count, least, spread, excess):
    demand(count >= 0 and spread >= 0 and 0 <= excess <= count * spread, "a sum that its values cannot have")
    greatest = least + spread
    sint(32)(least), sint(32)(greatest)
    demand(count * spread < 1 << 63 and -1 << 63 <= count * least + excess < 1 << 63, "a sum over 64 bits")
    return [count, least, greatest, count * least + excess]


def rollups(data, grain, page):
    count, columns = _PAGE(decode(data, 256 << 10))
    demand(count <= PLACES[grain], "more rollups than places")
    columns = [unpack(column, count) if column else [0] * count for column in columns]
    found, last = [], -1
    for place, *sums, errors, absent, marks in zip(*columns):
        demand(last < place < PLACES[grain], "places do not ascend")
        last = place
        uint(32)(marks)
        demand(errors >= 0 and absent >= 0, "a negative count")
        found.append({
            "number": page * PLACES[grain] + place, "good": _summed(*sums[:4]), "doubtful": _summed(*sums[4:]),
            "errors": errors, "absent": absent, "marks": marks,
        })
    return found


_INDEX = shaped(uint(64), array(shaped(uint(16), uint(8), array(bstr(), 3))))


def rollup_index(data):
    next_, listed = _INDEX(decode(data, 16 * MIB))
    series = []
    for vital, origin, pages in listed:
        demand(vital in VITALS and 1 <= origin <= 4, "vital or origin")
        series.append({"vital": vital, "origin": origin, "pages": [unpack_counted(page, 1 << 17) for page in pages]})
    names = [(one["vital"], one["origin"]) for one in series]
    demand(len(set(names)) == len(names), "a series twice")
    return next_, series


# Evidence.

_SHAPE = shaped(uint(16), uint(16), uint(16), uint(32), array(bstr()))
_EVIDENCE = shaped(uint(32), array(_SHAPE), bstr(), bstr())


def evidence_page(data):
    """Notifications, each [service, characteristic, instance, received at, bytes]."""
    count, shapes, order, times = _EVIDENCE(decode(data, 8 * MIB))
    demand(count <= 8192 and count == sum(shape[3] for shape in shapes), "another count")
    demand(count <= 1 or sum(shape[3] * len(shape[4]) for shape in shapes) <= MIB, "too many bytes")
    frames = []
    for *_, frame_count, columns in shapes:
        columns = [unpack(column, frame_count) for column in columns]
        demand(all(0 <= byte < 256 for column in columns for byte in column), "a byte that is none")
        frames.append(iter([bytes(column[at] for column in columns) for at in range(frame_count)]))
    found = []
    for place, time in zip(unpack(order, count), unpack(times, count)):
        demand(0 <= place < len(shapes), "no such shape")
        frame = next(frames[place], None)
        demand(frame is not None, "no frame is left")
        found.append([*shapes[place][:3], time, frame])
    return found


_EVIDENCE_INDEX = shaped(bstr(16), bstr(32), array(shaped(uint(8), bstr(32), uint(32), array(uint(32)))))


def evidence_file(data, chain, index, slot):
    """Seed and notifications behind a slot."""
    file_id, key, segments = _EVIDENCE_INDEX(decode(index, 4 * MIB))
    demand(data[:24] == b"PBEVID1\n" + file_id, "another file")
    demand(len(data) == 24 + sum(length for *_, pages in segments for length in pages), "another length")
    at, number = 24, 0
    for its_slot, seed, count, pages in segments:
        if its_slot != slot:
            at, number = at + sum(pages), number + len(pages)
            continue
        found = []
        for length in pages:
            aad = domain("evidence-file") + chain + file_id + u32(number)
            found += evidence_page(open_raw(key, bytes(8) + u32(number), aad, data[at : at + length]))
            at, number = at + length, number + 1
        demand(len(found) == count, "notifications are missing")
        return seed, found
    raise Refused("nothing of this slot")


def evidence_root(seed, notifications):
    leaves = [
        sha256(b"\0", expand(seed, b"pulsebook/evidence-salt/v1\0" + u64(index), 32), encode(one))
        for index, one in enumerate(notifications)
    ]
    return root(leaves) if leaves else bytes(32)


# Exported evidence.

_NUMBERS = {"service", "characteristic", "instance", "received_at_ms", "bytes"}
_HEAD = {
    "pulsebook", "chain", "block", "slot", "category", "from_ms", "to_ms", "sensor", "kind", "origin", "decoder_version",
    "evidence_root", "seed", "notifications",
}


def _hex(value, length=None):
    demand(type(value) is str and re.fullmatch(r"([0-9a-f]{2})*", value) is not None, "not lower-case hex")
    demand(length in (None, len(value) // 2), f"{length} bytes expected")
    return bytes.fromhex(value)


def _exported(line):
    short = [uint(16)(int.from_bytes(_hex(line[name], 2), "big")) for name in ("service", "characteristic")]
    return [*short, uint(16)(line["instance"]), sint(64)(line["received_at_ms"]), _hex(line["bytes"])]


def _only(line, names):
    demand(type(line) is dict and set(line) == names, "other fields than the page has")


def evidence_export(text_):
    demand(text_ == "" or text_.endswith("\n"), "the last line has no end")
    try:
        lines = [json.loads(line) for line in text_.split("\n")[:-1]]
    except ValueError:
        raise Refused("a line is no JSON") from None
    segments, malformed, at = [], [], 0
    while at < len(lines):
        head, at = lines[at], at + 1
        demand(type(head) is dict, "not an object")
        if head.get("pulsebook") == "malformed/1":
            _only(head, _NUMBERS | {"pulsebook", "sensor"})
            *numbers, frame = _exported(head)
            malformed.append([text(head["sensor"]), *numbers, frame.hex()])
            continue
        _only(head, _HEAD)
        demand(head["pulsebook"] == "evidence/1", "another version")
        behind = lines[at : at + uint(32)(head["notifications"])]
        at += len(behind)
        demand(len(behind) == head["notifications"], "notifications are missing")
        for line in behind:
            _only(line, _NUMBERS)
        found = evidence_root(_hex(head["seed"], 32), [_exported(line) for line in behind])
        demand(found == _hex(head["evidence_root"], 32), "another root")
        segments.append({
            "block": head["block"], "slot": head["slot"], "sensor": head["sensor"], "root": found.hex(),
            "notifications": len(behind),
        })
    return segments, malformed


# Sensors' names.


def _text(data):
    try:
        found = data.decode("utf-8").rstrip("\0").strip()
    except UnicodeDecodeError:
        return ""
    return found if found.isprintable() else ""


def _udi_device(data):
    """The second of the four texts that the flags announce, each ended by a zero."""
    if data is None or not data or not data[0] & 2:
        return None
    texts = data[1:].split(b"\0")
    return _text(texts[1 if data[0] & 1 else 0])


def sensor_identity(facts, transport):
    read = {number: bytes.fromhex(data) for number, data in facts}
    system, serial = read.get("2a23", b""), _text(read.get("2a25", b""))
    device = _udi_device(read.get("2bff"))
    maker, model = _text(read.get("2a29", b"")), _text(read.get("2a24", b""))
    named = serial.strip("0") != ""
    if len(system) == 8 and system not in (bytes(8), b"\xff" * 8):
        found = f"sysid-{system[::-1].hex()}"
    elif named and device:
        found = f"udi-{device}-{serial}"
    elif named and maker and model:
        found = f"serial-{maker}-{model}-{serial}"
    else:
        found = transport
    return found if len(found.encode()) <= 64 else hashlib.sha256(found.encode()).hexdigest()


# The journal.


def journal_file(data, erase_key):
    """The records' contents, and where one begins that was cut off."""
    records, number, at = [], 0, 85
    if len(data) < at:
        return records, None
    demand(data[:8] in (b"PBJRNL1\n", b"PBJRNL2\n"), "another file")
    mark = b"\n" if data[6:7] == b"2" else b""
    file_id = data[8:24]
    key = bstr(32)(open_box(erase_key, domain("journal") + file_id, data[24:85]))
    while at < len(data):
        if mark and not any(data[at:]):
            return records, None
        size, check = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        if at + 4 > len(data):
            return records, at
        if size ^ check != 0xFFFF and mark and not any(data[at + 3 :]):
            return records, at
        demand(size ^ check == 0xFFFF, f"damaged at byte {at}")
        if at + 4 + size + len(mark) > len(data):
            return records, at
        if mark and not any(data[at + 4 + size :]):
            return records, at
        demand(data[at + 4 + size :].startswith(mark), f"damaged at byte {at}")
        aad = file_id + u64(number)
        records.append(open_raw(key, bytes(4) + u64(number), aad, data[at + 4 : at + 4 + size]))
        at, number = at + 4 + size + len(mark), number + 1
    return records, None


def _flag(value):
    demand(type(value) is bool, "a boolean expected")
    return value


def _period(value):
    return None if value is NULL else uint(32)(value)


_RECORDS = {
    0: shaped(bstr()),
    1: shaped(uint(32), shaped(text, text, text, _period, _flag, uint(8))),
    2: shaped(shaped(uint(32), uint(16), uint(16), uint(8), sint(64), bstr())),
    3: shaped(uint(32), bstr()),
}


def journal_record(data):
    kind, fields_ = shaped(uint(32), lambda fields_: fields_)(decode(data, 60_000))
    demand(kind in _RECORDS, "no such kind")
    return _RECORDS[kind](fields_)


# A batch of sealed segments (section 8).

_BATCH = array(shaped(bstr(32), bstr()))


def segment_batch(data):
    batch = _BATCH(decode(data, 4 * MIB))
    demand(1 <= len(batch) <= 512 and len({commitment for commitment, _ in batch}) == len(batch), "how many, or one twice")
    demand(all(sealed[:1] == b"\1" and len(sealed) > 29 for _, sealed in batch), "not a sealed segment")
    return batch


__all__ = [
    "evidence_export", "evidence_file", "evidence_page", "fetched_page", "journal_file", "journal_record", "open_store_page",
    "rollup_index", "rollups", "segment_batch", "sensor_identity",
]
