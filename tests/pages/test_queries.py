"""A page asks the database as often for thirty rows as for three, and never more than is written here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

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
    Incident,
    LearnerData,
    Outcome,
    Pilot,
    PlanVersion,
    Release,
    Review,
    SignOff,
    Stakeholder,
    Withdrawal,
)
from pilots.models.answer import Mapping
from tests.access.house import House, Rooms, address
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def _pilots(rooms: Rooms, count: int) -> None:
    """Some with a metric and a target, so that each line has everything to say."""
    for number in range(count):
        pilot = _pilot(rooms, number, metric=rooms.metric, series=rooms.metric.series.get(), target=18)
        Flag.objects.create(pilot=pilot, kind="no_data", raised_at=NOW, figures={"since": "2026-06-01"})
        pilot.refresh_standing()


def _pilot(rooms: Rooms, number: int, **fields: Any) -> Pilot:
    return Pilot.objects.start_planning(
        rooms.organisation, title=f"Pilot {number}", problem="Reps lose deals on price.", start=NOW.date(),
        by=rooms.cast.manager, at=NOW, **fields,
    )  # fmt: skip


def _outcomes(rooms: Rooms, count: int) -> None:
    first = Outcome.objects.get(pilot=rooms.closed)
    for number in range(count):
        Outcome.objects.create(
            pilot=_pilot(rooms, number), by=first.by, at=NOW, decision=first.decision, recommended=first.recommended, verdict=first.verdict,
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
    """Each with an incident, and withdrawn."""
    who = {"by": rooms.cast.manager, "at": NOW}
    version = rooms.paper.newest_version()
    made = Release.objects.bulk_create(
        Release(version=version, to=f"Group {number}", **who) for number in range(count)
    )
    Incident.objects.bulk_create(Incident(release=one, what="A wrong line.", **who) for one in made)
    Withdrawal.objects.bulk_create(Withdrawal(release=one, reason="A wrong line.", **who) for one in made)


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
    """Each reviewed while it was the newest."""
    newest = rooms.item.newest_version().number
    for number in range(newest + 1, newest + 1 + count):
        version = ContentVersion.objects.create(
            item=rooms.item, number=number, text=f"Words {number}", sha256=f"{number:064}", made_by=rooms.maker, at=NOW
        )  # fmt: skip
        Review.objects.create(
            version=version, reviewer=rooms.cast.reviewer, decision="changes", checklist=[], note="Shorter.", at=NOW
        )  # fmt: skip


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


# What there may be many of, and the pages that list it, each with who looks.
LISTS: Final[dict[str, tuple[Callable[[Rooms, int], None], dict[str, str]]]] = {
    "pilots": (_pilots, {"pilots": "manager", "home": "manager"}),
    "outcomes": (_outcomes, {"outcomes": "viewer"}),
    "entries": (_entries, {"library": "manager"}),
    "comments": (_comments, {"entry": "manager"}),
    "people": (_people, {"people": "administrator"}),
    "metrics": (_metrics, {"metrics": "manager"}),
    "groups of a metric": (_series, {"metric": "manager"}),
    "stakeholders": (
        _stakeholders("asking"),
        {"pilot_people": "manager", "pilot_agreement": "manager", "plan_version": "manager"},
    ),
    "plan versions": (_versions, {"pilot_agreement": "manager"}),
    "items": (_items("asking"), {"reviews": "reviewer", "pilot_content": "manager"}),
    "releases": (_releases, {"release_register": "manager"}),
    "learner data": (_learner_data, {"learner_data": "anonymous", "pilot_safeguards": "manager"}),
    "versions of an item": (_item_versions, {"content_item": "manager"}),
    "stakeholders of a running pilot": (_stakeholders("running"), {"pilot": "manager"}),
    "items of a running pilot": (_items("running"), {"pilot": "manager"}),
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
    few, many = (_asked(house, *LISTS[name], count) for count in (3, 30))
    for route in many:
        assert len(many[route]) == len(few[route]), _told(many[route])


def test_the_queue_asks_as_often_for_two_thousand_items(house: House) -> None:
    pages = {"reviews": "reviewer", "content_item": "reviewer"}
    few, many = (_asked(house, _items("asking"), pages, count) for count in (3, 2_000))
    for route in pages:
        assert len(many[route]) == len(few[route]), _told(many[route])


def _asked(
    house: House, grow: Callable[[Rooms, int], None], pages: dict[str, str], count: int
) -> dict[str, list[str]]:
    """What each of the pages asks where there are so many more."""
    with scope(organisation=house.ours.organisation), transaction.atomic():
        grow(house.ours, count)
        if count > 1_000:  # of so many rows the database has to know, as it does in production
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        asked = {route: queries(house, caller, address(route, house.ours)) for route, caller in pages.items()}
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
