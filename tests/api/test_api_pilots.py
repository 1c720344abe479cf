"""What programs may do about pilots is held to the same rules as pages: the gate, and the review step."""

from __future__ import annotations

from typing import Any

import pytest
from django_scopes import scopes_disabled

from pilots.models import ContentItem, Launch, Pilot, Release
from tests.api.client import Program, acting_token
from tests.cast import NOW, Cast, make_pilot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday", "bell")]


@pytest.fixture
def ready(scoped: Cast) -> Pilot:
    return make_pilot(scoped, "ready")


@pytest.fixture
def program(scoped: Cast) -> Program:
    return Program(acting_token(scoped, "manager"))


def launch(program: Program, pilot: Pilot) -> Any:
    return program.ask("POST", f"/pilots/{pilot.pk}/launch")


def release(program: Program, item: ContentItem, number: int = 1, to: str = "All reps") -> Any:
    return program.ask(
        "POST", f"/pilots/{item.pilot_id}/content/{item.pk}/releases", {"number": number, "to": to}
    )


def test_an_open_gate_lets_a_program_launch_once(program: Program, ready: Pilot) -> None:
    first, second = launch(program, ready), launch(program, ready)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Launch.objects.count() == 1


def test_a_line_that_is_open_is_named(program: Program, ready: Pilot, scoped: Cast) -> None:
    ready.change_plan(by=scoped.manager, at=NOW, expected_version=ready.version, governance_owner=None)
    refused = launch(program, ready)
    assert refused.status_code == 409
    assert "owners" in {error["field"] for error in refused.json()["errors"]}
    assert not Launch.objects.exists()


def test_an_approved_version_is_released(program: Program, ready: Pilot) -> None:
    item = ready.content.get()
    answer = release(program, item)
    assert answer.status_code == 201
    assert answer.json()["sha256"] == item.newest_version().sha256
    assert release(program, item).json()["id"] == answer.json()["id"]


def test_what_was_edited_after_the_approval_is_not(program: Program, ready: Pilot, scoped: Cast) -> None:
    item = ready.content.get()
    item.add_version(text="Something else.", by=scoped.manager, at=NOW)
    for number in (1, 2, 3):
        refused = release(program, item, number)
        assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
        assert refused.json()["detail"]
    with scopes_disabled():
        assert not Release.objects.exists()


@pytest.mark.parametrize("decision", ["", "changes", "reject"])
def test_what_nobody_approved_is_not(program: Program, ready: Pilot, scoped: Cast, decision: str) -> None:
    item = ContentItem.objects.make(
        ready, title="Handout", kind="lesson", ai_use="made", ai_tool="A model", needed_for_launch=False,
        text="Ask twice.", by=scoped.manager, at=NOW,
    )  # fmt: skip
    if decision:
        item.newest_version().review(
            decision=decision, checklist=[], note="It is wrong.", by=scoped.reviewer, at=NOW
        )
    refused = release(program, item)
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    with scopes_disabled():
        assert not Release.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"number": 0, "to": "x"}, {"number": 1, "to": ""}, {"number": 1, "to": "x", "by": 1}]
)
def test_a_body_that_does_not_fit_is_told(program: Program, ready: Pilot, body: dict[str, Any]) -> None:
    item = ready.content.get()
    path = f"/pilots/{ready.pk}/content/{item.pk}/releases"
    assert program.ask("POST", path, body).status_code == 422


def test_an_item_of_another_pilot_is_missing(program: Program, ready: Pilot, scoped: Cast) -> None:
    other = make_pilot(scoped, title="Another")
    path = f"/pilots/{other.pk}/content/{ready.content.get().pk}/releases"
    assert program.ask("POST", path, {"number": 1, "to": "All"}).status_code == 404
