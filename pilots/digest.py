"""The weekly digest: what needs a decision, what moved, what did not, what came of it. All of it stands in the mail.

Managers read of their own pilots, everybody else and the organisation's channels of all. "No effect" is told like any other result.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import decision_word, long_date
from metrics.charts import spark
from metrics.groups import too_few
from pilots.models.closing import Outcome
from pilots.models.pilot import Pilot
from pilots.models.standing import Phase, Standing
from pilots.outcome_page import outcome_line
from pilots.words import Look, headline

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

#: Lines of a section; the rest is counted. Whoever has more pilots looks at the portfolio.
MOST: Final = 6
_STUCK: Final = {"not_moving", "wrong_way", "unlikely", "few_using"}
_SILENT: Final = {"no_data", "source_failing"}
_RUNNING: Final = ("moved", "stuck", "silent", "withheld", "early")


def compose(
    organisation: Organisation, *, owner: Person | None, since: datetime, at: datetime
) -> dict[str, Any] | None:
    """What the mail's template is told, of one owner's pilots or of all; None where nothing runs, waits or was decided."""
    sorted_in = _sorted_in(organisation, owner, at=at)
    decided = Outcome.objects.filter(at__gt=since, at__lte=at).select_related(
        "pilot__organisation", "pilot__metric"
    )
    decided = decided.filter(pilot__owner=owner) if owner else decided
    pictures: dict[str, str] = {}
    sections = [
        section
        for name, ids in sorted_in.items()
        if ids and (section := _section(name, ids, organisation, at, pictures))
    ]
    if outcomes := list(decided.order_by("-at", "-pk")):
        sections.insert(1 if sorted_in["decide"] else 0, _of_outcomes(outcomes))
    if not sections:
        return None
    counts = {name: len(ids) for name, ids in sorted_in.items()} | {"decided": len(outcomes)}
    return {
        "organisation": organisation.name,
        "title": _title(organisation, counts, own=owner is not None),
        "lede": _lede(counts),
        "until": long_date(organisation.day_of(at)),
        "sections": sections,
        "pictures": pictures,
        "all_url": settings.BASE_URL + reverse("pilots", args=[organisation.slug]),
        "choice_url": settings.BASE_URL + reverse("news", args=[organisation.slug]),
    }


def as_content(told: dict[str, Any], organisation: Organisation) -> dict[str, Any]:
    """The same for a channel: whoever reads it there needs no account, nor to open anything."""
    lines = [
        {
            "topic": "digest", "section": section["name"], "heading": section["heading"], "flag": "",
            "pilot_id": line["pilot_id"], "pilot": line["title"], "words": f"{line['sentence']} {line['lede']}".strip(),
            "url": line["url"], "at": "",
        }
        for section in told["sections"]
        for line in section["lines"]
    ]  # fmt: skip
    more = sum(section["more"] for section in told["sections"])
    foot = _("As it stood on %(day)s. The links open for members of %(name)s.")
    return {
        "title": told["title"], "lede": told["lede"], "organisation": organisation.slug, "url": told["all_url"],
        "news": lines, "more": more, "foot": foot % {"day": told["until"], "name": organisation.name},
    }  # fmt: skip


def _sorted_in(organisation: Organisation, owner: Person | None, *, at: datetime) -> dict[str, list[int]]:
    """The pilots that are open, by what there is to say of them: in one query however many there are."""
    today = organisation.day_of(at)
    standings = Standing.objects.filter(phase__in=[Phase.OPEN, Phase.STOPPED], start__lte=today)
    if owner:
        standings = standings.filter(pilot__owner=owner)
    found: dict[str, list[int]] = {name: [] for name in ("decide", *_RUNNING)}
    for line in standings.order_by("ends_on", "pilot"):
        over = line.phase == Phase.STOPPED or (line.ends_on is not None and line.ends_on <= today)
        found["decide" if over else _what(line, organisation)].append(line.pilot_id)
    return found


def _what(line: Standing, organisation: Organisation) -> str:
    """Under which heading a running pilot stands: whether too few people move is as withheld as their values are."""
    if line.top_flag in _SILENT:
        return "silent"
    if line.top_flag in _STUCK:
        return "stuck"
    if too_few(line.people, organisation.minimum_group):
        return "withheld"
    return "moved" if line.moving else "early"


def _section(
    name: str, ids: list[int], organisation: Organisation, at: datetime, pictures: dict[str, str]
) -> dict[str, Any]:
    pilots = Pilot.objects.filter(pk__in=ids[:MOST]).select_related(
        "metric__source", "owner", "launch", "stop", "cancel"
    )
    by_id = {pilot.pk: pilot for pilot in pilots}
    lines = []
    for pk in ids[:MOST]:
        pilot = by_id[pk]
        pilot.organisation = organisation
        lines.append(_line(pilot, at, pictures))
    return {
        "heading": _HEADINGS[name](len(ids)),
        "name": name,
        "lines": lines,
        "more": max(0, len(ids) - MOST),
    }


def _line(pilot: Pilot, at: datetime, pictures: dict[str, str]) -> dict[str, Any]:
    look = Look(pilot, at)
    said = headline(pilot, at, look)
    drawn = _picture(look)
    if drawn:
        pictures[f"pilot-{pilot.pk}"] = drawn
    return {
        "pilot_id": pilot.pk,
        "title": pilot.title,
        "url": settings.BASE_URL + reverse("pilot", args=[pilot.organisation.slug, pilot.pk]),
        "sentence": said.sentence,
        "lede": said.lede,
        "owner": pilot.owner.name,
        "picture": f"pilot-{pilot.pk}" if drawn else "",
    }


def _picture(look: Look) -> str:
    """The course of the metric, small; nothing where there is nothing to see, or it would tell about too few people."""
    pilot = look.pilot
    if pilot.start is None or look.facts.get("withheld"):
        return ""
    points = [
        (day, value)
        for day, value in look.shown.values(pilot.series_id)
        if day >= pilot.start - timedelta(weeks=8)
    ]
    if sum(value is not None for _day, value in points) < 2:
        return ""
    limits = look.facts.get("limits")
    return spark(points, start=pilot.start, band=(limits[0], limits[1]) if limits else None)


def _of_outcomes(outcomes: list[Outcome]) -> dict[str, Any]:
    lines = []
    for outcome in outcomes[:MOST]:
        pilot = outcome.pilot
        lines.append(
            {
                "pilot_id": pilot.pk,
                "title": pilot.title,
                "url": settings.BASE_URL + reverse("pilot_outcome", args=[pilot.organisation.slug, pilot.pk]),
                "sentence": outcome_line(outcome)["sentence"],
                "lede": _("Decided on %(day)s: %(decision)s.")
                % {
                    "day": long_date(pilot.organisation.day_of(outcome.at)),
                    "decision": decision_word(outcome.decision).lower(),
                },
                "picture": "",
            }
        )
    return {
        "heading": ngettext("What came of one pilot", "What came of %(count)s pilots", len(outcomes)) % {"count": len(outcomes)},
        "name": "decided", "lines": lines, "more": max(0, len(outcomes) - MOST),
    }  # fmt: skip


_HEADINGS: Final[dict[str, Callable[[int], str]]] = {
    "decide": lambda count: ngettext("A decision is due", "%(count)s decisions are due", count) % {"count": count},
    "moved": lambda count: ngettext("One moves", "%(count)s move", count) % {"count": count},
    "stuck": lambda count: ngettext("One does not move as agreed", "%(count)s do not move as agreed", count) % {"count": count},
    "silent": lambda count: ngettext("One has no data", "%(count)s have no data", count) % {"count": count},
    "withheld": lambda count: ngettext(
        "One is about too few people to show", "%(count)s are about too few people to show", count
    ) % {"count": count},
    "early": lambda count: ngettext(
        "Of one it is too early to say", "Of %(count)s it is too early to say", count
    ) % {"count": count},
}  # fmt: skip


def _title(organisation: Organisation, counts: dict[str, int], *, own: bool) -> str:
    """The subject: whose pilots, and the one thing that matters most."""
    whose = _("Your pilots this week") if own else _("%(name)s this week") % {"name": organisation.name}
    running = sum(counts[name] for name in _RUNNING)
    if counts["decide"]:
        what = _HEADINGS["decide"](counts["decide"])
    elif running:
        what = ngettext(
            "%(moved)s of %(running)s moves", "%(moved)s of %(running)s move", counts["moved"]
        ) % {"moved": counts["moved"], "running": running}
    else:
        what = ngettext("one was decided", "%(count)s were decided", counts["decided"]) % {
            "count": counts["decided"]
        }
    return f"{whose}: {what[0].lower()}{what[1:]}"


def _lede(counts: dict[str, int]) -> str:
    running = sum(counts[name] for name in _RUNNING)
    parts = []
    if running:
        parts.append(
            ngettext("%(count)s pilot runs", "%(count)s pilots run", running) % {"count": running}
            + ": "
            + ", ".join(
                words % {"count": counts[name]}
                for name, words in (
                    ("moved", ngettext("%(count)s moves", "%(count)s move", counts["moved"])),
                    ("stuck", ngettext("%(count)s does not move as agreed", "%(count)s do not move as agreed", counts["stuck"])),
                    ("silent", ngettext("%(count)s has no data", "%(count)s have no data", counts["silent"])),
                    ("withheld", ngettext("%(count)s is about too few people to show", "%(count)s are about too few people to show",
                        counts["withheld"])),
                    ("early", ngettext("of %(count)s it is too early to say", "of %(count)s it is too early to say", counts["early"])),
                )
                if counts[name]
            )
            + "."
        )  # fmt: skip
    if counts["decide"]:
        parts.append(_HEADINGS["decide"](counts["decide"]) + ".")
    return " ".join(parts)
