"""The outcome as executives read it, told from its frozen facts alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure, long_date
from metrics.charts import Picture, describe, draw
from metrics.groups import Shown, people_in, too_few, withheld
from metrics.models import Cadence, Snapshot
from metrics.picture_words import picture_words
from metrics.result_words import Result
from metrics.verdict_words import Scale, Told, assessment_of, reasons
from metrics.warning_words import warnings
from pilots.agreement_page import plan_lines
from pilots.amended_words import amendments
from pilots.models.baseline import READ
from pilots.pilot_page import caption
from pilots.words import result_of, shown_of

if TYPE_CHECKING:
    from pilots.models import Outcome, Pilot


def outcome_line(outcome: Outcome) -> dict[str, Any]:
    """One outcome in a list: the sentence, the verdict, the decision."""
    facts = _visible(outcome)
    return {
        "outcome": outcome,
        "sentence": _result(facts).line,
        "verdict": outcome.verdict,
        "decision": outcome.decision,
    }


def outcome_page(outcome: Outcome) -> dict[str, Any]:
    facts = _visible(outcome)
    plan, decision = facts["plan"], facts["decision"]
    return {
        "outcome": outcome,
        "pilot": outcome.pilot,
        "result": _result(facts),
        "picture": _picture(_with_points_withheld(outcome, facts)),
        "agreed": _agreed(facts),
        "evidence": _evidence(facts),
        "plan_lines": plan_lines(plan),
        "decision": decision,
        "decided_at": parse_datetime(decision["at"]),
        "plan": plan,
        "changed_since": changed_since(outcome),
        "amendments": amendments(outcome.pilot, facts),
    }


def changed_since(outcome: Outcome) -> dict[str, Any] | None:
    """How many of the days that were judged read differently by now; None when it is as it was."""
    facts, pilot = outcome.facts, outcome.pilot
    start = facts["plan"]["start"]
    judged = {
        (series, row[0]): row[1:]
        for series, name in ((pilot.series_id, "series"), (pilot.comparison_id, "comparison_series"))
        for row in facts[name]
    }
    if not judged:
        return None
    days = [day for _series, day in judged]
    rows = Snapshot.objects.filter(
        series__in=[pilot.series_id, pilot.comparison_id], day__gte=min(days), day__lt=_day_after(facts)
    )
    now = {(row[0], row[1].isoformat()): list(row[2:]) for row in rows.values_list("series", "day", *READ)}
    differ = [key for key in judged.keys() | now.keys() if judged.get(key) != now.get(key)]
    # What had been restated before the decision was known to it.
    known = sum(facts["reading"].get(name, {}).get("days", 0) for name in ("restated", "restated_comparison"))
    count = sum(day >= start for _series, day in differ)
    count += max(0, sum(day < start for _series, day in differ) - known)
    return {"days": count} if count else None


def _day_after(facts: dict[str, Any]) -> date:
    return date.fromisoformat(facts["plan"]["last_day"]) + timedelta(days=1)


def _visible(outcome: Outcome) -> dict[str, Any]:
    """The frozen facts, without values that are about too few people by today's setting."""
    facts, pilot = outcome.facts, outcome.pilot
    standing = getattr(pilot, "standing", None)
    if standing and too_few(standing.people, pilot.organisation.minimum_group):
        return {**facts, "reading": withheld(facts["reading"]), "series": [], "comparison_series": []}
    return facts


def _with_points_withheld(outcome: Outcome, facts: dict[str, Any]) -> dict[str, Any]:
    pilot = outcome.pilot
    visible = shown_of(pilot, pilot.end) if pilot.end else Shown(pilot.organisation.minimum_group)
    told = {"series": pilot.series_id, "comparison_series": pilot.comparison_id}
    return {
        **facts,
        **{
            name: [
                [day.isoformat(), value]
                for day, value in visible.points(pk, (_point(pilot, row) for row in facts[name]))
            ]
            for name, pk in told.items()
        },
    }


def _point(pilot: Pilot, row: list[Any]) -> tuple[date, float | None]:
    """A day as it was judged; what was about too few people by then stays withheld, whatever it is about now."""
    day, value, _numerator, denominator, n = row
    small = pilot.metric and too_few(
        people_in(pilot.metric, n, denominator), pilot.organisation.minimum_group
    )
    return date.fromisoformat(day), None if small else value


def _result(facts: dict[str, Any]) -> Result:
    return result_of(_scale(facts), facts["reading"], _told(facts))


