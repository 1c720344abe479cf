"""Planning in five steps: each is saved as it goes, in any order, with blanks; nothing of anybody's is lost."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import Metric
from pilots.models import Pilot, SupportingSignal
from tests.access.house import Answered
from tests.cast import NOW, TODAY, Cast, make_pilot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday", "bell")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def mia(scoped: Cast) -> Client:
    return _browser(scoped.manager)


def _browser(person: Any) -> Client:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(person)
    return browser


def at(pilot: Pilot, step: str, **more: Any) -> str:
    return reverse(step, args=["northwind", pilot.pk, *more.values()])


def form_on(response: Answered) -> dict[str, str]:
    """What a browser would send again of the page's step."""
    body = response.content.decode()
    typed = dict(
        re.findall(r'<input type="(?:text|number|date|hidden)" name="(\w+)"[^>]*? value="([^"]*)"', body)
    )
    areas = dict(re.findall(r'<textarea name="(\w+)"[^>]*>\s?([^<]*)</textarea>', body))
    return {name: html.unescape(value).strip("\n") for name, value in (typed | areas).items()}


def planned() -> Pilot:
    return Pilot.objects.select_related("metric").latest("pk")


# --- saved as it goes -------------------------------------------------------------------------------


def test_one_line_begins_a_plan_and_it_is_called_by_it(mia: Client) -> None:
    response = mia.post("/northwind/pilots/new/", {"problem": "Reps lose deals on price."})
    pilot = planned()
    assert response["Location"] == at(pilot, "pilot_problem")
    assert (pilot.title, pilot.problem) == ("Reps lose deals on price.", "Reps lose deals on price.")


def test_whoever_leaves_by_another_step_comes_back_to_what_they_typed(scoped: Cast, mia: Client) -> None:
    """Without a script: the names of the other steps are buttons of the form."""
    pilot = make_pilot(scoped, uses="", gap="")
    typed = {
        **form_on(mia.get(at(pilot, "pilot_problem"))),
        "uses": "AI practice calls",
        "then": "safeguards",
    }
    assert mia.post(at(pilot, "pilot_problem"), typed)["Location"] == at(pilot, "pilot_safeguards")
    page = mia.get(at(pilot, "pilot_problem")).content.decode()
    assert 'value="AI practice calls"' in page
    assert 'name="then" value="weeks"' in page


def test_what_is_right_is_kept_beside_what_is_not(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped)
    typed = {
        **form_on(mia.get(at(pilot, "pilot_problem"))),
        "gap": "the gap at night",
        "planned_reach": "many",
        "title": "",
    }
    response = mia.post(at(pilot, "pilot_problem"), typed)
    kept = planned()
    assert response.status_code == 422
    assert (kept.gap, kept.planned_reach, kept.title) == ("the gap at night", 31, "Objection coach")
    assert "Everything else on this page is saved." in response.content.decode()
    assert 'value="many"' in response.content.decode()


def test_a_field_that_is_left_is_saved_by_itself(scoped: Cast, mia: Client) -> None:
    """With a script: the answer brings the sentence, the steps and what the page has seen by now."""
    pilot = make_pilot(scoped, because="")
    typed = form_on(mia.get(at(pilot, "pilot_problem")))
    for because in ("people who rehearse stay calm", "who rehearses stays calm"):
        response = mia.post(at(pilot, "pilot_problem"), {**typed, "because": because}, headers=HTMX)
        part = response.content.decode()
        assert "Saved at 12:00." in part and because in part and "<html" not in part
        typed["seen"] = form_on(response)["seen"]
    assert planned().because == "who rehearses stays calm"


def test_the_dates_can_be_set_before_there_is_a_metric(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped)
    page = mia.get(at(pilot, "pilot_weeks"))
    assert 'name="target"' not in page.content.decode()
    mia.post(at(pilot, "pilot_weeks"), {**form_on(page), "start": "2026-06-15", "ramp_weeks": "0"})
    assert planned().start == TODAY.replace(day=15)


@pytest.mark.parametrize(("typed", "stored"), [("16,5", 16.5), (" 16.5 ", 16.5), ("17", 17.0)])
def test_a_number_may_have_a_comma(scoped: Cast, mia: Client, typed: str, stored: float) -> None:
    pilot = make_pilot(scoped, "planned")
    opened = mia.get(at(pilot, "pilot_weeks"))
    assert 'inputmode="decimal"' in opened.content.decode()
    mia.post(at(pilot, "pilot_weeks"), {**form_on(opened), "target": typed})
    assert planned().target == stored


