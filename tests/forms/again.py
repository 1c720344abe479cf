"""The form that a view makes, made again with other texts: what a form says of a text needs no request each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from allauth.core import context
from django import forms
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django_scopes import scope

from tests.access.house import House
from tests.forms.answer import Answer
from tests.forms.places import Place, encoded, post, several

type Make = Callable[[dict[str, Any]], tuple[forms.BaseForm, Callable[[], Answer]]]


@contextmanager
def made_again(house: House, place: Place) -> Iterator[Make]:
    """A maker of the place's form: given what was typed, the form, cleaned, and who draws it.

    One request is made to learn with what the view makes it; texts are read from a body as a request reads them.
    """
    with transaction.atomic():
        # What was prepared is put back with the test: there the view has to make it anew.
        if place.prepare or place not in house.made:
            house.made[place] = _as_the_view_makes_it(house, place)
        kind, given, named, request = house.made[place]

        def make(typed: dict[str, Any]) -> tuple[forms.BaseForm, Answer]:
            body = QueryDict(mutable=True)
            for name, value in several(typed):
                if name != "upload":
                    body.appendlist(name, _as_read(value))
            form = kind(
                *(body if isinstance(value, QueryDict) else value for value in given),
                **{name: body if isinstance(value, QueryDict) else value for name, value in named.items()},
            )
            form.full_clean()
            return form, lambda: Answer(f'<form class="form">{form}</form>'.encode(errors="surrogateescape"))

        # The sign-in library's forms ask for the request that they came with.
        with scope(organisation=house.ours.organisation), context.request_context(request):
            yield make
        transaction.set_rollback(True)


@lru_cache(maxsize=200)
def _as_read(value: Any) -> str:
    """From a body, as a request reads it."""
    return str(QueryDict(encoded({"": value}))[""])


type Made = tuple[type[forms.BaseForm], tuple[Any, ...], dict[str, Any], HttpRequest]


class _ItIsMade(BaseException):
    """The rest of the request would draw a page that nobody reads; no ``Exception``, or it would be answered as one."""


def _as_the_view_makes_it(house: House, place: Place) -> Made:
    made: list[Made] = []
    begin = place.form.__init__

    def noted(form: forms.BaseForm, *given: Any, **named: Any) -> None:
        if any(isinstance(value, QueryDict) for value in (*given, *named.values())):
            made.append((type(form), given, named, context.request))
            raise _ItIsMade
        begin(form, *given, **named)

    browser = house.browser(place.caller)
    path, right = place.path(house, browser), place.right(house)
    nothing = {name: value if name == "upload" else b"\0" for name, value in right.items()}
    with patch.object(place.form, "__init__", noted), suppress(_ItIsMade):
        post(browser, path, nothing)
    return made[0]