def _told(facts: dict[str, Any]) -> Told:
    plan = facts["plan"]
    return Told(
        target=plan["target"],
        ramp=bool(plan.get("ramp_weeks")),
        compared=bool(plan["comparison"]),
        stopped=not facts["reading"]["final"],
    )


def _why(facts: dict[str, Any]) -> str:
    """What the verdict follows from and depends on, beyond the interval that leads the page."""
    found = assessment_of(facts["reading"])
    return " ".join([*reasons(_scale(facts), found, _told(facts)), *warnings(found.warnings)])


def _scale(facts: dict[str, Any]) -> Scale:
    metric = facts["plan"]["metric"]
    words = facts["plan"].get("in_words", "")
    return Scale(metric["name"], metric["unit"], metric["decimals"], metric["kind"], words)


def _agreed(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Who said what success is, and what they signed."""
    signed = {signature["name"]: signature for signature in facts["sign_offs"]}
    quotes = []
    for said in facts["plan"]["success"]:
        signature = signed.get(said["who"])
        note = (
            _("signed the criteria on %(day)s") % {"day": long_date(parse_datetime(signature["at"]))}
            if signature
            else ""
        )
        if said.get("taken_down_by"):
            told = _("said in person, written down by %(who)s") % {"who": said["taken_down_by"]}
            note = f"{told}; {note}" if note else told
        quotes.append(
            {
                "words": said["said"],
                "who": said["who"],
                "role": signature["position"] if signature else "",
                "note": note,
            }
        )
    return quotes


def _evidence(facts: dict[str, Any]) -> list[tuple[str, str]]:
    reading, review = facts["reading"], facts["review"]
    compared = facts["plan"]["comparison"]
    rows = [
        (
            _("Evidence"),
            _compared(compared) if compared else _("Before and after, without a comparison group."),
        ),
        (_("How sure, and why"), _why(facts)),
        (_("Points"), _points(reading)),
        (_("Would it hold?"), _would_hold(facts)),
        (_("Other causes"), facts["decision"]["other_causes"]),
        (
            _("Review step"),
            _("%(approved)s of %(items)s items were approved before learners saw them.") % review
            if review["items"]
            else "",
        ),
        (_("What it does not say"), _("The metric moved or it did not; why, the figures alone cannot tell.")),
    ]
    return [(term, words) for term, words in rows if words]


def _compared(comparison: dict[str, Any]) -> str:
    from pilots.models.pilot import ComparisonChoice

    return _("Compared with %(who)s, %(how)s.") % {
        "who": comparison["population"],
        "how": ComparisonChoice(comparison["chosen"]).label,
    }


def _points(reading: dict[str, Any]) -> str:
    used, missing = reading.get("n_used") or 0, reading.get("n_missing") or 0
    words = ngettext("%(count)s value was used", "%(count)s values were used", used) % {"count": used}
    return (
        _("%(used)s, %(missing)s are missing.") % {"used": words, "missing": missing}
        if missing
        else f"{words}."
    )


def _would_hold(facts: dict[str, Any]) -> str:
    drift = facts["reading"].get("breakdown_drift")
    if drift is None:
        return ""
    metric = facts["plan"]["metric"]
    return _("Yes, unless it was drifting by more than %(drift)s in six weeks on its own.") % {
        "drift": figure(abs(drift), metric["unit"], metric["decimals"])
    }


def _picture(facts: dict[str, Any]) -> dict[str, Any] | None:
    plan, reading = facts["plan"], facts["reading"]
    metric = plan["metric"]
    points = [(date.fromisoformat(row[0]), row[1]) for row in facts["series"]]
    if all(value is None for _day, value in points):
        return None
    start, end = date.fromisoformat(plan["start"]), _day_after(facts)
    limits = reading.get("limits")
    drawn = Picture(
        points=points, comparison=[(date.fromisoformat(row[0]), row[1]) for row in facts["comparison_series"]],
        band=(limits[0], limits[1]) if limits else None, baseline_start=points[0][0], start=start, end=end, target=plan["target"],
        today=end, unit=metric["unit"], decimals=metric["decimals"], direction=metric["direction"],
        pilot_label=plan["population"] or _("pilot group"), comparison_label=(plan["comparison"] or {}).get("population", ""),
        cadence=metric["cadence"], words=picture_words(),
    )  # fmt: skip
    return {
        "wide": draw(drawn),
        "narrow": draw(drawn, width="narrow"),
        "text": describe(drawn),
        "caption": caption(metric["meaning"] or metric["name"], str(Cadence(metric["cadence"]).label)),
        "rows": [
            (day, figure(value, metric["unit"], metric["decimals"])) for day, value in points if day >= start
        ],
    }
