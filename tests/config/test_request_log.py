"""Each request leaves one line, which says who asked for what and how it was answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path

from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _fail(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("planted")


def _in_pieces(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"a", b"b"]))


urlpatterns = [path("fail/", _fail), path("pieces/", _in_pieces)]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_of_a_page_it_says_who_where_and_how(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(cast.manager)
    browser.get("/northwind/pilots/?q=x")
    browser.get("/northwind/nothing/")
    found, missing = lines(capsys)
    assert found.keys() == {
        "event",
        "code",
        "request",
        "user_id",
        "ip",
        "request_id",
        "level",
        "logger",
        "timestamp",
    }
    assert (found["event"], found["code"], found["level"]) == ("request_finished", 200, "info")
    assert (found["request"], found["user_id"], found["ip"]) == (
        "GET /northwind/pilots/?q=x",
        cast.manager.pk,
        "127.0.0.1",
    )
    assert (missing["code"], missing["level"]) == (404, "warning")
    assert found["request_id"] != missing["request_id"]


def test_of_nobody_it_names_nobody_and_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    Client(headers={"host": "127.0.0.1"}).get("/s/a-key-of-somebody/")
    [line] = lines(capsys)
    assert (line["request"], line.get("user_id")) == ("GET /s/[hidden]/", None)
    assert structlog.contextvars.get_contextvars() == {}


@override_settings(ROOT_URLCONF=__name__)
def test_a_failure_is_told_with_its_trace_and_once(caplog: pytest.LogCaptureFixture) -> None:
    browser = Client(raise_request_exception=False, headers={"host": "127.0.0.1"})
    assert browser.get("/fail/").status_code == 500
    [record] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert isinstance(record.msg, dict)
    assert (record.msg["event"], record.msg["code"], record.msg["request"]) == (
        "request_failed",
        500,
        "GET /fail/",
    )
    assert record.msg["request_id"]
    assert record.exc_info or record.msg.get("exc_info")
    assert structlog.contextvars.get_contextvars() == {}


@override_settings(ROOT_URLCONF=__name__)
def test_of_what_is_sent_in_pieces_it_also_says_when_it_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    answer = Client(headers={"host": "127.0.0.1"}).get("/pieces/")
    assert b"".join(answer) == b"ab"
    events = [one.msg["event"] for one in caplog.records if isinstance(one.msg, dict)]
    assert events[0] == "request_finished"
    assert events[-1] == "streaming_finished"
