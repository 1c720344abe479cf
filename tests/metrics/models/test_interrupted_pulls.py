"""A worker that is killed leaves no part of a pull; the next one says so and starts over."""

import pytest
from django.db.models.functions import Now

from accounts.models import Job
from metrics.models import Pull, Series, Snapshot, Source
from metrics.models.health import MOST_FAILURES
from metrics.tasks import pull_source
from tests.cast import NOW, job_of, work
from tests.metrics.models.answers import Answers, stored


class KilledError(BaseException):
    """Nothing catches it, as nothing catches ``kill -9``."""


def killed(*args: object, **kwargs: object) -> None:
    raise KilledError


DEATHS = [(Source, "fetch"), (Source, "_grouped"), (Snapshot.objects.__class__, "store"), (Source, "_ended")]


@pytest.mark.parametrize(("where", "name"), DEATHS, ids=[name for _where, name in DEATHS])
def test_no_part_of_it_is_left_and_the_next_one_brings_all(
    source: Source, answers: Answers, monkeypatch: pytest.MonkeyPatch, where: type, name: str
) -> None:
    answers.values(1, 2, 3)
    with monkeypatch.context() as death:
        death.setattr(where, name, killed)
        with pytest.raises(KilledError):
            source.pull(at=NOW)
    assert (Series.objects.count(), Snapshot.objects.count()) == (0, 0)
    assert Pull.objects.get().state == "running"

    source.pull(at=NOW)

    done, interrupted = Pull.objects.all()
    assert (done.state, interrupted.state, interrupted.finished_at) == ("done", "interrupted", NOW)
    assert "stopped in the middle" in interrupted.error
    assert stored(source) == [1, 2, 3]


def test_between_storing_and_the_end_of_the_job(
    source: Source, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.values(1, 2, 3)
    with monkeypatch.context() as death:
        death.setattr(Job, "finish", killed)
        with pytest.raises(KilledError):
            work(pull_source, Job.Kind.PULL, source.pk)
    assert job_of(Job.Kind.PULL, source.pk).leased_by != ""
    Job.objects.update(leased_until=Now())

    work(pull_source, Job.Kind.PULL, source.pk)

    assert [pull.rows_new for pull in source.pulls.all()] == [0, 3]
    assert stored(source) == [1, 2, 3]


def test_an_error_that_nobody_foresaw_is_retried_later(
    source: Source, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.error = ZeroDivisionError("postgresql://ada:secret@db/figures")
    work(pull_source, Job.Kind.PULL, source.pk)
    pull, job = source.pulls.get(), job_of(Job.Kind.PULL, source.pk)
    assert (pull.state, pull.error) == ("failed", "Something went wrong on our side. It is tried again.")
    assert "secret" not in job.last_error
    assert job.due_at
    assert job.due_at > NOW
    assert job.attempts == 1


def test_a_source_that_kills_each_worker_is_paused(
    source: Source, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of memory each time: the others shall have their workers back."""
    with monkeypatch.context() as death:
        death.setattr(Source, "fetch", killed)
        for _time in range(MOST_FAILURES):
            with pytest.raises(KilledError):
                work(pull_source, Job.Kind.PULL, source.pk)
            Job.objects.update(leased_until=Now())
        work(pull_source, Job.Kind.PULL, source.pk)
    assert Source.objects.get().paused_at == NOW
    assert job_of(Job.Kind.PULL, source.pk).due_at == source.next_pull_at(NOW)
    assert set(source.pulls.values_list("state", flat=True)) == {"interrupted"}


def test_what_breaks_while_it_is_stored_leaves_nothing_and_says_so(
    source: Source, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.values(1, 2, 3)
    ended = Source._ended

    def break_once(self: Source, pull: Pull, state: Pull.State) -> None:
        if state == Pull.State.DONE:
            raise ValueError
        ended(self, pull, state)

    monkeypatch.setattr(Source, "_ended", break_once)
    pull = source.pull(at=NOW)
    assert (pull.state, pull.rows_new, pull.news) == ("failed", 0, False)
    assert (Snapshot.objects.count(), Source.objects.get().news_at) == (0, None)
