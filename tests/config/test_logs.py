"""Log lines: JSON, with the request's id, without what opens doors."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from config import logs


@pytest.mark.parametrize(
    ("line", "scrubbed"),
    [
        ("GET /s/Abc-123_x/ 200", "GET /s/[hidden]/ 200"),
        ("GET /s/Abc-123?x=1", "GET /s/[hidden]?x=1"),
        ("GET /accounts/invitation/Abc123/", "GET /accounts/invitation/[hidden]/"),
        ("GET /accounts/password/reset/key/1-set-password/", "GET /accounts/password/reset/key/[hidden]/"),
        ("GET /x?token=abc&page=2", "GET /x?token=[hidden]&page=2"),
        ("GET /x?page=2&access_token=abc", "GET /x?page=2&access_token=[hidden]"),
        ("https://host/feed?api_key=abc&d=1", "https://host/feed?api_key=[hidden]&d=1"),
        ("postgresql://me:geheim@db/x", "postgresql://me:[hidden]@db/x"),
        ("amqp://me:geheim@mq//", "amqp://me:[hidden]@mq//"),
        ("GET /acme/pilots/7/signals/", "GET /acme/pilots/7/signals/"),
        ("GET /static/css/tokens.css", "GET /static/css/tokens.css"),
        ("routing_key=pilotlight request_id=7", "routing_key=pilotlight request_id=7"),
        ("http://127.0.0.1:8000/a@b", "http://127.0.0.1:8000/a@b"),
    ],
)
def test_scrub(line: str, scrubbed: str) -> None:
    assert logs.scrub(line) == scrubbed


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, with logging as it was afterwards."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    monkeypatch.setattr(sys, "stderr", written)
    yield written
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def test_both_kinds_of_loggers_end_in_json_with_the_request(stream: io.StringIO) -> None:
    logs.configure()
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("ours").info("pulled", path="/s/geheim/")
        logging.getLogger("theirs").warning("Not Found: %s", "/s/geheim/")
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["path"], ours["request_id"]) == ("pulled", "/s/[hidden]/", "r-1")
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == (
        "Not Found: /s/[hidden]/",
        "warning",
        "r-1",
    )


@pytest.mark.parametrize("plain", [True, False])
def test_a_traceback_shows_no_variables_and_no_secret(stream: io.StringIO, plain: bool) -> None:
    logs.configure(plain=plain)
    password = "hinter2"
    try:
        raise ValueError("at /s/geheim/")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    assert "Traceback" in stream.getvalue()
    assert "geheim" not in stream.getvalue()
    assert password not in stream.getvalue().replace('password = "hinter2"', "")
