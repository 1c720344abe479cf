"""The demonstration's program that listens: where an organisation's channel posts to, signed."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from accounts.models import Channel
from accounts.posts import signature

PATH: Final = "/demo/posts/"
NAME: Final = "The demonstration's listener"
MOST: Final = 20


def is_ours(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether somebody signed this who knows the secret of one of our channels."""
    stamp, given = headers.get("Pilotlight-Timestamp", ""), headers.get("Pilotlight-Signature", "")
    secrets = [channel.opened()["secret"] for channel in Channel.objects.filter(name=NAME)]
    ours = [f"v1={signature(secret, stamp, body)}" for secret in secrets]
    return any(hmac.compare_digest(one, sign) for one in ours for sign in given.split(","))


def keep(body: bytes, *, at: datetime) -> None:
    known = {"at": at.isoformat(), **json.loads(body)}
    newest = [known, *(one for one in kept() if one["id"] != known["id"])][:MOST]
    _file().parent.mkdir(parents=True, exist_ok=True)
    aside = _file().with_suffix(f".{known['id']}")
    aside.write_text(json.dumps(newest))
    aside.replace(_file())


def kept() -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(_file().read_text())
    except (OSError, ValueError):
        return []
    return found


def shown() -> list[dict[str, Any]]:
    """For the page: with moments instead of their texts."""
    return [{**one, "at": datetime.fromisoformat(one["at"])} for one in kept()]


def _file() -> Path:
    return Path(settings.VAR_DIR) / "demo" / "posts.json"
