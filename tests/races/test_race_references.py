"""Who only refers to a row need not wait for whoever works on it, and finds it there at the end."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.test import Client

from accounts.links import token_for
from accounts.models import Membership, Versioned
from pilots.models import Answer, ContentItem, Notice, Pilot, PlanVersion, Stakeholder
from tests.cast import NOW, Cast, make_pilot
from tests.links import newest_link
from tests.races.between import after, lasts
from tests.races.together import errors, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.mark.parametrize("last", ["who signs", "who leaves"])
def test_signing_while_a_member_leaves(scoped: Cast, monkeypatch: pytest.MonkeyPatch, last: str) -> None:
    """The owner, who is told of it, leaves at that moment. ``last``: whose transaction ends last."""
    link = newest_link(make_pilot(scoped, "asked").stakeholders.get())
    member = Membership.objects.get(person=scoped.manager)
    page, desk = Client(raise_request_exception=False), Client(raise_request_exception=False)
    desk.force_login(scoped.administrator)
    page.get(f"/s/{token_for('stakeholder', link.key.hex)}/", follow=True)
    assert link.plan_version
    given = {
        "decision": "approve",
        "typed_name": "Sven Holm",
        "seen": link.plan_version.sha256,
        "when": "before",
    }
    sign = lambda: page.post(f"/s/{link.key}/sign-off/", given).status_code  # noqa: E731
    leave = lambda: desk.post(f"/{scoped.organisation.slug}/people/{member.pk}/end/").status_code  # noqa: E731
    if last == "who signs":
        leave = after(lasts(monkeypatch, PlanVersion, "settle_amendment"), leave)
    else:
        sign = after(lasts(monkeypatch, Membership, "delete"), sign)
    assert together(scoped.organisation, sign, leave) == [302, 302]


def test_an_answer_while_signatures_are_asked_for(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has the pilot's row and waits for its ledger; the other has the ledger, and its notice waits for the row."""
    pilot = make_pilot(scoped, "answered")
    sven, asked, said = pilot.stakeholders.get(), threading.Event(), threading.Event()
    notices = type(Notice.objects)
    tell, reason = notices.tell, Pilot.reason_not_to_request_sign_off

    def tell_later(self: Any, *args: Any, **kwargs: Any) -> None:
        said.set()
        asked.wait(0.2)
        tell(self, *args, **kwargs)

    def slowly(self: Any) -> str:
        found = reason(self)
        said.wait(5)
        asked.set()
        return found

    monkeypatch.setattr(notices, "tell", tell_later)
    monkeypatch.setattr(Pilot, "reason_not_to_request_sign_off", slowly)
    known = Stakeholder.objects.select_related("pilot__organisation")

    def receive() -> None:
        time.sleep(0.1)
        Answer.objects.receive(known.get(pk=sven.pk), text="Something else.", at=NOW)

    request = lambda: Pilot.objects.get(pk=pilot.pk).request_sign_off(by=scoped.manager, at=NOW)  # noqa: E731
    assert errors(together(scoped.organisation, request, receive)) == []


def test_an_item_is_made_while_the_plan_changes(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has the pilot's row and waits for its ledger; the other has the ledger, and its item refers to the row."""
    pilot = make_pilot(scoped, "planned")
    made, apply = lasts(monkeypatch, ContentItem, "refresh_state"), Versioned.apply

    def apply_later(self: Any, **changes: Any) -> list[str]:
        made.wait(5)
        return apply(self, **changes)

    monkeypatch.setattr(Versioned, "apply", apply_later)
    fields = {"title": "T", "kind": "lesson", "ai_use": "none", "text": "x"}

    def make() -> None:
        time.sleep(0.1)
        ContentItem.objects.make(Pilot.objects.get(pk=pilot.pk), by=scoped.reviewer, at=NOW, **fields)

    def change() -> None:
        one = Pilot.objects.get(pk=pilot.pk)
        one.change_plan(by=scoped.manager, at=NOW, expected_version=one.version, target=18.0)

    assert errors(together(scoped.organisation, change, make)) == []
