"""Money by conservative rules: the cautious end, the first year, the share due to the pilot, against all that it cost."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from pilots.forms.outcome import WorthForm
from pilots.models import Outcome, Pilot, Worth
from pilots.money import cautious_change, money, rounded_down
from pilots.outcome_page import outcome_page
from tests.cast import NOW, Cast, bring, make_decided, make_measured_metric, make_pilot, noise

END = NOW + timedelta(weeks=6)
STATED: dict[str, Any] = {
    "currency": "€", "value": Decimal("0.5"), "volume": Decimal(200_000), "source": "Service budget", "vouched_by": "Henrik Sund, finance",
    "share": 80, "share_because": "A price list came too.", "licences": Decimal(12_000), "work": Decimal(26_000),
}  # fmt: skip


def test_the_issue_s_own_example():
    """6 of 100 × 410,000 calls × €4.10, against €38,000."""
    found = money(6.0, per=100, volume=410_000, value=4.10, share=100, cost=38_000)
    assert (found.benefit, found.net) == (100_000, 62_000)
    assert found.roi == pytest.approx(163.16, abs=0.01)


@pytest.mark.parametrize(
    ("verdict", "low", "high", "change"),
    [
        ("reached", 6.0, 12.0, 6.0), ("short", -5.0, -3.0, 3.0), ("wrong_way", -5.0, -3.0, 0.0),
        ("not_moved", -1.0, 2.0, 0.0), ("unclear", None, None, 0.0), ("reached", -1.0, 4.0, 0.0),
    ],
)  # fmt: skip
def test_only_what_was_shown_counts_and_of_that_the_least(verdict, low, high, change):
    assert cautious_change(verdict, low, high) == change


@pytest.mark.parametrize(
    ("amount", "told"),
    [(100_860, 100_000), (999.9, 999), (12.345, 12.0), (0.0, 0.0), (-5.0, 0.0), (3_459_999, 3_450_000)],
)
def test_a_benefit_is_never_rounded_up(amount, told):
    assert rounded_down(amount) == pytest.approx(told, abs=0.4)


@pytest.fixture
def outcome(scoped: Cast, monday: object, bell: object) -> Outcome:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    return make_decided(scoped, metric)


def state(cast: Cast, outcome: Outcome, **changes: Any) -> Worth:
    return Worth.objects.state(outcome, by=cast.manager, at=END, **{**STATED, **changes})


def test_the_page_shows_the_rules(scoped: Cast, outcome: Outcome) -> None:
    low = min(abs(outcome.facts["reading"][name]) for name in ("low", "high"))
    state(scoped, outcome)
    worth = outcome_page(outcome)["worth"]
    benefit = rounded_down(low * 200_000 * 0.5 * 0.8)
    assert worth.money.benefit == benefit
    assert (
        worth.sentence
        == f"Worth at least €{benefit:,.0f} in its first year, for a cost of €38,000: a return of {worth.money.roi:.0f}\u202f%."
    )
    text = " ".join(" ".join(row) for row in worth.rows) + " ".join(worth.notes)
    for words in (
        "200,000 cases a year × €0.50 each",
        "80\u202f% due to the pilot",
        "€12,000",
        "First year only",
        "Henrik Sund, finance vouches",
    ):
        assert words in text


def test_what_does_not_pay_says_so(scoped: Cast, outcome: Outcome) -> None:
    state(scoped, outcome, volume=Decimal(20_000))
    assert "does not pay for itself in its first year" in outcome_page(outcome)["worth"].sentence


def test_without_a_credible_value_it_says_so(scoped: Cast, outcome: Outcome) -> None:
    assert outcome_page(outcome)["worth"] is None
    Worth.objects.state(
        outcome, no_value_because="Nobody knows what a calm shift is worth.", by=scoped.manager, at=END
    )
    worth = outcome_page(outcome)["worth"]
    assert worth.sentence == "It is not converted into money: Nobody knows what a calm shift is worth."
    assert worth.money is None


def test_the_newest_stands_and_the_same_is_written_once(scoped: Cast, outcome: Outcome) -> None:
    first = state(scoped, outcome)
    assert state(scoped, outcome) == first
    assert state(scoped, outcome, share=100, share_because="") != first
    assert outcome_page(outcome)["worth"].stated.share == 100
    assert outcome.pilot.chain.events.filter(verb="outcome.valued").count() == 2


def test_a_value_without_a_voucher_is_none(scoped: Cast, outcome: Outcome) -> None:
    with pytest.raises((ValidationError, IntegrityError)), transaction.atomic():
        state(scoped, outcome, vouched_by="")
    form = WorthForm(
        {"value": "4", "volume": "10", "source": "Budget", "share": "50", "currency": "€"}, kind="mean"
    )
    assert not form.is_valid()
    assert {"vouched_by", "share_because"} <= form.errors.keys()


def test_no_benefit_is_claimed_where_nothing_moved(scoped: Cast, monday: object, bell: object) -> None:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    bring(scoped, metric, noise(42, seed=2), on=END)
    outcome = Pilot.objects.get().decide(
        decision="stop", learned="No.", other_causes="None.", by=scoped.manager, at=END
    )
    state(scoped, outcome)
    assert (
        outcome_page(outcome)["worth"].sentence
        == "No benefit is claimed: “no change” is not ruled out. It cost €38,000."
    )


@pytest.mark.parametrize(
    ("low", "volume", "value", "share", "row"),
    [
        (-0.4641, 470, 430, 90, "0.4641\xa0min × 470 cases a year × €430 each × 90\u202f% due to the pilot = €84,400"),
        (-1.9412, 200_000, Decimal("0.5"), 80, "1.94\xa0min × 200,000 cases a year × €0.50 each × 80\u202f% due to the pilot = €155,000"),
        (-2.0, 1, 900, 100, "2\xa0min × 1 case a year × €900 each = €1,800"),
    ],
)  # fmt: skip
def test_what_is_shown_multiplies_out(
    scoped: Cast, outcome: Outcome, low: float, volume: int, value: Any, share: int, row: str
) -> None:
    """Whoever multiplies the factors that stand there, and rounds down, gets the amount that stands beside them."""
    found = moved_by(outcome, low)
    state(scoped, outcome, volume=Decimal(volume), value=Decimal(value), share=share)
    _term, how, amount = outcome_page(found)["worth"].rows[0]
    assert f"{how} = {amount}" == row


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ({"kind": "rate", "unit": "per 100,000 km"}, "× 470 times 100,000 km a year ×"),
        ({"kind": "rate", "unit": "per shift"}, "× 470 a year ×"),
        ({"kind": "total", "unit": "hours", "cadence": "daily"}, "× 470 days a year ×"),
        ({"kind": "total", "unit": "hours", "cadence": "weekly"}, "× 470 weeks a year ×"),
        ({"kind": "proportion", "unit": "%"}, "of 100 × 470 cases a year ×"),
    ],
)
def test_it_says_of_what_there_are_so_many_in_a_year(
    scoped: Cast, outcome: Outcome, metric: dict[str, str], words: str
) -> None:
    found = moved_by(outcome, -2.0, **metric)
    state(scoped, outcome, volume=Decimal(470))
    assert words in outcome_page(found)["worth"].rows[0][1]


def moved_by(outcome: Outcome, low: float, **metric: str) -> Outcome:
    """The same with another change, the cautious end of which is ``low``, of another kind of metric."""
    facts = outcome.facts
    facts["reading"] |= {"low": low - 2.0, "high": low}
    facts["plan"]["metric"] |= metric
    outcome.content = json.dumps(facts)
    return outcome
