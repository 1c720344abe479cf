"""Two workers and one source; two workers and one bell."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts.models import Job
from metrics.models import Pull, Snapshot, Source
from tests.cast import NOW, Cast, make_measured_metric, noise
from tests.races.together import CHANCES, ROUNDS, Result, errors, lasting, slow, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]
DAYS = 60


@pytest.fixture
def source(scoped: Cast) -> Source:
    return make_measured_metric(scoped, values=noise(DAYS)).source


class TestTwoWorkersPullOneSource:
    def race(self, cast: Cast, source: Source) -> list[Result]:
        pull = lambda: Source.objects.get(pk=source.pk).pull(at=NOW)  # noqa: E731
        return together(cast.organisation, pull, pull)

    def test_one_pulls_and_the_other_is_told(
        self, scoped: Cast, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lasting(monkeypatch, Source, "fetch")
        for _round in range(ROUNDS):
            assert errors(self.race(scoped, source)) == ["AlreadyPullingError"]
        assert set(source.pulls.values_list("state", flat=True)) == {"done"}
        assert source.pulls.count() == 1 + ROUNDS
        assert Snapshot.objects.count() == DAYS

    def test_without_the_lock_one_takes_the_other_for_dead(
        self, scoped: Cast, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @contextmanager
        def not_alone(source: Source) -> Iterator[None]:
            yield

        monkeypatch.setattr(Source, "_alone", not_alone)
        slow(monkeypatch, Source, "fetch")
        slow(monkeypatch, Pull, "save")
        assert [] in [errors(self.race(scoped, source)) for _round in range(5)]
        assert source.pulls.count() > 1 + 5


class TestTwoWorkersOneBell:
    def lease(self, holder: str) -> list[int]:
        with Job.objects.work_on(Job.objects.values_list("pk", flat=True), holder=holder) as jobs:
            for job in jobs:
                job.finish()
            return [job.subject for job in jobs]

    def test_no_job_is_ever_done_by_both(self, scoped: Cast) -> None:
        Job.objects.all().delete()
        for _round in range(CHANCES):
            Job.objects.want_all(Job.Kind.READ, range(10), at=NOW)
            done = together(scoped.organisation, *[lambda: self.lease("a"), lambda: self.lease("b")] * 2)
            assert sorted(subject for subjects in done for subject in subjects) == list(range(10))
        assert not Job.objects.due().exists()

    def test_two_sweeps_ring_once(self, scoped: Cast) -> None:
        Job.objects.all().delete()
        for number in range(CHANCES):
            Job.objects.want_all(Job.Kind.PULL, range(number * 10, number * 10 + 10), at=NOW)
            rung = together(scoped.organisation, *[Job.objects.ring_due] * 3)
            assert sum(rung) == 10
