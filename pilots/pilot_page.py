"""What the page of a pilot shows, formatted: the template only places it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.access import Verb
from accounts.templatetags.pilotlight import short_date
from metrics.charts import Picture, draw
from metrics.groups import Shown, people_in, too_few
from metrics.picture_figures import figures_of
from metrics.picture_words import picture_words
from metrics.verdict_words import assessment_of, how_sure, not_said
from pilots import words
from pilots.agreement_page import signed_at_launch
from pilots.amended_words import second
from pilots.clock import clock_of
from pilots.flag_words import said
from pilots.models import ContentItem
from pilots.next_move import by_gravity, gate_lines, next_move
from pilots.notices import notices
from pilots.words import Look, headline, scale_of, told_of

if TYPE_CHECKING:
    from accounts.models import Membership
    from pilots.models import Pilot
    from pilots.models.baseline import Frozen


@dataclass(frozen=True, slots=True)
class Week:
    state: str
    label: str
    dates: str
    percent: int = 0


def pilot_page(pilot: Pilot, membership: Membership, at: datetime) -> dict[str, Any]:
    look = Look(pilot, at)
    today, stage = look.today, look.stage
    may_plan = membership.may(Verb.PLAN)
    reading = look.reading if stage != "planning" else None
    context: dict[str, Any] = {
        "pilot": pilot,
        "stage": stage.value,
        "headline": headline(pilot, at, look),
        "move": next_move(pilot, at, look) if may_plan or stage == "closed" else None,
        "may_plan": may_plan,
        "picture": picture(pilot, look.facts if reading else {}, today, look.shown, look.marks),
        "reading": reading,
        "notices": notices(pilot, look.facts) if reading else [],
        "sure": _sure(pilot, look.facts) if reading else None,
        "six": clock_of(pilot, today),
        "second": second(look) if reading else None,
    }
    if stage == "planning":
        return {**context, "gate": gate_lines(pilot, look.gate, moves=may_plan)}
    return {
        **context,
        "weeks": clock_weeks(pilot, today) if stage == "running" else None,
        "flags": [(flag, said(flag, look)) for flag in by_gravity(look.flags)],
        "signers": signed_at_launch(pilot),
        "review": review_counts(pilot),
        "notes": look.check_ins[::-1][:3],
        "reach": look.reach,
        "may_note": may_plan and stage == "running" and bool(pilot.week(today)),
    }


def _sure(pilot: Pilot, facts: dict[str, Any]) -> dict[str, Any]:
    """How sure the reading is and why, and what it does not say."""
    found, scale = assessment_of(facts), scale_of(pilot)
    if facts.get("withheld"):
        return {"lines": [words.kept_back()], "not_said": not_said(found)}
    return {"lines": how_sure(scale, found, told_of(pilot)), "not_said": not_said(found)}


def clock_weeks(pilot: Pilot, today: date) -> list[Week]:
    """The six weeks, each done, now or to come."""
    assert pilot.start
    weeks = []
    for number in range(6):
        begin = pilot.start + timedelta(weeks=number)
        into = (today - begin).days
        state = "done" if into >= 7 else "now" if into >= 0 else "todo"
        label = _("Week %(number)s") % {"number": number + 1}
        last = begin + timedelta(days=6)
        weeks.append(
            Week(
                state, label, f"{short_date(begin)} – {short_date(last)}", percent=round(100 * (into + 1) / 7)
            )
        )
    return weeks


def reviews_counted() -> dict[str, Subquery]:
    """For the query that fetches the pilot: how many items AI had a hand in, and how many of them are approved."""
    items = ContentItem.objects.filter(pilot=OuterRef("pk")).exclude(ai_use="none").order_by().values("pilot")
    counted = {"reviews_all": Count("pk"), "reviews_approved": Count("pk", filter=Q(state="approve"))}
    return {name: Subquery(items.annotate(count=count).values("count")) for name, count in counted.items()}


def review_counts(pilot: Pilot) -> dict[str, int]:
    return {
        "approved": getattr(pilot, "reviews_approved", None) or 0,
        "all": getattr(pilot, "reviews_all", None) or 0,
    }


def picture(
    pilot: Pilot,
    facts: dict[str, Any],
    today: date,
    visible: Shown,
    marks: Sequence[tuple[date, str]] = (),
) -> dict[str, Any] | None:
    """The metric over time with baseline, window and target; None before there is anything to draw."""
    metric, start, end = pilot.metric, pilot.start, pilot.end
    if metric is None or pilot.series is None or start is None or end is None:
        return None
    restated = "restated" in facts or "restated_comparison" in facts
    frozen = pilot.frozen_points() if restated else {}
    points = _judged(pilot, pilot.series_id, visible, frozen)
    compared = _judged(pilot, pilot.comparison_id, visible, frozen)
    if all(value is None for _day, value in points):
        return None
    drawn = Picture(
        points=points, comparison=compared, band=_band(facts), baseline_start=points[0][0], start=start, end=end,
        target=pilot.target, today=today, unit=metric.unit, decimals=metric.decimals, direction=metric.direction,
        pilot_label=pilot.series.group or _("pilot group"), comparison_label=pilot.comparison.group if pilot.comparison else "",
        forecast=_forecast(facts, end, today), marks=marks, cadence=metric.cadence, words=picture_words(),
    )  # fmt: skip
    return {
        "wide": draw(drawn),
        "narrow": draw(drawn, width="narrow"),
        "caption": caption(
            metric.meaning or metric.name, metric.get_cadence_display(), metric.get_direction_display()
        ),
        **figures_of(drawn, start - timedelta(weeks=2)),
    }


def _judged(
    pilot: Pilot, series: int | None, visible: Shown, frozen: Frozen
) -> list[tuple[date, float | None]]:
    """The values that the pilot is judged by, where the baseline was restated as it was frozen; none about too few."""
    now, kept = visible.values(series), frozen.get(series or 0)
    if not kept or not now or pilot.start is None or pilot.metric is None:
        return now
    begin, before = pilot.baseline_start or date.min, []
    for day in sorted(day for day in kept if begin <= day < pilot.start):
        value, _numerator, denominator, n = kept[day]
        small = too_few(people_in(pilot.metric, n, denominator), visible.minimum)
        before.append((day, None if small else value))
    return visible.points(series, before) + [(day, value) for day, value in now if day >= pilot.start]


def caption(meaning: str, *more: str) -> str:
    """What is drawn, in two short sentences, however the metric's meaning was punctuated."""
    return f"{meaning.rstrip('. ')}. {capfirst(', '.join(str(words) for words in more))}."


def _band(facts: dict[str, Any]) -> tuple[float, float] | None:
    limits = facts.get("limits")
    return (limits[0], limits[1]) if limits else None


def _forecast(facts: dict[str, Any], end: date, today: date) -> tuple[date, float, float, float] | None:
    """Where it will end, as far as the maths can say: levels, not changes."""
    before = facts.get("baseline_mean")
    fan = [facts.get(name) for name in ("forecast_low", "forecast", "forecast_high")]
    if before is None or today >= end or any(change is None for change in fan):
        return None
    low, middle, high = (before + change for change in fan)
    return end - timedelta(days=1), low, middle, high
