"""Each write works and leaves its event; the same form sent a second time changes nothing, a form opened anew may."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Event, Submission
from tests.access import matrix
from tests.access.house import House, Rooms, address, arguments, form_of, outcome, put_back, send
from tests.pages.page import headers_missing

pytestmark = pytest.mark.django_db

# What each write leaves in a chain.
EVENTS: Final[dict[str, list[str]]] = {
    "invitations": ["member.invited"],
    "invitation_withdrawal": ["member.invitation_withdrawn"],
    "membership_role": ["member.role_changed"],
    "membership_end": ["member.left"],
    "settings": ["organisation.settings_changed"],
    "news": [],  # a matter between them and us
    "channel_new": ["channel.added"],
    "channels": ["channel.added"],
    "channel_test": [],
    "channel_on": [],  # it is on already
    "channel_end": ["channel.ended"],
    "invitation": ["member.admitted"],
    "metric_new": ["metric.defined"],
    "metric_source_kind": ["source.connected"],
    "token_end": ["token.revoked"],
    "metric_push": ["source.connected"],
    "metric_typed": ["source.connected"],
    "metric_values": ["values.typed_in"],
    "metric_values_pasted": ["values.typed_in"],
    "metric_source_trial": [],  # nothing is kept
    "metric_file": ["source.connected"],
    "metric_participants": ["population.gathered"],
    "pull": ["source.pull_asked"],
    "jump": ["metric.jump_accepted"],
    "backfills": ["source.backfill_asked"],
    "backfill_cancellation": ["source.backfill_cancelled"],
    "pilot_new": ["pilot.planned"],
    "pilot_problem": ["pilot.plan_changed"],
    "pilot_metric": ["pilot.plan_changed"],  # a metric of that name is there already
    "metric_choice": [],  # it is that metric already
    "metric_definition": ["metric.redefined"],
    "pilot_usage": ["pilot.usage_named"],
    "supporting_signal_end": ["signal.dropped"],
    "pilot_weeks": ["pilot.plan_changed"],
    "pilot_owners": [],  # they are the owners already
    "stakeholder_new": ["stakeholder.named", "approach.planned"],
    "stakeholder_change": ["stakeholder.changed", "approach.planned"],
    "answer_in_person": ["question.answered_in_person"],
    "approach": ["approach.planned"],
    "approach_done": ["approach.made"],
    "question": ["question.asked"],
    "reviewer_invitation": ["member.invited", "stakeholder.invited_as_reviewer"],
    "answer_mapping": ["answer.mapped"],
    "pilot_rule": ["pilot.plan_changed"],
    # One that waits already is taken back first.
    "amendment_new": [
        "plan.amendment_withdrawn",
        "plan.version_cut",
        "plan.amendment_proposed",
        "sign_off.requested",
    ],
    "amendment_end": ["plan.amendment_withdrawn"],
    "delegation_end": ["sign_off.delegation_ended", "sign_off.requested"],
    "plan_versions": [
        "sign_off.requested",
        "sign_off.requested",
    ],  # the plan is as it was: the same version, once more
    "content_new": ["content.made", "content.version_made"],
    "content_version": ["content.version_made"],
    "review": ["content.reviewed"],
    "charter_new": ["charter.published"],
    "charter_acknowledgement": ["charter.acknowledged"],
    "checklist": ["checklist.changed"],
    "releases": ["content.released"],
    "release_withdrawal": ["content.withdrawn"],
    "release_incident": ["content.incident"],
    "pilot_data_sheet": ["data_sheet.answered"],
    "pilot_chance": ["low_chance.acknowledged"],
    "learner_data_new": ["data_sheet.row_added"],
    "learner_data_row": ["data_sheet.row_changed"],
    "learner_data_end": ["data_sheet.row_struck"],
    "pilot_law": ["law.answered"],
    "law_dates": ["law_dates.changed"],
    "pilot_consultation": ["consultation.recorded"],
    "launch": ["pilot.launched"],
    "slide_template": ["organisation.slide_template_given"],
    "slide_template_end": [],  # none was given: tests/pilots/test_slides.py
    "entry_new": ["library.added"],
    "entry_words": ["library.mended"],
    "entry_withdrawal": ["library.withdrawn"],
    "entry_restoration": ["library.restored"],
    "entry_weighing": ["library.weighed"],
    "entry_comments": ["library.commented"],
    "entry_thanks": ["library.helped"],
    "entry_pilot": ["pilot.planned", "pilot.origin_named"],
    "pilot_duplicate": ["pilot.planned", "pilot.origin_named", "stakeholder.named", "approach.planned"],
    "pilot_origin": ["pilot.origin_named"],
    "stop": ["flag.cleared", "pilot.stopped"],  # a last look at the figures comes first
    "cancel": ["pilot.cancelled"],
    "acknowledgement": ["flag.acknowledged"],
    "decision": ["pilot.decided", "judgement.requested"],
    "worth": ["outcome.valued"],
    "judgement_requests": ["judgement.requested"],
    "sharing": ["outcome.shared"],
    "sharing_end": ["outcome.share_revoked"],
    "shared_outcome": [],  # it is open: there is nothing to unlock
    "stakeholder_judgement": ["outcome.judged"],
    "check_in": ["pilot.checked_in"],
    "calendar_renewal": ["calendar.renewed"],
    "work_retry": ["job.retried"],
    "stakeholder_answer": ["question.answered"],
    "stakeholder_confirmation": [],  # they have said so already
    "stakeholder_sign_off": ["plan.signed_with_condition", "receipt.sent"],
    "stakeholder_consultation": [],  # nobody consulted them: tests/pilots/test_consultation_confirmed.py
    "stakeholder_code": [],  # no code is waited for: tests/pilots/test_signing_codes.py
    "stakeholder_deputy": ["sign_off.delegated"],
    "stakeholder_condition": [],  # they asked for nothing: tests/pilots/test_conditions.py
}

# Whoever opens these anew and sends the same wants it again: another letter, another pull, a pilot of the same words.
AGAIN: Final[dict[str, list[str]]] = {
    "entry_new": ["library.added"],
    "entry_comments": ["library.commented"],
    "entry_pilot": ["pilot.planned", "pilot.origin_named"],
    "pilot_duplicate": ["pilot.planned", "pilot.origin_named", "stakeholder.named", "approach.planned"],
    "invitations": ["member.invited"],
    "calendar_renewal": ["calendar.renewed"],
    "work_retry": ["job.retried"],
    "pull": ["source.pull_asked"],
    "metric_file": ["source.connected"],
    "metric_participants": ["population.gathered"],
    "question": ["question.asked"],
    "reviewer_invitation": ["member.invited", "stakeholder.invited_as_reviewer"],
    "plan_versions": ["sign_off.requested", "sign_off.requested"],
    "pilot_new": ["pilot.planned"],
    "content_new": ["content.made", "content.version_made"],
    "judgement_requests": ["judgement.requested"],
    "sharing": ["outcome.shared"],
}
# Where the form of each stands that must not do its work twice.
FORMS: Final = {
    "entry_new": "entry_new", "entry_weighing": "entry", "entry_comments": "entry", "entry_pilot": "entry_pilot", "pilot_duplicate": "pilot_duplicate",
    "invitations": "people", "pull": "metric", "question": "pilot_people", "plan_versions": "pilot_agreement",
    "pilot_new": "pilot_new", "content_new": "content_new", "content_version": "content_version",
    "metric_new": "metric_new", "stakeholder_new": "stakeholder_new", "answer_in_person": "answer_in_person", "reviewer_invitation": "pilot_people",
    "check_in": "check_in", "calendar_renewal": "my_calendar", "work_retry": "work", "releases": "content_item", "release_incident": "release_incident", "learner_data_new": "learner_data_new",
    "judgement_requests": "pilot_outcome", "sharing": "sharing",
    "amendment_new": "amendment_new",
}  # fmt: skip

WRITES = [row for row in matrix.rows() if row.method == "POST" and row.route in EVENTS]


def test_every_write_is_here() -> None:
    """Every POST that is let in, but for signing in and passwords, which are no part of an organisation."""
    let_in = {row.route for row in matrix.rows() if row.method == "POST" and "302" in row.answers.values()}
    assert {route for route in let_in if not route.startswith("account_")} == set(EVENTS)


def test_it_leaves_its_event_and_the_second_time_nothing(house: House) -> None:
    """What is opened anew and sent again is the same form without its key."""
    found, right = {}, {}
    cache.clear()
    for row in WRITES:
        with put_back():
            found[row.route] = _sent_twice(house, row)
        right[row.route] = (row.answers[row.writer or ""], [], EVENTS[row.route], AGAIN.get(row.route, []))
    assert found == right


def _sent_twice(house: House, row: matrix.Row) -> tuple[str, list[str], list[str], list[str]]:
    """The answer, what is wrong with it, what it left, and what the second one left."""
    assert row.writer
    browser, path = house.browser(row.writer), address(row.route, house.ours)
    form, before = form_of(row.route, house.ours), _newest()
    taken = send(browser, "POST", path, form)
    left, middle = _since(before), _newest()
    answer = send(browser, "POST", path, form).status_code
    assert answer in {302, 404, 409, 422}, row
    return outcome(taken), headers_missing(taken), left, _since(middle)


def test_nothing_that_can_be_done_again_lacks_a_key() -> None:
    """But for files and lists: a second sending is another delivery of the same values, which changes nothing."""
    assert set(AGAIN) - set(FORMS) == {"metric_file", "metric_participants"}


def test_a_double_click_makes_one(house: House) -> None:
    """The page hands out a key; by it, the second sending lands where the first did, and does nothing."""
    cache.clear()
    found = {}
    for route in FORMS:
        with put_back():
            found[route] = _clicked_twice(house, route)
    assert found == {route: (302, EVENTS[route], 302, True, []) for route in FORMS}


def _clicked_twice(house: House, route: str) -> tuple[int, list[str], int, bool, list[str]]:
    """The answers, whether they lead to the same place, and what each left."""
    browser, path = house.browser("administrator"), address(route, house.ours)
    if route == "question":  # whoever answered is not asked again: somebody else has to be there
        send(browser, "POST", address("stakeholder_new", house.ours), form_of("stakeholder_new", house.ours))
    form = {**form_of(route, house.ours), "once": _key_on(browser, _page_of(route, house.ours))}
    before = _newest()
    first = send(browser, "POST", path, form)
    left, middle = _since(before), _newest()
    second = send(browser, "POST", path, form)
    same = second.get("Location") == first.get("Location")
    return first.status_code, left, second.status_code, same, _since(middle)


def test_each_page_hands_out_another_key(house: House) -> None:
    browser, path = house.browser("manager"), address("pilot_new", house.ours)
    assert _key_on(browser, path) != _key_on(browser, path)


def test_a_form_that_was_refused_can_be_sent_again(house: House) -> None:
    browser, path, key = house.browser("manager"), address("pilot_new", house.ours), uuid4()
    assert send(browser, "POST", path, {"once": key}).status_code == 422
    assert not Submission.objects.exists()
    right = {**form_of("pilot_new", house.ours), "once": key}
    assert send(browser, "POST", path, right).status_code == 302
    assert Submission.objects.count() == 1


def test_a_key_is_its_person_s_own(house: House) -> None:
    """Nobody lands on somebody else's by their key."""
    form = {**form_of("pilot_new", house.ours), "once": uuid4()}
    path, before = address("pilot_new", house.ours), _newest()
    landed = {
        send(house.browser(who), "POST", path, form)["Location"] for who in ("manager", "administrator")
    }
    assert len(landed) == 2
    assert _since(before) == ["pilot.planned"] * 2


@pytest.mark.parametrize("key", ["", "1", "\0", "x" * 5000, "<script>"])
def test_what_is_no_key_is_none(house: House, key: str) -> None:
    form = {**form_of("pilot_new", house.ours), "once": key}
    assert send(house.browser("manager"), "POST", address("pilot_new", house.ours), form).status_code == 302
    assert not Submission.objects.exists()


def _page_of(route: str, rooms: Rooms) -> str:
    """The page on which its form stands, of the same thing."""
    page = FORMS[route]
    known, needed = arguments(route, rooms), arguments(page, rooms)
    return address(page, rooms, **{name: known.get(name, value) for name, value in needed.items()})


def _key_on(browser: Client, path: str) -> UUID:
    found = re.search(r'name="once" value="([^"]+)"', browser.get(path).content.decode())
    assert found, f"{path} hands out no key"
    return UUID(found[1])


def _newest() -> int:
    return Event.objects.latest("pk").pk


def _since(pk: int) -> list[str]:
    return list(Event.objects.filter(pk__gt=pk).order_by("pk").values_list("verb", flat=True))
