"""Secrets that are planted in every secret field of every kind are found nowhere: not in the database, logs, mails or pages."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from time_machine import Traveller

from accounts.models import Message
from metrics import sources
from metrics.models import Source
from metrics.models.health import MOST_FAILURES
from tests.cast import NOW, TODAY, Cast, make_metric
from tests.metrics.sources.conftest import reply, serve  # noqa: F401 - the second is a fixture

MARK = "planted5ecret"
PLANTED = [
    (name, field)
    for name, kind in sources.kinds().items()
    for field in getattr(kind.form_class, "secret_fields", ())
]


def secret(kind: str, field: str) -> str:
    """One that its own field takes: headers have names."""
    text = f"{MARK}-{kind}-{field}"
    return f"X-Api-Key: {text}" if field == "headers" else text


def everything_in_the_database() -> str:
    """Every table as PostgreSQL would dump it."""
    with connection.cursor() as cursor:
        told = []
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


def pages(cast: Cast, source: Source) -> str:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(cast.manager)
    metric = f"/{cast.organisation.slug}/metrics/{source.metric_id}/"
    paths = [
        metric,
        f"{metric}source/",
        f"{metric}source/{source.kind}/",
        f"/{cast.organisation.slug}/metrics/",
    ]
    return "\n".join(browser.get(path).content.decode() for path in paths)


def found(cast: Cast, source: Source, logged: str) -> list[str]:
    mails = [message.as_email().message().as_string() for message in Message.objects.all()]
    places = {
        "database": everything_in_the_database(),
        "log": logged,
        "mails": "\n".join(mails),
        "pages": pages(cast, source),
    }
    assert all(places[name] for name in ("database", "pages"))
    return [name for name, text in places.items() if MARK in text]


def test_there_are_secrets_to_plant() -> None:
    assert ("http_json", "bearer_token") in PLANTED


@pytest.mark.parametrize("kind", sorted({kind for kind, _field in PLANTED}))
@pytest.mark.parametrize("settings_of", [{}, {"url": "https://127.0.0.1/"}], ids=["unset", "refused"])
def test_a_source_that_fails_gives_none_away(
    scoped: Cast,
    monday: Traveller,
    bell: object,
    caplog: pytest.LogCaptureFixture,
    kind: str,
    settings_of: dict[str, Any],
) -> None:
    planted = {field: secret(name, field) for name, field in PLANTED if name == kind}
    with caplog.at_level(logging.DEBUG):
        source = Source.objects.connect(
            make_metric(scoped), kind, settings=settings_of, secrets=planted, by=scoped.manager, at=NOW
        )
        for number in range(MOST_FAILURES):
            pull = source.pull(at=NOW + timedelta(minutes=number))
            assert pull.state == "failed"
    assert Message.objects.filter(template="source_failing").count() == 1
    assert found(scoped, source, caplog.text) == []


def _echo(status: int) -> Any:
    """A system that says in its answer what it was told, as some do in their errors."""

    def answer(request: Any) -> None:
        told = " ".join(request.headers.values())
        assert MARK in told
        rows = [{"day": (TODAY - timedelta(days=1)).isoformat(), "value": 1, "told": told}]
        reply(json.dumps(rows).encode(), status=status, headers={"X-Told": told})(request)

    return answer


@pytest.mark.parametrize("status", [200, 302, 401, 429, 500])
def test_a_system_that_repeats_them_gives_none_away(
    scoped: Cast,
    monday: Traveller,
    bell: object,
    caplog: pytest.LogCaptureFixture,
    settings: Any,
    serve: Any,  # noqa: F811
    status: int,
) -> None:
    server = serve(_echo(status))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    planted = {field: secret(name, field) for name, field in PLANTED if name == "http_json"}
    told = {"url": server.url, "date_column": "day", "value_column": "value"}
    with caplog.at_level(logging.DEBUG):
        source = Source.objects.connect(
            make_metric(scoped), "http_json", settings=told, secrets=planted, by=scoped.manager, at=NOW
        )
        pull = source.pull(at=NOW)
    assert (pull.state == "done") == (status == 200), pull.error
    assert server.requests
    assert found(scoped, source, caplog.text) == []


def test_the_search_finds_what_is_there(scoped: Cast, monday: Traveller, bell: object) -> None:
    """The control: an unsealed secret would be seen."""
    source = Source.objects.connect(
        make_metric(scoped), "folder", settings={"path": MARK}, by=scoped.manager, at=NOW
    )
    assert found(scoped, source, f"it was {MARK}")[:2] == ["database", "log"]
