"""Signed notes, checkpoints and cosignatures (docs/protocol.md section 4; C2SP signed-note, tlog-cosignature)."""

import base64
import unicodedata

from basics import Refused, base32, base64_strict, demand, sha256
from keys import check


def parse_line(line):
    words = line.split(" ")
    demand(len(words) == 3 and words[0] == "—", "a signature line is malformed")
    name, data = words[1], base64_strict(words[2])
    demand(name and "+" not in name and len(data) > 4, "a signature line is malformed")
    return name, data[:4], data[4:]


class Note:
    """A text and its signature lines, by name."""

    def __init__(self, text):
        demand(len(text.encode()) <= 16 * 1024, "the note is too large")
        head, empty, rest = text.partition("\n\n")
        demand(empty and rest.endswith("\n"), "not a signed note")
        demand(all(c == "\n" or unicodedata.category(c) != "Cc" for c in head), "a control character")
        lines = rest[:-1].split("\n")
        demand(len(lines) <= 32, "too many signature lines")
        self.text, self.lines = head + "\n", {}
        for name, key_id, signature in map(parse_line, lines):
            demand(name not in self.lines, f"{name} signed twice")
            self.lines[name] = (key_id, signature)


def key_id(name, kind, key):
    return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]


def origin(chain, epoch):
    return f"pulsebook/{base32(chain)}/{epoch}"


def checkpoint_text(chain, epoch, size, root):
    return f"{origin(chain, epoch)}\n{size}\n{base64.b64encode(root).decode()}\n"


def read_checkpoint(text, chain, epoch):
    """Size and root of a checkpoint of this chain and epoch."""
    parts = text.split("\n")
    demand(len(parts) == 4 and parts[0] == origin(chain, epoch), "not a checkpoint of this chain and epoch")
    demand(parts[1].isascii() and parts[1].isdigit() and int(parts[1]) < 1 << 64, "no size")
    size, root = int(parts[1]), base64_strict(parts[2])
    demand(len(root) == 32 and checkpoint_text(chain, epoch, size, root) == text, "not a checkpoint")
    return size, root


def verify_checkpoint(note, chain, epoch, log_key):
    size, root = read_checkpoint(note.text, chain, epoch)
    name = origin(chain, epoch)
    demand(name in note.lines, "the log key has not signed")
    found, signature = note.lines[name]
    demand(found == key_id(name, 1, log_key), "another key signed in the log's name")
    check(log_key, note.text.encode(), signature)
    return size, root


def cosigner(label, role):
    return f"pulsebook/{base32(label)}/{role}"


def verify_cosignature(line, text, label, role, key):
    """The time of a cosignature on this text."""
    name, found, signature = line
    demand(name == cosigner(label, role) and found == key_id(name, 4, key), "another name or key")
    demand(len(signature) == 72, "a cosignature has 72 bytes")
    time = int.from_bytes(signature[:8], "big")
    check(key, f"cosignature/v1\ntime {time}\n{text}".encode(), signature[8:])
    return time


def cosignatures(note, circle, role):
    """(label, time) of the valid cosignatures of a circle's nodes; others count nothing."""
    valid = []
    for node in circle["nodes"]:
        name = cosigner(node["label"], role)
        if name in note.lines:
            try:
                time = verify_cosignature((name, *note.lines[name]), note.text, node["label"], role, node[role])
                valid.append((node["label"], time))
            except Refused:
                pass
    return valid


def verify_quorum(note, epoch):
    size, root = verify_checkpoint(note, epoch.chain, epoch.number, epoch.log_key)
    k = epoch.circle["k"]
    demand(k > 0, "an epoch without circle certifies nothing")
    witnesses = cosignatures(note, epoch.circle, "witness")
    demand(len(witnesses) >= k, "too few witness cosignatures")
    return size, root, witnesses


def verify_settled(note, epoch):
    size, root, witnesses = verify_quorum(note, epoch)
    mirrors = cosignatures(note, epoch.circle, "mirror")
    demand(len(mirrors) >= epoch.circle["k"], "too few mirror cosignatures")
    return size, root, witnesses, mirrors
