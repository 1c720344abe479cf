"""Values about too few people stand on no page and in no picture; nor do those whose difference would tell them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation
from metrics.models import Jump, Pull, Series, Snapshot, SnapshotRevision
from pilots.models import Pilot
from pilots.pilot_page import picture
from pilots.words import Look
from tests.api.client import Program, make_token
from tests.cast import (
    NOW,
    TODAY,
    Cast,
    agree,
    make_measured_metric,
    make_pilot,
    plan,
    review_content,
    safeguard,
)
from tests.memory import remembered, state
from tests.pages.page import Page

pytestmark = pytest.mark.usefixtures("monday", "bell")

# Values that nothing else on a page looks like.
TOLD = re.compile(r"\b77[0-9](\.\d)?\b")


def values(count: int) -> list[float | None]:
    return [775.0 + (number % 3) * 0.5 for number in range(count)]


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    """Closed, with an outcome; its metric's values are about 775."""
    running, _known = remembered(("values about 775", state()), lambda: run(scoped))
    scoped.organisation.chain.refresh_from_db()
    return Pilot.objects.get(pk=running.pk)


def run(cast: Cast) -> Pilot:
    metric = make_measured_metric(cast, values=values(90))
    pilot = make_pilot(cast, metric=metric, planned_reach=None)
    plan(cast, pilot, metric, target=700.0)
    agree(cast, pilot)
    review_content(cast, pilot)
    safeguard(cast, pilot)
    pilot = Pilot.objects.get(pk=pilot.pk)
    pilot.launch_now(by=cast.manager, at=NOW)
    return pilot


def pages(cast: Cast, pilot: Pilot, *more: str) -> Iterator[str]:
    """All that a manager and an executive can read about it, page by page."""
    base = f"/northwind/pilots/{pilot.pk}/"
    addresses = [f"/northwind/metrics/{pilot.metric_id}/", base, "/northwind/", "/northwind/pilots/", *more]
    for person in (cast.manager, cast.viewer):
        browser = Client()
        browser.force_login(person)
        for address in addresses:
            answer = browser.get(address)
            assert answer.status_code == 200, address
            yield f"\n[{address}] " + Page(answer.content).text


def everything(cast: Cast, pilot: Pilot, *more: str) -> str:
    return "".join(pages(cast, pilot, *more))


def tell(told: str | re.Pattern[str], cast: Cast, pilot: Pilot, *more: str) -> bool:
    """Whether one of the pages says it; the others are not opened then."""
    return any(re.search(told, page) for page in pages(cast, pilot, *more))


def set_minimum(minimum: int) -> None:
    Organisation.objects.update(minimum_group=minimum)


def counted(**fields: Any) -> None:
    Snapshot.objects.update(**fields)
    for pilot in Pilot.objects.all():
        pilot.refresh_standing()


def test_a_running_pilot_of_three_people(scoped: Cast, pilot: Pilot) -> None:
    pilot.read(at=NOW)
    counted(n=3)
    text = everything(scoped, pilot)
    assert not TOLD.search(text)
    assert "is about too few people to be shown" in text
    set_minimum(3)  # the control: the same pages show the values when they may
    assert tell(TOLD, scoped, pilot)


def test_its_outcome(scoped: Cast, pilot: Pilot) -> None:
    pilot.read(at=NOW)
    counted(n=3)
    pilot.stop_early(reason="No budget.", by=scoped.manager, at=NOW + timedelta(days=1))
    pilot.decide(
        decision="run_again", learned="?", other_causes="?", by=scoped.manager, at=NOW + timedelta(days=1)
    )
    more = (f"/northwind/pilots/{pilot.pk}/outcome/", "/northwind/outcomes/")
    assert not tell(TOLD, scoped, pilot, *more)
    set_minimum(3)
    assert tell(TOLD, scoped, pilot, *more)


