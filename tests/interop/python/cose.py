#!/usr/bin/env python3
"""Judges signed objects with pycose, and every CBOR structure with cbor2. usage: cose.py SAMPLES

pycose verifies each untagged COSE_Sign1 under its domain as external_aad. cbor2 decodes the outer array, the protected header and the
payload, and each is written again and compared byte for byte: that alone finds trailing bytes, doubled keys, long integers and
indefinite lengths, which `loads` accepts silently."""

import cbor2
from pycose.keys import EC2Key, OKPKey
from pycose.keys.curves import P256, Ed25519
from pycose.messages import Sign1Message

from samples import load, raw, refused


def ordered(value):
    """The same value, maps in the order of RFC 8949 section 4.2.1. (cbor2's canonical=True is the older, length-first order.)"""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
    if isinstance(value, (list, tuple)):
        return [ordered(item) for item in value]
    return value


def written_again(data):
    return cbor2.dumps(ordered(cbor2.loads(data)))


def check_cbor(what, data):
    assert written_again(data) == data, f"{what}: not the deterministic form"
    refused(what + " with a byte more", lambda: written_again(data + b"\x00") == data + b"\x00")
    # The same value with a head that is one byte longer than it has to be.
    major, small = data[0] & 0xE0, data[0] & 0x1F
    assert small < 24, what
    longer = bytes([major | 24, small]) + data[1:]
    assert written_again(longer) != longer


def verify(parts, key, aad):
    # The tagged form cannot be read by this pair of versions, the array can; `parts` is a copy because pycose keeps it.
    message = Sign1Message.from_cose_obj(list(parts), True)
    message.key = OKPKey(crv=Ed25519, x=key) if len(key) == 32 else EC2Key(crv=P256, x=key[1:33], y=key[33:])
    message.external_aad = aad
    return message.verify_signature()


def altered(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def other_key(key):
    """Another key of the same algorithm; of P-256 the point mirrored, because pycose breaks off at what is no point."""
    if len(key) == 32:
        return altered(key)
    field = 2**256 - 2**224 + 2**192 + 2**96 - 1
    return key[:33] + (field - int.from_bytes(key[33:], "big")).to_bytes(32, "big")


def judge(sample, domains):
    data, key, domain = raw(sample["bytes"]), raw(sample["key"]), sample["domain"].encode()
    what, parts = sample["what"], cbor2.loads(data)
    assert len(parts) == 4 and parts[1] == {}, what
    assert cbor2.loads(parts[0]) == {1: sample["alg"], 4: key}, what
    assert (sample["alg"], len(key)) in {(-8, 32), (-7, 65)}, what
    for name, part in (("", data), (", protected", parts[0]), (", payload", parts[2])):
        check_cbor(what + name, part)
    assert verify(parts, key, domain), what
    count = 0
    for other in domains - {domain} | {b"", domain + b"\x00"}:
        count += refused(f"{what} as {other}", lambda: verify(parts, key, other))
    for place in (0, 2, 3):
        changed = list(parts)
        changed[place] = altered(parts[place])
        count += refused(f"{what} with part {place} altered", lambda: verify(changed, key, domain))
    count += refused(f"{what} by another key", lambda: verify(parts, other_key(key), domain))
    return count


signed, plain = load("signed.json"), load("cbor.json")
domains = {sample["domain"].encode() for sample in signed}
assert len(domains) >= 8, domains
assert {sample["alg"] for sample in signed} == {-8, -7}
refusals = sum(judge(sample, domains) for sample in signed)
for sample in plain:
    check_cbor(sample["what"], raw(sample["bytes"]))
print(f"pycose verifies {len(signed)} signed objects of {len(domains)} domains and refuses {refusals} altered ones; "
      f"cbor2 writes {3 * len(signed) + len(plain)} structures again, byte for byte")
