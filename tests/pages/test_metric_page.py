"""The page of a metric: how it stands, how its source does and what a person can do, days fetched once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from time_machine import Traveller

from accounts.models import Job
from metrics.forms.metric import ScheduleForm
from metrics.models import Backfill, Metric, Source
from metrics.sources import SourceError
from metrics.sources.file import FileKind
from tests.cast import NOW, TODAY, Bell, Cast, connect_file, csv_of, make_measured_metric, noise
from tests.pages.page import Page

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_measured_metric(scoped)


@pytest.fixture
def member(scoped: Cast) -> Client:
    member = Client(headers={"host": "127.0.0.1"})
    member.force_login(scoped.manager)
    return member


def shown(member: Client, metric: Metric, **headers: str) -> str:
    answer = member.get(f"/northwind/metrics/{metric.pk}/", headers=headers)
    assert answer.status_code == 200
    return " ".join(Page(answer.content).text.split())


def fail(metric: Metric, monkeypatch: pytest.MonkeyPatch, *, retry: bool, times: int = 1) -> None:
    def refuse(kind: Any, ask: Any) -> Any:
        raise SourceError("The system said no.", retry=retry)

    monkeypatch.setattr(FileKind, "fetch", refuse)
    for number in range(times):
        Source.objects.get(metric=metric).pull(at=NOW + timedelta(minutes=number))


def test_it_leads_with_how_it_stands(member: Client, metric: Metric) -> None:
    page = Page(member.get(f"/northwind/metrics/{metric.pk}/").content)
    (heading,) = page.headings
    assert heading.startswith("Handling time stood at ")
    assert "31 May 2026, inside normal variation" in heading
    assert "every day at 06:00 next on 2 June 2026, 06:00" in " ".join(page.text.split())


@pytest.mark.parametrize(
    ("retry", "times", "words", "buttons"),
    [
        (True, 1, "Nothing needs to be done yet: it is tried again on", 0),
        (True, 5, "It was tried 5 times in a row. Ask whoever looks after the system.", 1),
        (False, 1, "Somebody has to change something at the source.", 1),
    ],
)
def test_a_failing_source_says_what_a_person_can_do(
    member: Client,
    metric: Metric,
    monkeypatch: pytest.MonkeyPatch,
    retry: bool,
    times: int,
    words: str,
    buttons: int,
) -> None:
    fail(metric, monkeypatch, retry=retry, times=times)
    page = Page(member.get(f"/northwind/metrics/{metric.pk}/").content)
    text = " ".join(page.text.split())
    assert words in text
    assert "No new values since 1 June 2026, 12:00." in text
    assert "What came back: The system said no." in text
    assert "The values up to 31 May 2026 stay as they are." in text
    assert "90 values" in text
    assert page.buttons == buttons


def test_rows_that_do_not_fit_are_listed(scoped: Cast, member: Client, metric: Metric) -> None:
    content = csv_of(TODAY - timedelta(days=2), [20.0, 21.0]) + b"\n2026-05-01,n/a"
    connect_file(metric, content, by=scoped.manager)
    text = shown(member, metric)
    assert "1 row does not fit" in text
    assert "line 4 –" in text


def test_restated_days_say_what_they_were(scoped: Cast, member: Client, metric: Metric) -> None:
    connect_file(
        metric, csv_of(TODAY - timedelta(days=1), [33.0]), by=scoped.manager, at=NOW + timedelta(hours=2)
    )
    was = noise(90)[-1]
    text = shown(member, metric)
    assert f"31 May 2026 33.0 min was {was:.1f} min until 1 June 2026, 14:00" in text


def test_an_old_value_is_called_old(member: Client, metric: Metric, monday: Traveller) -> None:
    monday.move_to(NOW + timedelta(days=9))
    assert "10 days old" in shown(member, metric)


class TestDaysOnceMore:
    def ask(self, member: Client, metric: Metric, first: str, last: str) -> Any:
        return member.post(f"/northwind/metrics/{metric.pk}/backfills/", {"first": first, "last": last})

    def test_they_are_asked_for(self, member: Client, metric: Metric, bell: Bell) -> None:
        assert self.ask(member, metric, "2026-01-01", "2026-05-31").status_code == 302
        backfill = Backfill.objects.get()
        assert (backfill.end, backfill.state) == (TODAY, "running")
        assert Job.objects.filter(kind=Job.Kind.BACKFILL, subject=backfill.pk, due_at=NOW).exists()
        text = shown(member, metric)
        assert "0 of 1 part is here." in text
        assert "Fetch these days" not in text

    @pytest.mark.parametrize(
        ("first", "last", "words"),
        [
            ("2026-05-02", "2026-05-01", "The last day lies before the first."),
            ("2026-05-01", "2026-06-02", "This day is yet to come."),
            ("1969-12-31", "1970-06-01", "There are no days before 1970 here."),
            ("1990-01-01", "2026-05-01", "At most twenty years at a time."),
            ("", "2026-05-01", "This field is required."),
            ("soon", "2026-05-01", "Enter a valid date."),
        ],
    )
    def test_odd_days_are_refused(
        self, member: Client, metric: Metric, first: str, last: str, words: str
    ) -> None:
        answer = self.ask(member, metric, first, last)
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
        assert not Backfill.objects.exists()

    def test_a_second_period_waits(self, member: Client, metric: Metric) -> None:
        self.ask(member, metric, "2026-01-01", "2026-05-31")
        answer = self.ask(member, metric, "2026-02-01", "2026-05-31")
        assert (answer.status_code, "Another period is being fetched" in answer.content.decode()) == (
            422,
            True,
        )

    def test_a_page_looks_again_as_long_as_it_goes_on(self, member: Client, metric: Metric) -> None:
        self.ask(member, metric, "2026-01-01", "2026-05-31")
        part = {"HX-Request": "true", "HX-Target": "backfill"}
        address = f"/northwind/metrics/{metric.pk}/"
        assert b"every 2s" in member.get(address, headers=part).content
        Backfill.objects.update(done_until=TODAY, ended_at=NOW)
        ended = member.get(address, headers=part).content
        assert b"every 2s" not in ended
        assert (b"Done on" in ended, b"<h1" in ended) == (True, False)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"schedule": "weekly", "weekday": "4", "at": "17:45"}, ("weekly", 4, 17, 45)),
        ({"schedule": "daily"}, ("daily", 0, 6, 0)),
        ({"schedule": "hourly", "at": "00:20", "weekday": ""}, ("hourly", 0, 0, 20)),
    ],
)
def test_a_schedule_is_a_weekday_and_a_time(given: dict[str, str], taken: tuple[str, int, int, int]) -> None:
    form = ScheduleForm(given)
    assert form.is_valid()
    names = ("schedule", "weekday", "at_hour", "at_minute")
    assert tuple(form.cleaned_data[name] for name in names) == taken
    assert ScheduleForm(initial=form.cleaned_data).initial["at"].hour == taken[2]


@pytest.mark.parametrize("given", [{"at": "25:00"}, {"at": "soon"}, {"weekday": "7"}, {"schedule": "never"}])
def test_an_odd_schedule_is_refused(given: dict[str, str]) -> None:
    assert not ScheduleForm({"schedule": "daily", **given}).is_valid()
