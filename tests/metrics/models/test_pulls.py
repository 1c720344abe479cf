"""A pull brings each snapshot once, however often it is repeated."""

from datetime import timedelta

import pytest

from accounts.models import Job
from metrics.models import Pull, Series, SnapshotRevision, Source
from metrics.sources import Problem
from metrics.tasks import pull_source
from tests.cast import NOW, TODAY, Cast, job_of, work
from tests.metrics.models.answers import Answers, connect, stored


def rows(pull: Pull) -> tuple[int, int, int]:
    return pull.rows_new, pull.rows_changed, pull.rows_unchanged


def test_the_first_pull_brings_all(source: Source, answers: Answers) -> None:
    answers.values(1, 2, 3)
    answers.problems = [Problem(4, "No date.")]
    pull = source.pull(at=NOW)
    assert (pull.state, rows(pull)) == ("done", (3, 0, 0))
    assert pull.understood == ["Days as in 2026-06-01"]
    assert pull.problems == [[4, "No date."]]
    assert stored(source) == [1, 2, 3]
    assert Series.objects.get().newest_day() == TODAY - timedelta(days=1)


def test_the_same_again_is_stored_once(source: Source, answers: Answers) -> None:
    answers.values(1, 2, 3)
    source.pull(at=NOW)
    pull = source.pull(at=NOW)
    assert rows(pull) == (0, 0, 3)
    assert stored(source) == [1, 2, 3]
    assert not SnapshotRevision.objects.exists()


def test_a_restated_value_keeps_what_it_was(source: Source, answers: Answers) -> None:
    answers.values(1, 2, 3)
    first = source.pull(at=NOW)
    answers.values(1, 20, 3)
    second = source.pull(at=NOW + timedelta(days=1))
    assert (rows(second), stored(source)) == ((0, 1, 2), [1, 20, 3])
    earlier = SnapshotRevision.objects.get()
    assert (earlier.day, earlier.value) == (TODAY - timedelta(days=2), 2)
    assert (earlier.pull, earlier.replaced_by, earlier.replaced_at) == (first, second, second.started_at)


def test_a_value_that_the_source_no_longer_tells_stays(source: Source, answers: Answers) -> None:
    answers.values(1, 2, 3)
    source.pull(at=NOW)
    answers.values(3)
    source.pull(at=NOW)
    assert stored(source) == [1, 2, 3]


def test_an_empty_answer_is_a_pull_without_rows(source: Source) -> None:
    pull = source.pull(at=NOW)
    assert (pull.state, rows(pull)) == ("done", (0, 0, 0))


@pytest.mark.parametrize(
    ("values", "news"), [((1.0, 2.0), False), ((1.0, 9.0), True), ((0.5, 1.0, 2.0), True)]
)
def test_only_something_new_is_news(
    source: Source, answers: Answers, values: tuple[float, ...], news: bool
) -> None:
    answers.values(1, 2)
    source.pull(at=NOW)
    Source.objects.update(news_at=None)
    again = Source.objects.get()
    answers.values(*values)
    again.pull(at=NOW)
    assert (again.news_at is not None) == news


def test_the_task_pulls_and_plans_the_next_pull(source: Source, answers: Answers) -> None:
    answers.values(1, 2, 3)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert stored(source) == [1, 2, 3]
    assert job_of(Job.Kind.PULL, source.pk).due_at == source.next_pull_at(NOW)


def test_connecting_anew_is_pulled_at_once_and_keeps_the_values(
    scoped: Cast, source: Source, answers: Answers
) -> None:
    answers.values(1, 2)
    work(pull_source, Job.Kind.PULL, source.pk)
    again = connect(scoped, source.metric, settings={"path": "elsewhere.csv"})
    assert again.pk == source.pk
    assert job_of(Job.Kind.PULL, source.pk).due_at == NOW
    answers.values(1, 2, 3)
    work(pull_source, Job.Kind.PULL, source.pk)
    assert answers.told[-1][0]["path"] == "elsewhere.csv"
    assert len(stored(source)) == 3


def test_connecting_anew_during_a_pull_is_not_forgotten(
    scoped: Cast, source: Source, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pull that is under way asks the old address; tomorrow would be too late for the new one."""
    fetch = Source.fetch

    def fetch_while_somebody_connects(self: Source, **told: object) -> object:
        connect(scoped, source.metric, settings={"path": "elsewhere.csv"})
        return fetch(self, at=NOW)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Source, "fetch", fetch_while_somebody_connects)
        work(pull_source, Job.Kind.PULL, source.pk)
    assert [job.subject for job in Job.objects.due()] == [source.pk]


def test_a_source_that_is_gone_is_done(source: Source) -> None:
    pk = source.pk
    source.delete()
    work(pull_source, Job.Kind.PULL, pk)
    assert job_of(Job.Kind.PULL, pk).due_at is None
