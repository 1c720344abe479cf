"""Every form × every field × every hostile text: never a 500; what is refused says so beside the field, and what was
typed is still there; what is accepted is shown as text and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.forms.widgets import Input
from django.test import Client, override_settings
from httpx2 import Headers

from accounts.models import Message
from metrics.sources import http
from metrics.sources.http import Visit
from metrics.sources.key_fields import SecretTextarea
from pilots.forms.step import StepForm
from tests.access.house import Answered, House, put_back
from tests.cast import TODAY, csv_of
from tests.forms.again import made_again
from tests.forms.answer import Answer, read
from tests.forms.hostile import (
    BLANK,
    ELSEWHERE,
    JUST_BELOW,
    LIVE,
    MEGABYTE,
    SHOWN_NEXT,
    TEXTS,
    as_text,
)
from tests.forms.places import PLACES, UNMET, Place, form_classes, post
from tests.forms.together import is_free_text, joined, together
from tests.pages.page import faults_of, headers_missing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contexts")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a file and a database."""
    folder = tmp_path_factory.mktemp("sources")
    (folder / "values.csv").write_bytes(TABLE)
    with closing(sqlite3.connect(folder / "values.sqlite")) as database:
        database.execute("create table figures as select '2026-05-01' as date, 1 as value")
    return folder


@pytest.fixture(autouse=True, scope="module")
def sources_that_answer(folder: Path) -> Iterator[None]:
    """A folder, an address with figures, and nobody who is told to slow down."""
    with pytest.MonkeyPatch.context() as patch, override_settings(PILOTLIGHT_SOURCE_DIRS=[str(folder)]):
        patch.setattr("metrics.sources.http.Visit.ask", _ask)
        patch.setattr("metrics.sources.http.Visit.download", _download)
        patch.setattr("metrics.sources.http.Visit.exchange", _exchange)
        patch.setattr("allauth.core.ratelimit.consume", lambda *args, **kwargs: _Unlimited())
        yield


TABLE = csv_of(TODAY - timedelta(days=1), [20.5])
STATEMENTS = b'{"statements": [{"timestamp": "2026-05-01T10:00:00Z", "actor": {}}], "more": ""}'


def _ask(visit: Visit, url: str, **about: Any) -> http.Answer:
    body = STATEMENTS if "/statements" in url else b'[{"date": "2026-05-01", "value": 1}]'
    return http.Answer("application/json", body, url=url)


@contextmanager
def _download(visit: Visit, url: str, **about: Any) -> Iterator[tuple[BytesIO, http.Reply]]:
    yield BytesIO(TABLE), http.Reply(200, Headers(), url)


def _exchange(
    visit: Visit, method: str, url: str, headers: Any, content: bytes | None, sinks: http.Sinks
) -> http.Reply:
    sink = sinks(200)
    assert sink
    sink(TABLE)
    return http.Reply(200, Headers(), url)


class _Unlimited:
    allowed = True

    def __bool__(self) -> bool:
        return True

    def rollback(self) -> None: ...


#: The modules that forms stand in.
AREAS = sorted({place.form.__module__ for place in PLACES})


def _failures_in(area: str, failures_of: Callable[[Place], list[str]]) -> list[str]:
    failures = []
    for place in PLACES:
        if place.form.__module__ == area:
            with put_back():
                failures += [f"{place}: {failure}" for failure in failures_of(place)]
    return failures


def test_every_form_has_its_place() -> None:
    assert form_classes() - UNMET == {place.form for place in PLACES}


