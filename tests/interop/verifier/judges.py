"""One small function a format: from a case of the vectors to what it says, or a refusal."""

import kept
from basics import (
    Refused, array, base32, bstr, decode, demand, domain, expand, fields, hmac, open_box, sha256, text, u32, u64,
    uint, unpad,
)
from epochs import Block, Epoch, chain_id, verify_directory, verify_history, verify_key_certificate, verify_proposal
from keys import Sign1, check, check_possession, possession_message, public_key, public_of_seed
from notes import (
    Note, checkpoint_text, parse_line, verify_checkpoint, verify_cosignature, verify_quorum, verify_settled,
)
from proofs import Bundle, verify_proof
from segments import (
    Manifest, Segment, disclosure_root, inner_hash, live_commitment, open_segment, salt, segment_key, unpack, unpack_counted,
    unused_commitment,
)
from tree import leaf_hash, root, verify_consistency, verify_inclusion


class Case:
    """A case with its context in bytes."""

    def __init__(self, case):
        self.context, self.input_text = case.get("context", {}), case.get("text")
        self.bytes = bytes.fromhex(case["bytes"]) if "bytes" in case else None

    def hex(self, key):
        return bytes.fromhex(self.context[key])

    def __getitem__(self, key):
        return self.context[key]

    def __contains__(self, key):
        return key in self.context


def computed(case, expected):
    demand(case.bytes == expected, "not what the formula gives")
    return {"result": expected.hex()}


def _hexes(items):
    return [item.hex() for item in items]


def _maybe(value):
    return None if value is None else value.hex()


def cose(case):
    payload = Sign1(case.bytes, 4096).verify(case["domain"].split("/")[1], public_key(case.hex("key")))
    return {"payload": payload.hex()}


def ed25519(case):
    check(public_key(case.hex("key")), case.hex("message"), case.bytes)
    return {"key": case["key"]}


def sealed_box(case):
    return {"plaintext": unpad(open_box(case.hex("key"), case.hex("aad"), case.bytes)).hex()}


def chain(case):
    found = chain_id(public_key(case.hex("first_root")), case.hex("salt16"))
    computed(case, found)
    return {"base32": base32(found)}


def locator(case):
    return computed(case, hmac(case.hex("locator_key"), domain("locator"), public_key(case.hex("identity"))))


def node_keys(case):
    demand(case["role"] in ("witness", "mirror", "entry"), "no such role")
    info = domain("node-key") + case.hex("chain") + u32(case["generation"]) + case["role"].encode()
    seed = expand(case.hex("master"), info, 32)
    computed(case, seed)
    return {"public": public_of_seed(seed).hex()}


def possession(case):
    check_possession(case.hex("key"), case.hex("chain"), case["role"], case["number"], case.bytes)
    return {"key": case["key"]}


def voucher(case):
    key = public_key(case.hex("key"))
    message = possession_message(key, case.hex("chain"), case["role"], case["number"])
    check(public_key(case.hex("by")), message, case.bytes)
    return {"key": case["key"]}


def packed_integers(case):
    if "count" in case:
        return {"integers": unpack(case.bytes, case["count"])}
    return {"integers": unpack_counted(case.bytes, case["limit"])}


def _slot(slot):
    _, _, time, value, marks = slot
    return [time, {"absent": value[0]} if isinstance(value, dict) else value, marks]


def _column(column):
    return {
        "vital": column.vital, "clock": column.clock, "runs": [list(run) for run in column.runs],
        "slots": [_slot(slot) for slot in column.slots],
    }


def segment(case):
    found = Segment(case.bytes)
    return {
        "category": found.category, "from": found.begin, "to": found.end, "origin": found.origin,
        "sensor": {"id": found.sensor[0], "kind": found.sensor[1]}, "decoder_version": found.decoder_version,
        "evidence_root": found.evidence_root.hex(), "columns": [_column(column) for column in found.columns],
    }


def segment_keys(case):
    dek = case.hex("dek")
    labels = {"seal-key": "segment-seal", "key-check": "key-check", "blinder": "blinder"}
    if case["of"] in labels:
        return computed(case, segment_key(dek, labels[case["of"]]))
    return computed(case, salt(dek, case["index"]))