@pytest.mark.parametrize("typed", ["1,650", "16.5e", "1e400", "16 min"])
def test_what_is_no_number_is_refused_and_what_stood_there_stays(
    scoped: Cast, mia: Client, typed: str
) -> None:
    pilot = make_pilot(scoped, "planned")
    before = planned().target
    opened = form_on(mia.get(at(pilot, "pilot_weeks")))
    page = mia.post(at(pilot, "pilot_weeks"), {**opened, "target": typed})
    assert page.status_code == 422
    assert form_on(page)["target"] == typed
    assert planned().target == before


def test_a_line_break_of_a_browser_is_no_change(scoped: Cast, mia: Client) -> None:
    """Saved by itself with one kind of line break, then by the button with another: what was signed is signed."""
    pilot = make_pilot(scoped)
    two_lines = {"problem": "Reps lose deals.\nOn price.", "title": "Coach"}
    mia.post(
        at(pilot, "pilot_problem"),
        {**form_on(mia.get(at(pilot, "pilot_problem"))), **two_lines},
        headers=HTMX,
    )
    version = planned().version
    opened = form_on(mia.get(at(pilot, "pilot_problem")))
    mia.post(at(pilot, "pilot_problem"), {**opened, "problem": two_lines["problem"].replace("\n", "\r\n")})
    assert (planned().version, planned().problem) == (version, two_lines["problem"])


def test_a_number_is_shown_as_it_was_typed(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped, "planned")
    for target in ("18", "17.5"):
        opened = form_on(mia.get(at(pilot, "pilot_weeks")))
        mia.post(at(pilot, "pilot_weeks"), {**opened, "target": target})
        assert form_on(mia.get(at(pilot, "pilot_weeks")))["target"] == target


def test_two_managers_in_different_steps_do_not_meet(scoped: Cast, mia: Client) -> None:
    pilot, ada = make_pilot(scoped, "planned"), _browser(scoped.administrator)
    problem, weeks = form_on(mia.get(at(pilot, "pilot_problem"))), mia.get(at(pilot, "pilot_weeks"))
    series = str(planned().series_id)
    other = {
        **form_on(weeks),
        "series": series,
        "comparison_choice": "none",
        "ramp_weeks": "0",
        "target": "17.5",
    }
    assert ada.post(at(pilot, "pilot_weeks"), other).status_code == 302
    assert mia.post(at(pilot, "pilot_problem"), {**problem, "gap": "the gap at night"}).status_code == 302
    assert (planned().target, planned().gap) == (17.5, "the gap at night")


def test_two_managers_on_one_line_both_see_both(scoped: Cast, mia: Client) -> None:
    pilot, ada = make_pilot(scoped), _browser(scoped.administrator)
    opened = form_on(mia.get(at(pilot, "pilot_problem")))
    ada.post(at(pilot, "pilot_problem"), {**opened, "gap": "Ada's gap"})
    mine = {**opened, "gap": "my gap", "because": "it is so"}
    by_itself = mia.post(at(pilot, "pilot_problem"), mine, headers=HTMX)
    assert "somebody else changed this" in by_itself.content.decode()
    response = mia.post(at(pilot, "pilot_problem"), mine)
    page = html.unescape(response.content.decode())
    assert response.status_code == 409
    assert "It now says: Ada's gap" in page and 'value="my gap"' in page
    assert planned().gap == "Ada's gap"
    assert (
        mia.post(at(pilot, "pilot_problem"), {**mine, **form_on(response), "gap": "our gap"}).status_code
        == 302
    )
    assert (planned().gap, planned().because) == ("our gap", "it is so")


# --- the one metric ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason", "instead"),
    [
        ("Sales academy attendance", "Who was there says nothing", "Win rate"),
        ("Kurszufriedenheit", "That people liked it says nothing", "Time to productivity"),
        ("Win rate and deal size", "These are two measures", "Deal size"),
    ],
)
def test_a_name_that_will_not_serve_is_caught_as_typed_and_on_post(
    scoped: Cast, mia: Client, name: str, reason: str, instead: str
) -> None:
    pilot = make_pilot(scoped)
    typed = mia.get(at(pilot, "pilot_metric"), {"q": name}, headers={**HTMX, "HX-Target": "found"})
    posted = mia.post(at(pilot, "pilot_metric"), {"own": name})
    for response in (typed, posted):
        assert reason in response.content.decode() and instead in response.content.decode()
    assert "<html" not in typed.content.decode()
    assert (posted.status_code, planned().metric, Metric.objects.count()) == (422, None, 0)