@pytest.mark.parametrize("sent_elsewhere", [False, True])
def test_filled_in_rightly_it_is_taken(house: House, sent_elsewhere: bool) -> None:
    """The control: what follows is refused for the text and for nothing else.

    What is sent elsewhere, and taken there, is only asked whether the form as the view makes it takes it.
    """
    failures = []
    for place in [place for place in PLACES if place.is_sent_elsewhere == sent_elsewhere]:
        if sent_elsewhere:
            with made_again(house, place) as make:
                form, _draw = make(place.right(house))
                failures += [f"{place}: {wrong}" for wrong in form.errors]
            continue
        with put_back():
            browser = house.browser(place.caller)
            response = post(browser, place.path(house, browser), place.right(house))
            if response.status_code != place.taken:
                failures.append(f"{place}: {response.status_code}, {read(response.content).wrong}")
    assert failures == []


def test_every_field_at_once(house: House) -> None:
    """Every field carries a text that it may not like, choices and days too, each field another one and the first one nothing
    right: the page that comes back keeps to what every page keeps to, but says what was typed.

    One turn of the texts through the fields; all pairs are tried by ``test_every_text_in_every_field``.
    """
    failures = []
    for place in PLACES:
        given = {
            name: value if name == "upload" else _texts_for(place, name)[(number + 2) % len(ELSEWHERE)]
            for number, (name, value) in enumerate(place.right(house).items())
        }
        with put_back():
            browser = house.browser(place.caller)
            response = post(browser, place.path(house, browser), given)
            faults = [
                *_faults(place, browser, response, given),
                *headers_missing(response),
                *_faults_of_mails(house),
            ]
            if place.form.__name__ != "RoleForm":  # it stands in a table, and is not drawn again
                faults += (
                    [] if response.status_code in place.refusals else [f"answered {response.status_code}"]
                )
                faults += [fault for fault in faults_of(response) if not fault.startswith("leaks")]
        failures += [f"{place}: {fault}" for fault in faults]
    assert failures == []


def _texts_for(place: Place, name: str) -> list[bytes]:
    """Words are for fields that take words."""
    return [text for called, text in TEXTS.items() if called in ELSEWHERE or is_free_text(place, name)]


@pytest.mark.parametrize("area", AREAS)
def test_every_text_in_every_field(house: House, area: str) -> None:
    """Every field × every text, in the very form that the view makes: only the page around it is left out."""
    assert _failures_in(area, partial(_of_every_text, house)) == []


def _of_every_text(house: House, place: Place) -> list[str]:
    failures = []
    with made_again(house, place) as make:
        right = place.right(house)
        for called, text in TEXTS.items():
            given = {name: value if name == "upload" else text for name, value in right.items()}
            form, draw = make(given)
            drawn = draw()
            failures += [f"{called}: {fault}" for fault in _faults_of_form(form, drawn, given)]
            failures += [f"{called}: shown alive: {live!r}" for live in LIVE if live in drawn.content]
    return failures


@pytest.mark.parametrize("area", AREAS)
def test_every_text_in_an_otherwise_right_form(house: House, area: str) -> None:
    """Every text that a field of words takes comes as far as the verb, the database, the mail and the next page.

    As many of them at once as the field takes; the next page is opened where one of them could do something there.
    """
    assert _failures_in(area, partial(_of_right_forms, house)) == []


def _of_right_forms(house: House, place: Place) -> list[str]:
    failures = []
    for texts in together(house, place):
        given = {**place.right(house), **{name: joined(some) for name, some in texts.items()}}
        follow = any(called in SHOWN_NEXT | BLANK for some in texts.values() for called in some)
        failures += [f"{texts}: {fault}" for fault in _faults_of_posting(house, place, given, follow=follow)]
    return failures


def _faults_of_posting(
    house: House, place: Place, given: dict[str, Any], *, follow: bool = False
) -> list[str]:
    """What is wrong with the answer, the page after it, and the mails."""
    with put_back():
        browser = house.browser(place.caller)
        response = post(browser, place.path(house, browser), given)
        return [*_faults(place, browser, response, given, follow=follow), *_faults_of_mails(house)]


