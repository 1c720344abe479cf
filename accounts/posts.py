"""How news look in Slack, in Teams and to a program, and how a program can tell that they are ours.

``content`` is what all of them are made from: ``title``, ``organisation``, ``url`` and ``news``, a list of
``topic``, ``pilot``, ``words``, ``url`` and ``at``; ``more`` counts what found no room in a mail or a chat. A digest's
news have the ``heading`` of their section too, and it says a ``lede`` before them and a ``foot`` after.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
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
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _short(content["title"], 150)}}
    ]
    if lede := content.get("lede"):
        blocks.append(_said(_slack(lede)))
    for heading, some in _sections(content):
        if heading:
            blocks += [{"type": "divider"}, _said(f"*{_slack(heading)}*")]
        blocks += [_said(f"*<{one['url']}|{_slack(one['pilot'])}>*\n{_slack(one['words'])}") for one in some]
    if rest := _rest(content):
        blocks.append(_aside(f"<{content['url']}|{_slack(rest)}>"))
    if foot := content.get("foot"):
        blocks.append(_aside(_slack(foot)))
    return {"text": _slack(_short(content["title"])), "blocks": blocks}


def _said(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _aside(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def teams(content: Mapping[str, Any]) -> dict[str, Any]:
    """An Adaptive Card, wrapped as a Teams workflow wants it."""
    text = {"type": "TextBlock", "wrap": True}
    card: list[dict[str, Any]] = [
        {**text, "text": _teams(_short(content["title"])), "weight": "Bolder", "size": "Medium"}
    ]
    if lede := content.get("lede"):
        card.append({**text, "text": _teams(_short(lede)), "spacing": "None"})
    for heading, some in _sections(content):
        if heading:
            card.append({**text, "text": _teams(_short(heading)), "size": "Medium", "separator": True})
        for one in some:
            name = f"[{_teams(one['pilot'])}]({one['url']})"
            card += [
                {**text, "text": name, "weight": "Bolder", "separator": not heading},
                {**text, "text": _teams(_short(one["words"])), "spacing": "None"},
            ]
    for small in (_rest(content), content.get("foot")):
        if small:
            card.append({**text, "text": _teams(_short(small)), "isSubtle": True})
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


def _sections(content: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What finds room, by its heading ("" where there is none): the first of each, before the second of any."""
    news: list[dict[str, Any]] = content["news"]
    met: Counter[str] = Counter()
    ranked = []
    for place, one in enumerate(news):
        ranked.append((met[_heading(one)], place))
        met[_heading(one)] += 1
    kept = sorted(place for _rank, place in sorted(ranked)[:MOST_LINES])
    return [(heading, list(some)) for heading, some in groupby((news[place] for place in kept), key=_heading)]


def _heading(one: Mapping[str, Any]) -> str:
    return str(one.get("heading", ""))


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
