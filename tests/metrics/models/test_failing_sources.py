"""A source that fails says since when, keeps what it brought, and is tried again by itself."""

from datetime import timedelta

import pytest
from time_machine import Traveller

from accounts.models import Job
from metrics.models import Source
from metrics.models.pull import AlreadyPullingError
from metrics.sources import SourceError
from metrics.tasks import pull_source
from tests.cast import NOW, job_of, work
from tests.metrics.models.answers import Answers, stored


def test_it_keeps_what_it_brought_and_says_since_when(source: Source, answers: Answers) -> None:
    answers.values(1, 2)
    source.pull(at=NOW)
    answers.error = SourceError("It does not answer.", retry=True)
    source.pull(at=NOW + timedelta(hours=1))
    pull = source.pull(at=NOW + timedelta(hours=2))
    assert (pull.state, pull.error, pull.needs_a_person) == ("failed", "It does not answer.", False)
    assert Source.objects.get().failing_since == NOW + timedelta(hours=1)
    assert stored(source) == [1, 2]


def test_it_recovers_by_itself(source: Source, answers: Answers, monday: Traveller) -> None:
    answers.error = SourceError("It does not answer.", retry=True)
    work(pull_source, Job.Kind.PULL, source.pk)
    job = job_of(Job.Kind.PULL, source.pk)
    assert job.due_at
    assert timedelta(seconds=40) < job.due_at - NOW < timedelta(seconds=80)
    answers.error = None
    answers.values(1)
    monday.move_to(job.due_at)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert Source.objects.get().failing_since is None
    assert job_of(Job.Kind.PULL, source.pk).attempts == 0
    assert stored(source) == [1]


def test_a_wait_that_the_source_asks_for_is_kept(source: Source, answers: Answers) -> None:
    answers.error = SourceError("Too many requests.", retry=True, retry_after=90)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW + timedelta(seconds=90)


def test_what_a_person_must_put_right_is_not_tried_over_and_over(source: Source, answers: Answers) -> None:
    answers.error = SourceError("There is no column “value”.", retry=False)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert source.pulls.get().needs_a_person
    assert job_of(Job.Kind.PULL, source.pk).due_at == source.next_pull_at(NOW)


def test_a_source_that_is_being_pulled_is_tried_a_little_later(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(self: Source, **told: object) -> None:
        raise AlreadyPullingError

    monkeypatch.setattr(Source, "pull", taken)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW + timedelta(seconds=10)


def test_one_bad_source_does_not_stop_the_next(source: Source, answers: Answers) -> None:
    Job.objects.want(Job.Kind.PULL, source.pk + 1, at=NOW)
    answers.values(1)
    work(pull_source, Job.Kind.PULL, source.pk + 1, source.pk)
    assert stored(source) == [1]
