#!/usr/bin/env python3
"""Judges recovery words with the reference implementation of BIP39, and the keys from them with pyca. usage: words.py SAMPLES"""

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

from samples import load, raw, refused

english = Mnemonic("english")


def derive(entropy, label):
    return HKDF(hashes.SHA256(), 32, b"pulsebook/v1", label).derive(entropy)


def locator(entropy, node):
    mac = hmac.HMAC(derive(entropy, b"pulsebook/locator/v1"), hashes.SHA256())
    mac.update(b"pulsebook/locator/v1\x00" + node)
    return mac.finalize()


def judge(sample):
    entropy, words = raw(sample["entropy"]), sample["words"]
    assert english.to_mnemonic(entropy) == words and english.check(words)
    assert bytes(english.to_entropy(words)) == entropy
    public = Ed25519PrivateKey.from_private_bytes(derive(entropy, b"pulsebook/root/v1")).public_key()
    encoding = serialization.Encoding.Raw, serialization.PublicFormat.Raw
    assert public.public_bytes(*encoding) == raw(sample["root"])
    assert locator(entropy, raw(sample["node"])) == raw(sample["locator"])
    # The last word is three bits of entropy and eight of checksum: its neighbour in the list has another checksum only.
    *kept, last = words.split(" ")
    neighbour = english.wordlist[english.wordlist.index(last) ^ 1]
    return refused("a word that was changed", lambda: english.check(" ".join([*kept, neighbour])))


samples = load("words.json")
refusals = sum(judge(sample) for sample in samples)
print(f"mnemonic agrees on {len(samples)} sets of 24 words, and pyca on root key and locator; {refusals} wrong sets refused")
