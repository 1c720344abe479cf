"""The seal of an installation: Ed25519 with a key that follows from the ledger's, so that there is no second secret to keep."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

_PURPOSE = b"pilotlight evidence seal"


def seal(text: bytes) -> bytes:
    return _key().sign(text)


def public_key() -> bytes:
    """The 32 bytes by which anybody can check this installation's seals."""
    return _key().public_key().public_bytes_raw()


def fingerprint(key: bytes) -> str:
    """A public key as people compare it: eight groups of four letters."""
    digits = hashlib.sha256(key).hexdigest()[:32]
    return " ".join(digits[i : i + 4] for i in range(0, 32, 4))


def is_sealed(text: bytes, seal: bytes, key: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(seal, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key() -> Ed25519PrivateKey:
    seed = hmac.new(settings.LEDGER_KEY.encode(), _PURPOSE, hashlib.sha256).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)
