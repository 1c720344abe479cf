"""Tables in a bucket, from a real server that speaks S3."""

import builtins
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from metrics.sources import Ask, Fetched, SourceError, downloads, kind
from tests.metrics.sources.conftest import csv_rows

TODAY = date(2026, 6, 30)
SECRETS = {"access_key": "AKIAEXAMPLE", "secret_key": "planted-secret"}


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def s3(storage: str) -> Any:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3", endpoint_url=storage, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
        config=Config(s3={"addressing_style": "path"}),
    )  # fmt: skip
    client.create_bucket(Bucket="figures")
    client.put_object(Bucket="figures", Key="one.csv", Body=csv_rows(1))
    for number in (1, 2):
        client.put_object(Bucket="figures", Key=f"sales/{number} würzig+neu.csv", Body=csv_rows(number))
    client.put_object(Bucket="figures", Key="sales/", Body=b"")
    client.put_object(Bucket="figures", Key="empty.csv", Body=b"")
    client.put_object(Bucket="figures", Key="2026-06-30.csv", Body=csv_rows(7))
    return client


@pytest.fixture
def fetch(storage: str, s3: Any, settings: Any) -> Any:
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [storage.removeprefix("http://")]

    def run(secrets: dict[str, str] = SECRETS, **more: Any) -> Fetched:
        said = {
            "endpoint": storage,
            "bucket": "figures",
            "date_column": "date",
            "value_column": "value",
            **more,
        }
        return kind("bucket").fetch(Ask(settings=said, secrets=secrets, today=TODAY))

    return run


def refusal(fetch: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(**more)
    return caught.value


def values(fetched: Fetched) -> list[float | None]:
    return [o.value for o in fetched.observations]


def test_a_file(fetch: Any) -> None:
    assert values(fetch(key="one.csv")) == [1.0]


def test_the_newest_below_a_prefix(fetch: Any) -> None:
    for more in ({"key": "sales/"}, {"key": "sal", "newest": True}):
        fetched = fetch(**more)
        assert values(fetched) == [2.0]
        assert "The newest file is “sales/2 würzig+neu.csv”" in fetched.understood


def test_a_file_of_the_day(fetch: Any) -> None:
    assert values(fetch(key="{today}.csv")) == [7.0]


@pytest.mark.parametrize(
    ("more", "words", "field", "retry"),
    [
        ({"key": "missing.csv"}, "no such file", "key", True),
        ({"key": "nothing/"}, "No file in the bucket begins so", "key", True),
        ({"key": "one.csv", "bucket": "elsewhere"}, "no bucket of this name", "bucket", False),
        ({"key": "empty.csv"}, "empty", "", True),
        ({"key": "one.csv", "secrets": {}}, "missing", "access_key", False),
    ],
)
def test_refused_in_plain_words(fetch: Any, more: Any, words: str, field: str, retry: bool) -> None:
    error = refusal(fetch, **more)
    assert words in error.message
    assert (error.field, error.retry) == (field, retry)


def refusing(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>planted</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "code", "words", "field", "retry"),
    [
        (403, "InvalidAccessKeyId", "refused the access key", "access_key", False),
        (403, "SignatureDoesNotMatch", "refused the access key", "access_key", False),
        (403, "AccessDenied", "refused our credentials", "", False),
        (503, "SlowDown", "trouble", "", True),
        (500, "InternalError", "trouble", "", True),
    ],
)
def test_what_the_storage_refuses(
    fetch: Any,
    serve: Any,
    respond: Any,
    settings: Any,
    status: int,
    code: str,
    words: str,
    field: str,
    retry: bool,
) -> None:
    server = serve(
        respond(refusing(code), status=status, kind="application/xml", headers={"Retry-After": "90"})
    )
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    error = refusal(fetch, endpoint=server.url, key="one.csv")
    assert words in error.message
    assert "planted" not in error.message
    assert (error.field, error.retry) == (field, retry)
    assert error.retry_after == (90 if status >= 500 else None)
    assert len(server.requests) == 1  # the next try is the pull's


def test_what_is_no_storage(fetch: Any, serve: Any, respond: Any, settings: Any) -> None:
    server = serve(respond(b"<html>Sign in</html>", kind="text/html"))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    assert "web page" in refusal(fetch, endpoint=server.url, key="one.csv").message
    assert refusal(fetch, endpoint=server.url, key="sales/").field == "endpoint"


def test_a_file_that_is_too_large(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 10)
    assert "larger than" in refusal(fetch, key="one.csv").message


def test_the_secret_key_never_travels(fetch: Any, serve: Any, respond: Any, settings: Any) -> None:
    server = serve(respond(csv_rows(3), kind="text/csv"))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    assert values(fetch(endpoint=server.url, key="one.csv")) == [3.0]
    [request] = server.requests
    assert "AKIAEXAMPLE" in request.headers["Authorization"]
    assert "planted" not in f"{request.path} {request.headers}"


def test_the_machine_s_own_keys_are_never_used(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert values(fetch(key="one.csv")) == [1.0]


def test_without_the_extra_it_says_so(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith(("boto3", "botocore")):
            raise ImportError(name)
        return known(name, *args, **kwargs)

    for name in [name for name in sys.modules if name.split(".")[0] in ("boto3", "botocore")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", missing)
    assert "extra “s3”" in refusal(fetch, key="one.csv").message
