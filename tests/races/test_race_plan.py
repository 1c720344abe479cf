"""Two managers save one plan: one of them is told, and nothing is overwritten unseen."""

import pytest

from pilots.models import Pilot
from tests.cast import NOW, Cast, make_pilot
from tests.races.together import ROUNDS, Result, errors, meeting, slow, together, unlock

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


def save(cast: Cast, pilot: int, version: int, title: str) -> str:
    opened = Pilot.objects.get(pk=pilot)
    opened.change_plan(by=cast.manager, at=NOW, expected_version=version, title=title)
    return title


def race(cast: Cast, number: int) -> tuple[list[Result], Pilot]:
    before = Pilot.objects.get()
    titles = [f"{number} {who}" for who in ("Mia", "Ada")]
    saving = [lambda title=title: save(cast, before.pk, before.version, title) for title in titles]
    results = together(cast.organisation, *saving)
    after = Pilot.objects.get()
    assert after.version == before.version + 1
    return results, after


def test_one_saves_and_the_other_is_told(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pilot(scoped)
    slow(monkeypatch, Pilot, "save")
    for number in range(ROUNDS):
        results, after = race(scoped, number)
        assert errors(results) == ["StaleVersionError"]
        assert after.title in results
    assert after.chain.events.filter(verb="pilot.plan_changed").count() == ROUNDS
    assert after.chain.first_break() is None


def test_without_the_lock_one_overwrites_the_other(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make_pilot(scoped)
    unlock(monkeypatch, Pilot)
    meeting(monkeypatch, Pilot, "save")
    assert any(errors(race(scoped, number)[0]) == [] for number in range(ROUNDS))
