"""What the page of a metric shows: how it stands, the picture, how its source does, the last pulls, what changed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.conf import settings
from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.models import Job
from accounts.templatetags.pilotlight import figure, long_date
from metrics import sources
from metrics.charts import Picture, describe, draw
from metrics.forms.typing import PastingForm, TypingForm
from metrics.groups import Shown, people_in, shown, too_few
from metrics.models import Jump, SnapshotRevision
from metrics.models.jump import LOOK_BACK
from metrics.models.snapshot import Snapshot
from metrics.picture_figures import figures_of
from metrics.picture_words import picture_words
from metrics.source_words import health_move, schedule_words
from metrics.sources.delivered import PUSH, TYPED
from metrics.stats import xmr_limits
from metrics.verdict_words import too_small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.models import Membership
    from metrics.models import Metric, Series, Source

PULLS_SHOWN: Final = 8
FIGURES_SHOWN: Final = 42
RESTATEMENTS_SHOWN: Final = 100


def metric_page(metric: Metric, membership: Membership, today: date, **forms: Any) -> dict[str, Any]:
    """``forms`` are those of a value typed in that did not go through."""
    source: Source | None = getattr(metric, "source", None)
    # Asked before the values are: those of a pull that ends meanwhile are shown, or the page looks again.
    job = Job.objects.filter(kind=Job.Kind.PULL, subject=source.pk).first() if source else None
    pulls = list(source.pulls.select_related("token", "person")[:PULLS_SHOWN]) if source else []
    series = list(metric.series.all())
    visible = _visible(metric, series[0], today) if series else Shown(metric.organisation.minimum_group)
    came = [day for day, value in visible.known.get(series[0].pk, []) if value is not None] if series else []
    points = visible.values(series[0].pk) if series else []
    known = [(day, value) for day, value in points if value is not None]
    picture = _picture(metric, series[0], points, today) if len(known) > 1 else None
    return {
        "metric": metric,
        "source": source,
        "headline": _headline(metric, series, known, picture)
        if known or not came
        else too_small(metric.name),
        "freshness": _freshness(metric, came, today),
        "series": _counted(series),
        "picture": _drawn(picture) if picture else None,
        "waiting": _waiting(job, pulls),
        "pulls": pulls,
        "may_measure": membership.may(Verb.MEASURE),
        **(_of_source(source, job) if source else {}),
        **(_delivering(metric, source.kind, today, forms) if source else {}),
        **_questions(metric),
    }


def _of_source(source: Source, job: Job | None) -> dict[str, Any]:
    """Where it comes from, when it comes again, and what is wrong, if anything."""
    kind = sources.kinds().get(source.kind)
    next_pull = job.due_at if job else None
    return {
        "kind": kind,
        "is_pulled": kind is not None and kind.is_pulled,
        "schedule": schedule_words(source),
        "next_pull": next_pull if next_pull and next_pull > clock.now() else None,
        "health": health_move(source, next_pull),
        "backfill": source.backfills.select_related("asked_by").first(),
        "in_months": kind is not None and kind.takes_period(source.settings),
    }


def _questions(metric: Metric) -> dict[str, Any]:
    """A leap that somebody has to explain, and what the source said differently before."""
    jump = Jump.objects.standing().filter(series__metric=metric).select_related("series").first()
    rows = _revisions(metric)
    days = [row[2] for row in rows]
    if jump:
        days += [jump.day, jump.day - LOOK_BACK * metric.rhythm.step]
    visible = Shown(metric.organisation.minimum_group)
    if days:
        leapt = [jump.series_id] if jump else []
        until = max(days) + timedelta(days=1)
        visible = shown(metric, min(days), until, minimum=visible.minimum, series=leapt)
    return {
        "jump": jump
        and {
            "pk": jump.pk,
            "day": jump.day,
            "group": jump.series.group,
            "before": figure(jump.before, metric.unit, metric.decimals),
            "after": figure(jump.after, metric.unit, metric.decimals),
            "withheld": visible.hides_leap(jump.series_id, jump.day),
        },
        "restated": _restated(metric, rows, visible),
    }


def _revisions(metric: Metric) -> list[tuple[Any, ...]]:
    """What was said before, the latest change first."""
    now = Snapshot.objects.filter(series=OuterRef("series"), day=OuterRef("day")).values("value")[:1]
    kept = SnapshotRevision.objects.filter(series__metric=metric).annotate(now=Subquery(now))
    return list(
        kept.order_by("-replaced_at", "-day").values_list(
            "series", "series__group", "day", "now", "value", "n", "denominator", "replaced_at"
        )[:RESTATEMENTS_SHOWN]
    )


def _restated(metric: Metric, rows: list[tuple[Any, ...]], visible: Shown) -> list[dict[str, Any]]:
    """Each restated day with what it says now and what it said, until when; nothing that is or was about too few."""
    days: dict[tuple[str, date], dict[str, Any]] = {}
    for series, group, day, now, value, n, denominator, until in rows:
        hidden = visible.hides(series, day)
        small = hidden or too_few(people_in(metric, n, denominator), visible.minimum)
        said = {
            "value": figure(None if small else value, metric.unit, metric.decimals),
            "until": until,
        }
        current = figure(None if hidden else now, metric.unit, metric.decimals)
        told = {"group": group, "day": day, "now": current, "was": []}
        days.setdefault((group, day), told)["was"].append(said)
    return list(days.values())


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


def _waiting(job: Job | None, pulls: list[Any]) -> bool:
    """Whether a pull is on its way, so that the page should look again in a moment."""
    if job is None or job.due_at is None or job.attempts:
        return False
    last = pulls[0].finished_at if pulls else None
    return bool(job.leased_by) or last is None or job.due_at <= last


def _counted(series: list[Series]) -> list[tuple[Series, int]]:
    """Each population with how many values it has, in one query."""
    found = Snapshot.objects.filter(series__in=series).values_list("series").annotate(count=Count("*"))
    counts: dict[int, int] = dict(found)
    return [(one, counts.get(one.pk, 0)) for one in series]


# --- how it stands ----------------------------------------------------------------------------------


def _headline(
    metric: Metric,
    series: Sequence[Series],
    known: Sequence[tuple[date, float]],
    picture: Picture | None,
) -> str:
    """The sentence that the page leads with; it says of the newest days what the picture does."""
    if not known:
        return _("There are no values of %(metric)s yet.") % {"metric": metric}
    day, value = picture.last if picture and picture.last else known[-1]
    words = {
        "metric": f"{metric} ({series[0].group})" if series[0].group else metric.name,
        "value": figure(value, metric.unit, metric.decimals),
        "day": long_date(day),
    }
    if picture is None or picture.normal is None:
        return _("%(metric)s stood at %(value)s on %(day)s.") % words
    match picture.tone(value):
        case "ordinary":
            return _("%(metric)s stood at %(value)s on %(day)s, inside normal variation.") % words
        case "good":
            return _("%(metric)s stood at %(value)s on %(day)s, better than normal variation.") % words
    return _("%(metric)s stood at %(value)s on %(day)s, worse than normal variation.") % words


def _freshness(metric: Metric, came: Sequence[date], today: date) -> dict[str, Any] | None:
    """The newest value's age, and whether it is older than it should be."""
    if not came:
        return None
    step = metric.rhythm.step
    day = came[-1]
    return {
        "day": day,
        "days": max(0, (today - (day + step - timedelta(days=1))).days),
        "old": today >= day + 3 * step + timedelta(days=metric.delay_days),
    }


