"""Inviting and joining: the letter's link, used once, by whom it was written to."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts.models import Invitation, Message, Organisation, Person
from tests.access.house import Answered, invitation_path
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.usefixtures("monday")

NEW = {"name": "Noor Haddad", "password": "quite another sentence"}


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    cache.clear()


@pytest.fixture
def administrator(cast: Cast) -> Client:
    browser = Client()
    browser.force_login(cast.administrator)
    return browser


def invite(cast: Cast, email: str = "noor@elsewhere.example", role: str = "manager") -> Invitation:
    return Invitation.objects.invite(cast.organisation, email=email, role=role, by=cast.administrator, at=NOW)


def events(organisation: Organisation, verb: str = "") -> int:
    found = organisation.chain.events.all()
    return found.filter(verb=verb).count() if verb else found.count()


def gone(response: Answered) -> None:
    assert response.status_code == 404
    assert "This invitation cannot be used any more." in response.content.decode()


# --- inviting -----------------------------------------------------------------------------------------


def test_an_invitation_is_written_and_leaves_its_event(cast: Cast, administrator: Client) -> None:
    form = {"email": "Noor@Elsewhere.example", "role": "manager"}
    page = administrator.post("/northwind/people/invitations/", form, follow=True).content.decode()
    assert "An invitation is on its way to noor@elsewhere.example." in page
    assert events(cast.organisation, "member.invited") == 1
    letter = Message.objects.get(template="invitation")
    assert letter.to.lower() == "noor@elsewhere.example"
    assert "Northwind Learning" in str(letter.as_email().body)


def test_a_second_invitation_takes_the_place_of_the_first(cast: Cast, administrator: Client) -> None:
    first = invite(cast)
    old = invitation_path(first)
    administrator.post("/northwind/people/invitations/", {"email": first.email.upper(), "role": "viewer"})
    assert cast.organisation.invitations.open(NOW).count() == 1
    gone(Client().get(old))


def test_who_is_a_member_is_not_invited(cast: Cast, administrator: Client) -> None:
    before = events(cast.organisation)
    form = {"email": cast.viewer.email.upper(), "role": "manager"}
    response = administrator.post("/northwind/people/invitations/", form)
    assert response.status_code == 422
    assert "is a member already" in response.content.decode()
    assert events(cast.organisation) == before


# --- joining ------------------------------------------------------------------------------------------


def test_somebody_new_joins_and_is_signed_in(cast: Cast) -> None:
    path, browser = invitation_path(invite(cast)), Client()
    page = browser.get(path).content.decode()
    assert "Northwind Learning invites you to Pilotlight" in page
    assert browser.post(path, NEW)["Location"] == "/"
    person = Person.objects.get(email="noor@elsewhere.example")
    assert (person.name, cast.organisation.memberships.get(person=person).role) == ("Noor Haddad", "manager")
    assert browser.get("/northwind/pilots/new/").status_code == 200
    assert events(cast.organisation, "member.admitted") == 5
    signed_in = Client().post("/accounts/login/", {"login": person.email, "password": NEW["password"]})
    assert signed_in.status_code == 302


def test_opening_it_changes_nothing(cast: Cast) -> None:
    path, before = invitation_path(invite(cast)), events(cast.organisation)
    for _time in range(20):
        assert Client().get(path).status_code == Client().head(path).status_code == 200
    assert events(cast.organisation) == before
    assert not Person.objects.filter(email="noor@elsewhere.example").exists()


def test_whoever_has_an_account_signs_in_first(cast: Cast) -> None:
    other = make_cast("southwind")
    path, browser = invitation_path(invite(cast, other.viewer.email)), Client()
    assert "Sign in with it, then open the link" in browser.get(path).content.decode()
    before = events(cast.organisation)
    assert browser.post(path, NEW).status_code == 200
    assert events(cast.organisation) == before
    browser.force_login(other.viewer)
    assert browser.get(path).status_code == 200
    assert browser.post(path).status_code == 302
    assert cast.organisation.memberships.get(person=other.viewer).role == "manager"
    assert browser.get("/northwind/pilots/new/").status_code == 200


def test_somebody_else_who_is_signed_in_cannot_take_it(cast: Cast) -> None:
    other = make_cast("southwind")
    path, browser = invitation_path(invite(cast, other.viewer.email)), Client()
    browser.force_login(other.manager)
    assert browser.post(path, NEW).status_code == 200
    assert not cast.organisation.memberships.filter(person__in=[other.manager, other.viewer]).exists()


def test_used_it_is_gone(cast: Cast) -> None:
    path = invitation_path(invite(cast))
    Client().post(path, NEW)
    before = events(cast.organisation)
    gone(Client().get(path))
    gone(Client().post(path, {**NEW, "name": "Somebody else"}))
    assert events(cast.organisation) == before


def test_after_two_weeks_it_is_gone(cast: Cast) -> None:
    path = invitation_path(invite(cast))
    with time_machine.travel(NOW + timedelta(days=14), tick=False):
        gone(Client().get(path))
        gone(Client().post(path, NEW))


def test_withdrawn_it_is_gone(cast: Cast, administrator: Client) -> None:
    invitation = invite(cast)
    path = invitation_path(invitation)
    withdrawal = f"/northwind/people/invitations/{invitation.pk}/withdrawal/"
    for _click in range(2):
        assert administrator.post(withdrawal).status_code == 302
    assert events(cast.organisation, "member.invitation_withdrawn") == 1
    gone(Client().get(path))
    gone(Client().post(path, NEW))


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "%ed%a0%80", "%0d%0aBcc:x", "..%2f..", "'--"])
def test_a_link_that_was_never_made_is_gone(db: None, token: str) -> None:
    response = Client().get(f"/accounts/invitation/{token}/")
    assert response.status_code == 404
    assert b"<h1>" in response.content


@pytest.mark.parametrize("weak", ["short", "password", "12345678", "noor@elsewhere.example"])
def test_a_weak_password_is_refused_beside_its_field(cast: Cast, weak: str) -> None:
    path = invitation_path(invite(cast))
    response = Client().post(path, {**NEW, "password": weak})
    assert response.status_code == 422
    assert b"id_password_error" in response.content
    assert b"Noor Haddad" in response.content
    assert f'value="{weak}"'.encode() not in response.content
    assert not Person.objects.filter(email="noor@elsewhere.example").exists()


# --- people -------------------------------------------------------------------------------------------


def test_a_role_is_changed_and_leaves_its_event(cast: Cast, administrator: Client) -> None:
    path = f"/northwind/people/{cast.organisation.memberships.get(person=cast.viewer).pk}/role/"
    for _click in range(2):
        assert administrator.post(path, {"role": "reviewer"}).status_code == 302
    assert cast.organisation.memberships.get(person=cast.viewer).role == "reviewer"
    assert events(cast.organisation, "member.role_changed") == 1


def test_a_role_that_does_not_exist_changes_nothing_and_says_so(cast: Cast, administrator: Client) -> None:
    path = f"/northwind/people/{cast.organisation.memberships.get(person=cast.viewer).pk}/role/"
    before = events(cast.organisation)
    page = administrator.post(path, {"role": "king"}, follow=True).content.decode()
    assert "That role is not known. Nothing was changed." in page
    assert (cast.organisation.memberships.get(person=cast.viewer).role, events(cast.organisation)) == (
        "viewer",
        before,
    )


def test_somebody_leaves_once(cast: Cast, administrator: Client) -> None:
    path = f"/northwind/people/{cast.organisation.memberships.get(person=cast.viewer).pk}/end/"
    assert [administrator.post(path).status_code for _click in range(2)] == [302, 404]
    assert events(cast.organisation, "member.left") == 1


@pytest.mark.parametrize(("verb", "form"), [("role", {"role": "viewer"}), ("end", {})])
def test_the_last_administrator_stays(
    cast: Cast, administrator: Client, verb: str, form: dict[str, str]
) -> None:
    membership, before = (
        cast.organisation.memberships.get(person=cast.administrator),
        events(cast.organisation),
    )
    page = administrator.post(
        f"/northwind/people/{membership.pk}/{verb}/", form, follow=True
    ).content.decode()
    assert "Somebody has to stay administrator." in page
    assert events(cast.organisation) == before
    assert administrator.get("/northwind/people/").status_code == 200
