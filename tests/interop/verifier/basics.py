"""What every format rests on: refusals, strict CBOR, hashes, domains, boxes (docs/protocol.md section 1)."""

import base64
import hashlib
import hmac as hmac_module

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Refused(Exception):
    """The input is not valid, and why."""


def demand(condition, why):
    if not condition:
        raise Refused(why)


# CBOR: deterministic only. Null stands in one format alone, so no shape takes it but that one's.

NULL = object()


def _head(data, at):
    demand(at < len(data), "CBOR: it ends early")
    major, low = data[at] >> 5, data[at] & 31
    if low < 24:
        return major, low, at + 1
    demand(low <= 27, "CBOR: indefinite or reserved length")
    width = 1 << (low - 24)
    demand(at + 1 + width <= len(data), "CBOR: it ends early")
    number = int.from_bytes(data[at + 1 : at + 1 + width], "big")
    least = 24 if width == 1 else 1 << (4 * width)
    if major != 7:
        demand(number >= least, "CBOR: not the shortest form")
    return major, number, at + 1 + width


def _take(data, at, depth):
    demand(depth < 16, "CBOR: too deep")
    first = data[at] if at < len(data) else 0
    major, number, at = _head(data, at)
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major in (2, 3):
        demand(at + number <= len(data), "CBOR: it ends early")
        content = data[at : at + number]
        if major == 2:
            return content, at + number
        try:
            return content.decode("utf-8"), at + number
        except UnicodeDecodeError:
            raise Refused("CBOR: not UTF-8") from None
    if major == 4:
        demand(number <= len(data), "CBOR: it ends early")
        items = []
        for _ in range(number):
            item, at = _take(data, at, depth + 1)
            items.append(item)
        return items, at
    if major == 5:
        return _take_map(data, at, number, depth)
    if first == 0xF6:
        return NULL, at
    demand(first in (0xF4, 0xF5), "CBOR: neither tag nor float belongs here")
    return first == 0xF5, at


def _take_map(data, at, number, depth):
    fields, before = {}, -1
    for _ in range(number):
        key, at = _take(data, at, depth + 1)
        demand(type(key) is int and key > before, "CBOR: keys are unsigned integers, ascending")
        fields[key], at = _take(data, at, depth + 1)
        before = key
    return fields, at


def decode(data, limit):
    """The one CBOR item that these bytes are."""
    demand(len(data) <= limit, "too large")
    item, end = _take(data, 0, 0)
    demand(end == len(data), "CBOR: bytes follow")
    return item


def _write_head(major, number):
    for low, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << (8 * width):
            return bytes([major << 5 | low]) + number.to_bytes(width, "big")
    raise ValueError(number)


def encode(item):
    """Deterministic CBOR of integers, bytes, text, lists and maps."""
    if isinstance(item, int):
        return _write_head(0, item) if item >= 0 else _write_head(1, -1 - item)
    if isinstance(item, bytes):
        return _write_head(2, len(item)) + item
    if isinstance(item, str):
        return _write_head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return _write_head(4, len(item)) + b"".join(map(encode, item))
    entries = sorted(item.items())
    return _write_head(5, len(entries)) + b"".join(encode(key) + encode(value) for key, value in entries)


# Shapes: what a field must be.


def uint(bits):
    def check(value):
        demand(type(value) is int and 0 <= value < 1 << bits, f"an unsigned integer of {bits} bits expected")
        return value

    return check


def sint(bits):
    def check(value):
        inside = type(value) is int and -(1 << (bits - 1)) <= value < 1 << (bits - 1)
        demand(inside, f"an integer of {bits} bits expected")
        return value

    return check


def bstr(length=None):
    def check(value):
        demand(type(value) is bytes and length in (None, len(value)), f"a byte string of {length} expected")
        return value

    return check


def text(value):
    demand(type(value) is str, "a text expected")
    return value


def array(of, length=None):
    def check(value):
        demand(type(value) is list and length in (None, len(value)), "an array expected")
        return [of(item) for item in value]

    return check


def fields(shape):
    """A map: key -> check, or (check,) for one that may be left out."""

    def check(value):
        demand(type(value) is dict, "a map expected")
        demand(all(key in shape for key in value), "a key that version 1 does not have")
        out = {}
        for key, of in shape.items():
            optional = isinstance(of, tuple)
            if key in value:
                out[key] = (of[0] if optional else of)(value[key])
            else:
                demand(optional, f"field {key} is left out")
                out[key] = None
        return out

    return check


# Hashes.


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hmac(key, *parts):
    return hmac_module.new(key, b"".join(parts), hashlib.sha256).digest()


def expand(prk, info, length):
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac(prk, block, info, bytes([counter]))
        out, counter = out + block, counter + 1
    return out[:length]


def domain(name):
    """D(object)."""
    return f"pulsebook/{name}/v1".encode() + b"\0"


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


def base32(data):
    return base64.b32encode(data).decode().rstrip("=").lower()


def base64_strict(text_):
    try:
        data = base64.b64decode(text_, validate=True)
    except ValueError:
        raise Refused("not base64") from None
    demand(base64.b64encode(data).decode() == text_, "not canonical base64")
    return data


# The sealed box.


def open_box(key, aad, box):
    demand(len(box) >= 29 and box[0] == 1, "not a sealed box of suite 1")
    try:
        return AESGCM(key).decrypt(box[1:13], box[13:], aad)
    except InvalidTag:
        raise Refused("the box does not open") from None


def unpad(padded):
    stripped = padded.rstrip(b"\0")
    demand(stripped[-1:] == b"\x80" and len(padded) % 256 == 0, "not padded")
    demand(len(padded) - len(stripped) < 256, "padded too far")
    return stripped[:-1]