def sealed_segment(case):
    _, plain, hash_, inner, blinder, commitment = open_segment(case.hex("chain"), case.hex("dek"), case.bytes)
    demand(commitment == case.hex("commitment"), "another segment")
    return {"hash": hash_.hex(), "inner": inner.hex(), "blinder": blinder.hex(), "plaintext": plain.hex()}


def disclosure(case):
    found = Segment(case.hex("segment"))
    computed(case, disclosure_root(found, case.hex("dek")))
    return {"chunks": _hexes(found.chunks())}


def commitment(case):
    if "key_check" not in case:
        return computed(case, unused_commitment(case.hex("blinder")))
    inner = inner_hash(case.hex("key_check"), case.hex("disclosure_root"))
    computed(case, live_commitment(case.hex("blinder"), inner, case.hex("segment_hash")))
    return {"inner": inner.hex()}


def evidence_root(case):
    notifications = [[*one[:4], bytes.fromhex(one[4])] for one in case["notifications"]]
    return computed(case, kept.evidence_root(case.hex("seed"), notifications))


def manifest(case):
    found = Manifest(case.bytes)
    hashes = [None if value is None else bytes.fromhex(value) for value in case["segment_hashes"]]
    found.verify(case["height"], [bytes.fromhex(value) for value in case["commitments"]], hashes)
    rows = [[row[0], *_hexes(row[1:])] for row in found.rows]
    return {"height": found.height, "rows": rows, "live": found.live()}


def tree_root(case):
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in case["leaves"]]
    computed(case, root(leaves))
    return {"leaf_hashes": _hexes(leaves)}


def _path(data):
    return array(bstr(32))(decode(data, 1 << 24))


def tree_inclusion(case):
    path = _path(case.bytes)
    verify_inclusion(case.hex("leaf"), case["index"], case["size"], path, case.hex("root"))
    return {"hashes": len(path)}


def tree_consistency(case):
    path = _path(case.bytes)
    verify_consistency(case["old_size"], case.hex("old_root"), case["new_size"], case.hex("new_root"), path)
    return {"hashes": len(path)}


def block(case):
    found = Block(case.bytes)
    if "before" in case:
        found.follows(Block(case.hex("before")))
    return {
        "chain": found.chain.hex(), "epoch": found.epoch, "height": found.height, "prev": found.prev.hex(), "time": found.time,
        "commitments": _hexes(found.commitments), "certificate": _maybe(found.certificate), "control": _maybe(found.control),
        "leaf": found.leaf.hex(),
    }


def checkpoint(case):
    note = Note(case.input_text)
    size, root_ = verify_checkpoint(note, case.hex("chain"), case["epoch"], public_key(case.hex("log_key")))
    return {"size": size, "root": root_.hex(), "names": list(note.lines)}


def cosignature(case):
    line, chain_ = parse_line(case.input_text), case.hex("chain")
    text_ = checkpoint_text(chain_, case["epoch"], case["size"], case.hex("root"))
    time = verify_cosignature(line, text_, case.hex("label"), case["role"], public_key(case.hex("key")))
    return {"time": time}


def _epoch(case):
    before = None
    for first in case["first_blocks"]:
        before = Epoch(Block(bytes.fromhex(first)), case.hex("chain"), before)
    return before


def _labels(nodes):
    return [label.hex() for label, _ in nodes]


def quorum(case):
    size, root_, witnesses = verify_quorum(Note(case.input_text), _epoch(case))
    return {"size": size, "root": root_.hex(), "witnesses": _labels(witnesses)}


def settled(case):
    size, root_, witnesses, mirrors = verify_settled(Note(case.input_text), _epoch(case))
    return {"size": size, "root": root_.hex(), "witnesses": _labels(witnesses), "mirrors": _labels(mirrors)}


def control_check(case):
    found = hmac(case.hex("control_key"), domain("control-check"), case.hex("chain"), u32(case["epoch"]))
    return computed(case, found)


