"""The weekly note: who is asked for it, once; what it says of how many take part, and what follows from that."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Message, Organisation, Preference
from metrics.models import Metric, Series, Snapshot
from pilots import waits
from pilots.errors import RefusedError
from pilots.flag_words import said
from pilots.models import Flag, Pilot
from pilots.tasks import look_after_waits
from pilots.words import Look
from tests.cast import NOW, TODAY, Cast, connect_file, csv_of, make_metric, make_pilot
from tests.pages.page import Page

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    """Running since Monday, 31 people planned."""
    return make_pilot(scoped, "running")


def day(number: int) -> datetime:
    """Noon of a day of the window, counted from 0."""
    return NOW + timedelta(days=number)


def note(cast: Cast, pilot: Pilot, on: int, reach: int | None = None, saw: str = "It is used.") -> None:
    pilot.check_in(saw=saw, confidence="even", reach=reach, by=cast.manager, at=day(on))


def flags() -> list[str]:
    return list(Flag.objects.standing().values_list("kind", flat=True))


def test_it_belongs_to_its_week_and_the_same_words_are_one_note(scoped: Cast, pilot: Pilot) -> None:
    note(scoped, pilot, 0)
    note(scoped, pilot, 1)
    note(scoped, pilot, 8, saw="Two teams more.")
    assert [one.week for one in pilot.check_ins.all()] == [1, 2]
    event = pilot.chain.events.get(verb="pilot.checked_in", facts__week=2)
    assert event.facts["confidence"] == "even"
    assert event.detail.details["saw"] == "Two teams more."
    assert "Two teams" not in str(event.facts)


def test_nobody_writes_about_a_week_of_a_pilot_that_does_not_run(scoped: Cast, pilot: Pilot) -> None:
    with pytest.raises(RefusedError):
        note(scoped, pilot, 42)
    with pytest.raises(RefusedError):
        note(scoped, pilot, -1)
    assert not pilot.check_ins.exists()


def test_few_are_using_it_from_the_eighth_day_on(scoped: Cast, pilot: Pilot) -> None:
    """Never in the first week; it clears when more do, and leaves its trace."""
    note(scoped, pilot, 3, reach=9)
    waits.settle(scoped.organisation, at=day(6))
    assert flags() == []
    waits.settle(scoped.organisation, at=day(7))
    flag = Flag.objects.standing().get()
    assert (flag.kind, flag.figures) == ("few_using", {"planned": 31, "actual": 9, "week": 1})
    assert waits.settle(scoped.organisation, at=day(8)) == 0
    note(scoped, pilot, 9, reach=20, saw="More of them.")
    assert flags() == []
    assert pilot.chain.events.filter(verb="flag.cleared", facts__flag=flag.pk).count() == 1


def test_half_of_the_plan_is_not_few_unless_the_organisation_says_so(scoped: Cast, pilot: Pilot) -> None:
    note(scoped, pilot, 7, reach=16)
    assert flags() == []
    Organisation.objects.update(few_below=60)
    scoped.organisation.refresh_from_db()
    waits.settle(scoped.organisation, at=day(8))
    assert flags() == ["few_using"]
    waits.settle(scoped.organisation, at=day(42))  # over: nobody can use it more any more
    assert flags() == []


def test_the_owner_is_asked_once_a_week_on_its_fifth_day(scoped: Cast, pilot: Pilot) -> None:
    asked = Message.objects.filter(template="check_in")
    for hours in (0, 4 * 24 - 4, 4 * 24, 5 * 24):  # noon, then eight in the morning and noon of the fifth day
        waits.ask_for_check_ins(scoped.organisation, at=NOW + timedelta(hours=hours))
    (mail,) = asked
    assert (mail.to, mail.context["week"]) == (scoped.manager.email, 1)
    assert mail.address().endswith(f"/northwind/pilots/{pilot.pk}/check-in/")
    assert "week 1 of 6" in str(mail.as_email().body)
    note(scoped, pilot, 8)
    waits.ask_for_check_ins(scoped.organisation, at=day(11))
    assert asked.all().count() == 1  # they wrote it without being asked
    waits.ask_for_check_ins(scoped.organisation, at=day(18))
    assert asked.all().count() == 2


def test_whoever_does_not_want_to_be_asked_is_not_and_one_click_says_so(scoped: Cast, pilot: Pilot) -> None:
    mine = scoped.organisation.memberships.get(person=scoped.manager)
    assert pilot.ask_for_check_in(at=NOW + timedelta(days=4))
    message = Message.objects.get(template="check_in")
    letter = message.as_email()
    assert letter.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(letter.alternatives[0][0]).count(message.unsubscribe_address()) == 1
    Preference.objects.leave(mine, "news", at=NOW)
    assert not pilot.ask_for_check_in(at=NOW + timedelta(days=11))
    Preference.objects.choose(mine, at=NOW, rhythms={"check_in": "never"})
    assert not pilot.ask_for_check_in(at=NOW + timedelta(days=18))
    assert Message.objects.filter(template="check_in").count() == 1


def test_the_task_looks_after_every_organisation(
    scoped: Cast, pilot: Pilot, monday: "object", monkeypatch: pytest.MonkeyPatch
) -> None:
    note(scoped, pilot, 3, reach=1)
    monkeypatch.setattr("accounts.clock.now", lambda: day(11))
    assert look_after_waits() == 2  # a flag, and a letter
    assert look_after_waits() == 0


def test_from_the_link_to_the_picture_in_one_form(scoped: Cast, pilot: Pilot) -> None:
    browser = Client()
    browser.force_login(scoped.manager)
    path = f"/northwind/pilots/{pilot.pk}/check-in/"
    page = Page(browser.get(path).content)
    assert "How was week 1?" in page.text
    assert "Planned are 31 people." in page.text
    form = {
        "saw": "Two teams use it daily.",
        "changed": "A shorter start",
        "reach": "12",
        "confidence": "high",
    }
    assert browser.post(path, form)["Location"] == f"/northwind/pilots/{pilot.pk}/"
    shown = Page(browser.get(f"/northwind/pilots/{pilot.pk}/").content).text
    assert "A shorter start" in shown
    assert browser.post(path, {**form, "saw": " "}).status_code == 422


def test_where_nobody_wrote_it_is_asked_for_while_the_weeks_last(scoped: Cast, pilot: Pilot) -> None:
    assert "No note has been written yet." in page_of(scoped, pilot, on=10)
    assert "No note was written in these weeks." in page_of(scoped, pilot, on=43)


# --- counted by a metric --------------------------------------------------------------------------


def counted(cast: Cast, *values: float, cadence: str = "daily") -> Series:
    """How many used it on each day (or in each week) since the start."""
    metric = make_metric(cast, name="People who practise", kind="total", cadence=cadence, direction="higher")
    count(cast, metric, *values)
    return metric.series.get()


def count(cast: Cast, metric: Metric, *values: float) -> None:
    connect_file(metric, csv_of(TODAY, list(values)), by=cast.manager, at=day(7))


def page_of(cast: Cast, pilot: Pilot, *, on: int) -> str:
    with time_machine.travel(day(on), tick=False):
        browser = Client()
        browser.force_login(cast.manager)
        return Page(browser.get(f"/northwind/pilots/{pilot.pk}/").content).text


def test_a_metric_says_how_many_use_it_when_it_is_newer_than_the_note(scoped: Cast, pilot: Pilot) -> None:
    note(scoped, pilot, 3, reach=20)
    series = counted(scoped, 2, 9, 4)
    pilot.count_use_by(series, by=scoped.manager, at=day(7))
    assert flags() == []  # the note is of a later day
    count(scoped, series.metric, 2, 9, 4, 5, 3, 8)
    waits.settle(scoped.organisation, at=day(8))
    flag = Flag.objects.standing().get()
    assert (flag.kind, flag.figures) == ("few_using", {"planned": 31, "week": 1, "counted": True})
    look = Look(Pilot.objects.get(), day(8))
    assert (
        said(flag, look).words == "9 of 31 planned people have used it by week 1, says “People who practise”."
    )

    note(scoped, pilot, 9, reach=17, saw="More of them.")
    assert flags() == []
    pilot.count_use_by(None, by=scoped.manager, at=day(10))
    verbs = [event.verb for event in pilot.chain.events.filter(verb="pilot.usage_named")]
    assert len(verbs) == 2


def test_a_week_counts_until_its_sunday(scoped: Cast, pilot: Pilot) -> None:
    note(scoped, pilot, 3, reach=4)
    pilot.count_use_by(counted(scoped, 25, cadence="weekly"), by=scoped.manager, at=day(7))
    assert flags() == []
    assert "25 have used it by week 1" in page_of(scoped, pilot, on=7)


def test_what_counts_too_few_people_raises_the_flag_and_tells_no_number(scoped: Cast, pilot: Pilot) -> None:
    series = counted(scoped, 3, 4)
    Snapshot.objects.filter(series=series).update(n=4)
    pilot.count_use_by(series, by=scoped.manager, at=day(7))
    assert "actual" not in Flag.objects.standing().get().figures
    text = page_of(scoped, pilot, on=7)
    assert "too few to show how many" in text
    assert "4 of 31" not in text
    assert "4 have used" not in text
    assert "Few of the 31 people use it" in text


def test_what_counts_is_chosen_beside_the_signals_and_no_part_of_what_was_agreed(scoped: Cast) -> None:
    ready = make_pilot(scoped, "ready")
    series = counted(scoped, 3)
    assert [one.pk for one in ready.countable()] == [series.pk]  # not what it is judged by
    browser = Client()
    browser.force_login(scoped.manager)
    step = f"/northwind/pilots/{ready.pk}/metric/"
    assert "People who practise" in Page(browser.get(step).content).text
    browser.post(f"/northwind/pilots/{ready.pk}/usage/", {"series": series.pk})
    ready = Pilot.objects.get(pk=ready.pk)
    assert ready.usage.series == series
    assert ready.plan_is_as_agreed()
    browser.post(f"/northwind/pilots/{ready.pk}/usage/", {"series": ""})
    assert not Pilot.objects.get(pk=ready.pk).has("usage")
    ready.cancel_planning(reason="Nobody wants it.", by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="over"):
        Pilot.objects.get(pk=ready.pk).count_use_by(series, by=scoped.manager, at=NOW)
