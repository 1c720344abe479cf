"""Health checks: one for the process, one for what it needs."""

import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from accounts import tasks
from accounts.models import Pulse
from config import broker, health


def test_healthz_asks_nobody(client: Client) -> None:
    with connection.execute_wrapper(_refuse):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_readyz_when_all_is_well(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, json.loads(answer.content)) == (200, {"ready": True, "failing": []})


@pytest.mark.django_db
def test_readyz_names_a_dead_broker(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "reachable", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, json.loads(answer.content)["failing"]) == (503, ["broker"])


@pytest.mark.django_db
def test_readyz_names_a_missing_migration(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    health._passed.clear()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    answer = client.get("/readyz")
    assert (answer.status_code, json.loads(answer.content)["failing"]) == (503, ["migrations"])


def test_readyz_names_a_dead_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "reachable", lambda: True)
    health._passed.add("migrations")
    with connection.execute_wrapper(_refuse):
        answer = client.get("/readyz")
    assert (answer.status_code, json.loads(answer.content)["failing"]) == (503, ["database", "beat"])


@pytest.mark.django_db
def test_readyz_names_a_beat_that_fell_silent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is pulled, read or sent by itself then. A process that just began gives it five minutes to come up."""
    monkeypatch.setattr(health, "_begun", time.monotonic() - 301)
    assert json.loads(client.get("/readyz").content)["failing"] == ["beat"]
    tasks.sweep()  # rung by a worker that came up, not by beat
    assert client.get("/readyz").status_code == 503
    tasks.sweep(by_beat=True)
    assert client.get("/readyz").status_code == 200
    Pulse.objects.update(at=Now() - timedelta(seconds=301))
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def _refuse(execute: Callable[..., object], *args: object) -> object:
    raise AssertionError("the database was asked")