_ENTRIES = {
    1: (fields({0: uint(8), 1: bstr(16), 2: bstr(32), 3: uint(32)}), {1: "grant_id", 2: "authority", 3: "mint_epoch"}),
    2: (fields({0: uint(8), 1: bstr(16), 4: uint(64)}), {1: "grant_id", 4: "time"}),
    3: (fields({0: uint(8), 5: bstr()}), {5: "body"}),
    4: (fields({0: uint(8), 5: bstr()}), {5: "body"}),
}


def _entry(value):
    kind = value.get(0) if isinstance(value, dict) else None
    demand(type(kind) is int and kind in _ENTRIES, "an unknown kind of entry")
    shape, names = _ENTRIES[kind]
    found = shape(value)
    shown = {name: found[key].hex() if isinstance(found[key], bytes) else found[key] for key, name in names.items()}
    return {"kind": kind, **shown}


def control_entries(case):
    aad = domain("control") + case.hex("chain") + u32(case["epoch"]) + u64(case["height"])
    entries = decode(unpad(open_box(case.hex("control_key"), aad, case.bytes)), 64 * 1024)
    entries = array(_entry)(entries)
    demand(len(entries) <= 64, "more than 64 entries")
    return {"entries": entries}


def key_certificate(case):
    found = verify_key_certificate(case.bytes, case.hex("chain"), public_key(case.hex("identity")))
    return {key: value if isinstance(value, int) else value.hex() for key, value in found.items()}


def _proposal(data, case):
    bare = case.hex("root") if "root" in case else None
    return verify_proposal(array(bstr())(decode(data, 1 << 24)), bare and public_key(bare))


def proposal(case):
    found = _proposal(case.bytes, case)
    circle, kept = found["circle"], found["grants_kept"]
    nodes = [_hexes(node.values()) for node in circle["nodes"]]
    names = ("chain", "salt16", "first_root", "root", "previous", "log_key", "consent_key", "control_check", "directory_hash")
    return {
        **{name: _maybe(found[name]) for name in names}, "epoch": found["epoch"], "devices": _hexes(found["devices"]),
        "circle": {"n": circle["n"], "f": circle["f"], "k": circle["k"], "nodes": nodes},
        "grants_kept": kept if kept == 1 else _hexes(kept),
    }


def epoch_certificate(case):
    before = _epoch(case) if "first_blocks" in case else None
    found = Epoch(Block(case.bytes), case.hex("chain"), before)
    base = found.base and {
        "epoch": found.base[0], "height": found.base[1], "leaf": found.base[2].hex(), "note": found.base[3],
    }
    return {
        "epoch": found.number, "log_key": found.log_key.hex(), "certificate_hash": found.certificate_hash.hex(),
        "first_height": found.first_height, "first_leaf": found.first_leaf.hex(), "base": base,
    }


_SHOWN = fields({0: bstr(), 1: text, 2: array(bstr(32))})


def history(case):
    shown = array(_SHOWN)(decode(case.bytes, 1 << 24))
    epochs = verify_history(case.hex("chain"), [(epoch[0], Note(epoch[1]), epoch[2]) for epoch in shown])
    return {"epochs": [
        {"epoch": epoch.number, "first_height": epoch.first_height, "log_key": epoch.log_key.hex()} for epoch in epochs
    ]}


def directory(case):
    nodes = verify_directory(case.bytes, _proposal(case.hex("proposal"), case))
    return {"nodes": [
        {"label": node[0].hex(), "name": node[1], "address": node[2], "tls_pin": node[3].hex(), "identity": node[4].hex()}
        for node in nodes
    ]}


def _expected(case):
    return case.hex("chain") if "chain" in case else None


def _timed(nodes):
    return [[label.hex(), time] for label, time in nodes]


def proof(case):
    found = verify_proof(case.bytes, _expected(case))
    chunk = found["chunk"]
    readings = [_slot((None, None, *reading)) for reading in chunk.readings]
    return {
        "chain": found["chain"].hex(), "first_root": found["first_root"].hex(), "epoch": found["epoch"],
        "height": found["height"], "slot": found["slot"], "vital": chunk.vital, "origin": chunk.origin,
        "sensor": {"id": chunk.sensor[0], "kind": chunk.sensor[1]}, "decoder_version": chunk.decoder_version,
        "readings": readings, "holders": _timed(found["holders"]), "existed_by": found["existed_by"],
    }


