from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from tests.cast import NOW, TODAY, Cast, connect_file, csv_of, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday")


def test_a_flat_metric_is_flagged_as_not_moving(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    later = NOW + timedelta(days=30)
    connect_file(metric, csv_of(TODAY - timedelta(days=90), noise(120)), by=scoped.manager, at=later)

    reading = pilot.read(at=later)

    assert reading.verdict == "running"
    assert "not_moving" in {flag.kind for flag in pilot.flags.standing()}


def test_the_same_data_on_the_same_day_writes_nothing(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    first = pilot.read(at=NOW)
    again = pilot.read(at=NOW + timedelta(hours=2))
    assert again == first
    assert pilot.readings.count() == 1


def test_it_reads_through_a_pooler_that_prepares_nothing(
    scoped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``PILOTLIGHT_UNPREPARED``: Django's cursors then put the values into the text of the statement."""
    pilot = make_pilot(scoped, "running")
    prepared = pilot.read(at=NOW)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", False)
    monkeypatch.setattr(connection.connection, "cursor_factory", psycopg.ClientCursor)

    again = pilot.read(at=NOW + timedelta(days=1))

    assert again != prepared
    assert again.facts["baseline_mean"] == prepared.facts["baseline_mean"]


def test_an_effect_is_reached_at_the_end_and_can_be_decided(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    end = NOW + timedelta(days=43)
    connect_file(
        metric,
        csv_of(TODAY - timedelta(days=90), noise(90) + noise(43, level=17.5, seed=2)),
        by=scoped.manager,
        at=end,
    )

    reading = pilot.read(at=end)
    assert (reading.verdict, reading.final) == ("reached", True)
    outcome = pilot.decide(
        decision="scale", learned="It works.", other_causes="None known.", by=scoped.manager, at=end
    )

    assert outcome.recommended == "scale"
    assert pilot.stage(end.date()) == "closed"
    assert pilot.standing.__class__.objects.get(pilot=pilot).phase == "closed"
    assert pilot.chain.first_break() is None