def test_days_with_too_few_are_gaps(scoped: Cast, pilot: Pilot) -> None:
    """One day is about three people and has a value of its own; the others are about thirty."""
    counted(n=30)
    day = Snapshot.objects.latest("day").day
    Snapshot.objects.filter(day=day).update(n=3, value=779.5)
    assert not tell(r"779\.5", scoped, pilot)
    Snapshot.objects.filter(day=day).update(n=5)
    assert tell(r"779\.5", scoped, pilot)


def test_where_the_source_does_not_tell_the_plan_does(scoped: Cast, pilot: Pilot) -> None:
    Pilot.objects.update(planned_reach=4)
    pilot.refresh_from_db()
    pilot.read(at=NOW)
    found = [page for page in pages(scoped, pilot) if "/northwind/metrics/" not in page.split("]")[0]]
    assert len(found) == 6
    assert not TOLD.search("".join(found))


def test_everybody_minus_the_pilot_group_would_be_three(scoped: Cast, pilot: Pilot) -> None:
    """The pilot's own page shows nothing then, although its group is large."""
    assert pilot.series
    Series.objects.filter(pk=pilot.series_id).update(group="North")
    everybody = Series.objects.create(metric=pilot.metric, group="")
    pull = Pull.objects.latest("pk")
    Snapshot.objects.bulk_create(
        Snapshot(series=everybody, day=one.day, value=500.0, n=43, pull=pull)
        for one in pilot.series.snapshots.all()
    )
    Snapshot.objects.filter(series=pilot.series).update(n=40)
    pilot.refresh_standing()
    pilot.read(at=NOW)
    assert not tell(TOLD, scoped, pilot)
    Snapshot.objects.filter(series=everybody).update(n=45)
    pilot.refresh_standing()
    assert tell(TOLD, scoped, pilot)


def test_a_restated_baseline_is_as_withheld_as_any_other(scoped: Cast, pilot: Pilot) -> None:
    """What the source said before, the frozen copy, the question about a leap: by today's count and by their own."""
    assert pilot.metric and pilot.series
    counted(n=30)
    pull, day = Pull.objects.latest("pk"), Snapshot.objects.latest("day").day
    SnapshotRevision.objects.create(
        series=pilot.series, day=day, value=779.2, n=3, pull=pull, replaced_by=pull, replaced_at=NOW
    )
    Jump.objects.create(series=pilot.series, day=day, before=775.0, after=779.4, pull=pull, found_at=NOW)
    text = everything(scoped, pilot)
    assert ("779.2" in text, "779.4" in text) == (False, True)
    SnapshotRevision.objects.update(n=30)
    assert tell(r"779\.2", scoped, pilot)
    Snapshot.objects.filter(day=day).update(n=3)
    text = everything(scoped, pilot)
    assert not re.search(r"779\.[24]", text)
    assert "it is about too few people to be shown. Did the unit change?" in text


def test_the_frozen_baseline_in_the_picture(scoped: Cast, pilot: Pilot) -> None:
    """Three people by the count of the launch, thirty by now: what was frozen is about three."""
    counted(n=30)
    Snapshot.objects.update(value=500.0)
    pilot.read(at=NOW)
    frozen = pilot.frozen_points()[pilot.series_id]
    assert {read[-1] for read in frozen.values()} == {None}
    look = Look(pilot, NOW)
    assert TOLD.search(str(picture(pilot, look.facts, TODAY, look.shown)))
    few = {pilot.series_id: {day: (*read[:3], 3) for day, read in frozen.items()}}
    pilot.frozen_points = lambda: few  # type: ignore[method-assign]
    assert not TOLD.search(str(picture(pilot, look.facts, TODAY, look.shown)))


def test_programs_are_told_that_it_is_withheld(scoped: Cast, pilot: Pilot) -> None:
    counted(n=30)
    day = Snapshot.objects.latest("day").day
    Snapshot.objects.filter(day=day).update(n=3, value=779.5)
    program = Program(make_token(scoped, "read"))
    *shown, last = program.get(f"/series/{pilot.series_id}/snapshots").json()["items"]
    assert (last["day"], last["value"], last["n"], last["withheld"]) == (day.isoformat(), None, 3, True)
    assert all(one["value"] is not None and not one["withheld"] for one in shown)
