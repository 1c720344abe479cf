"""A pull that is taken for dead while it still works; a backfill that two workers hear the bell of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.models import Job
from metrics.models import Backfill, Pull, Snapshot, Source
from metrics.models.pull import AlreadyPullingError
from metrics.tasks import pull_backfill, pull_source
from tests.cast import NOW, TODAY, Cast, make_measured_metric, noise, work
from tests.races.together import CHANCES, ROUNDS, Result, errors, lasting, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]
DAYS = 60


@pytest.fixture
def source(scoped: Cast) -> Source:
    return make_measured_metric(scoped, values=noise(DAYS)).source


def forget(source: Source) -> None:
    Snapshot.objects.all().delete()
    source.pulls.all().delete()


class TestTwoWorkersOnePullTask:
    def race(self, cast: Cast, source: Source) -> list[Result]:
        Job.objects.filter(kind=Job.Kind.PULL).update(
            due_at=NOW, leased_until=None, leased_by="", rung_at=None
        )
        run = lambda: work(pull_source, Job.Kind.PULL, source.pk)  # noqa: E731
        return together(cast.organisation, run, run, run)

    def test_the_snapshots_are_stored_once(self, scoped: Cast, source: Source) -> None:
        for _round in range(ROUNDS):
            forget(source)
            assert errors(self.race(scoped, source)) == []
            assert [pull.rows_new for pull in source.pulls.all()] == [DAYS]
            assert Snapshot.objects.count() == DAYS

    def test_without_the_lease_several_workers_pull(
        self, scoped: Cast, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The control. Even then the lock keeps them apart, and the snapshots are the same, once."""

        @contextmanager
        def everybody(manager: object, ids: list[int], *, holder: str) -> Iterator[list[Job]]:
            yield list(Job.objects.filter(pk__in=list(ids)))

        asked: list[int] = []
        pull = Source.pull

        def counted(source: Source, **told: Any) -> Pull:
            asked.append(source.pk)
            return pull(source, **told)

        monkeypatch.setattr(Source, "pull", counted)
        monkeypatch.setattr(type(Job.objects), "work_on", everybody)
        for _round in range(3):
            forget(source)
            self.race(scoped, source)
            assert Snapshot.objects.count() == DAYS
        assert len(asked) == 9


class TestTwoWorkersOnePart:
    def race(self, cast: Cast, backfill: Backfill) -> list[Result]:
        Backfill.objects.update(done_until=backfill.start, ended_at=None, tries=0)
        pull = lambda: Backfill.objects.get(pk=backfill.pk).pull_next(at=NOW)  # noqa: E731
        return together(cast.organisation, pull, pull)

    def test_one_fetches_it_and_the_other_is_told(
        self, scoped: Cast, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        start = TODAY.replace(month=4)
        backfill = Backfill.objects.ask(source, start, TODAY, by=scoped.manager, at=NOW)
        lasting(monkeypatch, Source, "fetch")
        for _round in range(ROUNDS):
            assert errors(self.race(scoped, backfill)) == [AlreadyPullingError.__name__]
        assert Snapshot.objects.count() == DAYS
        assert {pull.state for pull in Pull.objects.all()} == {"done"}


class TestTwoManagersAskAtOnce:
    def race(self, cast: Cast, source: Source) -> list[Result]:
        Backfill.objects.all().delete()
        days = (TODAY.replace(month=4), TODAY)
        ask = lambda: Backfill.objects.ask(  # noqa: E731
            Source.objects.get(pk=source.pk), *days, by=cast.manager, at=NOW
        )
        return together(cast.organisation, ask, ask)

    def test_one_period_is_fetched(self, scoped: Cast, source: Source) -> None:
        for _round in range(CHANCES):
            assert errors(self.race(scoped, source)) == ["BackfillRunningError"]


def test_a_bell_that_is_heard_twice_fetches_each_part_once(scoped: Cast, source: Source) -> None:
    backfill = Backfill.objects.ask(source, TODAY.replace(month=4), TODAY, by=scoped.manager, at=NOW)
    run = lambda: work(pull_backfill, Job.Kind.BACKFILL, backfill.pk)  # noqa: E731
    assert errors(together(scoped.organisation, run, run)) == []
    assert source.pulls.filter(backfill=backfill).count() == 1
