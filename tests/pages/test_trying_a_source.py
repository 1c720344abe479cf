"""Try it, then keep it: what the page shows and asks, and what it never tells."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope

from metrics.models import Metric, Population, Source, SourceDraft
from metrics.sources import http, kinds
from metrics.sources.recipes import recipes
from tests.access.house import House, address
from tests.cast import NOW, make_metric

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contexts")]

EVENT_DAYS = "closed;rep;won\n" + "".join(
    f"2026-05-{day:02};P{day % 7};{'yes' if day % 3 else 'no'}\n" for day in range(1, 29)
)
FAULTY = "Report\n\nday;minutes\n2026-05-01;20,5\n2026-05-02;21\n2026-05-03;n/a\n2026-05-04;22\nTotal;63,5\n"


@pytest.fixture
def fresh(house: House) -> Metric:
    """A metric that is connected to nothing."""
    with scope(organisation=house.ours.organisation):
        return make_metric(house.ours.cast, name="Minutes")


def path(house: House, metric: Metric, route: str = "metric_source_kind", kind: str | None = "file") -> str:
    return address(route, house.ours, metric_id=metric.pk, **({"kind": kind} if kind else {}))


def tried(
    house: House, metric: Metric, text: str, caller: str = "manager", **form: str
) -> tuple[Client, Any]:
    """Press "Try it" with a file; the page that follows, as a browser without JavaScript sees it."""
    browser = house.browser(caller)
    upload = SimpleUploadedFile("times.csv", text.encode())
    answer = browser.post(
        path(house, metric, "metric_source_trial"),
        {"rows": "series", "outcome": "yes_no", "upload": upload, **form},
    )
    return browser, browser.get(answer["Location"]) if answer.status_code == 302 else answer


def keep(house: House, browser: Client, metric: Metric, page: Any, **form: str) -> Any:
    """Press "Keep" with what stands in the form now."""
    shown = page.context["form"]
    filled = {name: shown[name].value() for name in shown.fields if shown[name].value() not in (None, False)}
    return browser.post(path(house, metric), {**filled, "schedule": "weekly", "at": "07:00", **form})


def text_of(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_each_kind_and_each_ready_made_setting_is_offered(house: House, fresh: Metric) -> None:
    page = house.browser("manager").get(f"/{house.ours.slug}/metrics/{fresh.pk}/source/").content.decode()
    for kind in kinds():
        assert f"/metrics/{fresh.pk}/source/{kind}/" in page
    for ready in recipes().values():
        assert f"/source/{ready.kind}/?recipe={ready.slug}" in page


def test_a_file_and_two_presses(house: House, fresh: Metric) -> None:
    browser, page = tried(house, fresh, FAULTY)
    words = text_of(page)
    for said in (
        "3 values can be read, from 1 May 2026 to 4 May 2026.", "1 row does not fit", "6 There is no value.",
        "Decimal comma", "A line of totals was left out (line 8)", "Line 3 holds the headings", "20.5 min",
        "1 value is missing in between (3 May 2026)", "Keep the 3 rows that fit, leave out 1", "“ times.csv ” is here already",
    ):  # fmt: skip
        assert said in words, said
    assert page.content.decode().count('class="button"') == 1  # the one that keeps
    refused = keep(house, browser, fresh, page)
    assert refused.status_code == 422
    assert "Agree to leave them out" in text_of(refused)
    assert keep(house, browser, fresh, page, leave_out="on").status_code == 302
    with scope(organisation=house.ours.organisation):
        source = Source.objects.get(metric=fresh)
        assert (source.schedule, source.at_hour, source.upload_name) == ("weekly", 7, "times.csv")
        assert source.settings["leave_out"] == {"rows": 1, "of": 4}
        assert source.pull(at=NOW).rows_new == 3
        assert not SourceDraft.objects.filter(metric=fresh).exists()


def test_what_was_changed_since_is_tried_before_it_is_kept(house: House, fresh: Metric) -> None:
    browser, page = tried(house, fresh, "day;minutes;hours\n2026-05-01;60;1\n2026-05-02;120;2\n")
    answer = keep(house, browser, fresh, page, value_column="hours")
    page = browser.get(answer["Location"])
    assert "Something was changed since the last try" in text_of(page)
    assert "2.0 min" in text_of(page)
    with scope(organisation=house.ours.organisation):
        assert not Source.objects.filter(metric=fresh).exists()
    assert keep(house, browser, fresh, page)["Location"] == path(house, fresh, "metric", None)


def test_a_question_stands_at_its_field_with_both_readings(house: House, fresh: Metric) -> None:
    browser, page = tried(house, fresh, "day;minutes\n03/04/2026;20\n05/04/2026;21\n")
    assert page.status_code == 422
    words = text_of(page)
    assert "Day first: 03/04/2026 is 3 April 2026" in words
    assert "Month first: 03/04/2026 is 4 March 2026" in words
    assert "Keep and pull it now" not in words
    form = {"rows": "series", "date_column": "day", "value_column": "minutes", "day_order": "mdy"}
    answer = browser.post(path(house, fresh, "metric_source_trial"), form)  # the file is here already
    assert "from 4 March 2026 to 4 May 2026" in text_of(browser.get(answer["Location"]))


def test_columns_can_be_chosen_once_they_are_known(house: House, fresh: Metric) -> None:
    _browser, page = tried(house, fresh, "day;minutes;<b>hours</b>\n2026-05-01;60;1\n")
    content = page.content.decode()
    assert '<option value="day" selected>day</option>' in content
    assert '<option value="minutes" selected>minutes</option>' in content
    assert "&lt;b&gt;hours&lt;/b&gt;" in content
    assert "<b>hours" not in content


def test_a_file_that_is_none_says_so_beside_it(house: House, fresh: Metric) -> None:
    _browser, page = tried(house, fresh, "%PDF-1.7")
    assert page.status_code == 422
    assert "This is not a table." in text_of(page)


def test_groups_and_people_are_told(house: House, fresh: Metric) -> None:
    _browser, page = tried(
        house,
        fresh,
        EVENT_DAYS,
        rows="events",
        who_column="rep",
        group_column="rep",
        group_value="P1",
        comparison_value="P2",
    )
    words = text_of(page)
    assert "P1 · 4 values · fewer than 5 people" in words
    assert "Different people behind them: 2" in words


def test_nobody_else_sees_it(house: House, fresh: Metric) -> None:
    tried(house, fresh, FAULTY)
    other = house.browser("administrator").get(path(house, fresh))
    assert "times.csv" not in text_of(other)
    assert "There is no value" not in text_of(other)


def test_keys_are_not_written_into_the_page(
    house: House, fresh: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = http.Answer("application/json", b'[{"day": "2026-05-01", "x": 1}]')
    monkeypatch.setattr(http.Visit, "ask", lambda *args, **kwargs: found)
    browser = house.browser("manager")
    form = {
        "rows": "series",
        "outcome": "yes_no",
        "url": "https://figures.example/",
        "bearer_token": "planted-secret",
    }
    trial = path(house, fresh, "metric_source_trial", "http_json")
    wrong = browser.post(trial, {**form, "date_column": "nowhere"})
    right = browser.post(trial, form)
    assert right.status_code == 302
    page = browser.get(right["Location"])
    assert wrong.status_code == 422
    assert "kept, encrypted" in text_of(page)
    assert not any(b"planted-secret" in answer.content for answer in (page, wrong))
    answer = browser.post(
        path(house, fresh, kind="http_json"),
        {
            **form,
            "bearer_token": "",
            "date_column": "day",
            "value_column": "x",
            "outcome": "yes_no",
            "schedule": "daily",
            "at_hour": "6",
        },
    )
    assert answer["Location"] == path(house, fresh, "metric", None)


def test_with_htmx_the_same_page_answers(house: House, fresh: Metric) -> None:
    browser = house.browser("manager")
    upload = SimpleUploadedFile("times.csv", FAULTY.encode())
    form = {"rows": "series", "upload": upload}
    answer = browser.post(path(house, fresh, "metric_source_trial"), form, headers={"hx-request": "true"})
    assert b'id="source-form"' in browser.get(answer["Location"], headers={"hx-request": "true"}).content


# --- again each week --------------------------------------------------------------------------------


def replace(house: House, metric: Metric, text: str | None) -> Any:
    form = {"upload": SimpleUploadedFile("newer.csv", text.encode())} if text is not None else {}
    browser = house.browser("manager")
    answer = browser.post(path(house, metric, "metric_file", None), form)
    return answer["Location"], text_of(browser.get(answer["Location"]))


@pytest.fixture
def connected(house: House, fresh: Metric) -> Metric:
    browser, page = tried(house, fresh, FAULTY)
    keep(house, browser, fresh, page, leave_out="on")
    return fresh


def test_a_newer_file_is_one_step(house: House, connected: Metric) -> None:
    where, words = replace(house, connected, FAULTY.replace("Total", "2026-05-05;25\nTotal"))
    assert where == path(house, connected, "metric", None)
    assert "The newer file is taken." in words
    with scope(organisation=house.ours.organisation):
        source = Source.objects.get(metric=connected)
        assert (source.upload_name, source.schedule) == ("newer.csv", "weekly")
        assert source.pull(at=NOW).rows_new == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("when;minutes\n2026-05-01;1\n", "There is no column “day”"),
        ("day;minutes\n2026-05-01;20\n2026-05-02;x\n2026-05-03;y\n", "2 rows do not fit"),
    ],
)
def test_a_newer_file_that_reads_otherwise_changes_nothing_yet(
    house: House, connected: Metric, text: str, words: str
) -> None:
    where, shown = replace(house, connected, text)
    assert where == path(house, connected)
    assert "does not read like the one before" in shown
    assert words in shown
    with scope(organisation=house.ours.organisation):
        assert Source.objects.get(metric=connected).upload_name == "times.csv"


def test_no_file_at_all(house: House, connected: Metric) -> None:
    assert "Choose the newer file first." in replace(house, connected, None)[1]


# --- who takes part ---------------------------------------------------------------------------------


def test_a_list_of_people_is_counted_and_not_shown(house: House, fresh: Metric) -> None:
    browser = house.browser("manager")
    where = path(house, fresh, "metric_participants", None)
    keys = "\r\n".join([f"Planted-{n}; Anna" for n in range(6)] + [" planted-0 "])
    page = browser.get(browser.post(where, {"name": "Pilot team", "keys_pasted": keys})["Location"])
    words = text_of(page)
    assert "6 people are on the list. 1 entry came twice and counts once." in words
    assert "may change until the launch" in words
    assert "planted" not in words.lower()
    few = browser.post(where, {"name": "Pilot team", "keys_pasted": "Planted-1\nPlanted-2"})
    assert few.status_code == 422
    assert "2 different people in this list. At least 5" in text_of(few)
    assert "planted" not in text_of(few).lower()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "There is nobody on the list yet."),
        ({"keys_pasted": "x" * 300}, "Entry 1 is too long to be a key."),
        ({"keys_pasted": "x", "upload": b"y"}, "Give the list once"),
    ],
)
def test_lists_that_are_refused(house: House, fresh: Metric, form: dict[str, Any], words: str) -> None:
    if "upload" in form:
        form = {**form, "upload": SimpleUploadedFile("list.txt", form["upload"])}
    page = house.browser("manager").post(
        path(house, fresh, "metric_participants", None), {"name": "A", **form}
    )
    assert page.status_code == 422
    assert words in text_of(page)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_list_as_a_file(house: House, fresh: Metric, encoding: str) -> None:
    upload = SimpleUploadedFile("list.csv", "\n".join(f'"Zoë-{n}",x' for n in range(5)).encode(encoding))
    house.browser("manager").post(
        path(house, fresh, "metric_participants", None), {"name": "A", "upload": upload}
    )
    with scope(organisation=house.ours.organisation):
        assert Population.objects.get().members().holds("zoë-4")
