"""What the page of a metric shows: how it stands, the picture, the last pulls."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db.models import Count

from accounts.access import Verb
from accounts.models import Job
from metrics import sources
from metrics.charts import Picture, describe, draw
from metrics.forms.typing import PastingForm, TypingForm
from metrics.models.snapshot import Snapshot
from metrics.picture_words import picture_words
from metrics.sources.delivered import PUSH, TYPED
from metrics.stats import xmr_limits

if TYPE_CHECKING:
    from accounts.models import Membership
    from metrics.models import Metric, Series


def metric_page(metric: Metric, membership: Membership, today: date, **forms: Any) -> dict[str, Any]:
    """``forms`` are those of a value typed in that did not go through."""
    source = getattr(metric, "source", None)
    series = list(metric.series.all())
    pulls = list(source.pulls.select_related("token", "person")[:5]) if source else []
    return {
        "metric": metric,
        "source": source,
        "series": _counted(series),
        "pulls": pulls,
        "picture": _picture(metric, series[0], today) if series else None,
        "waiting": _waiting(source, pulls),
        "may_measure": membership.may(Verb.MEASURE),
        "is_pulled": source is not None and sources.kind(source.kind).is_pulled,
        **(_delivering(metric, source.kind, today, forms) if source else {}),
    }


def _delivering(metric: Metric, kind: str, today: date, forms: dict[str, Any]) -> dict[str, Any]:
    """How values come that are not pulled: the forms to type them in, or what a program sends."""
    if kind == TYPED:
        fresh: dict[str, Any] = {
            "typing": TypingForm(metric=metric, today=today),
            "pasting": PastingForm(metric=metric, today=today),
        }
        return fresh | forms
    if kind != PUSH:
        return {}
    point = {"day": metric.first_day(today - timedelta(days=7)).isoformat(), **_example(metric)}
    lines = [
        f"curl {settings.BASE_URL}/api/v1/metrics/{metric.pk}/snapshots \\",
        '  -H "Authorization: Bearer plt_…" \\',
        '  -H "Content-Type: application/json" \\',
        f"  -d '{json.dumps({'points': [point]})}'",
    ]
    return {"push_example": "\n".join(lines)}


def _example(metric: Metric) -> dict[str, float]:
    if metric.kind in {"proportion", "rate"}:
        return {"numerator": 22, "denominator": 100}
    return {"value": 18.4}


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
    points = [(point.day, point.value) for point in series.points(begin, today + timedelta(days=1))]
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
