"""Lists of participants: keyed hashes, never fewer than may be shown, and fixed from the launch on."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import File
from django_scopes import scopes_disabled

from accounts.models import Event, Job
from metrics.errors import RefusedError
from metrics.models import Metric, Participant, Population, Snapshot, Source
from metrics.models.population import hash_of
from pilots.models import LowChance
from tests.cast import NOW, TODAY, Cast, make_metric, make_pilot

KEYS = [f"Planted-{number}" for number in range(6)]


@pytest.fixture
def metric(scoped: Cast, monday: object, bell: object) -> Metric:
    return make_metric(scoped, kind="proportion", unit="%", per=100.0)


def gather(
    metric: Metric, cast: Cast, keys: list[str] | None = None, name: str = "Pilot team"
) -> tuple[Population, int]:
    return Population.objects.gather(
        metric, name=name, keys=KEYS if keys is None else keys, by=cast.manager, at=NOW
    )


def connect(metric: Metric, cast: Cast) -> Source:
    """Those on the list win every case, the others none."""
    days = [TODAY - timedelta(days=n) for n in range(1, 100)]
    lines = [
        f"{day};{who};{won}"
        for day in days
        for who, won in ((" PLANTED-1 ", 1), ("planted-2", 1), ("Q-1", 0), ("Q-2", 0), ("Q-3", 0))
    ]
    upload = File(io.BytesIO("\n".join(["day;rep;won", *lines]).encode()), name="cases.csv")
    settings = {"rows": "events", "date_column": "day", "outcome_column": "won", "who_column": "rep"}
    return Source.objects.connect(metric, "file", settings=settings, upload=upload, by=cast.manager, at=NOW)


def values(group: str) -> set[float | None]:
    return set(Snapshot.objects.filter(series__group=group).values_list("value", flat=True))


def test_the_list_divides_the_rows(metric: Metric, scoped: Cast) -> None:
    population, twice = gather(metric, scoped, [*KEYS, " planted-1", "", "PLANTED-5 "])
    assert (population.size, twice) == (6, 2)
    connect(metric, scoped).pull(at=NOW)
    assert (values("Pilot team"), values("Everybody but Pilot team"), values("")) == ({100.0}, {0.0}, {40.0})


def test_fewer_than_may_be_shown_are_refused(metric: Metric, scoped: Cast) -> None:
    with pytest.raises(RefusedError, match=r"4 different people.*At least 5") as caught:
        gather(metric, scoped, [*KEYS[:4], KEYS[0]])
    assert "Planted" not in str(caught.value)
    assert Participant.objects.count() == 0


def test_another_list_before_the_launch_adds_everything_up_anew(metric: Metric, scoped: Cast) -> None:
    population, _twice = gather(metric, scoped)
    source = connect(metric, scoped)
    source.pull(at=NOW)
    Job.objects.update(due_at=None)
    again, _twice = gather(metric, scoped, [f"Q-{n}" for n in range(1, 6)])
    assert (again.pk, values("Pilot team")) == (population.pk, set())
    assert Job.objects.get(kind=Job.Kind.PULL).due_at == NOW
    source.pull(at=NOW)
    assert values("Pilot team") == {0.0}


def test_the_name_of_a_group_of_the_source_is_taken(metric: Metric, scoped: Cast) -> None:
    metric.series.create(group="North")
    with pytest.raises(RefusedError, match="group of this name"):
        gather(metric, scoped, name="North")


def test_the_launch_fixes_the_list(metric: Metric, scoped: Cast) -> None:
    population, _twice = gather(metric, scoped)
    source = connect(metric, scoped)
    source.pull(at=NOW)
    pilot = make_pilot(scoped, "ready", metric=metric)
    assert pilot.series == population.series
    Job.objects.filter(kind=Job.Kind.PULL).update(due_at=None)
    LowChance.objects.acknowledge(pilot, words="A hint will do.", chance=0.1, by=scoped.manager, at=NOW)
    pilot.launch_now(by=scoped.manager, at=NOW)
    population.refresh_from_db()
    assert population.frozen_at == NOW
    event = Event.objects.get(verb="pilot.participants_frozen")
    assert (event.chain, event.facts["people"]) == (pilot.chain, 6)
    assert event.facts["sha256"] == population.digest()
    assert Job.objects.get(kind=Job.Kind.PULL).due_at == NOW  # the baseline is added up anew
    with pytest.raises(RefusedError, match="fixed since the launch"):
        gather(metric, scoped, [f"Q-{n}" for n in range(9)])
    assert population.size == 6
    assert not population.freeze(by=scoped.manager, at=NOW)


def test_keys_stand_nowhere(metric: Metric, scoped: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        gather(metric, scoped)
        connect(metric, scoped)
    with scopes_disabled():
        rows = json.dumps([list(model._base_manager.values()) for model in apps.get_models()], default=str)
    for text in (rows, caplog.text, repr(Population.members_for(metric))):
        assert "planted" not in text.lower()


def test_without_the_key_and_in_another_list_the_hash_is_another(
    metric: Metric, scoped: Cast, settings: Any
) -> None:
    one, _twice = gather(metric, scoped)
    other, _twice = gather(metric, scoped, name="Second team")
    hashes = set(one.participants.values_list("key_hash", flat=True))
    assert not hashes & set(other.participants.values_list("key_hash", flat=True))
    settings.PARTICIPANT_KEY = "another"
    assert hash_of(one.salt, KEYS[0]) not in hashes


@pytest.mark.parametrize("spelling", ["zoë ångström", " ZOË ÅNGSTRÖM ", "Zoe\u0308 A\u030angstro\u0308m"])
def test_one_person_in_several_spellings(metric: Metric, scoped: Cast, spelling: str) -> None:
    population, _twice = gather(metric, scoped, [*KEYS, "Zoë Ångström"])
    assert population.members().holds(spelling)
    assert not population.members().holds("Zoe Angstrom")
