"""What the page of a metric shows: how it stands, the picture, the last pulls."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import Count

from accounts.access import Verb
from accounts.models import Job
from metrics.charts import Picture, describe, draw
from metrics.groups import shown
from metrics.models.snapshot import Snapshot
from metrics.picture_words import picture_words
from metrics.stats import xmr_limits

if TYPE_CHECKING:
    from accounts.models import Membership
    from metrics.models import Metric, Series


def metric_page(metric: Metric, membership: Membership, today: date) -> dict[str, Any]:
    source = getattr(metric, "source", None)
    series = list(metric.series.all())
    pulls = list(source.pulls.all()[:5]) if source else []
    return {
        "metric": metric,
        "source": source,
        "series": _counted(series),
        "pulls": pulls,
        "picture": _picture(metric, series[0], today) if series else None,
        "waiting": _waiting(source, pulls),
        "may_measure": membership.may(Verb.MEASURE),
    }


def _waiting(source: Any, pulls: list[Any]) -> bool:
    """Whether a pull is on its way, so that the page should look again in a moment."""
    if source is None:
        return False
    job = Job.objects.filter(kind=Job.Kind.PULL, subject=source.pk, attempts=0).exclude(due_at=None).first()
    if job is None or job.due_at is None:
        return False
    last = pulls[0].finished_at if pulls else None
    return bool(job.leased_by) or last is None or job.due_at <= last


def _counted(series: list[Series]) -> list[tuple[Series, int]]:
    """Each population with how many values it has, in one query."""
    found = Snapshot.objects.filter(series__in=series).values_list("series").annotate(count=Count("*"))
    counts: dict[int, int] = dict(found)
    return [(one, counts.get(one.pk, 0)) for one in series]


def _picture(metric: Metric, series: Series, today: date) -> dict[str, str] | None:
    """The last points with their band of normal variation."""
    step = metric.rhythm.step
    begin = today - metric.rhythm.most_baseline * step
    until = today + timedelta(days=1)
    minimum = metric.organisation.minimum_group
    points = shown(metric, begin, until, minimum=minimum, series=[series.pk]).values(series.pk)
    known = [value for _day, value in points if value is not None]
    if len(known) < 2:
        return None
    band = xmr_limits(np.array(known))
    end = points[-1][0] + step
    picture = Picture(
        points=points, band=None if band.low is None or band.high is None else (band.low, band.high), baseline_start=points[0][0], start=end, end=end,
        today=today, unit=metric.unit, decimals=metric.decimals, direction=metric.direction,
        pilot_label=series.group, cadence=metric.cadence, words=picture_words(),
    )  # fmt: skip
    return {"wide": draw(picture), "narrow": draw(picture, width="narrow"), "text": describe(picture)}
