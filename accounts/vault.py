"""Secrets of sources and channels (passwords, tokens, addresses), encrypted at rest with keys that rotate."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(secrets: Mapping[str, str]) -> str:
    """Encrypt with the newest key; an empty mapping seals to an empty text."""
    return _keys().encrypt(json.dumps(dict(secrets)).encode()).decode() if secrets else ""


def unseal(sealed: str) -> dict[str, str]:
    """Decrypt with whichever key fits. Raises ``cryptography.fernet.InvalidToken`` when none does."""
    opened: dict[str, str] = json.loads(_keys().decrypt(sealed.encode())) if sealed else {}
    return opened


def _keys() -> MultiFernet:
    return MultiFernet(
        [Fernet(urlsafe_b64encode(sha256(key.encode()).digest())) for key in settings.SOURCE_KEYS]
    )
