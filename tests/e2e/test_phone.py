"""A stakeholder on a phone, from the mail to the signature: under five interactions, one hand, no account, with and without scripts.

And whoever reads a shared outcome, and a manager whose portfolio stays open.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, Request, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Message, Organisation, Person
from metrics.models import Source
from pilots.models import Charter, ContentItem, Outcome, Pilot, SharedLink, SignOff, Stakeholder, Standing
from tests.access.house import CHARTER, mailed_path
from tests.cast import (
    NOW,
    PASSWORD,
    Cast,
    answer,
    bring,
    make_measured_metric,
    make_pilot,
    make_stakeholder,
    noise,
)
from tests.e2e import axe
from tests.e2e.conftest import Browsers, Somebody
from tests.links import newest_link

if TYPE_CHECKING:
    from tests.e2e.stack import Stack

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@dataclass
class Served:
    """What a browser needs to know of where it goes: nothing but the address."""

    url: str


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    pilot = make_pilot(scoped, "planned")
    sven = make_stakeholder(scoped, pilot)
    answer(scoped, sven)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    return sven


type Phone = Callable[..., Somebody]


def sign_in(somebody: Somebody, person: Person, server: LiveServer) -> None:
    browser = Client()
    browser.force_login(person)
    cookie = browser.cookies["sessionid"].value
    somebody.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])


@pytest.fixture
def phone(browsers: Browsers, live_server: LiveServer, settings: Any) -> Phone:
    """Phones, each with a browser of its own, on which axe is."""
    settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, axe.FOLDER]
    served = cast("Stack", Served(live_server.url))
    return partial(Somebody, browsers, served, width=390)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_plain_approval_takes_less_than_five_interactions(
    phone: Phone, sven: Stakeholder, scripts: bool
) -> None:
    holder = phone(scripts=scripts)
    holder.go(mailed_path("stakeholder", newest_link(sven).key.hex))  # the tap on the link in the mail
    holder.check_page()
    holder.choose("I agree")
    holder.fill(**{"Your full name": "sven holm"})
    holder.press("Give my decision")
    assert holder.heading() == "You signed this plan."
    assert holder.acts < 5
    holder.check_page()
    assert SignOff.objects.get().decision == "approve"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_with_a_code_what_was_typed_is_not_lost(phone: Phone, sven: Stakeholder, scripts: bool) -> None:
    Organisation.objects.update(code_at_signing="everyone")
    holder = phone(scripts=scripts)
    holder.go(mailed_path("stakeholder", newest_link(sven).key.hex))
    holder.choose("I agree, on a condition")
    holder.fill(
        **{"Your condition, or your reason": "Coaches are trained first.", "Your full name": "Sven Holm"}
    )
    holder.press("Give my decision")
    assert holder.heading() == "Type the code from your mail."
    holder.page.reload()  # they looked into their mail, and the phone forgot the page
    assert "Coaches are trained first." in holder.page.locator("main").inner_text()
    holder.check_page()
    holder.follow("Change it")
    assert (
        holder.page.get_by_label("Your condition, or your reason").input_value()
        == "Coaches are trained first."
    )
    holder.page.go_back()
    holder.fill(**{"The six digits": Message.objects.filter(template="code").latest("pk").code()})
    holder.press("Sign with this code")
    assert holder.heading() == "You signed this plan."
    holder.check_page()


def test_the_other_pages_of_the_agreement_can_be_used_by_everybody(
    phone: Phone, live_server: LiveServer, scoped: Cast, sven: Stakeholder
) -> None:
    """Handing it on; what changed; what a manager and an administrator see: by axe, and at both widths."""
    holder = phone()
    holder.go(mailed_path("stakeholder", newest_link(sven).key.hex))
    holder.page.get_by_text("Ask my deputy instead").click()
    holder.fill(**{"Their full name": "Ines Prado", "Their e-mail address": "ines@customer.example"})
    holder.check_page()
    holder.press("Hand it on")
    assert holder.heading() == "Ines Prado was asked to decide in your place."
    holder.check_page()

    pilot = Pilot.objects.get()
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=18.0)
    Charter.objects.publish(scoped.organisation, expected=0, by=scoped.administrator, at=NOW, **CHARTER)
    ada = phone()
    sign_in(ada, scoped.administrator, live_server)
    here = f"/northwind/pilots/{pilot.pk}"
    for path in (
        f"{here}/agreement/",
        f"{here}/rule/",
        f"{here}/plan-versions/1/",
        "/northwind/charter/",
        "/northwind/charter/new/",
    ):
        ada.go(path)
        ada.check_page()
        ada.check_page(width=1280, axe=False)


def test_a_metric_that_nobody_pulls_can_be_used_by_everybody(
    phone: Phone, live_server: LiveServer, scoped: Cast
) -> None:
    """Values that a program pushes, and values that somebody types in: by axe, and at both widths."""
    ada = phone()
    sign_in(ada, scoped.administrator, live_server)
    for kind in ("push", "typed"):
        metric = make_measured_metric(scoped, name=f"Handling time, {kind}")
        Source.objects.connect(metric, kind, settings={}, by=scoped.administrator, at=NOW)
        ada.go(f"/northwind/metrics/{metric.pk}/")
        if kind == "typed":
            ada.page.get_by_text("Paste several rows").click()
        ada.check_page()
        ada.check_page(width=1280, axe=False)
        if kind == "push":
            assert f"/api/v1/metrics/{metric.pk}/" in ada.page.locator("main pre").inner_text()
            continue
        ada.fill(Value="a dozen")
        ada.press("Keep it")
        ada.check_page()
        ada.fill(Day="2026-05-31", Value="17.5")
        ada.press("Keep it")
        assert "typed in by Ada Berg" in ada.page.locator("main").inner_text()
        ada.check_page()


_SHIFT = """new Promise(told => new PerformanceObserver(list => told(
    list.getEntries().reduce((sum, entry) => sum + entry.value, 0))).observe({type: "layout-shift", buffered: true})
    || setTimeout(() => told(0), 300))"""


def test_an_outcome_of_any_kind_can_be_read_by_everybody_and_does_not_move(
    phone: Phone, live_server: LiveServer, scoped: Cast, monday: time_machine.Traveller
) -> None:
    """By axe, at both widths; and nothing jumps, although the fonts come late."""

    def late(route: Route) -> None:
        time.sleep(0.4)
        route.continue_()

    end, addresses = NOW + timedelta(weeks=6), {}
    for verdict, level in {"reached": 17.5, "short": 19.2, "not_moved": 20.0, "wrong_way": 23.0}.items():
        metric = make_measured_metric(scoped, name=f"Handling time, {verdict}")
        pilot = make_pilot(scoped, "running", metric=metric, title=f"Coach, {verdict}")
        bring(scoped, metric, noise(42, level=level, seed=2), on=end)
        monday.move_to(end)
        decided = pilot.decide(
            decision="change_course", reason="We know more now.", learned="Practise daily.", other_causes="None.", by=scoped.manager, at=end
        )  # fmt: skip
        monday.move_to(NOW)
        link = SharedLink.objects.share(decided, label="The board", days=90, by=scoped.manager, at=end)
        addresses[verdict] = reverse("shared_outcome", args=[link.token])
    assert dict(Outcome.objects.values_list("verdict", "verdict")).keys() == addresses.keys()
    monday.move_to(end)
    for width, read in ((390, list(addresses.values())), (1280, [addresses["reached"]])):
        reader = phone(width=width, own=True)  # it has no fonts yet
        reader.page.route("**/fonts/*", late)
        for address in read:
            reader.go(address)
            assert reader.page.evaluate(_SHIFT) == 0, (address, width)
            reader.check_page(axe=width == 390)


LOOK = 20_000  # ms from one look of an open portfolio to the next
SHOW = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def portfolio(phone: Phone, live_server: LiveServer, scoped: Cast) -> Page:
    """With two pilots, open, and a clock that the test moves on."""
    metric = make_measured_metric(scoped)
    for title in ("First", "Second"):
        make_pilot(scoped, "planned", title=title, metric=metric)
    manager = phone(own=True)  # the clock is all its pages'
    sign_in(manager, scoped.manager, live_server)
    manager.page.clock.install()
    manager.go("/northwind/pilots/")
    return manager.page


def flag_the_first(kind: str) -> None:
    Standing.objects.filter(pilot__title="First").update(open_flags=1, top_flag=kind)


def is_look(request: Request) -> bool:
    return "x-live" in request.headers


def test_an_open_portfolio_stays_true_and_disturbs_nobody(portfolio: Page) -> None:
    page = portfolio
    page.evaluate("window.opened = 'once'")
    find = page.get_by_role("searchbox")
    find.press_sequentially("Fir")
    page.clock.run_for(400)
    expect(page.get_by_role("link", name="Second")).to_have_count(0)
    expect(page.locator(".htmx-request")).to_have_count(0)

    flag_the_first("no_data")
    page.clock.run_for(LOOK)
    expect(page.locator("#live b")).to_contain_text("No data")
    expect(find).to_be_focused()
    expect(find).to_have_value("Fir")
    expect(page.get_by_role("link", name="Second")).to_have_count(0)

    page.get_by_role("link", name="First").focus()
    flag_the_first("few_using")
    page.clock.run_for(LOOK)
    expect(page.locator("#live b")).to_contain_text("Few are using it")
    expect(page.get_by_role("link", name="First")).to_be_focused()
    assert page.evaluate("window.opened") == "once"


def test_a_portfolio_that_nobody_sees_asks_nothing(portfolio: Page) -> None:
    page, looks = portfolio, []
    page.on("request", lambda request: looks.append(request) if is_look(request) else None)
    page.evaluate(SHOW, True)
    flag_the_first("no_data")
    page.clock.run_for(5 * LOOK)
    assert looks == []
    page.evaluate(SHOW, False)
    expect(page.locator("#live b")).to_contain_text("No data")
    assert len(looks) == 1
    flag_the_first("few_using")
    page.clock.run_for(LOOK)
    expect(page.locator("#live b")).to_contain_text("Few are using it")


def test_what_was_found_can_be_tapped_by_a_slow_finger(portfolio: Page) -> None:
    """Neither leaving the field nor a look takes the link away while it is held down."""
    page = portfolio
    page.get_by_role("searchbox").press_sequentially("Fir")
    page.clock.run_for(400)
    expect(page.get_by_role("link", name="Second")).to_have_count(0)
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.get_by_role("link", name="First", exact=True).hover()
    page.mouse.down()
    flag_the_first("no_data")
    page.clock.run_for(LOOK)
    page.wait_for_timeout(200)  # what must not come would have come
    page.mouse.up()
    expect(page.locator("h1")).to_contain_text("First")


def test_who_leaves_a_field_by_keyboard_stays_where_they_went(
    phone: Phone, live_server: LiveServer, scoped: Cast
) -> None:
    """What was typed is saved, and the steps are drawn anew, with the focus on the same one."""
    pilot = make_pilot(scoped)
    manager = phone()
    sign_in(manager, scoped.manager, live_server)
    manager.go(reverse("pilot_problem", args=["northwind", pilot.pk]))
    manager.fill(Title="Another title")
    step = manager.page.get_by_role("button", name="The one metric", exact=True)
    step.evaluate("step => { step.dataset.drawn = 'before'; step.focus(); }")
    expect(manager.page.locator("#saved")).to_contain_text("Saved at")
    expect(step).to_be_focused()
    expect(step).not_to_have_attribute("data-drawn", "before")


def test_a_day_that_is_half_typed_takes_nothing_away(
    phone: Phone, live_server: LiveServer, scoped: Cast
) -> None:
    pilot = make_pilot(scoped, "planned")
    manager = phone()
    sign_in(manager, scoped.manager, live_server)
    manager.go(reverse("pilot_weeks", args=["northwind", pilot.pk]))
    day = manager.page.get_by_label("First day")
    day.press("Backspace")
    manager.fill(Target="16,5")
    manager.press("Save and go on")
    expect(day).to_be_focused()
    assert Pilot.objects.get(pk=pilot.pk).start == pilot.start
    day.fill("2026-06-15")
    manager.press("Save and go on")
    expect(manager.page).not_to_have_url(re.compile("/weeks/"))
    changed = Pilot.objects.get(pk=pilot.pk)
    assert (changed.start, changed.target) == (date(2026, 6, 15), 16.5)


@pytest.mark.parametrize("late", ["look", "filter"])
def test_of_two_answers_under_way_the_one_that_somebody_asked_for_stands(portfolio: Page, late: str) -> None:
    page = portfolio
    held: list[Route] = []

    def hold(route: Route) -> None:
        mine = is_look(route.request) == (late == "look")
        held.append(route) if mine and not held else route.continue_()

    page.route("**/pilots/*", hold)
    flag_the_first("no_data")
    if late == "look":
        with page.expect_request(is_look):
            page.clock.run_for(LOOK)
    page.get_by_role("searchbox").press_sequentially("Seco")
    with page.expect_request(lambda request: "q=Seco" in request.url):
        page.clock.run_for(400)
    if late == "look":
        expect(page.get_by_role("link", name="First")).to_have_count(0)
    else:
        page.clock.run_for(LOOK)
    with page.expect_response(lambda answer: answer.request == held[0].request):
        held[0].continue_()
    expect(page.get_by_role("link", name="First")).to_have_count(0)
    page.wait_for_timeout(200)  # what must not come would have come
    expect(page.get_by_role("link", name="First")).to_have_count(0)
    expect(page.get_by_role("link", name="Second").first).to_be_visible()


@pytest.fixture
def manager(phone: Phone, live_server: LiveServer, scoped: Cast) -> Somebody:
    manager = phone(own=True)  # what it keeps of pages is looked at
    sign_in(manager, scoped.manager, live_server)
    return manager


def test_back_after_a_filter_shows_the_page_and_not_the_part(manager: Somebody, scoped: Cast) -> None:
    make_pilot(scoped, title="First")
    page = manager.page
    manager.go("/northwind/pilots/")
    page.get_by_role("searchbox").press_sequentially("Fir")
    page.wait_for_url("**/pilots/?*q=Fir*")
    page.get_by_role("link", name="First", exact=True).click()
    page.wait_for_url("**/pilots/*/*")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("Fir")
    expect(page.get_by_role("link", name="First", exact=True)).to_be_visible()


@pytest.fixture
def planning(manager: Somebody, scoped: Cast) -> Page:
    """The first step of a plan, whose fields are saved as they are left."""
    manager.go(reverse("pilot_problem", args=["northwind", make_pilot(scoped).pk]))
    return manager.page


def test_whoever_was_signed_out_keeps_what_they_typed(planning: Page, scoped: Cast) -> None:
    scoped.manager.set_password(PASSWORD)
    scoped.manager.save()  # which ends the session
    planning.get_by_label("Title").fill("Another title")
    planning.get_by_label("Title").blur()
    note = planning.get_by_role("alert")
    expect(note).to_contain_text("You were signed out.")
    with planning.context.expect_page() as opened:
        note.get_by_role("link").click()
    tab = opened.value
    tab.locator("input[name=login]").fill(scoped.manager.email)
    tab.locator("input[name=password]").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/northwind/")
    planning.evaluate(SHOW, True)
    planning.evaluate(SHOW, False)
    expect(note).to_have_count(0)
    expect(planning.get_by_label("Title")).to_have_value("Another title")
    planning.locator("#step").evaluate("form => htmx.trigger(form, 'change')")
    expect(planning.locator("#saved")).to_contain_text("Saved at")
    assert Pilot.objects.get().title == "Another title"


def test_what_did_not_go_through_is_told_where_one_is(planning: Page) -> None:
    problem = planning.locator("#step textarea").last
    problem.scroll_into_view_if_needed()
    planning.evaluate("scrollTo(0, document.body.scrollHeight)")
    planning.context.set_offline(True)
    problem.fill("Calls take long.")
    problem.blur()
    note = planning.get_by_text("What you typed is still here: try once more.")
    expect(note).to_be_in_viewport(ratio=1)
    planning.context.set_offline(False)
    problem.fill("Calls take too long.")
    problem.blur()
    expect(planning.locator("#saved")).to_contain_text("Saved at")
    expect(note).to_be_hidden()


def test_the_arrow_leaves_no_note_that_somebody_has_begun(
    phone: Phone, live_server: LiveServer, scoped: Cast
) -> None:
    pilot = make_pilot(scoped, "running")
    first, _second = (
        ContentItem.objects.make(pilot, title=title, kind="lesson", ai_use="made", text="Ask.", by=scoped.manager, at=NOW)
        for title in ("One", "Two")
    )  # fmt: skip
    reviewer = phone(width=1280)
    sign_in(reviewer, scoped.reviewer, live_server)
    reviewer.go(reverse("content_item", args=["northwind", pilot.pk, first.pk]))
    page, note = reviewer.page, reviewer.page.locator("main textarea[name=note]")
    note.fill("Too")
    note.blur()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)  # what must not come would have come
    expect(page.locator("h1")).to_have_text("One")
    note.fill("")
    note.blur()
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Two")
