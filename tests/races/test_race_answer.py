"""A double click on the one question."""

import pytest

from pilots.models import Answer, Stakeholder
from tests.cast import NOW, Cast, make_pilot, make_stakeholder
from tests.races.together import ROUNDS, meeting, slow, together, unlock

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    return make_stakeholder(scoped, make_pilot(scoped))


def race(cast: Cast, sven: Stakeholder, text: str) -> int:
    def say() -> Answer:
        return Answer.objects.receive(Stakeholder.objects.get(pk=sven.pk), text=text, at=NOW)

    together(cast.organisation, say, say)
    return sven.answers.filter(text=text).count()


def test_it_is_one_answer(scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, Answer, "save")
    assert {race(scoped, sven, f"Words {number}.") for number in range(ROUNDS)} == {1}
    assert sven.pilot.chain.events.filter(verb="question.answered").count() == ROUNDS


def test_without_the_lock_it_is_two(scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch, Stakeholder)
    meeting(monkeypatch, Answer, "save")
    assert any(race(scoped, sven, f"Words {number}.") == 2 for number in range(5))
