"""Posting to addresses that people typed in, by the door that sources use (``metrics.sources.http``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from accounts.models.delivery import Posted
from metrics.sources import SourceError
from metrics.sources.addresses import target
from metrics.sources.http import Limits, Visit
from metrics.sources.statuses import seconds

#: A receiver that takes longer does its work too early: it should say thank you first.
WITHIN: Final = Limits(seconds=10.0, max_bytes=64 * 1024)
MOST_WAIT: Final = timedelta(hours=2)


def post(url: str, headers: Mapping[str, str], body: bytes) -> Posted:
    """Post it once, following no redirect; the answer's text is not read, and nothing but its status is believed."""
    try:
        reply = Visit(WITHIN).exchange("POST", url, headers, body, _unread)
    except SourceError as error:
        return Posted(error=str(error))
    wait = seconds(reply.headers.get("retry-after", ""))
    return Posted(reply.status, wait=min(timedelta(seconds=wait), MOST_WAIT) if wait else None)


def _unread(status: int) -> None:
    """The body of no answer is read."""


def refusal(url: str) -> str:
    """Why nothing can be posted there, in words; "" when it can. Names are looked up when it is done."""
    try:
        found = target(url)
    except SourceError as error:
        return str(error)
    if found.url.scheme != "https" and not found.allowed:
        return _(
            "What is told there would travel unprotected. Please use an address that starts with https://."
        )
    return ""
