"""A secret is seen once, where it is made: not in answers, logs or errors, and not in the database."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.db import connection

from accounts.models import ApiToken
from accounts.vault import unseal
from config.logs import scrub
from metrics.models import Source
from tests.api.client import Program
from tests.cast import NOW, Cast, make_metric

pytestmark = pytest.mark.django_db


def everything_in_the_database() -> str:
    text = io.StringIO()
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")  # fmt: skip
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')
            json.dump([[str(cell) for cell in row] for row in cursor.fetchall()], text)
    return text.getvalue()


def test_a_secret_stands_nowhere_in_plain_words(
    scoped: Cast, monday: object, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: a token of ours, and the password of a source. Used, refused, failing; then looked for everywhere."""
    caplog.set_level(logging.DEBUG)
    planted = "planted-secret-7f3a"
    _token, raw = ApiToken.objects.make(
        scoped.organisation, name="x", scope="read", by=scoped.administrator, at=NOW
    )
    metric = make_metric(scoped)
    source = Source.objects.connect(metric, "http_json", settings={}, secrets={"bearer_token": planted}, by=scoped.manager, at=NOW)  # fmt: skip
    program = Program(raw, raise_request_exception=False)
    said = [
        program.get(path).content
        for path in ("/metrics", "/sources", f"/sources/{source.pk}", "/nothing", "/pulls/1")
    ]
    said.append(program.push(metric, {"day": raw, "value": planted, raw: 1}).content)
    said.append(Program(f"{raw}x").get("/metrics").content)
    monkeypatch.setattr("metrics.api.metrics.metric_out", lambda metric: 1 / 0)
    said.append(program.get(f"/metrics/{metric.pk}").content)
    assert unseal(source.sealed) == {"bearer_token": planted}  # it is there, and only sealed
    assert not [answer for answer in said if planted.encode() in answer or raw.encode() in answer]
    logged = scrub(caplog.text + str([record.__dict__ for record in caplog.records]))
    assert (raw in logged, planted in logged) == (False, False)
    kept = everything_in_the_database()
    assert (raw in kept, planted in kept) == (False, False)
    assert ApiToken.objects.get().digest in kept


def test_logs_black_out_tokens_wherever_they_stand() -> None:
    raw = "plt_" + "Ab3-_" * 8
    for line in (
        raw,
        f"Authorization: Bearer {raw}",
        f'{{"token": "{raw}"}}',
        f"https://x.example/?t={raw}&u=1",
    ):
        assert raw[4:] not in scrub(line)
