"""What a reader of a running pilot has to know of its data, in sentences; told from its latest reading alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure, long_date

if TYPE_CHECKING:
    from pilots.models import Pilot


def notices(pilot: Pilot, facts: dict[str, Any]) -> list[str]:
    told = []
    if "restated" in facts:
        told.append(_restated(pilot, facts["restated"]))
    if "restated_comparison" in facts:
        told.append(
            _("The comparison group's baseline: %(words)s")
            % {"words": _restated(pilot, facts["restated_comparison"])}
        )
    if "jump" in facts:
        told.append(_leap(pilot, facts["jump"]))
    return told


def _restated(pilot: Pilot, told: dict[str, Any]) -> str:
    """Old and new mean, and which of them counts."""
    first, last = (date.fromisoformat(told[name]) for name in ("first", "last"))
    days = (
        ngettext(
            "The source says something else by now about %(count)s day of the baseline",
            "The source says something else by now about %(count)s days of the baseline",
            told["days"],
        )
        % {"count": told["days"]}
    )  # fmt: skip
    between = (
        long_date(first)
        if first == last
        else _("%(first)s to %(last)s") % {"first": long_date(first), "last": long_date(last)}
    )
    means = _(
        "With it the mean would be %(now)s; the pilot is judged by %(was)s, as it was at the launch."
    ) % {
        "now": _written(pilot, told["now"]),
        "was": _written(pilot, told["was"]),
    }
    return f"{days} ({between}). {means}"


def _leap(pilot: Pilot, told: dict[str, Any]) -> str:
    return _(
        "From one value to the next it went from %(before)s to %(after)s, on %(day)s. Did the unit change? The page of the metric asks."
    ) % {
        "before": _written(pilot, told["before"]),
        "after": _written(pilot, told["after"]),
        "day": long_date(date.fromisoformat(told["day"])),
    }


def _written(pilot: Pilot, value: float | None) -> str:
    """Precisely enough that a small change of a mean can be seen."""
    metric = pilot.metric
    return str(figure(value, metric.unit, max(metric.decimals, 1))) if metric else ""
