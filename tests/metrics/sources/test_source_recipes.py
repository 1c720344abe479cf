"""Every recipe, through its kind's form, against a server that answers in the shape that the vendor documents.

The answers beside the tests were written from the page that the recipe cites; they are invented, not recorded from anybody.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from metrics.sources import Ask, SourceError, kind, placeholders
from metrics.sources.recipes import Recipe, recipe, recipes
from tests.metrics.sources.conftest import TODAY

HERE = Path(__file__).parent / "recipes"
each = pytest.mark.parametrize("slug", sorted(recipes()))


def answered(slug: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((HERE / f"{slug}.json").read_text())
    return said


def test_every_recipe_has_an_answer_to_be_tried_with() -> None:
    assert {path.stem for path in HERE.glob("*.json")} == set(recipes())
    assert [name.split("-")[0] for name in sorted(recipes())] == [
        "hubspot",
        "jira",
        "salesforce",
        "workday",
        "zendesk",
    ]


class Vendor:
    """Answers one request after the other, when each is what the vendor's documentation asks for."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        self.left, self.wrong = list(exchanges), list[str]()

    def __call__(self, request: Any) -> None:
        wanted = self.left.pop(0)
        parts = urlsplit(request.path)
        self._compare("method", request.command, wanted["method"])
        self._compare("path", parts.path, wanted["path"])
        self._compare("query", dict(parse_qsl(parts.query)), wanted.get("query", {}))
        if "authorization" in wanted:
            self._compare("authorization", request.headers["Authorization"], wanted["authorization"])
        if "posted" in wanted:
            self._compare("posted", dict(parse_qsl(request.posted.decode())), wanted["posted"])
        for name, value in wanted.get("json", {}).items():
            self._compare(name, json.loads(request.posted).get(name), value)
        body = json.dumps(wanted["answer"]).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json;charset=UTF-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _compare(self, what: str, came: Any, wanted: Any) -> None:
        if came != wanted:
            self.wrong.append(f"{what}: {came} instead of {wanted}")


@each
def test_it_reads_what_the_vendor_answers(slug: str, serve: Any, settings: Any) -> None:
    said = answered(slug)
    chosen = recipe(slug)
    form = kind(chosen.kind).form_class({**chosen.initial(said["answers"]), **said["typed"]})
    assert form.is_valid(), form.errors
    vendor = Vendor(said["exchanges"])
    server = serve(vendor)
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    stored = {
        name: value.replace(said["host"], server.url.rstrip("/")) if isinstance(value, str) else value
        for name, value in form.settings().items()  # type: ignore[attr-defined]
    }
    metric_kind = "mean" if "mean" in said else "proportion"
    ask = Ask(settings=stored, secrets=form.secrets(), today=TODAY, metric_kind=metric_kind)  # type: ignore[attr-defined]
    fetched = kind(chosen.kind).fetch(ask)
    assert vendor.wrong == []
    assert vendor.left == []
    assert fetched.problems == ()
    if "mean" in said:
        assert [[o.day.isoformat(), o.value, o.n] for o in fetched.observations] == said["mean"]
    else:
        assert [[o.day.isoformat(), o.numerator, o.denominator] for o in fetched.observations] == said[
            "expected"
        ]


@each
def test_it_says_what_a_person_needs(slug: str) -> None:
    chosen = recipe(slug)
    assert chosen.documentation.startswith("https://")
    assert chosen.about.endswith(".")
    assert "Ask" in chosen.ask or "Create" in chosen.ask
    assert set(chosen.settings) <= set(kind(chosen.kind).form_class.base_fields)  # type: ignore[attr-defined]
    assert not set(chosen.settings) & set(kind(chosen.kind).form_class.secret_fields)  # type: ignore[attr-defined]
    assert set(chosen.keys) == set(answered(slug)["typed"])


@each
def test_every_answer_has_its_place(slug: str) -> None:
    """Each example is a right answer, each question is used, and unanswered it is asked for by name."""
    chosen = recipe(slug)
    examples = {question.name: question.example for question in chosen.questions}
    assert chosen.form(examples).is_valid() or not examples
    left = [name for name in examples if any(f"{{{name}}}" in str(v) for v in chosen.settings.values())]
    assert left == list(examples)
    for value in chosen.initial(examples).values():
        placeholders.check_filled(str(value) if not str(value).startswith("{") else "", "url")
    if examples:
        with pytest.raises(SourceError, match="still stands there"):
            placeholders.check_filled(str(chosen.initial({})["url"]), "url")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "a.evil.example/",
        "a/b",
        "a@b",
        "127.0.0.1/#",
        "a b",
        "a\nb",
        "ａｃｍｅ",
        "{since}",
        "a" * 300,
        "-",
        "a'b",
    ],
)
def test_an_answer_never_becomes_another_address(answer: str) -> None:
    for chosen in recipes().values():
        for question in chosen.questions:
            if question.name in ("domain", "subdomain", "site", "host"):
                form = chosen.form({question.name: answer})
                assert question.name in form.errors
                assert "{" + question.name + "}" in chosen.initial({question.name: answer})["url"]


def test_questions_are_not_wrong_before_they_are_asked() -> None:
    assert not recipe("jira-share-of-bugs").form({"recipe": "jira-share-of-bugs"}).is_bound


def test_an_unknown_recipe() -> None:
    with pytest.raises(KeyError):
        recipe("nothing")
    assert isinstance(next(iter(recipes().values())), Recipe)
    assert date(2026, 6, 30) == TODAY  # the days in the recorded requests
