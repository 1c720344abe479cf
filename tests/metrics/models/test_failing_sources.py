"""A source that fails says since when, keeps what it brought, and is tried again by itself."""

from datetime import timedelta
from typing import Any

import pytest
from time_machine import Traveller

from accounts.models import Event, Job, Message
from metrics.models import Source
from metrics.models.health import MOST_FAILURES
from metrics.models.pull import AlreadyPullingError
from metrics.sources import SourceError
from metrics.tasks import pull_source
from tests.cast import NOW, Cast, job_of, make_metric, work
from tests.metrics.models.answers import Answers, connect, stored


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


# --- the breaker ------------------------------------------------------------------------------------

MINUTE = timedelta(minutes=1)


def letters() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("template", flat=True))


def fail_until_paused(source: Source, monday: Traveller) -> list[timedelta]:
    """Let the worker come each time that it is due; how long it waited before each try."""
    waits, last = [], NOW
    while not Source.objects.get().paused_at:
        due = job_of(Job.Kind.PULL, source.pk).due_at
        assert due
        waits.append(due - last)
        monday.move_to(due)
        last = due
        work(pull_source, Job.Kind.PULL, source.pk)
    return waits


def test_it_is_tried_later_and_later_then_at_its_usual_times_only(
    source: Source, answers: Answers, monday: Traveller
) -> None:
    answers.error = SourceError("It does not answer.", retry=True)
    waits = fail_until_paused(source, monday)
    for wait, minutes in zip(waits, (0, 1, 5, 25, 120), strict=True):
        assert 0.79 * minutes * MINUTE <= wait <= 1.21 * minutes * MINUTE
    paused = Source.objects.get()
    assert (paused.failures, paused.failing_since) == (MOST_FAILURES, NOW)
    now = paused.paused_at
    assert now
    assert job_of(Job.Kind.PULL, source.pk).due_at == source.next_pull_at(now)


def test_the_owner_gets_one_letter_an_episode_and_one_when_it_works(
    source: Source, answers: Answers, monday: Traveller
) -> None:
    answers.error = SourceError("It does not answer.", retry=True)
    fail_until_paused(source, monday)
    for _slot in range(3):
        monday.move_to(job_of(Job.Kind.PULL, source.pk).due_at)
        work(pull_source, Job.Kind.PULL, source.pk)
    assert letters() == ["source_failing"]
    letter = Message.objects.get()
    assert (letter.to, "It does not answer." in letter.as_email().body) == (source.owner.email, True)

    answers.error = None
    monday.move_to(job_of(Job.Kind.PULL, source.pk).due_at)
    work(pull_source, Job.Kind.PULL, source.pk)
    again = Source.objects.get()
    assert (again.paused_at, again.failures, again.failing_since) == (None, 0, None)
    assert letters() == ["source_failing", "source_works"]
    assert "works again" in Message.objects.latest("pk").as_email().body
    assert list(Event.objects.filter(verb__startswith="source.").values_list("verb", flat=True))[-2:] == [
        "source.paused",
        "source.resumed",
    ]


def test_a_short_trouble_is_worth_no_letter(source: Source, answers: Answers) -> None:
    answers.error = SourceError("It does not answer.", retry=True)
    work(pull_source, Job.Kind.PULL, source.pk)
    answers.error = None
    source.pull(at=NOW + MINUTE)
    assert letters() == []


def test_refused_credentials_pause_it_at_once(source: Source, answers: Answers) -> None:
    answers.error = SourceError("The address refused our credentials.")
    work(pull_source, Job.Kind.PULL, source.pk)
    assert Source.objects.get().paused_at == NOW
    assert letters() == ["source_failing"]
    assert "Somebody has to change something" in Message.objects.get().as_email().body


def test_connecting_anew_begins_anew(scoped: Cast, source: Source, answers: Answers) -> None:
    answers.error = SourceError("The address refused our credentials.")
    work(pull_source, Job.Kind.PULL, source.pk)
    again = connect(scoped, source.metric)
    assert (again.paused_at, again.failures) == (None, 0)
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW


def test_an_owner_who_left_is_no_longer_written_to(scoped: Cast, source: Source, answers: Answers) -> None:
    scoped.organisation.memberships.filter(person=source.owner).delete()
    answers.error = SourceError("The address refused our credentials.")
    source.pull(at=NOW)
    assert list(Message.objects.values_list("to", flat=True)) == [scoped.administrator.email]


def test_a_paused_source_waits_as_long_as_it_was_asked_to(source: Source, answers: Answers) -> None:
    Source.objects.update(schedule="hourly", paused_at=NOW, failing_since=NOW, failures=7)
    answers.error = SourceError("Too many requests.", retry=True, retry_after=7200)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW + 120 * MINUTE


def test_a_retry_is_never_later_than_the_usual_time(source: Source, answers: Answers) -> None:
    Source.objects.update(schedule="hourly", at_minute=30)
    Job.objects.update(attempts=3)
    answers.error = SourceError("It does not answer.", retry=True)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW + 30 * MINUTE


def test_after_an_outage_there_is_one_pull_and_not_one_for_each_hour(
    source: Source, answers: Answers, monday: Traveller
) -> None:
    Source.objects.update(schedule="hourly")
    work(pull_source, Job.Kind.PULL, source.pk)
    monday.move_to(NOW + timedelta(hours=3, minutes=10))
    for _bell in range(4):
        work(pull_source, Job.Kind.PULL, source.pk)
    assert source.pulls.count() == 2
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW + timedelta(hours=4)


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), SourceError("No."), ValueError("?")])
def test_a_source_that_breaks_in_any_way_leaves_the_others_be(
    scoped: Cast, source: Source, answers: Answers, error: Exception
) -> None:
    """Even in one task: the second is pulled, and each has its own next time."""
    good = connect(scoped, make_metric(scoped, name="Another"))
    answers.values(1)
    bad = source.metric_id
    fetch = Source.fetch

    def fetch_or_break(self: Source, **told: Any) -> Any:
        if self.metric_id == bad:
            raise error
        return fetch(self, **told)

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Source, "fetch", fetch_or_break)
        work(pull_source, Job.Kind.PULL, source.pk, good.pk)
    assert (source.pulls.get().state, good.pulls.get().state) == ("failed", "done")
    assert job_of(Job.Kind.PULL, good.pk).due_at == good.next_pull_at(NOW)