def _faults(
    place: Place, browser: Client, response: Answered, given: dict[str, Any], *, follow: bool = False
) -> Iterator[str]:
    """What is wrong with the answer to a form that was filled in strangely."""
    status = response.status_code
    if status == place.taken == 200:
        pass
    elif status == 302:
        if follow:
            response = browser.get(response["Location"])
        if response.status_code not in {200, 302}:
            yield f"taken, and then {response.status_code}"
    elif status not in place.refusals:
        yield f"answered {status}"
    elif place.form.__name__ != "RoleForm":
        yield from _faults_of_refusal(
            response, {k: v for k, v in given.items() if status != 409 or k not in {"version", "seen"}}
        )
    for live in LIVE:
        if live in response.content:
            yield f"shown alive: {live!r}"


def _faults_of_refusal(response: Answered, given: dict[str, Any]) -> Iterator[str]:
    answer = read(response.content)
    shown = [value for key in ("form", "schedule") if (value := _in_context(response, key)) is not None]
    if not any(form.errors for form in shown):
        yield "refused without a reason"
    for form in shown:
        yield from _faults_of_form(form, answer, given)


def _in_context(response: Answered, key: str) -> forms.BaseForm | None:
    context = getattr(response, "context", None)
    found = context.get(key) if context else None
    return found if isinstance(found, forms.BaseForm) else None


def _faults_of_form(form: forms.BaseForm, answer: Answer, given: dict[str, Any]) -> Iterator[str]:
    for name, errors in form.errors.items():
        hidden = name == "__all__" or form[name].is_hidden
        if not hidden and name not in answer.wrong:
            yield f"no error beside {name}"
        if str(errors[0]) not in answer.text:
            yield f"the error of {name} is not on the page"
    for name, field in form.fields.items():
        if name in given and _is_shown_again(field) and answer.typed.get(name) != _as_typed(given[name]):
            yield f"{name} lost what was typed: {answer.typed.get(name)} for {_as_typed(given[name])}"[:300]


def _is_shown_again(field: forms.Field) -> bool:
    """Passwords and keys are not; a choice that does not exist cannot be."""
    unseen = (forms.PasswordInput, forms.FileInput, SecretTextarea)
    return isinstance(field.widget, forms.Textarea | Input) and not isinstance(
        field.widget, (*unseen, forms.CheckboxInput)
    )


def _as_typed(value: Any) -> list[str]:
    return [as_text(value) if isinstance(value, bytes) else str(value)]


def _faults_of_mails(house: House) -> Iterator[str]:
    """A mail that a text found its way into has the headers that we gave it, and no others."""
    for message in Message.objects.filter(pk__gt=house.newest_message).exclude(to=""):
        letter = message.as_email().message()
        if letter["Bcc"] or letter["Cc"] or len(letter.get_all("To", [])) != 1:
            yield "a mail goes to somebody else"
        if any(
            "\n" in str(value) or "\r" in str(value)
            for name, value in letter.items()
            if name != "Content-Type"
        ):
            yield "a header of a mail has a second line"


# --- sizes ----------------------------------------------------------------------------------------


def test_a_megabyte_is_too_much(house: House) -> None:
    answers = {}
    for place in PLACES:
        with put_back():
            browser = house.browser(place.caller)
            path, right = place.path(house, browser), place.right(house)
            first = next(name for name in right if name != "upload")
            response = post(browser, path, {**right, first: MEGABYTE})
        answers[str(place)] = (response.status_code, b"That is too large." in response.content)
    assert answers == dict.fromkeys(answers, (413, True))


LARGE = ["JoinForm", "MetricForm", "HttpJsonForm", "NewPilotForm", "AnswerForm", "ContentForm", "LoginForm"]


@pytest.mark.parametrize("place", [place for place in PLACES if place.form.__name__ in LARGE], ids=str)
def test_nearly_a_megabyte_is_refused_by_the_form(house: House, place: Place) -> None:
    browser = house.browser(place.caller)
    path, right = place.path(house, browser), place.right(house)
    name = next((name for name in right if is_free_text(place, name)), next(iter(right)))
    given = {**right, name: JUST_BELOW}
    response = post(browser, path, given)
    assert list(_faults(place, browser, response, given)) == []
    assert response.status_code in place.refusals


