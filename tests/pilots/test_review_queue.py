"""The reviewer's queue: oldest first, what is waited for, how long reviews take, and what comes next."""

from datetime import timedelta

import pytest

from pilots.models import ContentItem, Pilot, Review
from pilots.models.checklist import CHECKLIST
from pilots.review_queue import next_after, pace, queue, waited
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


def make(cast: Cast, days_ago: int, **fields: object) -> ContentItem:
    pilot = Pilot.objects.first() or make_pilot(cast)
    given = {
        "title": f"{days_ago} days",
        "kind": "quiz",
        "ai_use": "made",
        "text": "?",
        "by": cast.manager,
        **fields,
    }
    return ContentItem.objects.make(pilot, at=NOW - timedelta(days=days_ago), **given)  # type: ignore[arg-type]


def approve(item: ContentItem, cast: Cast) -> Review:
    version = item.newest_version()
    return version.review(decision="approve", checklist=list(CHECKLIST), by=cast.reviewer, at=NOW)


def test_the_oldest_comes_first_with_how_long_it_has_waited(scoped: Cast) -> None:
    items = [make(scoped, days) for days in (1, 5, 3)]
    make(scoped, 9, by=scoped.reviewer)
    make(scoped, 9, ai_use="none")
    shown = queue(scoped.reviewer, scoped.organisation, NOW, 1)
    assert [item for item, _time in shown["waiting"]] == [items[1], items[2], items[0]]
    assert [time for _item, time in shown["waiting"]] == ["5 days", "3 days", "24 hours"]
    assert (shown["count"], shown["pace"]) == (3, None)


def test_next_goes_round(scoped: Cast) -> None:
    first, second, third = (make(scoped, days) for days in (5, 3, 1))
    following = {first: second, second: third, third: first}
    for one, other in following.items():
        assert next_after(one, scoped.reviewer, scoped.organisation) == other
    approve(third, scoped)
    third.refresh_from_db()
    assert next_after(third, scoped.reviewer, scoped.organisation) == first
    approve(first, scoped)
    assert next_after(second, scoped.reviewer, scoped.organisation) is None


def test_it_says_how_long_reviews_take(scoped: Cast) -> None:
    for days in (1, 2, 3, 4, 20):
        approve(make(scoped, days), scoped)
    assert pace(NOW) == {"half": "3 days", "most": "13 days"}
    assert pace(NOW + timedelta(days=200)) is None


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-5, "1 minute"),
        (0, "1 minute"),
        (1, "1 minute"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (2879, "47 hours"),
        (2880, "2 days"),
    ],
)
def test_a_time_in_words(minutes: int, words: str) -> None:
    assert waited(timedelta(minutes=minutes)) == words
