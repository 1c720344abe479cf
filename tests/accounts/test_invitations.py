import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Invitation, Message, Person
from tests.cast import NOW, PASSWORD, Cast

EMAIL = "nia@northwind.example"


def invite(cast: Cast, email: str = EMAIL, role: str = "manager", days: int = 0) -> Invitation:
    at = NOW + timedelta(days=days)
    return Invitation.objects.invite(cast.organisation, email=email, role=role, by=cast.administrator, at=at)


def token() -> str:
    found = re.search(r"/invitation/([\w-]+)/", str(Message.objects.latest("pk").as_email().body))
    assert found
    return found.group(1)


def verbs(cast: Cast) -> list[str]:
    return list(cast.organisation.chain.events.order_by("-number").values_list("verb", flat=True))


def test_whoever_is_invited_joins_with_the_role(cast: Cast) -> None:
    invitation = invite(cast)
    person = invitation.accept(name="Nia Obi", password=PASSWORD, at=NOW)
    assert (person.email, person.check_password(PASSWORD)) == (EMAIL, True)
    assert cast.organisation.memberships.get(person=person).role == "manager"
    assert verbs(cast)[:2] == ["member.admitted", "member.invited"]


def test_the_address_stands_beside_the_chain(cast: Cast) -> None:
    invite(cast)
    event = cast.organisation.chain.events.latest("number")
    assert EMAIL not in str(event.facts)
    assert event.detail.details["email"] == EMAIL


def test_a_second_invitation_replaces_the_first(cast: Cast) -> None:
    invite(cast)
    first = token()
    invite(cast, email=EMAIL.upper(), role="viewer")
    assert Invitation.objects.by_token(first, NOW) is None
    found = Invitation.objects.by_token(token(), NOW)
    assert found is not None
    assert found.role == "viewer"


def test_an_expired_one_opens_nothing_and_can_be_sent_again(cast: Cast) -> None:
    invite(cast)
    expired = token()
    assert Invitation.objects.by_token(expired, NOW + timedelta(days=15)) is None
    invite(cast, days=15)
    assert Invitation.objects.by_token(token(), NOW + timedelta(days=15)) is not None


def test_a_withdrawn_one_opens_nothing(cast: Cast) -> None:
    invitation = invite(cast)
    for _click in range(2):
        invitation.withdraw(by=cast.administrator, at=NOW)
    assert Invitation.objects.by_token(token(), NOW) is None
    assert verbs(cast).count("member.invitation_withdrawn") == 1


def test_a_member_elsewhere_joins_with_the_account_they_have(cast: Cast) -> None:
    nia = Person.objects.create_user(EMAIL, PASSWORD, name="Nia Obi")
    invitation = invite(cast)
    for _click in range(2):
        assert invitation.accept(person=nia, at=NOW) == nia
    assert cast.organisation.memberships.filter(person=nia).count() == 1
    assert verbs(cast).count("member.admitted") == 5


def test_a_double_click_makes_one_account(cast: Cast) -> None:
    invitation = invite(cast)
    invitation.accept(name="Nia Obi", password=PASSWORD, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        invitation.accept(name="Nia Obi", password="another sentence", at=NOW)
    assert Person.objects.get(email=EMAIL).check_password(PASSWORD)
    assert Invitation.objects.by_token(token(), NOW) is None


def test_a_member_keeps_the_role_they_have(cast: Cast) -> None:
    invite(cast, email=cast.viewer.email, role="administrator").accept(person=cast.viewer, at=NOW)
    assert cast.organisation.memberships.get(person=cast.viewer).role == "viewer"
