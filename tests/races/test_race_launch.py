"""Two launches, and a launch while the plan changes or is given up."""

import pytest

from pilots.models import Cancel, Launch, Pilot
from tests.cast import NOW, Cast, make_pilot
from tests.races.together import ROUNDS, Result, errors, lasting, meeting, slow, together, unlock

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("ready"),
]


@pytest.fixture
def ready(scoped: Cast, monday: object, bell: object) -> Pilot:
    return make_pilot(scoped, "ready")


def launch(cast: Cast) -> Launch:
    return Pilot.objects.get().launch_now(by=cast.manager, at=NOW)


def change(cast: Cast, target: float = 18.0) -> list[str]:
    pilot = Pilot.objects.get()
    return pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, target=target)


def cancel(cast: Cast) -> Cancel:
    return Pilot.objects.get().cancel_planning(reason="No budget.", by=cast.manager, at=NOW)


def ready_again(cast: Cast) -> None:
    """Before each round: neither launched nor given up, and planned as it was signed."""
    Launch.objects.all().delete()
    Cancel.objects.all().delete()
    change(cast, target=18.5)


class TestTwoLaunches:
    def race(self, cast: Cast) -> list[Result]:
        ready_again(cast)
        results = together(cast.organisation, *[lambda: launch(cast)] * 2)
        assert Launch.objects.count() == 1
        return results

    def test_they_are_one(self, scoped: Cast, ready: Pilot, monkeypatch: pytest.MonkeyPatch) -> None:
        slow(monkeypatch, Launch, "save")
        for _round in range(ROUNDS):
            first, second = self.race(scoped)
            assert first == second
        assert ready.chain.events.filter(verb="pilot.launched").count() == ROUNDS
        assert ready.chain.first_break() is None

    def test_without_the_lock_the_second_is_an_error(
        self, scoped: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlock(monkeypatch, Pilot)
        meeting(monkeypatch, Launch, "save")
        assert any(errors(self.race(scoped)) == ["IntegrityError"] for _round in range(ROUNDS))


class TestWhileThePlanChanges:
    def race(self, cast: Cast) -> bool:
        """Whether the pilot runs by a plan that nobody signed."""
        ready_again(cast)
        results = together(cast.organisation, lambda: launch(cast), lambda: change(cast))
        assert errors(results) in ([], ["GateClosedError"], ["RefusedError"])
        after = Pilot.objects.get()
        return after.has("launch") and not after.plan_is_as_agreed()

    def test_what_runs_is_what_was_signed(self, scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        slow(monkeypatch, Launch, "save")
        assert not any(self.race(scoped) for _round in range(ROUNDS))

    def test_without_the_lock_it_is_not(self, scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        unlock(monkeypatch, Pilot)
        lasting(monkeypatch, Launch, "save")
        assert any(self.race(scoped) for _round in range(ROUNDS))


class TestWhileItIsGivenUp:
    def race(self, cast: Cast) -> bool:
        """Whether the pilot is both."""
        ready_again(cast)
        together(cast.organisation, lambda: launch(cast), lambda: cancel(cast))
        after = Pilot.objects.get()
        return after.has("launch") and after.has("cancel")

    def test_it_is_launched_or_given_up(self, scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        slow(monkeypatch, Launch, "save")
        assert not any(self.race(scoped) for _round in range(ROUNDS))

    def test_without_the_lock_it_is_both(self, scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        unlock(monkeypatch, Pilot)
        lasting(monkeypatch, Launch, "save")
        assert any(self.race(scoped) for _round in range(ROUNDS))
