"""Days that somebody wants fetched once more: month after month, whatever is killed, cancelled or refused on the way."""

from datetime import date, timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import Job
from metrics.models import Backfill, Metric, Snapshot, Source
from metrics.models.backfill import MOST_TRIES, BackfillRunningError
from metrics.sources import Observation, SourceError
from metrics.sources.file import FileKind
from metrics.tasks import pull_backfill
from tests.cast import NOW, TODAY, Bell, Cast, job_of, make_metric, work
from tests.metrics.models.answers import Answers, connect, stored

FIRST, END = date(2026, 1, 15), date(2026, 4, 10)
MONTHS = [
    (date(2026, 1, 15), date(2026, 2, 1)),
    (date(2026, 2, 1), date(2026, 3, 1)),
    (date(2026, 3, 1), date(2026, 4, 1)),
    (date(2026, 4, 1), date(2026, 4, 10)),
]
DAYS = [FIRST + timedelta(days=number) for number in range(-10, 120)]


@pytest.fixture
def in_months(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FileKind, "takes_period", lambda kind, settings: True)


@pytest.fixture
def asked(source: Source, scoped: Cast, answers: Answers, in_months: None) -> Backfill:
    answers.observations = [Observation(day, float(day.toordinal())) for day in DAYS]
    return Backfill.objects.ask(source, FIRST, END, by=scoped.manager, at=NOW)


def run(backfill: Backfill, times: int = 1) -> Backfill:
    for _time in range(times):
        Job.objects.filter(kind=Job.Kind.BACKFILL).update(due_at=NOW)
        work(pull_backfill, Job.Kind.BACKFILL, backfill.pk)
    return Backfill.objects.get(pk=backfill.pk)


def test_each_month_is_a_pull_and_a_bell(asked: Backfill, answers: Answers, bell: Bell) -> None:
    assert asked.parts() == MONTHS
    for number in range(1, 5):
        assert run(asked).progress == (number, 4)
        assert bell.subjects(Job.Kind.BACKFILL) == [asked.pk] * min(number, 3)
    ended = run(asked)
    assert (ended.state, job_of(Job.Kind.BACKFILL, asked.pk).due_at) == ("done", None)
    assert answers.periods == MONTHS
    kept = Snapshot.objects.order_by("day").values_list("day", flat=True)
    assert list(kept) == [day for day in DAYS if FIRST <= day < END]


def test_a_kind_that_always_tells_all_is_asked_once(scoped: Cast, source: Source, answers: Answers) -> None:
    answers.observations = [Observation(day, 1.0) for day in DAYS]
    backfill = Backfill.objects.ask(source, FIRST, END, by=scoped.manager, at=NOW)
    assert run(backfill).state == "done"
    assert (source.pulls.count(), Snapshot.objects.count()) == (1, (END - FIRST).days)


def test_weeks_are_never_cut(scoped: Cast, source: Source, answers: Answers, in_months: None) -> None:
    """A week's cases that are counted in two parts would be two wrong numbers."""
    weekly = connect(scoped, make_metric(scoped, name="Deals", cadence="weekly"))
    backfill = Backfill.objects.ask(weekly, FIRST, END, by=scoped.manager, at=NOW)
    parts = backfill.parts()
    assert {day.weekday() for part in parts for day in part} == {0}
    assert (parts[0][0], parts[-1][1]) == (date(2026, 1, 12), date(2026, 4, 13))


def test_twice_the_same_days_are_stored_once(asked: Backfill, scoped: Cast, source: Source) -> None:
    run(asked, 4)
    before = stored(source)
    again = run(Backfill.objects.ask(source, FIRST, END, by=scoped.manager, at=NOW), 4)
    assert (again.state, stored(source)) == ("done", before)
    assert [pull.rows_new for pull in source.pulls.all()[:4]] == [0, 0, 0, 0]


class KilledError(BaseException):
    """Nothing catches it, as nothing catches ``kill -9``."""


def killed(*args: object, **kwargs: object) -> None:
    raise KilledError


DEATHS = [(Source, "fetch"), (Source, "_ended"), (Backfill, "_came_to"), (Job, "finish")]


@pytest.mark.parametrize(("where", "name"), DEATHS, ids=[name for _where, name in DEATHS])
def test_a_killed_worker_costs_one_part(
    asked: Backfill, source: Source, monkeypatch: pytest.MonkeyPatch, where: type, name: str
) -> None:
    run(asked)
    with monkeypatch.context() as death:
        death.setattr(where, name, killed)
        with pytest.raises(KilledError):
            run(asked)
    Job.objects.update(leased_until=Now())
    assert run(asked, 3).state == "done"
    assert stored(source) == [float(day.toordinal()) for day in DAYS if FIRST <= day < END]
    assert not source.pulls.filter(state="running").exists()


def test_a_part_that_kills_each_worker_is_given_up(asked: Backfill, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as death:
        death.setattr(Source, "fetch", killed)
        for _time in range(MOST_TRIES):
            with pytest.raises(KilledError):
                run(asked)
            Job.objects.update(leased_until=Now())
        ended = run(asked)
    assert (ended.state, ended.progress) == ("stopped", (0, 4))
    assert "several times" in ended.error


def test_cancelled_nothing_more_is_fetched(asked: Backfill, scoped: Cast, answers: Answers) -> None:
    run(asked)
    asked.cancel(by=scoped.manager, at=NOW)
    ended = run(asked, 2)
    assert (ended.state, ended.progress, len(answers.periods)) == ("cancelled", (1, 4), 1)


@pytest.mark.parametrize(("retry", "tries"), [(False, 1), (True, MOST_TRIES)])
def test_it_stops_where_a_person_has_to_look(
    asked: Backfill, source: Source, answers: Answers, retry: bool, tries: int
) -> None:
    answers.error = SourceError("The address refused our credentials.", retry=retry)
    for number in range(tries):
        assert (run(asked).state == "stopped") == (number == tries - 1)
    assert Backfill.objects.get().error == "The address refused our credentials."
    # The source itself was asked for something else than usual: that says nothing about its health.
    assert Source.objects.get().failing_since is None


def test_one_period_at_a_time(asked: Backfill, source: Source, scoped: Cast) -> None:
    with pytest.raises(BackfillRunningError):
        Backfill.objects.ask(source, FIRST, END, by=scoped.manager, at=NOW)
    assert Metric.objects.get() == source.metric
    assert asked.last_day < TODAY
