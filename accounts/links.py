"""Unguessable links that are stored hashed.

A token is the keyed digest of what it opens. So the raw token stands nowhere in the database, yet a mail
that is sent later, or again, can still carry it.
"""

import base64
import hashlib
import hmac

from django.conf import settings
from django.core import signing


def token_for(purpose: str, key: str) -> str:
    """The token (43 characters, 256 bits) that opens ``key`` for ``purpose``."""
    return base64.urlsafe_b64encode(_digest(purpose, key)).rstrip(b"=").decode()


def code_for(purpose: str, key: str) -> str:
    """Six digits to type, for ``purpose`` and ``key`` alone. They stand nowhere: mail and check make them anew."""
    return f"{int.from_bytes(_digest(f'code {purpose}', key)) % 1_000_000:06}"


def hashed(token: str) -> str:
    """What is stored of a token, and what a visitor's token is looked up by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def signed_for(purpose: str, text: str) -> str:
    """``text`` as a token that only we can write, for where nothing is stored: it says what it is about, and never ends."""
    return _signer(purpose).sign(text)


def read_signed(purpose: str, token: str) -> str | None:
    """What ``signed_for`` wrote for this very purpose; None for anything else."""
    try:
        return _signer(purpose).unsign(token)
    except signing.BadSignature:
        return None


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(key=settings.LINK_KEY, salt=f"pilotlight.{purpose}")


def _digest(purpose: str, key: str) -> bytes:
    return hmac.new(settings.LINK_KEY.encode(), f"{purpose}\0{key}".encode(), hashlib.sha256).digest()
