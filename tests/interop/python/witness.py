#!/usr/bin/env python3
"""Judges checkpoints with a stock witness that runs: litewitness, unmodified. usage: witness.py SAMPLES LITEWITNESS

Sends it the steps of witness.json over HTTP, compares each answer, restarts it, and verifies every cosignature with pyca. The witness
cosigns under the name of a node of a circle, so that our own code must count the cosignatures too: cosigned.json is for it."""

import base64
import hashlib
import http.client
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from samples import b64, load, store

EMPTY_TREE = b64(hashlib.sha256(b"").digest())


class Witness:
    """litewitness with a key in an agent of its own. Its socket's path must stay below 108 bytes, hence the short folder."""

    def __init__(self, program, name, folder):
        self.program, self.name, self.folder = program, name, pathlib.Path(folder)
        key, self.socket = self.folder / "key", str(self.folder / "agent")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        self.agent = subprocess.Popen(["ssh-agent", "-D", "-a", self.socket], stdout=subprocess.DEVNULL)
        wait("ssh-agent", lambda: os.path.exists(self.socket), self.agent)
        subprocess.run(["ssh-add", "-q", key], env={**os.environ, "SSH_AUTH_SOCK": self.socket}, check=True)
        self.public = base64.b64decode((self.folder / "key.pub").read_text().split()[1])[-32:]
        self.fingerprint = subprocess.run(["ssh-keygen", "-lf", f"{key}.pub"], check=True, capture_output=True,
                                          text=True).stdout.split()[1]
        self.process = None

    def start(self):
        # Linux has a loopback address for each process: nobody takes the port between this probe and the witness.
        own = os.getpid().to_bytes(4, "big")
        self.host = f"127.{min(own[1] + 1, 255)}.{own[2]}.{own[3]}" if sys.platform == "linux" else "127.0.0.1"
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        log = open(self.folder / "log", "a")
        self.process = subprocess.Popen(
            [self.program, "-db", self.folder / "db", "-name", self.name, "-key", self.fingerprint, "-ssh-agent", self.socket,
             "-listen", f"{self.host}:{self.port}"], stdout=log, stderr=log)
        wait("litewitness", self.answers, self.process)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def learn(self, origin, log_key):
        """What `witnessctl add-log` and `add-key` write."""
        with sqlite3.connect(self.folder / "db") as database:
            database.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, EMPTY_TREE))
            database.execute("INSERT INTO key VALUES (?, ?)", (origin, log_key))
        database.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        for process in (self.process, self.agent):
            if process:
                process.terminate()
                process.wait()

    def add_checkpoint(self, step):
        proof = "".join(line + "\n" for line in step["proof"])
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        connection.request("POST", "/add-checkpoint", f"old {step['old']}\n{proof}\n{step['note']}".encode())
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type"), answer.read().decode()


def wait(what, ready, process):
    for _ in range(3000):
        if ready():
            return
        assert process.poll() is None, f"{what} ended by itself"
        time.sleep(0.01)
    raise SystemExit(f"{what} did not come up within 30 s")


def check_cosignature(witness, note, line):
    name, encoded = re.fullmatch("— (\\S+) (\\S+)\n", line).groups()
    key_id, stamp, signature = (lambda raw: (raw[:4], raw[4:12], raw[12:]))(base64.b64decode(encoded))
    assert name == witness.name
    assert key_id == hashlib.sha256(name.encode() + b"\n\x04" + witness.public).digest()[:4]
    when = int.from_bytes(stamp, "big")
    text = note.split("\n\n")[0] + "\n"
    Ed25519PublicKey.from_public_bytes(witness.public).verify(signature, f"cosignature/v1\ntime {when}\n{text}".encode())


def take(witness, step):
    status, kind, body = witness.add_checkpoint(step)
    assert status in step["want"], f"{step['name']}: wanted {step['want']}, answered {status} {body!r}"
    if status != 200:
        return None
    check_cosignature(witness, step["note"], body)
    return body


def judge(witness, sample):
    cosigned, refused = [], 0
    for step in sample["steps"]:
        line = take(witness, step)
        refused += line is None
        if line:
            cosigned.append({"chain": sample["chain"], "label": sample["label"], "key": b64(witness.public), "note": step["note"],
                             "line": line})
    # Killed and started again it still knows the size it cosigned last, and names it.
    witness.kill()
    witness.start()
    status, kind, body = witness.add_checkpoint(sample["steps"][1])
    last = sample["steps"][-1]["note"].split("\n")[1]
    assert (status, kind, body) == (409, "text/x.tlog.size", last + "\n"), (status, kind, body)
    store("cosigned.json", cosigned)
    print(f"litewitness cosigned {len(cosigned)} of our checkpoints, refused {refused}, and 1 after it was killed and restarted")


sample = load("witness.json")
with tempfile.TemporaryDirectory(prefix="pbw") as folder:
    witness = Witness(sys.argv[2], sample["witness"], folder)
    try:
        witness.start()
        witness.learn(sample["origin"], sample["log"])
        judge(witness, sample)
    finally:
        witness.end()
