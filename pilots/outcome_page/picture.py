"""The picture of an outcome, drawn from its frozen points."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from metrics.charts import Picture, describe, draw
from metrics.models import Cadence
from metrics.picture_figures import figures_of
from metrics.picture_words import picture_words
from pilots.outcome_page.seen import Seen
from pilots.pilot_page import caption


def drawn(seen: Seen) -> Picture | None:
    """What is drawn; None when nothing may be seen."""
    points = seen.points("series")
    if all(value is None for _day, value in points):
        return None
    plan, metric, limits = seen.plan, seen.metric, seen.reading.get("limits")
    return Picture(
        points=points, comparison=seen.points("comparison_series"), band=(limits[0], limits[1]) if limits else None,
        baseline_start=points[0][0], start=seen.start, end=seen.end, target=plan["target"], today=seen.end,
        unit=metric["unit"], decimals=metric["decimals"], direction=metric["direction"],
        pilot_label=plan["population"] or _("pilot group"), comparison_label=(plan["comparison"] or {}).get("population", ""),
        cadence=metric["cadence"], words=picture_words(),
    )  # fmt: skip


def picture(seen: Seen) -> dict[str, Any] | None:
    """The drawings for the page, with what a screen reader is told and the figures of the six weeks."""
    what = drawn(seen)
    if what is None:
        return None
    metric = seen.metric
    return {
        "wide": draw(what),
        "narrow": draw(what, width="narrow"),
        "text": describe(what),
        "caption": caption(metric["meaning"] or metric["name"], str(Cadence(metric["cadence"]).label)),
        **figures_of(what, seen.start),
    }
