"""Ten thousand running pilots that are read every day: rows, because no bench waits an hour for their verbs."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from pilots.models import Pilot
    from tests.cast import Cast

COUNT, BATCH = 10_000, 500
BASELINE, WINDOW = 78, 24  # 102 points
SLUG: Final = "bench-readings"
DAY: Final = timedelta(days=1)


def furnished(now: datetime) -> list[int]:
    """The pilots' ids; made, and read as of yesterday, when they are not there yet."""
    from django_scopes import scope, scopes_disabled

    from accounts.models import Organisation
    from pilots.models import Pilot

    if not Organisation.objects.filter(slug=SLUG).exists():
        from tests.cast import make_cast

        cast = make_cast(SLUG, at=now - 200 * DAY)
        with scope(organisation=cast.organisation):
            _fill(cast, now)
    with scopes_disabled():
        found = Pilot.objects.filter(organisation__slug=SLUG).order_by("pk")
        return list(found.values_list("pk", flat=True))


def batches(pilots: list[int]) -> list[list[int]]:
    return [pilots[begin : begin + BATCH] for begin in range(0, len(pilots), BATCH)]


def _fill(cast: Cast, now: datetime) -> None:
    from django.db import connection, transaction

    from pilots.reader import read_all

    start = now.date() - WINDOW * DAY
    with transaction.atomic():
        pilots = _pilots(cast, start, now)
        _snapshots(cast, [pilot.series_id or 0 for pilot in pilots], start, now)
        _freeze([(pilot.pk, pilot.series_id or 0) for pilot in pilots], start, now)
        for batch in batches([pilot.pk for pilot in pilots]):
            read_all(batch, at=now - DAY)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _pilots(cast: Cast, start: date, now: datetime) -> list[Pilot]:
    from accounts.models import Chain
    from metrics.models import Metric, Series
    from pilots.models import Launch, Pilot, PlanVersion, Standing

    numbers = range(COUNT)
    given: dict[str, Any] = {
        "organisation": cast.organisation, "unit": "min", "kind": "mean", "direction": "lower", "decimals": 1,
        "cadence": "daily", "category": "service", "created_by": cast.manager, "created_at": now,
    }  # fmt: skip
    metrics = Metric.objects.bulk_create(
        Metric(name=f"Handling time {number}", **given) for number in numbers
    )
    series = Series.objects.bulk_create(Series(metric=metric, group="") for metric in metrics)
    chains = Chain.objects.bulk_create(Chain(subject="pilot") for _ in numbers)
    pilots = Pilot.objects.bulk_create(
        Pilot(
            organisation=cast.organisation, chain=chains[number], owner=cast.manager, metric=metrics[number],
            series=series[number], target=19.7, start=start, baseline_start=start - BASELINE * DAY, planned_reach=30,
            title=f"Pilot {number}", problem="It hurts every month.", created_at=now - 60 * DAY,
        )
        for number in numbers
    )  # fmt: skip
    versions = PlanVersion.objects.bulk_create(
        PlanVersion(pilot=pilot, number=1, content="{}", sha256="0" * 64, cut_by=cast.manager, cut_at=now)
        for pilot in pilots
    )
    Launch.objects.bulk_create(
        Launch(pilot=pilot, plan_version=version, by=cast.manager, at=now - WINDOW * DAY)
        for pilot, version in zip(pilots, versions, strict=True)
    )
    Standing.objects.bulk_create(
        Standing(pilot=pilot, organisation=cast.organisation, phase="open", start=start, ends_on=pilot.end)
        for pilot in pilots
    )
    return pilots


def _values() -> Any:
    """Weekly seasons, noise, and a slow gain that no flag asks about."""
    chance = np.random.default_rng(1)
    days = np.arange(BASELINE + WINDOW)
    values = 20 + 0.4 * np.sin(2 * np.pi * days / 7) + chance.normal(0, 1, (COUNT, days.size))
    values[:, BASELINE:] -= 0.45
    return np.round(values, 3)


def _snapshots(cast: Cast, series: list[int], start: date, now: datetime) -> None:
    from django.db import connection

    from metrics.models import Metric, Pull, Source

    metric = Metric.objects.earliest("pk")
    source = Source.objects.create(
        metric=metric, kind="typed", owner=cast.manager, settings={}, connected_at=now
    )
    pull = Pull.objects.create(source=source, state="done", started_at=now, finished_at=now)
    first = start - BASELINE * DAY
    days = [first + number * DAY for number in range(BASELINE + WINDOW)]
    text = io.StringIO()
    for one, row in zip(series, _values().tolist(), strict=True):
        text.writelines(
            f"{one}\t{day}\t{value}\t{pull.pk}\t30\n" for day, value in zip(days, row, strict=True)
        )
    connection.ensure_connection()
    with (
        connection.connection.cursor() as cursor,
        cursor.copy("COPY metrics_snapshot (series_id, day, value, pull_id, n) FROM STDIN") as copy,
    ):
        copy.write(text.getvalue())


def _freeze(pilots: list[tuple[int, int]], start: date, now: datetime) -> None:
    from django.db import connection

    from pilots.models.baseline import Points, digest_of

    rows = []
    first = start - BASELINE * DAY
    days = [first + n * DAY for n in range(BASELINE)]
    for (pilot, series), row in zip(pilots, _values().tolist(), strict=True):
        read = {day: (value, None, None, 30) for day, value in zip(days, row, strict=False)}
        points = [[series, day.isoformat(), *told] for day, told in read.items()]
        rows.append((pilot, json.dumps(points), digest_of([(series, Points.of(read))]), now))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO pilots_frozenbaseline (pilot_id, points, sha256, frozen_at) VALUES (%s, %s, %s, %s)",
            rows,
        )


def moment() -> datetime:
    return datetime.now(UTC)