# --- the picture --------------------------------------------------------------------------------------


def _visible(metric: Metric, series: Series, today: date) -> Shown:
    """The last points, and which of them may be seen."""
    begin = today - metric.rhythm.most_baseline * metric.rhythm.step
    minimum = metric.organisation.minimum_group
    return shown(metric, begin, today + timedelta(days=1), minimum=minimum, series=[series.pk])


def _picture(
    metric: Metric, series: Series, points: Sequence[tuple[date, float | None]], today: date
) -> Picture:
    """The last points with their band of normal variation."""
    band = xmr_limits(np.array([value for _day, value in points if value is not None]))
    end = points[-1][0] + metric.rhythm.step
    return Picture(
        points=points, band=None if band.low is None or band.high is None else (band.low, band.high), baseline_start=points[0][0], start=end, end=end,
        today=today, unit=metric.unit, decimals=metric.decimals, direction=metric.direction,
        pilot_label=series.group, cadence=metric.cadence, words=picture_words(),
    )  # fmt: skip


def _drawn(picture: Picture) -> dict[str, Any]:
    return {
        "wide": draw(picture),
        "narrow": draw(picture, width="narrow"),
        "text": describe(picture),
        **figures_of(picture, picture.points[-FIGURES_SHOWN:][0][0]),
    }
