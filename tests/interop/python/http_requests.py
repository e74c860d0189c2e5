#!/usr/bin/env python3
"""Judges signed requests with http-message-signatures, and signs the same ones for our side. usage: http_requests.py SAMPLES"""

import datetime
import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, algorithms

from samples import load, raw, refused, store

OWNER = ("@method", "@target-uri", "content-digest")
READ = OWNER + ("authorization", "pulsebook-purpose")
ORDER = ("created", "nonce", "alg", "keyid", "tag")
ALGORITHMS = {"ed25519": algorithms.ED25519, "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256}


class Message:
    def __init__(self, sample):
        self.method, self.url, self.headers = sample["method"], sample["url"], dict(sample["headers"])


class Keys:
    """Knows one key, under its key id only."""

    def __init__(self, sample):
        self.sample = sample

    def resolve_public_key(self, key_id):
        known = key_id == self.sample["key_id"]
        if not known:
            return None
        key = raw(self.sample["public_key"])
        if self.sample["alg"] == "ed25519":
            return Ed25519PublicKey.from_public_bytes(key)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)

    def resolve_private_key(self, key_id):
        secret = raw(self.sample["secret_key"])
        if self.sample["alg"] == "ed25519":
            return Ed25519PrivateKey.from_private_bytes(secret)
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())


class OurOrder(HTTPMessageSigner):
    """The library writes its parameters in one order of its own; the profile has another."""

    def _build_signature_base(self, message, *, signature_params, **rest):
        params = {name: signature_params[name] for name in ORDER}
        return super()._build_signature_base(message, signature_params=params, **rest)


def covered(sample):
    return READ if sample["profile"] == "read" else OWNER


def verify(sample, asked=None):
    asked = asked or sample
    verifier = HTTPMessageVerifier(signature_algorithm=ALGORITHMS[sample["alg"]], key_resolver=Keys(sample))
    return verifier.verify(Message(asked), max_age=datetime.timedelta(hours=1), require_components=covered(sample),
                           expect_tag="pulsebook-" + sample["profile"], body=raw(asked["body"]))


def changes(sample):
    """Every single thing that somebody on the way could change."""
    yield "method", {**sample, "method": "DELETE"}
    yield "url", {**sample, "url": sample["url"] + "0"}
    yield "origin", {**sample, "url": sample["url"].replace("node.example", "other.example")}
    yield "body", {**sample, "body": "eA==" + sample["body"] if not sample["body"] else ""}
    for name, value in sample["headers"].items():
        rest = {other: kept for other, kept in sample["headers"].items() if other != name}
        yield f"no {name}", {**sample, "headers": rest}
        at = value.index("=:") + 4 if "=:" in value else len(value) - 3
        letter = "A" if value[at] != "A" else "B"
        yield name, {**sample, "headers": {**rest, name: value[:at] + letter + value[at + 1:]}}
    params = sample["headers"]["signature-input"]
    for old, new in (("created=1", "created=2"), ('nonce="', 'nonce="A'), (sample["alg"], "hmac-sha256"),
                     (sample["key_id"], "00" * 32), ('tag="pulsebook', 'tag="pulsebooks'), ('"@method" ', "")):
        assert old in params
        yield f"{old} → {new}", {**sample, "headers": {**sample["headers"], "signature-input": params.replace(old, new, 1)}}


def signed(sample):
    kept = {name: value for name, value in sample["headers"].items() if not name.startswith("signature")}
    message = Message({**sample, "headers": kept})
    signer = OurOrder(signature_algorithm=ALGORITHMS[sample["alg"]], key_resolver=Keys(sample))
    signer.sign(message, key_id=sample["key_id"], nonce=secrets.token_urlsafe(16), label="sig1", use_existing_digest=True,
                tag="pulsebook-" + sample["profile"], covered_component_ids=covered(sample), body=raw(sample["body"]))
    return {**sample, "headers": message.headers}


samples, count = load("requests.json"), 0
for sample in samples:
    assert verify(sample)[0].nonce
    for what, changed in changes(sample):
        # Returning nothing is no acceptance; anything that is returned is.
        count += refused(f"{sample['method']} with another {what}", lambda: bool(verify(sample, changed)))
store("requests-python.json", [signed(sample) for sample in samples])
phones = sum(sample["alg"] != "ed25519" for sample in samples)
assert phones >= 2
print(f"http-message-signatures (Python) verifies {len(samples)} requests ({phones} by P-256), refuses {count} changed ones, signed {len(samples)}")
