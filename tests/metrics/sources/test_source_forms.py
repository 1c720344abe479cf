"""The forms: errors stand beside their field, secrets go in and never come out."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.renderers import DjangoTemplates

from metrics.sources import SourceKind, addresses, kind, kinds
from metrics.sources.http_json import parse_headers

SERIES = {"rows": "series", "date_column": "date", "value_column": "value"}


def form(name: str, files: Any = None, **data: Any) -> Any:
    return kind(name).form_class(data, files)


def errors(name: str, **data: Any) -> set[str]:
    return set(form(name, **data).errors)


def test_the_registry() -> None:
    assert list(kinds()) == ["file", "folder", "http_json", "push", "typed"]
    for each in kinds().values():
        assert isinstance(each, SourceKind)
        assert str(each.label)
        assert str(each.description)
    with pytest.raises(KeyError):
        kind("sql")


@pytest.mark.parametrize("name", ["file", "folder", "http_json"])
def test_every_field_has_a_label(name: str) -> None:
    assert all(field.label for field in kind(name).form_class().fields.values())


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (SERIES, set()),
        ({**SERIES, "value_column": ""}, {"value_column"}),
        ({**SERIES, "numerator_column": "a", "denominator_column": "b"}, {"value_column"}),
        ({**SERIES, "value_column": "", "numerator_column": "a"}, {"denominator_column"}),
        ({**SERIES, "value_column": "", "denominator_column": "a"}, {"numerator_column"}),
        ({**SERIES, "value_column": "", "numerator_column": "a", "denominator_column": "b"}, set()),
        ({**SERIES, "date_column": ""}, {"date_column"}),
        ({**SERIES, "rows": ""}, {"rows"}),
        ({**SERIES, "group_value": "A"}, {"group_column"}),
        ({**SERIES, "group_column": "A"}, set()),
        ({**SERIES, "filter_column": "A"}, {"filter_value"}),
        ({**SERIES, "filter_value": "A"}, {"filter_column"}),
        ({**SERIES, "rows": "events"}, {"outcome_column"}),
        ({**SERIES, "rows": "events", "outcome_column": "won"}, set()),
        ({**SERIES, "rows": "events", "outcome_column": "won", "outcome": "at_least"}, {"threshold"}),
        (
            {**SERIES, "rows": "events", "outcome_column": "won", "outcome": "at_most", "threshold": "0"},
            set(),
        ),
        (
            {**SERIES, "rows": "events", "outcome_column": "won", "outcome": "at_most", "threshold": "nan"},
            {"threshold"},
        ),
        ({**SERIES, "date_column": "a\0"}, {"date_column"}),
        ({**SERIES, "date_column": "a" * 201}, {"date_column"}),
        ({**SERIES, "day_order": "ydm"}, {"day_order"}),
    ],
)
def test_mapping(data: dict[str, str], fields: set[str]) -> None:
    assert errors("file", **data) == fields


def test_settings_are_ready_to_store() -> None:
    filled = form("http_json", **SERIES, url="https://figures.example/", bearer_token="abc", headers="X-A: 1")
    assert filled.is_valid()
    assert filled.settings() == {**SERIES, "url": "https://figures.example/"}
    assert filled.secrets() == {"bearer_token": "abc", "headers": "X-A: 1"}


def test_no_new_secret_means_none() -> None:
    filled = form("http_json", **SERIES, url="https://figures.example/")
    assert filled.is_valid()
    assert filled.secrets() == {}


def test_secrets_are_never_rendered() -> None:
    data = {"url": "", "bearer_token": "planted-one", "headers": "X-A: planted-two"}
    form_class, plain = kind("http_json").form_class, DjangoTemplates()
    for shown in (form_class(data, renderer=plain), form_class(initial=data, renderer=plain)):
        for name in shown.fields:
            assert "planted" not in shown[name].as_widget()
    assert kind("http_json").form_class.secret_fields == ("bearer_token", "headers")  # type: ignore[attr-defined]


def test_errors_do_not_repeat_secrets() -> None:
    refused = form(
        "http_json", **SERIES, url="https://figures.example/", bearer_token="plan ted", headers="planted"
    )
    assert set(refused.errors) == {"bearer_token", "headers"}
    assert "plan" not in refused.errors.as_json()


def test_an_inside_address_is_refused_beside_its_field() -> None:
    for url in (
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://a@b.example/",
        "ftp://b.example/",
        "b.example",
    ):
        refused = form("http_json", **SERIES, url=url)
        assert refused.errors == {"url": [addresses.refused().message]}


def test_an_expression_is_checked_beside_its_field() -> None:
    assert errors("http_json", **SERIES, url="https://figures.example/", rows_at="a[") == {"rows_at"}


@pytest.mark.parametrize(
    "text",
    [
        "no colon",
        "X Y: 1",
        ": 1",
        "X-A:",
        "Host: inside",
        "content-length: 5",
        "Transfer-Encoding: chunked",
        "X-A: ümlaut",
        "X-A: a\x0bb: c",
        "X-A: a\rX-B: b",
        "X-A: a\x00",
        "X-A: " + "a" * 5000,
        "\n".join(f"X-{n}: 1" for n in range(21)),
    ],
)
def test_headers_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)line [0-9]"):
        parse_headers(text)


def test_an_upload_is_passed_on_and_not_stored() -> None:
    filled = form("file", {"upload": SimpleUploadedFile("a.csv", b"date,value\n")}, **SERIES)
    assert filled.is_valid()
    assert filled.is_multipart()
    assert "upload" not in filled.settings()


def test_an_upload_that_is_too_large() -> None:
    upload = SimpleUploadedFile("a.csv", b"x")
    upload.size = 10 * 1024 * 1024 + 1
    assert set(form("file", {"upload": upload}, **SERIES).errors) == {"upload"}
