"""What belongs to another organisation answers, byte for byte, like what does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from uuid import uuid4

import pytest
from django.db import transaction

from tests.access import matrix
from tests.access.house import (
    MEMBERS,
    NOBODY,
    VISITS,
    Answered,
    Form,
    House,
    Rooms,
    address,
    arguments,
    changes_noted,
    form_of,
    outcome,
    put_back,
    send,
)

pytestmark = pytest.mark.django_db

ROWS = [row for row in matrix.rows() if row.verb != "-"]
IDS = {
    "flag_id",
    "backfill_id",
    "jump_id",
    "answer_id",
    "item_id",
    "delegation_id",
    "amendment_id",
    "release_id",
    "row_id",
    "signal_id",
    "stakeholder_id",
    "pilot_id",
    "metric_id",
    "membership_id",
    "invitation_id",
    "token_id",
    "link_id",
    "channel_id",
    "entry_id",
    "job_id",
}
# What differs from page to page and says nothing: the token against forgery, and the address that was asked for.
_TOKEN = re.compile(rb'(value="|x-csrftoken": ")[A-Za-z0-9]{64}| aria-current="page"')
# It is cut off the address that was asked for, and looked up nowhere.
_WAY_UP = re.compile(rb'(?<=href=")[^"]+(?=">Go to the page that it belongs to)')


@contextmanager
def nothing_changes() -> Iterator[None]:
    with changes_noted() as changes:
        yield
    assert changes == []


def seen(response: Answered) -> tuple[str, bytes]:
    return outcome(response), _WAY_UP.sub(b"", _TOKEN.sub(b"", response.content))


def numbers_in(route: str, rooms: Rooms) -> list[str]:
    return [name for name in arguments(route, rooms) if name in IDS]


def routes_with_numbers() -> set[str]:
    return {
        str(pattern.name)
        for path, pattern in matrix.patterns()
        if IDS & set(re.findall(r"<int:(\w+)>", path))
    }


def test_every_number_in_an_address_is_tried() -> None:
    written = set(re.findall(r"<int:(\w+)>", " ".join(path for path, _pattern in matrix.patterns())))
    assert written - {"number"} == IDS


def test_a_foreign_organisation_is_none(house: House) -> None:
    """Whatever was asked for there: it is as if no organisation had that name."""
    wrong = []
    for row in ROWS:
        theirs, form = address(row.route, house.theirs), form_of(row.route, house.theirs)
        for caller in MEMBERS:
            with nothing_changes():
                answer = seen(send(house.browser(caller), row.method, theirs, form))
            if answer != nobodys(house, caller, row.method) or answer[0] != "404":
                wrong.append((str(row), caller, answer))
    assert wrong == []


@cache
def nobodys(house: House, caller: str, method: str) -> tuple[str, bytes]:
    """How an organisation answers that nobody has: whatever the rest of the address, the same."""
    return seen(send(house.browser(caller), method, "/nobody-is-here/pilots/"))


def test_nobodys_organisation_has_no_routes(house: House) -> None:
    for row in ROWS:
        path = address(row.route, house.theirs, org="nobody-is-here")
        answer = seen(send(house.browser("manager"), row.method, path))
        assert answer == nobodys(house, "manager", row.method), row


def test_a_foreign_number_is_none(house: House) -> None:
    """Each number by itself and all of them together, under our own slug, whatever the form says."""
    with_numbers, wrong = routes_with_numbers(), []
    for row in ROWS:
        if row.route in with_numbers:
            with put_back():
                wrong += _not_none(house, row)
    assert wrong == []


def _not_none(house: House, row: matrix.Row) -> Iterator[tuple[object, ...]]:
    theirs, names = arguments(row.route, house.theirs), numbers_in(row.route, house.theirs)
    form = form_of(row.route, house.ours)
    let_in = [caller for caller in MEMBERS if row.answers[caller] in {"200", "302"}]
    asked = [(caller, {name: theirs[name] for name in names}) for caller in MEMBERS]
    # What nobody has, and each by itself, is asked for by the one who may do most.
    for caller in let_in[-1:]:
        asked.append((caller, dict.fromkeys(names, NOBODY)))
        asked += [(caller, {name: theirs[name]}) for name in names if len(names) > 1]
    for caller, numbers in asked:
        path = address(row.route, house.ours, **numbers)
        with nothing_changes():
            answer = seen(send(house.browser(caller), row.method, path, form))
        if answer != refusals(house, caller, row.method)["404" if caller in let_in else row.answers[caller]]:
            yield str(row), caller, numbers, answer


@cache
def refusals(house: House, caller: str, method: str) -> dict[str, tuple[str, bytes]]:
    """How our organisation answers a member who asks for what is not there, may not, or asks wrongly: everywhere the same."""
    asked = [
        ("GET", address("metric", house.ours, metric_id=NOBODY)),
        ("GET", address("token_end", house.ours, token_id=NOBODY)),
        (method, address("pilots" if method == "POST" else "charter_acknowledgement", house.ours)),
    ]
    answers = [seen(send(house.browser(caller), by, path)) for by, path in asked]
    return {answer[0]: answer for answer in answers}


# --- numbers in a form --------------------------------------------------------------------------------


def _foreign_ids(house: House) -> list[tuple[str, Form]]:
    cast, theirs = house.theirs.cast, house.theirs
    people = {
        "owner": cast.manager.pk,
        "governance_owner": cast.administrator.pk,
        "reviewer": cast.reviewer.pk,
    }
    series = form_of("pilot_weeks", theirs)["series"]
    # What is right in a step is saved; so all else is as it stands.
    stands = {"start": house.ours.asking.start.isoformat()} if house.ours.asking.start else {}
    return [
        ("metric_choice", {"metric": theirs.metric.pk}),
        ("pilot_weeks", {"series": series, **stands}),
        ("pilot_weeks", {"comparison": series, "comparison_choice": "lot", **stands}),
        *(("pilot_owners", {name: pk}) for name, pk in people.items()),
    ]


@pytest.mark.parametrize("case", range(6))
def test_a_foreign_number_in_a_form_is_no_choice(house: House, case: int) -> None:
    route, foreign = _foreign_ids(house)[case]
    missing = {
        name: NOBODY if isinstance(value, int) or value.isdigit() else value
        for name, value in foreign.items()
    }
    answers = []
    for instead in (foreign, missing):
        form = {**form_of(route, house.ours), **instead}
        with nothing_changes():
            response = send(house.browser("administrator"), "POST", address(route, house.ours), form)
        assert outcome(response) == ("404" if route == "metric_choice" else "422")
        answers.append(seen(response))
    assert answers[0] == answers[1]


def test_numbers_that_nobody_asked_for_are_not_taken_over(house: House) -> None:
    """A form takes its own fields; what else is posted with them is not written."""
    rooms = house.ours
    form = {**form_of("pilot_problem", rooms), "organisation": house.theirs.organisation.pk, "organisation_id": house.theirs.organisation.pk,
            "owner": rooms.cast.viewer.pk, "id": NOBODY, "pk": NOBODY, "launch": "1", "target": "1", "created_at": "2001-01-01"}  # fmt: skip
    with transaction.atomic():
        response = send(house.browser("manager"), "POST", address("pilot_problem", rooms), form)
        assert outcome(response) == "302"
        fresh = type(rooms.asking)._base_manager.get(pk=rooms.asking.pk)
        told = (
            fresh.organisation_id,
            fresh.owner_id,
            fresh.target,
            fresh.created_at,
            hasattr(fresh, "launch"),
        )
        transaction.set_rollback(True)
    assert told == (rooms.asking.organisation_id, rooms.asking.owner_id, 18.5, rooms.asking.created_at, False)


# --- stakeholders' links --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "route",
    [
        "stakeholder",
        "stakeholder_answer",
        "stakeholder_sign_off",
        "stakeholder_condition",
        "stakeholder_judgement",
    ],
)
def test_a_foreign_link_is_none(house: House, route: str) -> None:
    method = "GET" if route == "stakeholder" else "POST"
    form = form_of(route, house.theirs)
    with nothing_changes():
        foreign = seen(send(house.browser("link holder"), method, address(route, house.theirs), form))
        missing = seen(
            send(house.browser("link holder"), method, address(route, house.ours, key=uuid4()), form)
        )
    assert foreign == missing
    assert foreign[0] == "404"


def test_every_route_has_something_behind_it() -> None:
    assert set(VISITS) == {pattern.name for _path, pattern in matrix.patterns()}
