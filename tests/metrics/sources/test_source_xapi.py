"""Statements of a Learning Record Store, from a server that answers as the xAPI specification says."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import pytest

from metrics.sources import Ask, Fetched, SourceError, kind, kinds
from metrics.sources.xapi import _timestamp

TODAY = date(2026, 6, 30)
COMPLETED, OPENED = "http://adlnet.gov/expapi/verbs/completed", "http://adlnet.gov/expapi/verbs/launched"
COURSE, PART = "https://learning.example/course", "https://learning.example/course/1"
PAGE = 2


def statement(
    day: int,
    hour: int,
    who: str,
    *,
    verb: str = COMPLETED,
    about: str = COURSE,
    later: int = 0,
    zone: str = "Z",
) -> dict[str, Any]:
    happened = f"2026-06-{day:02}T{hour:02}:15:00{zone}"
    stored = datetime.fromisoformat(happened).astimezone(UTC) + timedelta(days=later)
    return {
        "actor": {"objectType": "Agent", "mbox": f"mailto:{who}@learning.example"},
        "verb": {"id": verb},
        "object": {"id": about},
        "context": {"contextActivities": {"parent": [{"id": COURSE}]}},
        "timestamp": happened,
        "stored": stored.isoformat(),
    }


HELD = [
    statement(1, 9, "ada"),
    statement(1, 10, "Ada"),
    statement(1, 23, "ben"),  # already the 2nd in Berlin
    statement(4, 9, "ada", verb=OPENED),
    statement(4, 9, "ben", about=PART),
    statement(5, 0, "cem", zone="+02:00", later=3),
    statement(30, 8, "ada"),  # today is not over
]


class Store:
    """Answers GET statements: filters, newest first, `limit` and `more`, the version header, basic authentication."""

    def __init__(self, held: list[dict[str, Any]], more: str = "/xapi/more") -> None:
        self.held, self.more = held, more

    def __call__(self, request: Any) -> None:
        parts = urlsplit(request.path)
        said = {name: found[0] for name, found in parse_qs(parts.query).items()}
        wanted = "Basic " + base64.b64encode(b"reader:planted").decode()
        if request.headers["Authorization"] != wanted:
            return self._send(request, 401, {})
        if request.headers["X-Experience-API-Version"] != "1.0.3":
            return self._send(request, 400, {})
        if parts.path not in ("/xapi/statements", self.more):
            return self._send(request, 404, {})
        start = int(said.pop("start", 0))
        found = sorted((s for s in self.held if self._fits(s, said)), key=lambda s: s["stored"], reverse=True)
        more = (
            f"{self.more}?{urlencode({**said, 'start': start + PAGE})}" if len(found) > start + PAGE else ""
        )
        return self._send(request, 200, {"statements": found[start : start + PAGE], "more": more})

    def _fits(self, one: dict[str, Any], said: dict[str, str]) -> bool:
        stored = datetime.fromisoformat(one["stored"])
        abouts = [one["object"]["id"]]
        if said.get("related_activities") == "true":
            abouts += [a["id"] for a in one["context"]["contextActivities"]["parent"]]
        return (
            stored > datetime.fromisoformat(said["since"])
            and stored <= datetime.fromisoformat(said.get("until", "2100-01-01T00:00:00Z"))
            and said.get("verb", one["verb"]["id"]) == one["verb"]["id"]
            and said.get("activity", abouts[0]) in abouts
        )

    def _send(self, request: Any, status: int, data: Any) -> None:
        body = json.dumps(data).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("X-Experience-API-Version", "1.0.3")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def fetch(serve: Any, settings: Any) -> Any:
    def run(answer: Any = None, *, path: str = "xapi/", password: str = "planted", **more: Any) -> Fetched:
        server = serve(answer or Store(HELD))
        run.server = server  # type: ignore[attr-defined]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
        ask = {name: more.pop(name) for name in ("zone", "period") if name in more}
        form = kind("xapi").form_class(
            {
                "url": server.url + path,
                "username": "reader",
                "password": password,
                "count": "statements",
                **more,
            }
        )
        assert form.is_valid(), form.errors
        said, secrets = form.settings(), form.secrets()  # type: ignore[attr-defined]
        return kind("xapi").fetch(Ask(settings=said, secrets=secrets, today=TODAY, **ask))

    return run


def counted(fetched: Fetched) -> dict[int, float | None]:
    return {o.day.day: o.value for o in fetched.observations if o.value}


def refusal(fetch: Any, *args: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(*args, **more)
    return caught.value


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, {1: 3, 4: 3}),
        ({"count": "people"}, {1: 2, 4: 3}),
        ({"zone": ZoneInfo("Europe/Berlin")}, {1: 2, 2: 1, 4: 2, 5: 1}),
        ({"verb": OPENED}, {4: 1}),
        ({"activity": PART}, {4: 1}),
        ({"activity": COURSE}, {1: 3, 4: 2}),
        ({"activity": COURSE, "related": "on"}, {1: 3, 4: 3}),
        ({"period": (date(2026, 6, 4), date(2026, 6, 5))}, {4: 3}),
        ({"period": (date(2026, 3, 1), date(2026, 6, 2))}, {1: 3}),
        ({"window_days": 27}, {4: 3}),
        ({"path": "xapi/statements"}, {1: 3, 4: 3}),
    ],
)
def test_counted_per_day(fetch: Any, more: Any, counts: dict[int, int]) -> None:
    assert counted(fetch(**more)) == counts


def test_a_day_without_a_statement_is_nothing_done(fetch: Any) -> None:
    found = [(o.day.day, o.value) for o in fetch().observations]
    assert found[:5] == [(1, 3), (2, 0), (3, 0), (4, 3), (5, 0)]
    assert found[-1] == (29, 0)  # yesterday


def test_every_page_is_read(fetch: Any) -> None:
    fetch()
    assert len(fetch.server.requests) == 4
    assert fetch.server.requests[1].path.startswith("/xapi/more?")


def test_statements_without_a_time_are_told(fetch: Any) -> None:
    held = [{**HELD[0], "timestamp": when} for when in ("soon", "2026-06-01T09:00:00")]
    fetched = fetch(Store(held))
    assert counted(fetched) == {1: 1}
    assert "Statements without a time, left out: 1" in fetched.understood


@pytest.mark.parametrize(
    "people",
    [{"account": {"homePage": "https://x.example", "name": "7"}}, {"openid": "https://x.example/7"}, None],
)
def test_people_are_told_apart_however_they_are_named(fetch: Any, people: Any) -> None:
    assert counted(fetch(Store([{**HELD[0], "actor": people}] * 2), count="people")) == {1: 1}


@pytest.mark.parametrize(
    ("answer", "more", "words"),
    [
        (None, {"password": "wrong"}, "refused our credentials"),
        (None, {"path": "elsewhere/"}, "nothing at this address"),
        (Store([]), {}, "no such statement yet"),
        (None, {"verb": "http://verbs.example/none"}, "no such statement yet"),
    ],
)
def test_refused_in_plain_words(fetch: Any, answer: Any, more: Any, words: str) -> None:
    assert words in refusal(fetch, answer, **more).message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[]", "no Learning Record Store"),
        (b"{}", "no Learning Record Store"),
        (b'{"statements": [], "more": 7}', "no Learning Record Store"),
        (b"<html>", "sign-in page"),
        (b'{"statements": [', "not complete"),
        (b'{"statements": [], "more": "http://127.0.0.1:9/"}', "cannot be used"),
        (b'{"statements": [], "more": "https://elsewhere.example/"}', "another address"),
    ],
)
def test_what_is_no_store(fetch: Any, respond: Any, body: bytes, words: str) -> None:
    assert words in refusal(fetch, respond(body)).message


def test_pages_in_a_circle(fetch: Any) -> None:
    def again(request: Any) -> None:
        Store([])._send(request, 200, {"statements": [], "more": request.path})

    assert "in a circle" in refusal(fetch, again).message


def test_only_a_signal() -> None:
    assert [each.name for each in kinds().values() if each.signal_only] == ["xapi"]
    assert "never be the metric" in str(kind("xapi").description)


@pytest.mark.parametrize(
    ("data", "field"),
    [({"verb": "completed"}, "verb"), ({"activity": "7: x\n"}, "activity"), ({"username": "a:b"}, "username"),
     ({"password": "a\nb"}, "password"), ({"url": "http://127.0.0.1/"}, "url"), ({"count": "all"}, "count")],
)  # fmt: skip
def test_the_form(data: dict[str, str], field: str) -> None:
    right = {"url": "https://lrs.example/xapi/", "username": "a", "count": "people"}
    assert kind("xapi").form_class(right).is_valid()
    assert set(kind("xapi").form_class({**right, **data}).errors) == {field}


def test_a_leap_second_is_a_time() -> None:
    moment = _timestamp({"timestamp": "2016-12-31T23:59:60Z"})
    assert moment
    assert moment.date() == date(2016, 12, 31)
