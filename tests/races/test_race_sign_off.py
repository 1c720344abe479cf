"""Signing twice, and signing while the plan changes."""

import pytest

from pilots.models import Pilot, SignOff, Stakeholder, StakeholderLink
from tests.cast import NOW, Cast, answer, make_pilot, make_stakeholder
from tests.links import newest_link
from tests.races.together import ROUNDS, Result, errors, lasting, meeting, slow, together, unlock

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    sven = make_stakeholder(scoped, make_pilot(scoped, "planned"))
    answer(scoped, sven)
    return sven


def change(cast: Cast, number: int) -> Pilot:
    pilot = Pilot.objects.get()
    pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, title=f"Title {number}")
    pilot.request_sign_off(by=cast.manager, at=NOW)
    return pilot


def sign(link: int, seen: str) -> SignOff:
    opened = StakeholderLink.objects.select_related("stakeholder__pilot__owner", "plan_version").get(pk=link)
    return SignOff.objects.sign(opened, decision="approve", typed_name="Sven Holm", seen=seen, at=NOW)


class TestDoubleClick:
    def click_twice(self, cast: Cast, sven: Stakeholder, number: int) -> list[Result]:
        change(cast, number)
        link = newest_link(sven)
        assert link.plan_version
        seen = link.plan_version.sha256
        return together(cast.organisation, *[lambda: sign(link.pk, seen)] * 2)

    def test_it_is_one_signature_shown_twice(
        self, scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow(monkeypatch, SignOff, "save")
        for number in range(ROUNDS):
            first, second = self.click_twice(scoped, sven, number)
            assert first == second
        assert SignOff.objects.count() == ROUNDS
        assert sven.pilot.chain.events.filter(verb="plan.signed").count() == ROUNDS
        assert sven.pilot.chain.first_break() is None

    def test_without_the_lock_the_second_click_is_an_error(
        self, scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The database's constraint still keeps it at one signature."""
        unlock(monkeypatch, Pilot)
        meeting(monkeypatch, SignOff, "save")
        rounds = [errors(self.click_twice(scoped, sven, number)) for number in range(5)]
        assert ["IntegrityError"] in rounds
        assert SignOff.objects.count() == len(rounds)


class TestWhileThePlanChanges:
    def race(self, cast: Cast, sven: Stakeholder, number: int) -> bool:
        """Whether a version was signed after a newer one had been cut."""
        change(cast, number)
        link = newest_link(sven)
        assert link.plan_version
        old, seen = link.plan_version.number, link.plan_version.sha256
        results = together(
            cast.organisation, lambda: sign(link.pk, seen), lambda: change(cast, number + 1000)
        )
        assert errors(results) in ([], ["ChangedSinceOpenedError"])
        events = list(sven.pilot.chain.events.order_by("number"))
        cut = next(e.number for e in events if e.verb == "plan.version_cut" and e.facts["number"] == old + 1)
        signed = [e.number for e in events if e.verb == "plan.signed" and e.facts["plan_version"] == old]
        return any(number > cut for number in signed)

    def test_nobody_signs_what_is_no_longer_the_plan(
        self, scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow(monkeypatch, SignOff, "save")
        assert not any(self.race(scoped, sven, number) for number in range(ROUNDS))
        for signed in SignOff.objects.select_related("plan_version"):
            assert signed.plan_sha256 == signed.plan_version.sha256

    def test_without_the_lock_somebody_does(
        self, scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlock(monkeypatch, Pilot)
        lasting(monkeypatch, SignOff, "save")
        assert any(self.race(scoped, sven, number) for number in range(ROUNDS))
