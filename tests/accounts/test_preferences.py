"""When somebody is told: their hours, their week, their part of the world."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from accounts.models import Membership, Preference
from tests.cast import Cast

MONDAY_NIGHT = datetime(2026, 6, 1, 21, 30, tzinfo=UTC)  # 23:30 in Berlin


@pytest.fixture
def mine(cast: Cast) -> Membership:
    return cast.organisation.memberships.get(person=cast.manager)


@pytest.mark.parametrize(
    ("zone", "at", "until"),
    [
        ("", "2026-06-02T10:00", "2026-06-02T10:00"),  # midday: at once
        ("", "2026-06-01T21:30", "2026-06-02T05:30"),  # at night: 07:30 in Berlin
        ("", "2026-06-02T01:00", "2026-06-02T05:30"),
        ("", "2026-06-05T16:30", "2026-06-05T16:30"),  # Friday, half past six
        ("", "2026-06-05T18:00", "2026-06-08T06:00"),  # Friday night: Monday at eight
        ("", "2026-06-06T10:00", "2026-06-08T06:00"),  # Saturday
        ("America/New_York", "2026-06-02T10:00", "2026-06-02T11:30"),  # six in the morning there
        ("Pacific/Kiritimati", "2026-06-05T10:30", "2026-06-07T18:00"),  # Saturday already
        ("", "2026-03-28T23:30", "2026-03-30T06:00"),  # the night in which the clocks go forward
    ],
)
def test_quiet_hours(mine: Membership, zone: str, at: str, until: str) -> None:
    choice = Preference(membership=mine, time_zone=zone)
    told = choice.outside_quiet(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert told == datetime.fromisoformat(until).replace(tzinfo=UTC)


def test_the_same_hour_twice_is_no_quiet_hour(mine: Membership) -> None:
    choice = Preference(membership=mine, quiet_from=time(8), quiet_until=time(8))
    assert choice.outside_quiet(MONDAY_NIGHT) == MONDAY_NIGHT


def test_once_a_day_is_the_next_morning_and_once_a_week_the_digest_s_day(mine: Membership) -> None:
    mine.organisation.digest_day = 2
    choice = Preference(membership=mine, rhythms={"flag": "daily", "decision": "weekly", "review": "never"})
    due = {topic: choice.due(topic, MONDAY_NIGHT) for topic in ("flag", "decision", "review")}
    assert due == {
        "flag": datetime(2026, 6, 2, 6, tzinfo=UTC),
        "decision": datetime(2026, 6, 3, 6, tzinfo=UTC),
        "review": None,
    }


def test_each_role_is_told_of_what_concerns_it(cast: Cast) -> None:
    told = {
        one.role: {
            str(topic) for topic, rhythm in Preference.objects.of(one).topics.items() if rhythm != "never"
        }
        for one in cast.organisation.memberships.all()
    }
    everything = {"flag", "decision", "agreement", "review", "check_in", "digest"}
    assert told == {
        "administrator": everything, "manager": everything, "reviewer": {"review"}, "viewer": {"outcome", "digest"},
    }  # fmt: skip


def test_whoever_left_a_list_gets_no_such_mail_and_their_choice_is_kept(mine: Membership) -> None:
    choice = Preference.objects.choose(mine, at=MONDAY_NIGHT, rhythms={"flag": "daily"})
    Preference.objects.leave(mine, "news", at=MONDAY_NIGHT)
    choice.refresh_from_db()
    assert (choice.due("flag", MONDAY_NIGHT), choice.due("digest", MONDAY_NIGHT) is None) == (None, False)
    Preference.objects.come_back(mine, "news")
    choice.refresh_from_db()
    assert choice.rhythm("flag") == "daily"
    assert choice.due("flag", MONDAY_NIGHT)
