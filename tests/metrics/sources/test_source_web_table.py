"""Tables at an address and Google Sheets, from real servers."""

import gzip
import time
from typing import Any

import pytest

from metrics.sources import Ask, Fetched, SourceError, downloads, http, kind
from metrics.sources.web_table import Place
from tests.metrics.sources.conftest import TODAY, csv_rows
from tests.metrics.sources.test_source_workbook import sheet, workbook

SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz_0123456789-abcdef"
PUBLISHED = "2PACX-1vAbCdEfGhIjKlMnOp"
EXPORT = f"https://docs.google.com/spreadsheets/d/{SHEET}/export?format=csv"


@pytest.fixture
def fetch(serve: Any, settings: Any) -> Any:
    def run(answer: Any, url: str = "", secrets: dict[str, str] | None = None, **more: Any) -> Fetched:
        server = serve(answer)
        run.server = server  # type: ignore[attr-defined]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
        said = {"url": url or server.url, "date_column": "date", "value_column": "value", **more}
        return kind("web_table").fetch(Ask(settings=said, secrets=secrets or {}, today=TODAY))

    return run


def refusal(fetch: Any, *args: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(*args, **more)
    return caught.value


@pytest.mark.parametrize(
    ("body", "headers", "values"),
    [
        (csv_rows(1, 2), {}, [1, 2]),
        (csv_rows(1, 2).replace(b",", b"\t"), {}, [1, 2]),
        (gzip.compress(csv_rows(1, 2)), {"Content-Encoding": "gzip"}, [1, 2]),
        (workbook(sheet([["date", "value"], ["2026-01-01", 4]])), {}, [4]),
    ],
    ids=["CSV", "TSV", "gzip", "workbook"],  # their bytes hold the time
)
def test_a_table(fetch: Any, respond: Any, body: bytes, headers: Any, values: list[float]) -> None:
    fetched = fetch(respond(body, kind="application/octet-stream", headers=headers))
    assert [o.value for o in fetched.observations] == values


def test_keys_are_sent_and_days_filled_in(fetch: Any, respond: Any, serve: Any) -> None:
    server = serve(respond(csv_rows(1)))
    for ask, sent in (({"username": "jo"}, "Basic am86cHc="), ({}, "Bearer abc")):
        secrets = {"password": "pw", "bearer_token": "abc"}
        fetch(respond(csv_rows(1)), secrets=secrets, **ask)
        assert fetch.server.requests[0].headers["Authorization"] == sent
    assert (
        refusal(fetch, respond(b""), url=f"{server.url}{{today}}.csv").field == "url"
    )  # not allowed, but filled in


@pytest.mark.parametrize(
    ("body", "content_type", "words", "retry"),
    [
        (b"", "text/csv", "nothing", True),
        (b"<!DOCTYPE html><title>Sign in</title>", "text/html", "sign-in page", False),
        (b'[{"date": 1}]', "application/json", "kind “Web address (JSON)”", False),
        (b"%PDF-1.7", "application/pdf", "not a table", False),
        (b"PK\x03\x04broken", "application/zip", "cannot be read", False),
        (b"a,b\n1,2\n", "text/csv", "The columns are: “a”, “b”", False),
        (b"date,value\n\x00\x01", "text/csv", "NUL", False),
    ],
)
def test_refused_in_plain_words(
    fetch: Any, respond: Any, body: bytes, content_type: str, words: str, retry: bool
) -> None:
    error = refusal(fetch, respond(body, kind=content_type))
    assert words in error.message
    assert error.retry is retry


def test_a_table_that_is_too_large(fetch: Any, respond: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 3 << 20)
    monkeypatch.setattr(downloads, "MAX_WORKBOOK", 1 << 20)
    assert "larger than 3 MB" in refusal(fetch, respond(b"x" * (3 << 20) + b"x")).message
    assert "larger than 1 MB" in refusal(fetch, respond(b"PK" + b"x" * (1 << 20))).message


def drip(request: Any) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(40):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.05)


