"""Each write works and leaves its event; the same form sent a second time changes nothing, or is a new wish."""

from __future__ import annotations

from typing import Final

import pytest
from django.core.cache import cache

from accounts.models import Event
from tests.access import matrix
from tests.access.house import House, address, form_of, send

pytestmark = pytest.mark.django_db

# What each write leaves in a chain.
EVENTS: Final[dict[str, list[str]]] = {
    "invitations": ["member.invited"],
    "invitation_withdrawal": ["member.invitation_withdrawn"],
    "membership_role": ["member.role_changed"],
    "membership_end": ["member.left"],
    "settings": ["organisation.settings_changed"],
    "invitation": ["member.admitted"],
    "metric_new": ["metric.defined"],
    "metric_source_kind": ["source.connected"],
    "pull": ["source.pull_asked"],
    "pilot_new": ["pilot.planned"],
    "pilot_problem": ["pilot.plan_changed"],
    "pilot_metric": [],  # it is that metric already
    "pilot_weeks": ["pilot.plan_changed"],
    "pilot_owners": [],  # they are the owners already
    "stakeholder_new": ["stakeholder.named"],
    "question": ["question.asked"],
    "reviewer_invitation": ["member.invited", "stakeholder.invited_as_reviewer"],
    "answer_mapping": ["answer.mapped"],
    "plan_versions": ["sign_off.requested"],  # the plan is as it was: the same version, once more
    "content_new": ["content.made", "content.version_made"],
    "content_version": ["content.version_made"],
    "review": ["content.reviewed"],
    "checklist": ["checklist.changed"],
    "releases": ["content.released"],
    "release_withdrawal": ["content.withdrawn"],
    "release_incident": ["content.incident"],
    "pilot_data_sheet": ["data_sheet.answered"],
    "learner_data_new": ["data_sheet.row_added"],
    "learner_data_row": ["data_sheet.row_changed"],
    "learner_data_end": ["data_sheet.row_struck"],
    "pilot_law": ["law.answered"],
    "law_dates": ["law_dates.changed"],
    "pilot_consultation": ["consultation.recorded"],
    "launch": ["pilot.launched"],
    "stop": ["flag.cleared", "pilot.stopped"],  # a last look at the figures comes first
    "cancel": ["pilot.cancelled"],
    "acknowledgement": ["flag.acknowledged"],
    "decision": ["pilot.decided"],
    "stakeholder_answer": ["question.answered"],
    "stakeholder_sign_off": ["plan.signed_with_condition"],
}

# Whoever sends these again wants it again: another letter, another pull, another pilot of the same words.
AGAIN: Final[dict[str, list[str]]] = {
    "invitations": ["member.invited"],
    "pull": ["source.pull_asked"],
    "metric_source_kind": ["source.connected"],
    "question": ["question.asked"],
    "reviewer_invitation": ["member.invited", "stakeholder.invited_as_reviewer"],
    "plan_versions": ["sign_off.requested"],
    "pilot_new": ["pilot.planned"],
    "content_new": ["content.made", "content.version_made"],
}

WRITES = [row for row in matrix.rows() if row.method == "POST" and row.route in EVENTS]


def test_every_write_is_here() -> None:
    """Every POST that is let in, but for signing in and passwords, which are no part of an organisation."""
    let_in = {row.route for row in matrix.rows() if row.method == "POST" and "302" in row.answers.values()}
    assert {route for route in let_in if not route.startswith("account_")} == set(EVENTS)


@pytest.mark.parametrize("row", WRITES, ids=str)
def test_it_leaves_its_event_and_the_second_time_nothing(house: House, row: matrix.Row) -> None:
    cache.clear()
    caller = next(
        caller for caller in ("manager", "administrator", "link holder") if row.answers[caller] == "302"
    )
    browser, path, form = (
        house.browser(caller),
        address(row.route, house.ours),
        form_of(row.route, house.ours),
    )
    before = _newest()
    assert send(browser, "POST", path, form).status_code == 302
    first, middle = _since(before), _newest()
    answer = send(browser, "POST", path, _once_more(form)).status_code
    assert first == EVENTS[row.route]
    assert _since(middle) == AGAIN.get(row.route, [])
    assert answer in {302, 404, 409, 422}


def _once_more(form: dict[str, object]) -> dict[str, object]:
    if "upload" in form:
        form["upload"].seek(0)  # type: ignore[attr-defined]
    return form


def _newest() -> int:
    return Event.objects.latest("pk").pk


def _since(pk: int) -> list[str]:
    return list(Event.objects.filter(pk__gt=pk).order_by("pk").values_list("verb", flat=True))
