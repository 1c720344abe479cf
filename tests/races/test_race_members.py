"""Two do the same, or one ends what the other changes: once in the ledger, and no page of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Channel, Invitation, Membership
from pilots.models import LearnerData, Pilot, SupportingSignal
from tests.cast import NOW, Cast, make_pilot, safeguard
from tests.races.between import between
from tests.races.together import errors, slow, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    pilot = make_pilot(scoped, "planned")
    safeguard(scoped, pilot)
    return pilot


def row(pilot: Pilot) -> LearnerData:
    return LearnerData.objects.select_related("pilot__chain").get(pilot=pilot)


def twice(cast: Cast, read: Callable[[], Any], act: Callable[[Any], Any]) -> list[Any]:
    return between(cast, read, act, lambda: act(read()))


def test_two_administrators_invite_one(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, Invitation, "save", 0.1)

    def invite() -> int:
        browser = Client(raise_request_exception=False)
        browser.force_login(scoped.administrator)
        given = {"email": "new@x.example", "role": "viewer", "once": str(uuid4())}
        return browser.post(f"/{scoped.organisation.slug}/people/invitations/", given).status_code

    assert together(scoped.organisation, invite, invite) == [302, 302]


def test_somebody_leaves_once(scoped: Cast) -> None:
    read = lambda: Membership.objects.get(person=scoped.viewer)  # noqa: E731
    twice(scoped, read, lambda one: one.end(by=scoped.administrator, at=NOW))
    assert scoped.organisation.chain.events.filter(verb="member.left").count() == 1


def test_the_role_of_one_who_left(scoped: Cast) -> None:
    read = lambda: Membership.objects.get(person=scoped.viewer)  # noqa: E731
    change = lambda one: one.change_role("manager", by=scoped.administrator, at=NOW)  # noqa: E731
    assert errors(between(scoped, read, change, lambda: read().end(by=scoped.administrator, at=NOW))) == []


def test_roles_follow_one_another_in_the_ledger(scoped: Cast) -> None:
    read = lambda: Membership.objects.get(person=scoped.viewer)  # noqa: E731
    change = lambda one, role="manager": one.change_role(role, by=scoped.administrator, at=NOW)  # noqa: E731
    between(scoped, read, change, lambda: change(read(), "reviewer"))
    told = scoped.organisation.chain.events.filter(verb="member.role_changed").order_by("number")
    assert [(one.facts["before"], one.facts["after"]) for one in told] == [
        ("viewer", "reviewer"),
        ("reviewer", "manager"),
    ]


def test_a_channel_ends_once(scoped: Cast) -> None:
    given = {"kind": "slack", "name": "c", "url": "https://hooks.slack.com/x"}
    Channel.objects.add(scoped.organisation, by=scoped.administrator, at=NOW, **given)
    twice(scoped, Channel.objects.get, lambda one: one.end(by=scoped.administrator, at=NOW))
    assert scoped.organisation.chain.events.filter(verb="channel.ended").count() == 1


def test_a_signal_is_dropped_once(scoped: Cast, pilot: Pilot) -> None:
    pilot.keep_as_signal("Completion", by=scoped.manager, at=NOW)
    read = SupportingSignal.objects.select_related("pilot__chain").get
    twice(scoped, read, lambda one: one.drop(by=scoped.manager, at=NOW))
    assert pilot.chain.events.filter(verb="signal.dropped").count() == 1


def test_a_row_is_struck_once(scoped: Cast, pilot: Pilot) -> None:
    twice(scoped, lambda: row(pilot), lambda one: one.strike(by=scoped.manager, at=NOW))
    assert pilot.chain.events.filter(verb="data_sheet.row_struck").count() == 1


def test_a_row_is_changed_that_was_struck(scoped: Cast, pilot: Pilot) -> None:
    change = lambda one: one.change(by=scoped.manager, at=NOW, data="Something else")  # noqa: E731
    strike = lambda: row(pilot).strike(by=scoped.manager, at=NOW)  # noqa: E731
    assert "NotUpdated" not in errors(between(scoped, lambda: row(pilot), change, strike))


def test_two_change_a_row(scoped: Cast, pilot: Pilot) -> None:
    """Each typed one field, and the form sends all of them: what one saved, the other overwrites unseen."""
    names = ("data", "purpose", "source", "access", "kept_until", "personal")

    def change(one: LearnerData, **fields: str) -> None:
        one.change(by=scoped.manager, at=NOW, **{**{name: getattr(one, name) for name in names}, **fields})

    between(
        scoped,
        lambda: row(pilot),
        lambda one: change(one, data="Names"),
        lambda: change(row(pilot), purpose="Marks"),
    )
    assert row(pilot).purpose == "Marks"
