"""Event and change stand or fall together."""

import pytest
from django.db import transaction

from accounts.models import Chain, Event, Invitation, Membership, Message, Organisation
from tests.cast import NOW, Cast


def test_a_change_that_fails_leaves_no_event(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cast.organisation.chain.events.count()
    monkeypatch.setattr(Membership, "save", _fails)
    membership = cast.organisation.memberships.get(person=cast.viewer)
    with pytest.raises(RuntimeError):
        membership.change_role("manager", by=cast.administrator, at=NOW)
    assert Chain.objects.get(pk=cast.organisation.chain.pk).events.count() == before


def test_an_event_that_fails_leaves_no_change(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "record", _fails)
    with pytest.raises(RuntimeError):
        cast.organisation.change_settings(by=cast.administrator, at=NOW, expected_version=1, name="Other")
    assert Organisation.objects.get(pk=cast.organisation.pk).name == "Northwind Learning"


def test_what_is_rolled_back_leaves_neither_event_nor_message(cast: Cast) -> None:
    events = Event.objects.count()
    with transaction.atomic():
        Invitation.objects.invite(
            cast.organisation, email="new@northwind.example", role="viewer", by=cast.administrator, at=NOW
        )
        transaction.set_rollback(True)
    assert (Event.objects.count(), Message.objects.count()) == (events, 0)
    assert cast.organisation.chain.first_break() is None


def _fails(*args: object, **kwargs: object) -> None:
    raise RuntimeError
