"""Ed25519 keys and signatures with the page's extra rules, COSE, possessions (docs/protocol.md sections 1 and 5)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from basics import Refused, bstr, decode, demand, domain, encode, fields, sint, u32

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def _point(encoding):
    """The point that these bytes stand for, also when y is not reduced; None when there is none."""
    y = int.from_bytes(encoding, "little") & ((1 << 255) - 1)
    y %= P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    return (x, y) if (x * x - square) % P == 0 else None


def _double(point):
    (x, y), product = point, D * point[0] * point[0] * point[1] * point[1] % P
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def is_small_order(encoding):
    """Whether eight times the point is the identity; the sign of x does not matter to that."""
    point = _point(encoding)
    if point is None:
        return False
    return _double(_double(_double(point))) == (0, 1)


def public_key(data):
    """A key that may be enrolled: canonical and not of small order."""
    bstr(32)(data)
    demand(int.from_bytes(data, "little") & ((1 << 255) - 1) < P, "the key is not canonical")
    demand(not is_small_order(data), "the key is of small order")
    return data


def check(key, message, signature):
    demand(len(signature) == 64, "a signature has 64 bytes")
    demand(not is_small_order(signature[:32]), "R is of small order")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused("the signature does not verify") from None


def public_of_seed(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


_SIGN1 = fields({1: sint(64), 4: bstr(32)})


class Sign1:
    """A COSE_Sign1 in the page's one form."""

    def __init__(self, data, limit):
        parts = decode(data, limit)
        demand(type(parts) is list and len(parts) == 4, "COSE: an array of four expected")
        self.protected, unprotected, self.payload, self.signature = parts
        demand(type(unprotected) is dict and not unprotected, "COSE: the unprotected map is not empty")
        bstr()(self.protected), bstr()(self.payload), bstr(64)(self.signature)
        header = _SIGN1(decode(self.protected, limit))
        demand(header[1] == -8, "COSE: alg is not -8")
        self.kid = header[4]

    def verify(self, name, key):
        demand(self.kid == key, "COSE: signed by another key")
        aad = domain(name)[:-1]
        check(key, encode(["Signature1", self.protected, aad, self.payload]), self.signature)
        return self.payload


def possession_message(key, chain, role, number):
    return domain("possession") + chain + role.encode() + b"\0" + u32(number) + key


def check_possession(key, chain, role, number, proof):
    public_key(key)
    check(key, possession_message(key, chain, role, number), proof)