# --- one field at a time ----------------------------------------------------------------------------


@pytest.mark.parametrize("area", AREAS)
def test_one_wrong_field_leaves_the_others_as_they_were(house: House, area: str) -> None:
    """Each field in the form that the view makes, and one of them on the page."""
    assert _failures_in(area, partial(_of_one_wrong, house)) == []


def _of_one_wrong(house: House, place: Place) -> list[str]:
    if place.form.__name__ == "RoleForm":  # it stands in a table, and is not drawn again
        return []
    failures = []
    wrong, drawn = list(_each_wrong(place)), set[str]()
    with made_again(house, place) as make:
        right = place.right(house)
        for name, called, text in wrong:
            given = {**right, name: text}
            form, draw = make(given)
            if name not in form.errors:
                failures.append(f"{name}, {called}: nothing is said of it")
            if (
                name not in drawn
            ):  # once for each: what stands in the others has nothing to do with what is wrong
                drawn.add(name)
                page = draw()
                faults = [*_faults_of_form(form, page, given), *_choices_lost([form], page, given, name)]
                failures += [f"{name}, {called}: {fault}" for fault in faults]
    for name, called, text in wrong[:1]:
        with put_back():
            browser = house.browser(place.caller)
            given = {**place.right(house), name: text}
            response = post(browser, place.path(house, browser), given)
            if response.status_code not in place.refusals:
                failures.append(f"{name}, {called}: answered {response.status_code}")
                continue
            shown = [form for key in ("form", "schedule") if (form := _in_context(response, key)) is not None]
            faults = [
                *_faults(place, browser, response, given),
                *_choices_lost(shown, read(response.content), given, name),
                *faults_of(response),
            ]
            failures += [f"{name}, {called}: {fault}" for fault in faults]
            form = _in_context(response, "schedule" if place.form.__name__ == "ScheduleForm" else "form")
            if form is None or name not in form.errors:
                failures.append(f"{name}, {called}: nothing is said of it")
    return failures


def _each_wrong(place: Place) -> Iterator[tuple[str, str, bytes]]:
    for name, field in place.form.base_fields.items():  # type: ignore[attr-defined]
        for called, text in _wrong_for(field):
            # A plan may have blanks.
            if called != "empty" or not issubclass(place.form, StepForm):
                yield name, called, text


def _wrong_for(field: forms.Field) -> Iterator[tuple[str, bytes]]:
    if isinstance(field, forms.BooleanField | forms.FileField):
        return  # anything ticks a box; files have tests of their own
    if not isinstance(field, forms.CharField):
        yield "wrong type", TEXTS["wrong type"]
    elif field.max_length and not isinstance(field.widget, forms.PasswordInput):
        yield "too long", b"x" * (field.max_length + 1)
    else:
        yield "NUL", TEXTS["NUL"]
    if field.required:
        yield "empty", b""


def _choices_lost(
    shown: list[forms.BaseForm], page: Answer, given: dict[str, Any], wrong: str
) -> Iterator[str]:
    """Radios, boxes and lists stand as they were chosen."""
    typed = page.typed
    for form in shown:
        for name, field in form.fields.items():
            if (
                name == wrong
                or name not in given
                or _is_shown_again(field)
                or isinstance(field, forms.FileField)
            ):
                continue
            chosen = given[name] if isinstance(given[name], list) else [given[name]]
            if isinstance(field.widget, forms.PasswordInput | SecretTextarea):
                if any(typed.get(name, [])):
                    yield f"{name} is shown again"
            elif [one for one in typed.get(name, []) if one] != [one for one in chosen if one]:
                yield f"{name} lost its choice"
