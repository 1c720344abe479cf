"""Notices in words: as a mail, and as what channels are told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Rhythm, Topic
from accounts.models.organisation import Weekday
from accounts.templatetags.pilotlight import flag_word, long_date
from pilots.flag_words import said
from pilots.next_move import next_move
from pilots.words import Look

if TYPE_CHECKING:
    from accounts.models import Channel, Organisation, Preference
    from pilots.models import Pilot
    from pilots.models.notice import Notice

#: So many pilots stand in a mail, and so many news in a post; the rest is counted.
MOST_IN_A_MAIL: Final = 15
MOST_IN_A_POST: Final = 50
_KICKERS: Final = {
    Topic.DECISION: gettext_lazy("A decision is due"),
    Topic.AGREEMENT: gettext_lazy("Agreement"),
    Topic.REVIEW: gettext_lazy("Waits for a review"),
    Topic.OUTCOME: gettext_lazy("Decided"),
}


def mail(notices: list[Notice], organisation: Organisation, at: datetime) -> dict[str, Any]:
    """What the template of the mail is told: news by pilot, the gravest first, and how many found no room."""
    by_pilot: dict[int, list[Notice]] = {}
    for notice in _gravest_first(notices):
        by_pilot.setdefault(notice.pilot_id, []).append(notice)
    left = max(len(by_pilot) - MOST_IN_A_MAIL, 0)
    return {
        "organisation": organisation.name,
        "title": title(notices, len(by_pilot)),
        "lede": "" if len(notices) == 1 else lede(notices),
        "pilots": [_about(some, at) for some in list(by_pilot.values())[:MOST_IN_A_MAIL]],
        "more": left,
        "more_words": ngettext("and %(count)s more pilot", "and %(count)s more pilots", left)
        % {"count": f"{left:,}"},
        "all_url": _all(organisation),
        "choice_url": settings.BASE_URL + reverse("news", args=[organisation.slug]),
    }


def _about(notices: list[Notice], at: datetime) -> dict[str, Any]:
    """One pilot: its news, and the one next move."""
    pilot = notices[0].pilot
    look = Look(pilot, at)
    move = next_move(pilot, at, look)
    return {
        "title": pilot.title,
        "url": _address(notices[0]) if len(notices) == 1 else _page(pilot),
        "lines": [_line(notice, look) for notice in notices],
        "move": move.sentence if move and any(notice.flag for notice in notices) else "",
    }


def content(notices: list[Notice], organisation: Organisation, at: datetime) -> dict[str, Any]:
    """The same for channels; a program gets codes and ids beside the words."""
    first = _gravest_first(notices)[:MOST_IN_A_POST]
    looks = {notice.pilot_id: Look(notice.pilot, at) for notice in first}
    return {
        "title": title(notices, len({notice.pilot_id for notice in notices})),
        "organisation": organisation.slug,
        "url": _all(organisation),
        "news": [_told(notice, looks[notice.pilot_id]) for notice in first],
        "more": len(notices) - len(first),
    }


def _told(notice: Notice, look: Look) -> dict[str, Any]:
    line = _line(notice, look)
    return {
        "topic": notice.topic,
        "flag": notice.flag.kind if notice.flag else "",
        "pilot_id": notice.pilot_id,
        "pilot": notice.pilot.title,
        "words": f"{line['kicker']}. {line['words']}",
        "url": _address(notice),
        "at": notice.at.isoformat(),
    }


def title(notices: list[Notice], pilots: int) -> str:
    """The subject: what it is about where it is one thing, else how many pilots want an eye."""
    if len(notices) == 1:
        return f"{notices[0].pilot.title}: {_kicker(notices[0])}"
    if pilots == 1:
        return ngettext("%(pilot)s: %(count)s thing is new", "%(pilot)s: %(count)s things are new", len(notices)) % {
            "pilot": notices[0].pilot.title, "count": len(notices),
        }  # fmt: skip
    if all(notice.flag for notice in notices):
        return _("%(count)s pilots want your eye") % {"count": f"{pilots:,}"}
    return _("News of %(count)s pilots") % {"count": f"{pilots:,}"}


def lede(notices: list[Notice]) -> str:
    """How many of each kind: "3 flags, 1 decision due"."""
    counted = {topic: sum(one.topic == topic for one in notices) for topic in Topic}
    told = [
        ngettext("%(count)s flag", "%(count)s flags", counted[Topic.FLAG]),
        ngettext("%(count)s decision due", "%(count)s decisions due", counted[Topic.DECISION]),
        ngettext("%(count)s word on a plan", "%(count)s words on plans", counted[Topic.AGREEMENT]),
        ngettext("%(count)s item to review", "%(count)s items to review", counted[Topic.REVIEW]),
        ngettext("%(count)s outcome", "%(count)s outcomes", counted[Topic.OUTCOME]),
    ]
    parts = [
        words % {"count": f"{counted[topic]:,}"}
        for topic, words in zip(_ORDER, told, strict=True)
        if counted[topic]
    ]
    return ", ".join(parts) + "."


_ORDER: Final = (Topic.FLAG, Topic.DECISION, Topic.AGREEMENT, Topic.REVIEW, Topic.OUTCOME)


def said_of(choice: Preference) -> str:
    """Somebody's choice in one sentence or two, as the page leads with it."""
    by_rhythm: dict[str, list[str]] = {}
    for topic, rhythm in choice.topics.items():
        if choice.places_of(topic) and topic != Topic.CHECK_IN:  # whose day is the pilot's own
            by_rhythm.setdefault(rhythm, []).append(str(_SHORT[topic]))
    day = Weekday(choice.membership.organisation.digest_day).label
    parts = [
        f"{when}: {_listed(by_rhythm[rhythm])}."
        for rhythm, when in (
            (Rhythm.AT_ONCE, _("At once")),
            (Rhythm.DAILY, _("Once a day")),
            (Rhythm.WEEKLY, _("On %(weekday)ss") % {"weekday": day}),
        )
        if rhythm in by_rhythm
    ]
    if not parts:
        return _("You are told nothing. What is flagged stands on the pages of your pilots.")
    return " ".join(parts)


