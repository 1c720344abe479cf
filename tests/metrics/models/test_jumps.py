"""A value more than ten times its neighbour asks whether the unit changed; what leaps by nature does not."""

from datetime import timedelta

import pytest

from accounts.models import Event
from metrics.models import Jump, Source
from metrics.models.jump import jumps
from tests.cast import NOW, TODAY, Cast
from tests.metrics.models.answers import Answers


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([20, 21, 2000], [2]),  # minutes became seconds
        ([20, 21, 0.2], [2]),  # per cent became a share
        ([20, 21, 210], []),  # ten times is not more than ten times
        ([20, 21, 211], [2]),
        ([20, 21, 2000, 2100, 2050], [2]),
        ([20, 21, 2000, 20, 2100], [2]),  # the way back, and what it does again, are known by then
        ([-20, 2000], []),
        ([20, 1, 22, 1, 19], [1]),
        ([20], []),
        ([], []),
    ],
)
def test_what_is_a_leap(values: list[float], found: list[int]) -> None:
    points = [(TODAY + timedelta(days=number), float(value)) for number, value in enumerate(values)]
    assert [(day - TODAY).days for day, _before, _after in jumps(points)] == found


def test_a_pull_asks_once_and_takes_the_question_back(source: Source, answers: Answers) -> None:
    answers.values(20, 21, 2000)
    source.pull(at=NOW)
    source.pull(at=NOW)
    jump = Jump.objects.get()
    assert (jump.day, jump.before, jump.after) == (TODAY - timedelta(days=1), 21, 2000)
    answers.values(20, 21, 22)
    source.pull(at=NOW)
    assert not Jump.objects.exists()


def test_what_was_answered_is_not_asked_again(scoped: Cast, source: Source, answers: Answers) -> None:
    answers.values(20, 21, 2000)
    source.pull(at=NOW)
    jump = Jump.objects.get()
    for _time in range(2):
        jump.accept(by=scoped.manager, at=NOW)
    answers.values(20, 21, 2001)
    source.pull(at=NOW)
    assert not Jump.objects.standing().exists()
    assert Event.objects.filter(verb="metric.jump_accepted").count() == 1


def test_days_without_cases_are_no_leap(source: Source, answers: Answers) -> None:
    answers.values(20, 0, 21, 0)
    source.pull(at=NOW)
    assert not Jump.objects.exists()
