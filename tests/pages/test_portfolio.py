"""The portfolio: found by what stands in the address, page by page; and an open page that looks whether it is still true."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from accounts.models import Chain
from pilots.models import Flag, Pilot, Standing
from pilots.portfolio_page import PAGE
from tests.cast import NOW, TODAY, Cast, make_cast, make_measured_metric, make_pilot
from tests.pages.page import Page

pytestmark = pytest.mark.usefixtures("monday", "bell")
PATH = "/northwind/pilots/"


@pytest.fixture
def manager(scoped: Cast) -> Client:
    browser = Client()
    browser.force_login(scoped.manager)
    return browser


def fill(cast: Cast, count: int, **fields: Any) -> list[Pilot]:
    """Pilots as rows: with 0, 1 or 2 flags, some without a first day."""
    chains = Chain.objects.bulk_create(Chain(subject="pilot") for _ in range(count))
    pilots = Pilot.objects.bulk_create(
        Pilot(
            organisation=cast.organisation, chain=chain, owner=cast.manager, title=f"Pilot {number:04d}", problem="It hurts.",
            created_at=NOW, **fields,
        )
        for number, chain in enumerate(chains)
    )  # fmt: skip
    Standing.objects.bulk_create(
        Standing(
            pilot=pilot, organisation=cast.organisation, phase="planning", open_flags=number % 3,
            ends_on=TODAY + timedelta(days=number % 5) if number % 7 else None,
        )
        for number, pilot in enumerate(pilots)
    )  # fmt: skip
    return pilots


def walk(manager: Client, path: str) -> list[str]:
    """Every title, page by page, by the links that lead on."""
    found: list[str] = []
    while path:
        page = manager.get(path, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in page
        found += [part.split("</bdi>")[0] for part in page.split("<bdi>")[1:]]
        links = page.split('rel="next" href="')
        path = links[1].split('"')[0].replace("&amp;", "&") if len(links) > 1 else ""
    return found


def test_each_pilot_stands_on_one_page_in_one_order(scoped: Cast, manager: Client) -> None:
    fill(scoped, 3 * PAGE + 7)
    lines = Standing.objects.order_by("-open_flags", "ends_on", "pilot_id").values_list(
        "pilot__title", flat=True
    )
    assert walk(manager, PATH) == list(lines)
    assert len(walk(manager, f"{PATH}?q=pilot 00")) == 100
    with CaptureQueriesContext(connection) as asked:
        manager.get(f"{PATH}?after=1_{TODAY}_1")
    assert len(asked) <= 8


def test_what_the_address_asks_for(scoped: Cast, manager: Client) -> None:
    metric = make_measured_metric(scoped, category="sales")
    mine, theirs = (make_pilot(scoped, "planned", metric=metric, title=title) for title in ("Mine", "Theirs"))
    Pilot.objects.filter(pk=theirs.pk).update(owner=scoped.administrator)
    Flag.objects.raise_on(mine, "review_overdue", {"item": 1, "since": "2026-06-01", "count": 1}, at=NOW)
    mine.refresh_standing()

    def shown(query: str) -> set[str]:
        text = manager.get(f"{PATH}?{query}", headers={"HX-Request": "true"}).content.decode()
        return {title for title in ("Mine", "Theirs") if f"<bdi>{title}</bdi>" in text}

    assert (
        shown("")
        == shown("stage=planning")
        == shown("stage=all")
        == shown("area=sales")
        == {"Mine", "Theirs"}
    )
    assert shown("stage=running") == shown("area=service") == shown("flag=no_data") == set()
    assert shown("flag=any") == shown("flag=review_overdue") == {"Mine"}
    assert shown(f"owner={scoped.administrator.pk}") == {"Theirs"}
    assert shown("q=min&area=sales&stage=planning") == {"Mine"}
    assert shown("owner=99999999999999999") == shown("q=%25") == shown("q=M_ne") == set()
    # What nobody can mean is as if it were not there.
    assert shown("stage=x&flag=y&owner=z&area=w&after=1_2_3_4") == {"Mine", "Theirs"}
    assert "Go to the content" in Page(manager.get(PATH).content).text


def test_an_open_page_is_told_only_what_changed(scoped: Cast, manager: Client) -> None:
    (pilot,) = fill(scoped, 1)
    tag = manager.get(PATH).content.decode().split('data-tag="')[1].split('"')[0].replace("&quot;", '"')
    live = {"X-Live": "1", "If-None-Match": tag}
    same = manager.get(PATH, headers=live)
    assert (same.status_code, same.content) == (304, b"")
    Standing.objects.filter(pilot=pilot).update(open_flags=2, top_flag="no_data")
    fresh = manager.get(PATH, headers=live)
    assert fresh.status_code == 200
    assert fresh["ETag"] != tag
    text = fresh.content.decode()
    assert text.lstrip().startswith('<div id="live"')
    assert "No data" in text


def test_the_picture_of_a_line_is_drawn_from_the_reading_and_hidden_of_few_people(
    scoped: Cast, manager: Client
) -> None:
    pilot = make_pilot(scoped, "running")
    pilot.read(at=NOW)
    line = Standing.objects.get()
    assert line.spark.startswith("M0 ")
    assert line.spark in manager.get(PATH).content.decode()
    Standing.objects.update(people=3)
    assert line.spark not in manager.get(PATH).content.decode()


@pytest.mark.usefixtures("contexts")
def test_whoever_owns_a_pilot_can_be_chosen_though_all_of_theirs_are_over(
    manager: Client, scoped: Cast
) -> None:
    fill(scoped, 2)
    (over,) = fill(scoped, 1)
    Pilot.objects.filter(pk=over.pk).update(owner=scoped.administrator)
    Standing.objects.filter(pilot=over).update(phase="closed")
    offered = manager.get(PATH).context["owners"]
    assert {pk for pk, _name in offered} == {scoped.manager.pk, scoped.administrator.pk}
    assert len(offered) == 2


@pytest.mark.usefixtures("contexts")
def test_pilots_of_another_organisation_are_neither_shown_nor_counted(manager: Client, scoped: Cast) -> None:
    fill(scoped, 2)
    other = make_cast("elsewhere")
    with scope(organisation=other.organisation):
        fill(other, 3)
    page = manager.get(PATH)
    assert page.content.decode().count('<th scope="row">') == 2
    assert [tile["count"] for tile in page.context["tiles"]] == [1, 2, 0, 0, 0]
    assert page.context["owners"] == [(scoped.manager.pk, scoped.manager.name)]