def test_one_click_takes_what_it_might_stand_for(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped)
    mia.post(at(pilot, "metric_choice"), {"entry": "win_rate", "was": ""})
    assert str(planned().metric) == "Win rate"
    page = mia.get(at(pilot, "pilot_metric"))
    sharper = {
        **form_on(page),
        "name": "Mid-market win rate",
        "direction": "higher",
        "kind": "proportion",
        "cadence": "daily",
        "category": "sales",
    }
    assert mia.post(at(pilot, "metric_definition"), sharper).status_code == 302
    assert (planned().metric.name, planned().metric.cadence) == ("Mid-market win rate", "daily")  # type: ignore[union-attr]
    learning = mia.post(at(pilot, "metric_definition"), {**sharper, "name": "Course completion"})
    assert "says nothing about what changed in the business" in learning.content.decode()


def test_it_is_kept_as_a_supporting_signal_instead(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped)
    mia.post(at(pilot, "pilot_metric"), {"own": "Course completion", "signal": "1"})
    assert [str(one) for one in SupportingSignal.objects.all()] == ["Course completion"]
    assert planned().metric is None
    assert "They judge nothing." in mia.get(at(pilot, "pilot_metric")).content.decode()


def test_a_signal_may_be_defined_and_is_called_one(mia: Client) -> None:
    defined = {
        "name": "Kurszufriedenheit",
        "kind": "mean",
        "direction": "higher",
        "cadence": "weekly",
        "category": "people",
        "decimals": "1",
        "delay_days": "0",
        "looks_back_days": "0",
    }
    page = mia.post("/northwind/metrics/new/", defined, follow=True).content.decode()
    assert "No pilot can be judged by “Kurszufriedenheit”. That people liked it says nothing" in page


def test_a_number_of_ones_own_is_as_good(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped)
    mia.post(at(pilot, "pilot_metric"), {"own": "Deals lost on price", "was": ""})
    assert str(planned().metric) == "Deals lost on price"


def test_whoever_comes_second_with_another_metric_is_told(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped)
    mia.post(at(pilot, "metric_choice"), {"entry": "win_rate", "was": ""})
    late = mia.post(at(pilot, "metric_choice"), {"entry": "scrap", "was": ""}, follow=True)
    assert "Somebody else changed the plan" in late.content.decode()
    assert str(planned().metric) == "Win rate"


def test_a_business_area_shows_its_numbers(scoped: Cast, mia: Client) -> None:
    page = mia.get(at(make_pilot(scoped), "pilot_metric"), {"area": "compliance"}).content.decode()
    assert "Open audit findings" in page and "Average deal size" not in page


# --- the sentence -----------------------------------------------------------------------------------


def test_the_plan_grows_beside_each_step(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped, "planned")
    for step in (
        "pilot_problem",
        "pilot_metric",
        "pilot_people",
        "pilot_weeks",
        "pilot_safeguards",
        "pilot_owners",
    ):
        page = re.sub(r"<[^>]+>", "", mia.get(at(pilot, step)).content.decode())
        assert (
            "We use AI practice calls with Mid-market reps to close the gap on price, which brings Handling time down "
            "from 20.0 min to 18.5 min by 12 July 2026, because who rehearses stays calm."
            in " ".join(html.unescape(page).split())
        ), step


def test_viewers_are_shown_no_steps(scoped: Cast) -> None:
    page = _browser(scoped.viewer).get(at(make_pilot(scoped), "pilot_people"))
    assert (page.status_code, b"plan-steps" in page.content, b"so-far" in page.content) == (200, False, False)


def test_a_plan_that_is_launched_is_not_changed_by_its_steps(scoped: Cast, mia: Client) -> None:
    pilot = make_pilot(scoped, "running", at=NOW)
    response = mia.post(at(pilot, "pilot_problem"), {"gap": "another", "version": str(pilot.version)})
    assert (response.status_code, "fixed since the launch" in response.content.decode()) == (422, True)
    assert planned().gap == "the gap on price"
