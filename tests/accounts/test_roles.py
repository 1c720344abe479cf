import pytest
from django.db import IntegrityError, transaction

from accounts.access import Verb
from accounts.models import Membership, Role
from accounts.models.membership import LastAdministratorError
from tests.cast import NOW, Cast

ALLOWED = {
    "viewer": {Verb.SEE},
    "reviewer": {Verb.SEE, Verb.MAKE, Verb.REVIEW},
    "manager": {Verb.SEE, Verb.MAKE, Verb.REVIEW, Verb.PLAN, Verb.MEASURE},
    "administrator": set(Verb),
}


def member(cast: Cast, role: str) -> Membership:
    return cast.organisation.memberships.get(person=cast.in_role(role))


@pytest.mark.parametrize("role", Role.values)
def test_a_role_may_what_the_table_says(cast: Cast, role: str) -> None:
    assert {verb for verb in Verb if member(cast, role).may(verb)} == ALLOWED[role]


def test_a_changed_role_holds_and_is_written_down(cast: Cast) -> None:
    member(cast, "viewer").change_role("manager", by=cast.administrator, at=NOW)
    assert member(cast, "viewer").may(Verb.PLAN)
    event = cast.organisation.chain.events.latest("number")
    assert (event.verb, event.facts["before"], event.facts["after"]) == (
        "member.role_changed",
        "viewer",
        "manager",
    )


def test_the_same_role_again_is_no_event(cast: Cast) -> None:
    events = cast.organisation.chain.events.count()
    member(cast, "viewer").change_role("viewer", by=cast.administrator, at=NOW)
    assert cast.organisation.chain.events.count() == events


def test_the_last_administrator_stays(cast: Cast) -> None:
    last = member(cast, "administrator")
    with pytest.raises(LastAdministratorError):
        last.change_role("viewer", by=cast.administrator, at=NOW)
    with pytest.raises(LastAdministratorError):
        last.end(by=cast.administrator, at=NOW)
    assert member(cast, "administrator").role == "administrator"
    last.change_role("administrator", by=cast.administrator, at=NOW)


def test_one_of_two_administrators_may_go(cast: Cast) -> None:
    member(cast, "manager").change_role("administrator", by=cast.administrator, at=NOW)
    member(cast, "administrator").end(by=cast.manager, at=NOW)
    assert not cast.organisation.memberships.filter(person=cast.administrator).exists()
    with pytest.raises(LastAdministratorError):
        member(cast, "manager").end(by=cast.manager, at=NOW)


def test_who_leaves_stays_in_the_events_by_number(cast: Cast) -> None:
    member(cast, "viewer").end(by=cast.administrator, at=NOW)
    event = cast.organisation.chain.events.latest("number")
    assert (event.verb, event.facts["person"]) == ("member.left", cast.viewer.pk)
    assert cast.organisation.chain.first_break() is None


def test_a_role_that_nobody_knows_is_refused_by_the_database(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.organisation.memberships.update(role="emperor")
