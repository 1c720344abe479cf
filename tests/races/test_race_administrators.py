"""Two administrators demote each other: one of them stays."""

import pytest

from accounts.models import Membership, Role
from tests.cast import NOW, Cast
from tests.races.together import ROUNDS, Result, errors, meeting, slow, together, unlock

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bell")]


def race(cast: Cast) -> tuple[list[Result], int]:
    members = cast.organisation.memberships
    both = [members.get(person=person) for person in (cast.administrator, cast.manager)]
    Membership.objects.filter(pk__in=[member.pk for member in both]).update(role=Role.ADMINISTRATOR)

    def demote(pk: int) -> None:
        Membership.objects.get(pk=pk).change_role(Role.VIEWER, by=cast.viewer, at=NOW)

    results = together(cast.organisation, *[lambda pk=member.pk: demote(pk) for member in both])
    return results, members.filter(role=Role.ADMINISTRATOR).count()


def test_one_of_them_stays(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, Membership, "save")
    for _round in range(ROUNDS):
        results, left = race(cast)
        assert (errors(results), left) == (["LastAdministratorError"], 1)


def test_without_the_lock_none_is_left(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    unlock(monkeypatch, Membership)
    meeting(monkeypatch, Membership, "save")
    assert any(race(cast)[1] == 0 for _round in range(ROUNDS))
