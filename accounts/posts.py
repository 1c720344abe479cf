"""How news look in Slack, in Teams and to a program, and how a program can tell that they are ours.

``content`` is what all of them are made from: ``title``, ``organisation``, ``url`` and ``news``, a list of
``topic``, ``pilot``, ``words``, ``url`` and ``at``; ``more`` counts what found no room in a mail or a chat.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import Organisation

#: What a chat shows before it says "and more": nobody reads on, and both refuse long posts.
MOST_LINES: Final = 12
MOST_LETTERS: Final = 300


def body(kind: str, content: Mapping[str, Any], *, uid: str) -> bytes:
    match kind:
        case "slack":
            written = slack(content)
        case "teams":
            written = teams(content)
        case _:
            written = {"id": uid, **content}
    return json.dumps(written, ensure_ascii=False).encode()


def headers(body: bytes, *, uid: str, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """With secrets: the id, the time, and each one's signature over ``time.body``. ``docs/webhooks.md`` shows how to check it."""
    plain = {"Content-Type": "application/json"}
    if not secrets:
        return plain
    stamp = str(int(at.timestamp()))
    return {
        **plain,
        "Pilotlight-Id": uid,
        "Pilotlight-Timestamp": stamp,
        "Pilotlight-Signature": ",".join(f"v1={signature(secret, stamp, body)}" for secret in secrets),
    }


def signature(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def test(organisation: Organisation) -> dict[str, Any]:
    """What the button "send a test" tells."""
    url = f"{settings.BASE_URL}/{organisation.slug}/"
    return {
        "title": _("Pilotlight can post here"),
        "organisation": organisation.slug,
        "url": url,
        "test": True,
        "news": [
            {
                "topic": "test", "flag": "", "pilot_id": None, "pilot": organisation.name, "url": url, "at": "",
                "words": _("This is a test. News of your pilots will look like this."),
            }
        ],
    }  # fmt: skip


def slack(content: Mapping[str, Any]) -> dict[str, Any]:
    """Block Kit. ``text`` is what a phone's notification shows."""
    lines = [f"*<{one['url']}|{_slack(one['pilot'])}>*\n{_slack(one['words'])}" for one in _shown(content)]
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _short(content["title"], 150)}},
        *({"type": "section", "text": {"type": "mrkdwn", "text": line}} for line in lines),
    ]
    if rest := _rest(content):
        blocks.append(
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": f"<{content['url']}|{_slack(rest)}>"}],
            }
        )
    return {"text": _slack(_short(content["title"])), "blocks": blocks}


def teams(content: Mapping[str, Any]) -> dict[str, Any]:
    """An Adaptive Card, wrapped as a Teams workflow wants it."""
    text = {"type": "TextBlock", "wrap": True}
    card: list[dict[str, Any]] = [
        {**text, "text": _teams(_short(content["title"])), "weight": "Bolder", "size": "Medium"}
    ]
    for one in _shown(content):
        card += [
            {
                **text,
                "text": f"[{_teams(one['pilot'])}]({one['url']})",
                "weight": "Bolder",
                "separator": True,
            },
            {**text, "text": _teams(_short(one["words"])), "spacing": "None"},
        ]
    if rest := _rest(content):
        card.append({**text, "text": rest, "isSubtle": True})
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": card,
                    "actions": [
                        {"type": "Action.OpenUrl", "title": _("Open Pilotlight"), "url": content["url"]}
                    ],
                },
            }
        ],
    }


def _shown(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    news: list[dict[str, Any]] = content["news"]
    return news[:MOST_LINES]


def _rest(content: Mapping[str, Any]) -> str:
    left = max(0, len(content["news"]) - MOST_LINES) + int(content.get("more", 0))
    return _("and %(count)s more, in Pilotlight") % {"count": left} if left > 0 else ""


def _short(text: str, most: int = MOST_LETTERS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _slack(text: str) -> str:
    """The three letters that Slack reads as markup. What else people type (asterisks) shows as emphasis at worst."""
    return _short(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(text: str) -> str:
    """What Markdown would read as a link or as emphasis."""
    for letter in "\\[]*_`#":
        text = text.replace(letter, f"\\{letter}")
    return " ".join(text.split())
