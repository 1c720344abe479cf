"""A metric is taken from the catalogue, or named; it is made precise until its source is connected."""

import pytest

from accounts.models import StaleVersionError
from metrics.catalogue import ENTRIES, entry
from metrics.errors import RefusedError
from metrics.models import Metric
from tests.cast import NOW, Cast, make_measured_metric, make_metric, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


def test_taken_twice_it_is_one_and_known_by_its_name(scoped: Cast) -> None:
    won = Metric.objects.take(scoped.organisation, entry("win_rate"), by=scoped.manager, at=NOW)
    again = Metric.objects.take(
        scoped.organisation, entry("receipt"), by=scoped.manager, at=NOW, name="WIN rate"
    )
    assert (won.unit, won.per, won.direction, won.kind, won.category) == (
        "%",
        100.0,
        "higher",
        "proportion",
        "sales",
    )
    assert again == won
    assert scoped.organisation.chain.events.filter(verb="metric.defined").count() == 1


def test_every_entry_of_the_catalogue_becomes_a_metric(scoped: Cast) -> None:
    for one in ENTRIES:
        metric = Metric.objects.take(scoped.organisation, one, by=scoped.manager, at=NOW)
        metric.full_clean()
    assert Metric.objects.count() == len(ENTRIES)


def test_it_is_made_precise_as_long_as_nothing_is_connected(scoped: Cast) -> None:
    metric = make_metric(scoped, name="Win rate", kind="proportion", unit="%", per=100.0)
    changed = metric.redefine(
        by=scoped.manager, at=NOW, expected_version=1, name="Mid-market win rate", unit="per 1,000"
    )
    assert (sorted(changed), metric.per) == (["name", "per", "unit"], 1000.0)
    with pytest.raises(StaleVersionError):
        metric.redefine(by=scoped.manager, at=NOW, expected_version=1, name="Other")
    assert metric.redefine(by=scoped.manager, at=NOW, expected_version=2, name="Mid-market win rate") == []


def test_the_metric_of_a_pilot_is_not_renamed_to_a_count_of_learning(scoped: Cast) -> None:
    metric, pilot = make_metric(scoped), make_pilot(scoped)
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=1, metric=metric)
    with pytest.raises(RefusedError, match="finished something"):
        metric.redefine(by=scoped.manager, at=NOW, expected_version=1, name="Course completion rate")
    assert Metric.objects.get().name == "Handling time"


def test_once_values_come_by_it_the_definition_stands(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    with pytest.raises(RefusedError, match="connected"):
        metric.redefine(by=scoped.manager, at=NOW, expected_version=metric.version, name="Other")
