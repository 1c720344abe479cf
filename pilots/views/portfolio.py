from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.templatetags import words
from accounts.templatetags.pilotlight import figure, long_date
from accounts.tenancy import MemberRequest, member
from metrics.groups import too_few
from pilots.models import Standing
from pilots.models.standing import Phase, StandingQuerySet

PAGE: Final = 50
_OPEN: Final = [Phase.PLANNING, Phase.OPEN, Phase.STOPPED]
_TILE_OF: Final = {"planning": "planning", "stopped": "deciding", "closed": "closed", "cancelled": "closed"}
_FIELDS: Final = (
    "pilot_id", "phase", "start", "ends_on", "open_flags", "top_flag", "verdict", "latest", "people", "decision",
    "pilot__title", "pilot__target", "pilot__metric__name", "pilot__metric__unit", "pilot__metric__decimals", "pilot__owner__name",
)  # fmt: skip


@member(Verb.SEE)
def pilots(request: MemberRequest) -> HttpResponse:
    """Every pilot a line, what needs an eye first. The filter stands in the address."""
    today = clock.today()
    stage, flagged, text = (
        request.GET.get("stage", ""),
        request.GET.get("flagged", ""),
        request.GET.get("q", "")[:100].replace("\0", ""),
    )
    page = _number(request.GET.get("page", ""))
    found = _filtered(stage, bool(flagged), text, today).order_by("-open_flags", "ends_on", "pilot_id")
    rows = list(found.values(*_FIELDS)[(page - 1) * PAGE : page * PAGE + 1])
    base = reverse("pilots", args=[request.organisation.slug])
    lines = _Lines(base, today, request.organisation.minimum_group)
    context = {
        "tiles": _tiles(base, today),
        "rows": [lines.line(row) for row in rows[:PAGE]],
        "stage": stage, "flagged": flagged, "q": text, "page": page,
        "filtered": bool(stage or flagged or text),
        "previous": _address(base, stage, flagged, text, page - 1) if page > 1 else "",
        "next": _address(base, stage, flagged, text, page + 1) if len(rows) > PAGE else "",
        "may_plan": request.membership.may(Verb.PLAN),
    }  # fmt: skip
    template = "pilots/portfolio.html#results" if request.htmx else "pilots/portfolio.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _filtered(stage: str, flagged: bool, text: str, today: date) -> StandingQuerySet:
    found: StandingQuerySet = Standing.objects.filter(_stage(stage, today))
    if flagged:
        found = found.filter(open_flags__gt=0)
    return found.filter(pilot__title__icontains=text) if text else found


def _stage(stage: str, today: date) -> Q:
    """The stage as conditions on the phase and the end, which an index serves."""
    match stage:
        case "planning":
            return Q(phase=Phase.PLANNING)
        case "running":
            return Q(phase=Phase.OPEN, ends_on__gt=today)
        case "deciding":
            return Q(phase=Phase.STOPPED) | Q(phase=Phase.OPEN, ends_on__lte=today)
        case "closed":
            return Q(phase__in=[Phase.CLOSED, Phase.CANCELLED])
    return Q(phase__in=_OPEN)


def _tiles(base: str, today: date) -> list[dict[str, Any]]:
    """How many pilots stand where, counted from one index: a group a phase costs half of a filter a tile."""
    phases = Standing.objects.values("phase").annotate(
        all=Count("phase"),
        running=Count("phase", filter=Q(ends_on__gt=today)),
        flagged=Count("phase", filter=Q(open_flags__gt=0)),
    )
    counts: Counter[str] = Counter()
    for row in phases:
        if row["phase"] == Phase.OPEN:
            counts.update(running=row["running"], deciding=row["all"] - row["running"])
        else:
            counts[_TILE_OF[row["phase"]]] += row["all"]
        if row["phase"] in _OPEN:
            counts["flagged"] += row["flagged"]
    tiles = [
        {"count": counts[stage], "label": words.word(words.STAGES, stage), "url": f"{base}?stage={stage}"}
        for stage in ("planning", "running", "deciding", "closed")
    ]
    return [
        {
            "count": counts["flagged"],
            "label": _("with a flag"),
            "url": f"{base}?flagged=1",
            "concern": counts["flagged"] > 0,
        },
        *tiles,
    ]


class _Lines:
    """Writes the lines of one page, all formatted: filters in a loop of fifty cost more than the query.

    Words are looked up here once; each look-up asks every catalogue anew, and a line needs up to five.
    """

    def __init__(self, base: str, today: date, minimum: int) -> None:
        self.base, self.today, self.minimum = base, today, minimum
        self.stages, self.flags = _said(words.STAGES), _said(words.FLAGS)
        self.verdicts, self.decisions = _said(words.VERDICTS), _said(words.DECISIONS)
        self.no_metric, self.week = _("no metric yet"), _("week %(week)s of 6")

    def line(self, row: dict[str, Any]) -> dict[str, Any]:
        stage = _stage_of(row, self.today)
        unit, decimals = row["pilot__metric__unit"] or "", row["pilot__metric__decimals"]
        verdict = row["verdict"] if stage in {"deciding", "closed"} else ""
        return {
            "url": f"{self.base}{row['pilot_id']}/",
            "title": row["pilot__title"],
            "about": f"{row['pilot__metric__name'] or self.no_metric} · {row['pilot__owner__name']}",
            "stage": stage,
            "stage_word": self.stages.get(stage, stage),
            "when": self._when(stage, row),
            "now": figure(None if too_few(row["people"], self.minimum) else row["latest"], unit, decimals),
            "target": figure(row["pilot__target"], unit, decimals),
            "flag": self.flags.get(row["top_flag"], row["top_flag"]),
            "more_flags": f"+{row['open_flags'] - 1}" if row["open_flags"] > 1 else "",
            "verdict": self.verdicts.get(verdict, verdict),
        }

    def _when(self, stage: str, row: dict[str, Any]) -> str:
        if stage == "running" and row["start"] and row["start"] <= self.today:
            return self.week % {"week": min(6, (self.today - row["start"]).days // 7 + 1)}
        if stage in {"running", "planning"} and row["start"]:
            return _("begins %(day)s") % {"day": long_date(row["start"])}
        if stage == "closed":
            decision: str = row["decision"]
            return self.decisions.get(decision, decision)
        return ""


def _said(table: Mapping[str, object]) -> dict[str, str]:
    """A table of words in the reader's language, escaped once instead of once a line."""
    return {code: escape(word) for code, word in table.items()}


def _stage_of(row: dict[str, Any], today: date) -> str:
    if row["phase"] == Phase.OPEN:
        return "running" if row["ends_on"] and row["ends_on"] > today else "deciding"
    return "deciding" if row["phase"] == Phase.STOPPED else str(row["phase"])


def _number(page: str) -> int:
    return max(1, min(int(page), 10_000)) if page.isascii() and page.isdigit() and len(page) < 6 else 1


def _address(base: str, stage: str, flagged: str, text: str, page: int) -> str:
    given = {"stage": stage, "flagged": flagged, "q": text, "page": page if page > 1 else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{base}?{query}" if query else base
