"""A page asks the database as often for thirty rows as for three, and never more than is written here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from accounts.models import Invitation, Membership, Person
from metrics.models import Metric, Series
from pilots.models import (
    Answer,
    Condition,
    ContentItem,
    ContentVersion,
    Entry,
    Flag,
    LearnerData,
    Outcome,
    Pilot,
    PlanVersion,
    SignOff,
    Stakeholder,
)
from pilots.models.answer import Mapping
from tests.access.house import House, Rooms, address
from tests.cast import NOW, make_pilot

pytestmark = pytest.mark.django_db


def _pilots(rooms: Rooms, count: int) -> None:
    """Some with a metric and a target, so that each line has everything to say."""
    for number in range(count):
        pilot = make_pilot(rooms.cast, title=f"Pilot {number}")
        Pilot.objects.filter(pk=pilot.pk).update(
            metric=rooms.metric, series=rooms.metric.series.get(), target=18, start=NOW.date()
        )
        Flag.objects.create(pilot=pilot, kind="no_data", raised_at=NOW, figures={"since": "2026-06-01"})
        pilot.refresh_from_db()
        pilot.refresh_standing()


def _outcomes(rooms: Rooms, count: int) -> None:
    first = Outcome.objects.get(pilot=rooms.closed)
    for number in range(count):
        pilot = make_pilot(rooms.cast, title=f"Pilot {number}")
        Outcome.objects.create(
            pilot=pilot, by=first.by, at=NOW, decision=first.decision, recommended=first.recommended, verdict=first.verdict,
            content=first.content, sha256=first.sha256,
        )  # fmt: skip


def _people(rooms: Rooms, count: int) -> None:
    people = Person.objects.bulk_create(
        Person(email=f"p{number}@many.example", name=f"P {number}") for number in range(count)
    )
    Membership.objects.bulk_create(
        Membership(organisation=rooms.organisation, person=person, role="viewer", joined_at=NOW)
        for person in people
    )
    Invitation.objects.bulk_create(
        Invitation(
            organisation=rooms.organisation, email=f"i{number}@many.example", role="viewer", invited_by=rooms.cast.administrator,
            token_hash=f"{number}", created_at=NOW, expires_at=NOW.replace(year=2027),
        )
        for number in range(count)
    )  # fmt: skip


def _metrics(rooms: Rooms, count: int) -> None:
    Metric.objects.bulk_create(
        Metric(
            organisation=rooms.organisation, name=f"Metric {number}", kind="mean", direction="lower", cadence="daily",
            category="sales", created_by=rooms.cast.manager, created_at=NOW,
        )
        for number in range(count)
    )  # fmt: skip


def _series(rooms: Rooms, count: int) -> None:
    Series.objects.bulk_create(Series(metric=rooms.metric, group=f"Team {number}") for number in range(count))


def _stakeholders(of: str) -> Callable[[Rooms, int], None]:
    """People who answered and signed, one condition each."""

    def grow(rooms: Rooms, count: int) -> None:
        pilot: Pilot = getattr(rooms, of)
        version = PlanVersion.objects.filter(pilot=pilot).latest("number")
        named = Stakeholder.objects.bulk_create(
            Stakeholder(
                pilot=pilot,
                name=f"S {number}",
                email=f"s{number}@many.example",
                stance="neutral",
                position="Head",
            )
            for number in range(count)
        )
        answers = Answer.objects.bulk_create(
            Answer(stakeholder=person, text="Calm.", at=NOW) for person in named
        )
        Mapping.objects.bulk_create(
            Mapping(answer=answer, delivered_by="The target.", by=rooms.cast.manager, at=NOW)
            for answer in answers[::2]
        )
        signed = SignOff.objects.bulk_create(
            SignOff(
                stakeholder=person, plan_version=version, plan_sha256=version.sha256, decision="condition", words="Soon.",
                typed_name=person.name, meaning="I agree.", at=NOW,
            )
            for person in named
        )  # fmt: skip
        Condition.objects.bulk_create(Condition(sign_off=one, when="during") for one in signed)

    return grow


def _versions(rooms: Rooms, count: int) -> None:
    PlanVersion.objects.bulk_create(
        PlanVersion(
            pilot=rooms.asking,
            number=number + 2,
            content=rooms.asking.agreed_version().content,  # type: ignore[union-attr]
            sha256="0" * 64,
            cut_by=rooms.cast.manager,
            cut_at=NOW,
        )
        for number in range(count)
    )


def _items(of: str) -> Callable[[Rooms, int], None]:
    def grow(rooms: Rooms, count: int) -> None:
        items = ContentItem.objects.bulk_create(
            ContentItem(
                pilot=getattr(rooms, of),
                title=f"Item {number}",
                kind="lesson",
                ai_use="made",
                maker=rooms.maker,
                waits_for="first",
                waiting_since=NOW,
            )
            for number in range(count)
        )
        ContentVersion.objects.bulk_create(
            ContentVersion(item=item, number=1, text="Words", sha256="0" * 64, made_by=rooms.maker, at=NOW)
            for item in items
        )

    return grow


def _releases(rooms: Rooms, count: int) -> None:
    for number in range(count):
        release = rooms.paper.release(number=1, to=f"Group {number}", by=rooms.cast.manager, at=NOW)
        release.log_incident(what="A wrong line.", by=rooms.cast.manager, at=NOW)
        release.withdraw(reason="A wrong line.", by=rooms.cast.manager, at=NOW)


def _learner_data(rooms: Rooms, count: int) -> None:
    LearnerData.objects.bulk_create(
        LearnerData(
            pilot=rooms.asking,
            data=f"Data {number}",
            purpose="?",
            source="?",
            access="?",
            kept_until=NOW.date(),
            personal="no",
        )
        for number in range(count)
    )


def _item_versions(rooms: Rooms, count: int) -> None:
    for _number in range(count):
        version = rooms.item.add_version(text=f"Words {_number}", by=rooms.maker, at=NOW)
        version.review(decision="changes", checklist=[], note="Shorter.", by=rooms.cast.reviewer, at=NOW)


def _entries(rooms: Rooms, count: int) -> None:
    for number in range(count):
        entry = Entry.objects.add(
            rooms.organisation, kind="learning", title=f"Ask twice {number}", words="?", pilot=rooms.closed,
            by=rooms.cast.manager, at=NOW,
        )  # fmt: skip
        entry.comment(words="So it was with us.", by=rooms.maker, at=NOW)
        entry.thank(by=rooms.maker, at=NOW)


def _comments(rooms: Rooms, count: int) -> None:
    for number in range(count):
        Entry.objects.get(pilot=rooms.closed).comment(words=f"Yes, {number}.", by=rooms.maker, at=NOW)


LISTS: Final[dict[str, tuple[str, str, Callable[[Rooms, int], None]]]] = {
    "pilots": ("pilots", "manager", _pilots),
    "next moves": ("home", "manager", _pilots),
    "outcomes": ("outcomes", "viewer", _outcomes),
    "the library": ("library", "manager", _entries),
    "comments": ("entry", "manager", _comments),
    "reviews": ("reviews", "reviewer", _items("asking")),
    "people": ("people", "administrator", _people),
    "metrics": ("metrics", "manager", _metrics),
    "groups of a metric": ("metric", "manager", _series),
    "stakeholders": ("pilot_people", "manager", _stakeholders("asking")),
    "signers": ("pilot_agreement", "manager", _stakeholders("asking")),
    "signatures": ("plan_version", "manager", _stakeholders("asking")),
    "plan versions": ("pilot_agreement", "manager", _versions),
    "items": ("pilot_content", "manager", _items("asking")),
    "releases of a pilot": ("release_register", "manager", _releases),
    "the learners' page": ("learner_data", "anonymous", _learner_data),
    "rows of learner data": ("pilot_safeguards", "manager", _learner_data),
    "versions of an item": ("content_item", "manager", _item_versions),
    "signers of a running pilot": ("pilot", "manager", _stakeholders("running")),
    "items of a running pilot": ("pilot", "manager", _items("running")),
}


def queries(house: House, caller: str, path: str) -> list[str]:
    browser = house.browser(caller)
    with CaptureQueriesContext(connection) as captured:
        response = browser.get(path)
    assert response.status_code == 200
    return [query["sql"] for query in captured]


# The gate of each pilot asks on its own; ``pilots/views/home.py`` shows at most twenty.


@pytest.mark.parametrize("name", list(LISTS))
def test_a_list_asks_as_often_for_thirty_rows_as_for_three(house: House, name: str) -> None:
    route, caller, grow = LISTS[name]
    path, rooms = address(route, house.ours), house.ours
    with scope(organisation=rooms.organisation):
        few, many = (_with(house, grow, count, caller, path) for count in (3, 30))
    assert len(many) == len(few), _told(many)


def test_the_queue_asks_as_often_for_two_thousand_items(house: House) -> None:
    path, rooms = address("reviews", house.ours), house.ours
    with scope(organisation=rooms.organisation):
        few, many = (_with(house, _items("asking"), count, "reviewer", path) for count in (3, 2_000))
        item, more = (
            _with(house, _items("asking"), count, "reviewer", address("content_item", rooms))
            for count in (3, 2_000)
        )
    assert (len(many), len(more)) == (len(few), len(item)), _told(many)


def _with(house: House, grow: Callable[[Rooms, int], None], count: int, caller: str, path: str) -> list[str]:
    with transaction.atomic():
        grow(house.ours, count)
        if count > 1_000:  # of so many rows the database has to know, as it does in production
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        asked = queries(house, caller, path)
        transaction.set_rollback(True)
    return asked


MOST: Final = {
    "pilots": 8, "pilot": 10, "home": 12, "outcomes": 8, "library": 7, "entry": 10, "reviews": 7, "people": 7, "settings": 5, "metrics": 6,
    "metric": 12, "metric_new": 5, "metric_source": 6, "metric_source_kind": 6, "pilot_new": 5, "pilot_people": 13,
    "pilot_agreement": 10, "plan_version": 7, "pilot_content": 7, "content_item": 11, "pilot_outcome": 10,
}  # fmt: skip


@pytest.mark.parametrize("route", MOST)
def test_a_page_asks_no_more_than_this(house: House, route: str) -> None:
    asked = queries(house, "administrator", address(route, house.ours))
    assert len(asked) <= MOST[route], _told(asked)


@pytest.mark.parametrize("name", ["running", "deciding", "closed"])
def test_a_pilots_page_asks_little_once_it_runs(house: House, name: str) -> None:
    asked = queries(house, "manager", address("pilot", house.ours, pilot_id=getattr(house.ours, name).pk))
    assert len(asked) <= MOST["pilot"], _told(asked)


@pytest.mark.parametrize("name", ["asking", "ready"])
def test_the_gate_asks_its_eight_questions_once(house: House, name: str) -> None:
    """While it is planned, the page also asks what each line of the gate needs to know."""
    asked = queries(house, "manager", address("pilot", house.ours, pilot_id=getattr(house.ours, name).pk))
    assert len(asked) <= 17, _told(asked)


def _told(asked: list[str]) -> str:
    return "\n".join(["", *(sql.split(" FROM ")[-1][:90] for sql in asked)])