_SHORT: Final = {
    Topic.FLAG: gettext_lazy("flags"),
    Topic.DECISION: gettext_lazy("decisions"),
    Topic.AGREEMENT: gettext_lazy("answers and signatures"),
    Topic.REVIEW: gettext_lazy("items to review"),
    Topic.OUTCOME: gettext_lazy("outcomes"),
    Topic.DIGEST: gettext_lazy("the digest"),
}


def told_at(channel: Channel) -> str:
    """What is told at one of the organisation's channels."""
    return (
        _listed([str(_SHORT[Topic(topic)]) for topic in channel.topics]) if channel.topics else _("nothing")
    )


def _listed(names: list[str]) -> str:
    return (
        _("%(most)s and %(last)s") % {"most": ", ".join(names[:-1]), "last": names[-1]}
        if names[1:]
        else names[0]
    )


def _gravest_first(notices: list[Notice]) -> list[Notice]:
    from pilots.models.standing import FLAGS_BY_GRAVITY

    def weight(notice: Notice) -> tuple[int, int, float]:
        kind = notice.flag.kind if notice.flag else ""
        gravity = FLAGS_BY_GRAVITY.index(kind) if kind in FLAGS_BY_GRAVITY else len(FLAGS_BY_GRAVITY)
        return _ORDER.index(Topic(notice.topic)), gravity, notice.at.timestamp()

    return sorted(notices, key=weight)


def _kicker(notice: Notice) -> str:
    return flag_word(notice.flag.kind) if notice.flag else str(_KICKERS[Topic(notice.topic)])


def _line(notice: Notice, look: Look) -> dict[str, str]:
    kicker = _kicker(notice)
    if notice.flag:
        told = said(notice.flag, look)
        since = long_date(look.pilot.organisation.day_of(notice.flag.raised_at))
        return {
            "kicker": kicker,
            "words": f"{told.words} {told.reason}".strip(),
            "since": _("Since %(day)s") % {"day": since},
        }
    return {"kicker": kicker, "words": notice.words, "since": ""}


def _page(pilot: Pilot) -> str:
    return settings.BASE_URL + reverse("pilot", args=[pilot.organisation.slug, pilot.pk])


def _address(notice: Notice) -> str:
    return settings.BASE_URL + notice.path if notice.path else _page(notice.pilot)


def _all(organisation: Organisation) -> str:
    return settings.BASE_URL + reverse("pilots", args=[organisation.slug]) + "?flag=any"