def bundle(case):
    found = Bundle(case.bytes, _expected(case))

    def kept(value):
        return value and {"height": value[0], "nodes": _timed(value[1]), "existed_by": value[2]}

    return {
        "chain": found.chain.hex(), "first_root": found.epoch.proposal["first_root"].hex(), "epoch": found.epoch.number,
        "blocks": found.blocks, "segments": found.segments, "segment_bytes": found.segment_bytes,
        "readings": found.readings if found.keyed else None, "certified": kept(found.certified), "settled": kept(found.settled),
    }


def segment_batch(case):
    return {"segments": [[name.hex(), sha256(sealed).hex()] for name, sealed in kept.segment_batch(case.bytes)]}


def store_page(case):
    primary, plain = ([bytes.fromhex(part) for part in case[key]] for key in ("primary", "plain"))
    page = kept.open_store_page(
        case.hex("key"), case.hex("chain"), case["table"], case["column"], primary, plain, case.bytes
    )
    return {"page": page.hex()}


def fetched_page(case):
    sensor, service, last, names = kept.fetched_page(case.hex("key"), case.hex("chain"), case["number"], case.bytes)
    return {"sensor": sensor, "service": service, "last": last, "names": _hexes(names)}


def rollup_page(case):
    return {"rollups": kept.rollups(case.bytes, case["grain"], case["page"])}


def rollup_index(case):
    next_, series = kept.rollup_index(case.bytes)
    return {"next": next_, "series": series}


def _notifications(list_):
    return [[*numbers, frame.hex()] for *numbers, frame in list_]


def evidence_page(case):
    return {"notifications": _notifications(kept.evidence_page(case.bytes))}


def evidence_file(case):
    seed, found = kept.evidence_file(case.bytes, case.hex("chain"), case.hex("index"), case["slot"])
    return {"seed": seed.hex(), "notifications": _notifications(found)}


def evidence_export(case):
    segments, malformed = kept.evidence_export(case.input_text)
    return {"segments": segments, "malformed": malformed}


def sensor_identity(case):
    found = kept.sensor_identity(case["facts"], case["transport"])
    demand(found == case.input_text, "another identity")
    return {"identity": found}


def journal_file(case):
    records, torn = kept.journal_file(case.bytes, case.hex("erase_key"))
    return {"records": _hexes(records), "torn": torn}


def journal_record(case):
    kept.journal_record(case.bytes)
    return {"record": case.bytes.hex()}


FORMATS = {
    "cose": cose, "ed25519": ed25519, "sealed-box": sealed_box, "chain": chain, "locator": locator, "node-keys": node_keys,
    "possession": possession, "voucher": voucher, "packed-integers": packed_integers, "segment": segment,
    "segment-keys": segment_keys, "sealed-segment": sealed_segment, "disclosure-root": disclosure, "commitment": commitment,
    "evidence-root": evidence_root, "manifest": manifest, "tree-root": tree_root, "tree-inclusion": tree_inclusion,
    "tree-consistency": tree_consistency, "block": block, "checkpoint": checkpoint, "cosignature": cosignature,
    "quorum-certificate": quorum, "settled-note": settled, "control-check": control_check, "control-entries": control_entries,
    "key-certificate": key_certificate, "proposal": proposal, "epoch-certificate": epoch_certificate, "history": history,
    "directory": directory, "proof": proof, "bundle": bundle, "segment-batch": segment_batch, "store-page": store_page,
    "rollup-page": rollup_page, "rollup-index": rollup_index, "evidence-page": evidence_page, "evidence-file": evidence_file,
    "evidence-export": evidence_export, "sensor-identity": sensor_identity, "journal-file": journal_file,
    "journal-record": journal_record, "journal-file-2": journal_file, "journal-memory": journal_record,
    "fetched-page": fetched_page,
}

__all__ = ["FORMATS", "Case", "Refused"]