def test_a_long_table_earns_time_and_a_drip_does_not(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def steadily(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"date,value\n")
        for number in range(10):
            request.wfile.write(f"2026-01-{number + 1:02},1\n".encode() * 1000)
            time.sleep(0.06)

    monkeypatch.setattr(http.Visit.__init__, "__defaults__", (http.Limits(seconds=0.3),))
    monkeypatch.setattr(downloads, "PACE", 100_000)
    assert len(fetch(steadily).observations) == 10
    began = time.monotonic()
    assert "in time" in refusal(fetch, drip).message
    assert time.monotonic() - began < 1.2


# --- Google Sheets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=7", f"{EXPORT}&gid=7"),
        (f"https://docs.google.com/spreadsheets/d/{SHEET}/edit?gid=7#gid=7", f"{EXPORT}&gid=7"),
        (f"https://docs.google.com/spreadsheets/d/{SHEET}/edit?usp=sharing", EXPORT),
        (f"https://docs.google.com/spreadsheets/d/{SHEET}", EXPORT),
        (f"https://docs.google.com/spreadsheets/u/1/d/{SHEET}/htmlview", EXPORT),
        (f" https://DOCS.google.com/spreadsheets/d/{SHEET}/export?format=xlsx&gid=0", f"{EXPORT}&gid=0"),
        (f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=x", EXPORT),
        (
            f"https://docs.google.com/spreadsheets/d/e/{PUBLISHED}/pubhtml?gid=3&single=true",
            f"https://docs.google.com/spreadsheets/d/e/{PUBLISHED}/pub?gid=3&single=true&output=csv",
        ),
        (
            f"https://docs.google.com/spreadsheets/d/e/{PUBLISHED}/pub?output=csv",
            f"https://docs.google.com/spreadsheets/d/e/{PUBLISHED}/pub?single=true&output=csv",
        ),
    ],
)
def test_a_link_as_it_is_copied(link: str, address: str) -> None:
    place = Place.of(link)
    assert place.url == address
    assert place.understood[0].startswith("The Google sheet is read as CSV")


@pytest.mark.parametrize(
    "link",
    [
        "https://figures.example/spreadsheets/d/" + SHEET,
        "https://docs.google.com.evil.example/spreadsheets/d/" + SHEET,
        "https://docs.google.com/document/d/" + SHEET,
        "https://docs.google.com/spreadsheets/d/short",
    ],
)
def test_other_links_stay_as_they_are(link: str) -> None:
    assert Place.of(link) == Place(link)


@pytest.fixture
def google(serve_tls: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Google's part, played by a server of ours under its name."""

    def run(answer: Any) -> Fetched:
        server = serve_tls(answer, "docs.google.com")
        monkeypatch.setattr("metrics.sources.web_table._EXPORT", server.url.rstrip("/"))
        said = {
            "url": EXPORT.replace("export?format=csv", "edit#gid=5"),
            "date_column": "date",
            "value_column": "value",
        }
        run.server = server  # type: ignore[attr-defined]
        return kind("web_table").fetch(Ask(settings=said, today=TODAY))

    return run


def test_a_sheet_that_is_shared(google: Any, respond: Any) -> None:
    fetched = google(respond(csv_rows(8), kind="text/csv"))
    assert [o.value for o in fetched.observations] == [8]
    assert google.server.requests[0].path == f"/spreadsheets/d/{SHEET}/export?format=csv&gid=5"
    assert fetched.understood[0] == "The Google sheet is read as CSV, the tab that the link names"


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<!doctype html><title>Google Sheets: Sign-in</title>"), (401, b""), (403, b""), (404, b"")],
)
def test_a_sheet_that_is_not_shared(google: Any, respond: Any, status: int, body: bytes) -> None:
    error = refusal(google, respond(body, status=status, kind="text/html"))
    assert "This Google sheet is not shared" in error.message
    assert (error.field, error.retry) == ("url", False)


def test_a_sheet_when_google_has_trouble(google: Any, respond: Any) -> None:
    error = refusal(google, respond(b"", status=503, headers={"Retry-After": "7"}))
    assert (error.retry, error.retry_after) == (True, 7)
