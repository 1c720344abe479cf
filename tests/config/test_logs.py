"""Log lines: JSON, with the request's id, without what opens doors."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config import logs


@pytest.mark.parametrize(
    ("line", "scrubbed"),
    [
        ("GET /s/Abc-123_x/ 200", "GET /s/[hidden]/ 200"),
        ("GET /s/Abc-123?x=1", "GET /s/[hidden]?x=1"),
        ("GET /l/7.Abc-123/ 200", "GET /l/[hidden]/ 200"),
        ("GET /l/data/7.Abc-123/ 200", "GET /l/data/[hidden]/ 200"),
        ("GET /l/charter/7.Abc-123/ 200", "GET /l/charter/[hidden]/ 200"),
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
def stream(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What is logged, with logging as it was afterwards."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield capsys
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def test_both_kinds_of_loggers_end_in_json_with_the_request(stream: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("ours").info("pulled", path="/s/geheim/")
        logging.getLogger("theirs").warning("Not Found: %s", "/s/geheim/")
    ours, theirs = (json.loads(line) for line in stream.readouterr().err.splitlines())
    assert (ours["event"], ours["path"], ours["request_id"]) == ("pulled", "/s/[hidden]/", "r-1")
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == (
        "Not Found: /s/[hidden]/",
        "warning",
        "r-1",
    )


def test_a_line_at_once_is_like_any_other(stream: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    with structlog.contextvars.bound_contextvars(request_id="r-1", ip="10.0.0.1"):
        structlog.get_logger("ours").warning("pulled", path="/s/geheim/")
        logs.tell_at_once("warning", "ours", "pulled", path="/s/geheim/")
    usual, at_once = (json.loads(line) for line in stream.readouterr().err.splitlines())
    when = [line.pop("timestamp") for line in (usual, at_once)]
    assert at_once == usual
    assert [len(moment) for moment in when] == [len("2026-06-01T09:00:00.000000Z")] * 2
    logs.configure(plain=True)
    logs.tell_at_once("info", "ours", "pulled", path="/s/geheim/")
    logged = stream.readouterr().err
    assert "pulled" in logged
    assert "geheim" not in logged
    logs.configure()


@pytest.mark.parametrize("plain", [True, False])
def test_a_traceback_shows_no_variables_and_no_secret(
    stream: pytest.CaptureFixture[str], plain: bool
) -> None:
    logs.configure(plain=plain)
    password = "-".join(["hunter", "2"])  # a variable that the pretty traceback would print
    try:
        raise ValueError("at /s/geheim/")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    logged = stream.readouterr().err
    assert "Traceback" in logged
    assert "geheim" not in logged
    assert password not in logged
