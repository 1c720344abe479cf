"""Metrics: two connect, name or feed one at the same moment, or one changes what the other's work rests on."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from django.core.files.base import File
from django.db import transaction
from django.test import Client

from metrics import sources
from metrics.models import Jump, Metric, Population, Pull, Series, Snapshot, Source, SourceDraft
from metrics.models.population import PopulationManager
from metrics.models.pull import MOST_GROUPS
from pilots.models import Pilot
from tests.api.client import Program, make_pushed_metric, make_token
from tests.cast import NOW, TODAY, Cast, make_measured_metric, make_metric, make_pilot, noise
from tests.races.between import after, lasts
from tests.races.together import CHANCES, errors, slow, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


def again(metric: Metric) -> Metric:
    """As another request has it."""
    return Metric.objects.get(pk=metric.pk)


@pytest.fixture
def programs(scoped: Cast) -> list[Program]:
    return [Program(make_token(scoped)) for _two in range(2)]


def test_a_leap_between_two_pushes_is_asked_about(scoped: Cast, programs: list[Program]) -> None:
    """Each saw the past without the other's value, beside which its own leaps."""
    days = [{"day": "2026-05-01", "value": 30}, {"day": "2026-05-02", "value": 900}]

    def asked_about(metric: Metric) -> bool:
        for program in programs:  # which makes the pair of token and metric a known one
            program.push(metric, {"day": "2025-01-01", "value": 100})
        pushes = [lambda n=n: programs[n].push(metric, days[n]).status_code for n in (0, 1)]
        assert together(scoped.organisation, *pushes) == [200, 200]
        return Jump.objects.filter(series__metric=metric).exists()

    assert all(asked_about(make_pushed_metric(scoped, name=f"Metric {n}")) for n in range(CHANCES))


def test_first_deliveries_hold_to_the_most_groups(scoped: Cast, programs: list[Program]) -> None:
    """A series that is not there yet cannot be locked."""

    def groups(metric: Metric) -> int:
        points = [
            [{"day": "2026-05-01", "value": 1, "group": f"{who}{n}"} for n in range(MOST_GROUPS - 1)]
            for who in "ab"
        ]
        together(scoped.organisation, *[lambda n=n: programs[n].push(metric, *points[n]) for n in (0, 1)])
        return Series.objects.filter(metric=metric).count()

    metrics = [make_pushed_metric(scoped, name=f"Metric {n}") for n in range(CHANCES)]
    assert max(map(groups, metrics)) <= MOST_GROUPS


def test_no_pilot_is_judged_by_learning(scoped: Cast) -> None:
    """A metric becomes a count of learning while a pilot chooses it."""
    pilot, metric = make_pilot(scoped), make_metric(scoped)
    signal = next(name for name, kind in sources.kinds().items() if kind.signal_only)
    connected, chosen = threading.Event(), threading.Event()

    def connect() -> None:
        with transaction.atomic():
            Source.objects.connect(again(metric), signal, settings={}, by=scoped.manager, at=NOW)
            connected.set()
            chosen.wait(0.2)

    def choose() -> None:
        one = Pilot.objects.get(pk=pilot.pk)
        one.change_plan(by=scoped.manager, at=NOW, expected_version=one.version, metric=again(metric))
        chosen.set()

    results = together(scoped.organisation, connect, after(connected, choose))
    assert errors(results) == ["SignalError"]
    assert Pilot.objects.get(pk=pilot.pk).metric is None


def test_two_connect_a_metric(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = make_metric(scoped)
    slow(monkeypatch, Source, "save", 0.1)

    def connect() -> int:
        browser = Client(raise_request_exception=False)
        browser.force_login(scoped.manager)
        return browser.post(f"/{scoped.organisation.slug}/metrics/{metric.pk}/source/typed/").status_code

    assert together(scoped.organisation, connect, connect) == [302, 302]


def test_two_try_a_source(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = make_metric(scoped)
    slow(monkeypatch, SourceDraft, "save", 0.1)

    def try_out() -> SourceDraft:
        upload = File(io.BytesIO(b"date,value\n2026-05-01,1\n"), name="a.csv")
        return SourceDraft.objects.try_out(
            again(metric), "file", settings={"date_column": "date", "value_column": "value"}, upload=upload,
            by=scoped.manager, at=NOW,
        )  # fmt: skip

    assert errors(together(scoped.organisation, try_out, try_out)) == []


def test_two_name_who_takes_part(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = make_metric(scoped)
    slow(monkeypatch, PopulationManager, "_found", 0.1)
    keys = [str(number) for number in range(9)]

    def gather() -> None:
        Population.objects.gather(again(metric), name="T", keys=keys, by=scoped.manager, at=NOW)

    assert errors(together(scoped.organisation, gather, gather)) == []


def test_two_metrics_get_one_name(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (make_metric(scoped, name=name) for name in ("One", "Other"))
    slow(monkeypatch, Metric, "apply", 0.1)

    def rename(metric: Metric) -> None:
        again(metric).redefine(by=scoped.manager, at=NOW, expected_version=1, name="Win rate")

    results = together(scoped.organisation, lambda: rename(one), lambda: rename(other))
    assert errors(results) == ["RefusedError"]


def test_what_an_old_place_told_is_not_kept(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connected to something else while a pull of the old place is under way."""
    metric = make_measured_metric(scoped, values=noise(60))
    connected = threading.Event()
    fetched = lasts(monkeypatch, Source, "fetch", until=connected)

    def pull() -> Pull:
        return Source.objects.get(metric=metric).pull(at=NOW)

    def connect() -> None:
        Source.objects.connect(again(metric), "typed", settings={}, by=scoped.manager, at=NOW)
        connected.set()

    together(scoped.organisation, pull, after(fetched, connect))
    assert Pull.objects.latest("pk").state == "failed"


def test_a_list_that_was_replaced_adds_nothing_up(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes part is named anew while a pull is under way that asked by the list before."""
    metric = make_metric(scoped, name="Win rate", unit="%", kind="proportion", per=100.0, direction="higher")
    winners, others = [f"W-{n}" for n in range(6)], [f"Q-{n}" for n in range(6)]

    def gather(keys: list[str]) -> None:
        Population.objects.gather(again(metric), name="Team", keys=keys, by=scoped.manager, at=NOW)

    gather(winners)
    days = [TODAY - timedelta(days=number) for number in range(1, 60)]
    rows = [f"{day};{who};{int(who in winners)}" for day in days for who in (*winners, *others)]
    upload = File(io.BytesIO("\n".join(["day;rep;won", *rows]).encode()), name="cases.csv")
    settings = {"rows": "events", "date_column": "day", "outcome_column": "won", "who_column": "rep"}
    source = Source.objects.connect(
        metric, "file", settings=settings, upload=upload, by=scoped.manager, at=NOW
    )
    replaced = threading.Event()
    fetched = lasts(monkeypatch, Source, "fetch", until=replaced)

    def pull() -> Pull:
        return Source.objects.get(pk=source.pk).pull(at=NOW)

    def replace() -> None:
        gather(others)
        replaced.set()

    assert errors(together(scoped.organisation, pull, after(fetched, replace))) == []
    assert not Snapshot.objects.filter(series__group="Team").exists(), "it is asked again, by the new list"
