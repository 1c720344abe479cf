"""What AI in learning delivers: counted over all decided pilots, told no stronger than the evidence among so many."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Chain
from pilots.models import Finding, Flag, Outcome, Pilot, Standing, Worth
from tests.cast import NOW, TODAY, Cast, bring, make_measured_metric, make_pilot, noise

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]
DAY = timedelta(days=1)


def decided(cast: Cast, metric: Any, **fields: Any) -> Pilot:
    """A decided pilot as rows: the outcome as its verb freezes it, and its line."""
    pilot = Pilot.objects.create(
        organisation=cast.organisation, chain=Chain.objects.create(subject="pilot"), owner=cast.manager, created_at=NOW,
        title=fields.pop("title", "Coach"), metric=metric,
    )  # fmt: skip
    Standing.objects.create(
        pilot=pilot, organisation=cast.organisation, phase="closed", people=fields.pop("people", None)
    )
    template = Outcome.objects.order_by("pk").first()
    given = {"verdict": "reached", "p_value": 0.0001, "share": 1.1, "low": 0.8, "high": 1.4, **fields}
    if template:
        Outcome.objects.create(
            pilot=pilot, by=cast.manager, at=NOW, decision="scale", recommended="scale", verdict=given["verdict"],
            content=template.content, sha256="0" * 64,
        )  # fmt: skip
    given.setdefault("decided_on", TODAY)
    Finding.objects.create(
        pilot=pilot, organisation=cast.organisation, planned_on=given["decided_on"] - 91 * DAY, area=given.pop("area", "service"),
        metric=metric, decision="scale", **given,
    )  # fmt: skip
    return pilot


def page(cast: Cast, query: str = "") -> str:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(cast.viewer)
    response = browser.get(f"/northwind/outcomes/{query}")
    assert response.status_code == 200
    words = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(words).split())


def test_from_a_decision_by_its_verb_to_the_line(scoped: Cast) -> None:
    """The target of a metric that should fall: 20 → 18.5; it fell by about two."""
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    over = NOW + 43 * DAY
    bring(scoped, metric, noise(42, level=17.8, seed=5), on=over)
    pilot.decide(
        decision="scale", learned="Practise daily.", other_causes="None.", by=scoped.manager, at=over
    )
    line = Finding.objects.get(pilot=pilot)
    assert (line.verdict, line.area, line.decided_on, line.took) == ("reached", "service", over.date(), 43)
    assert line.share and line.low and line.high and line.relative and line.p_value
    assert 1.0 < line.share < 2.0, "beyond its target, although the change itself is below 0"
    assert 0 < line.low < line.share < line.high
    assert 0.08 < line.relative < 0.13
    assert line.p_value < 0.01
    assert line.sponsor and line.sponsor.name == "Sven Holm"
    Finding.objects.all().delete()
    call_command("refresh_standings", stdout=StringIO())
    again = Finding.objects.get(pilot=pilot)
    assert (again.share, again.p_value, again.sponsor) == (line.share, line.p_value, line.sponsor)
    text = page(scoped)
    assert "The one pilot that was decided moved its metric." in text
    assert "no credible value in money yet" in text
    Worth.objects.state(
        pilot.outcome, by=scoped.manager, at=over, currency="€", value=Decimal("2.5"), volume=Decimal(400_000), source="Payroll",
        vouched_by="The controller", share=50, licences=Decimal(12_000),
    )  # fmt: skip
    facts = pilot.outcome.facts["reading"]
    at_least = min(abs(facts["low"]), abs(facts["high"])) * 400_000 * 2.5 * 0.5
    valued = Finding.objects.get(pilot=pilot)
    assert valued.value and valued.cost == 12_000
    assert 0.98 * at_least < float(valued.value) <= at_least, "the cautious end, never rounded up"
    assert "The pilot cost €12,000." in page(scoped)


def test_who_stopped_early_has_evidence_that_holds_on_any_day(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    bring(scoped, metric, noise(14, level=15.0, seed=5), on=NOW + 14 * DAY)
    pilot.stop_early(reason="The tool is gone.", by=scoped.manager, at=NOW + 14 * DAY)
    pilot.decide(
        decision=pilot.recommendation(), learned="?", other_causes="?", reason="?", by=scoped.manager, at=NOW + 14 * DAY
    )  # fmt: skip
    facts = Outcome.objects.get(pilot=pilot).facts["reading"]
    assert facts["p_value"] is None
    line = Finding.objects.get(pilot=pilot)
    assert line.p_value == pytest.approx(2 / facts["e_moving"])


def test_wins_are_counted_among_all_and_noise_is_named(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    for number in range(12):
        decided(
            scoped,
            metric,
            title=f"Win {number}",
            value=10_000 if number < 5 else None,
            cost=4_000,
            currency="€",
        )
    for _ in range(6):
        decided(scoped, metric, verdict="not_moved", p_value=0.6, share=0.02, low=-0.2, high=0.3)
    decided(
        scoped, metric, verdict="short", p_value=0.049, share=0.4, low=0.01, high=0.8
    )  # alone it would do
    decided(scoped, metric, verdict="wrong_way", p_value=0.001, share=-0.8, low=-1.2, high=-0.4, area="sales")
    text = page(scoped)
    assert "12 of 20 pilots moved their metric. Of these 12, expect at most 1 to be noise." in text
    assert (
        "The 5 wins with a credible value are worth at least €50,000 in their first year. 7 wins have none and count as nothing here."
        " The 12 pilots whose costs are stated cost €48,000." in text
    )
    assert "60 % moved their metric" in text
    assert "13 weeks from idea to decision" in text
    assert "1 to 20 of 20" not in text, "one page needs no turning"


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ((None, 0), ""),
        ((1_500, None), "The one pilot whose costs are stated cost €1,500."),
        ((1_500, 2_500, 0), "The 2 pilots whose costs are stated cost €4,000."),
        ((1_500, 2_500), "The 2 pilots together cost €4,000."),
        ((1_500,), "The pilot cost €1,500."),
    ],
)
def test_costs_are_told_of_those_that_stated_any(
    scoped: Cast, costs: tuple[int | None, ...], words: str
) -> None:
    """Also where nothing is worth anything."""
    metric = make_measured_metric(scoped)
    for cost in costs:
        decided(scoped, metric, verdict="not_moved", p_value=0.6, share=0.0, low=-0.2, high=0.3, cost=cost, currency="€")  # fmt: skip
    text = page(scoped)
    assert words in text
    assert ("cost €" in text) is bool(words)


def test_a_cost_in_a_currency_without_a_value_counts_too(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    decided(scoped, metric, value=9_000, cost=4_000, currency="€")
    decided(scoped, metric, verdict="wrong_way", share=-0.8, low=-1.2, high=-0.4, cost=700, currency="$")
    assert "The 2 pilots together cost €4,000 + $700." in page(scoped)


@pytest.mark.parametrize(
    ("verdict", "p_value", "words"),
    [
        ("not_moved", 0.6, "did not move its metric."),
        ("unclear", 0.6, "cannot tell whether its metric moved."),
        ("reached", 0.2, "improved its metric, but that may be chance."),
        ("wrong_way", 0.001, "moved its metric the wrong way."),
    ],
)
def test_of_the_only_one_nothing_is_said_twice(
    scoped: Cast, verdict: str, p_value: float, words: str
) -> None:
    decided(scoped, make_measured_metric(scoped), verdict=verdict, p_value=p_value, cost=10, currency="€")
    assert f"The one pilot that was decided {words} The pilot cost €10." in page(scoped)


def test_the_running_ones_are_told_of_all_and_only_while_values_come(
    scoped: Cast, monday: time_machine.Traveller
) -> None:
    metric = make_measured_metric(scoped)
    pilot, later = make_pilot(scoped, "running", metric=metric), NOW + 21 * DAY
    bring(scoped, metric, noise(21, level=15.0, seed=5), on=later)
    pilot.read(at=later)
    decided(scoped, metric)
    monday.move_to(later)
    assert "1 pilot is running. 1 of them shows an improvement today" in page(scoped)
    assert "is running" not in page(scoped, "?area=sales")
    flag = Flag.objects.raise_on(pilot, "no_data", {"since": TODAY.isoformat()}, at=later)
    assert "1 pilot is running. None of them shows an improvement yet" in page(scoped)
    flag.clear(at=later)
    assert "1 of them shows an improvement today" in page(scoped)


def test_the_choice_stands_in_the_address(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    decided(scoped, metric, title="New one", area="sales")
    decided(scoped, metric, title="Old one", area="sales", decided_on=TODAY - 500 * DAY)
    decided(
        scoped, metric, title="Other one", verdict="not_moved", p_value=0.5, share=0.0, low=-0.1, high=0.1
    )
    for query, sentence in (
        ("", "2 of 3 pilots moved"),
        ("?area=sales", "2 of 2 pilots moved"),
        ("?area=sales&period=12m", "The one pilot that was decided moved its metric."),
        ("?period=2025", "The one pilot that was decided moved its metric."),
        ("?area=service", "The one pilot that was decided did not move its metric."),
        ("?sponsor=Nobody", "No pilot was decided here."),
        ("?area=nonsense&period=soon&kind=%00&page=-3", "2 of 3 pilots moved"),
    ):  # fmt: skip
        assert sentence in page(scoped, query), query


def test_too_few_people_have_no_figures(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    decided(scoped, metric, share=0.7777, value=7_777, cost=1, currency="€", people=3)
    text = page(scoped)
    assert "78 %" not in text
    assert "7,777" not in text
    assert "1 has no place in it" not in text, "no picture at all"
    Standing.objects.update(people=30)
    assert "78 %" in page(scoped)
    assert "7,777" in page(scoped)


def test_it_asks_as_often_for_many(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    chance = random.Random(3)
    counts = []
    for more in (3, 60):
        for _ in range(more):
            share = chance.gauss(0.5, 0.5)
            decided(scoped, metric, share=share, low=share - 0.4, high=share + 0.4, p_value=chance.random())
        with CaptureQueriesContext(connection) as captured:
            page(scoped)
        counts.append(len(captured))
    assert counts[0] == counts[1] + 1, "where there are many, nobody looks up their names"
