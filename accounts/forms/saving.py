"""From a valid form to a verb, and from the verb's refusal back to the form."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django import forms

from accounts.models import StaleVersionError


def attempt(form: forms.BaseForm, verb: Callable[[], object], *refusals: type[Exception]) -> HTTPStatus:
    """Run ``verb`` when the form is valid. OK when it went through; otherwise the form says why not.

    ``refusals`` are the domain's own errors, whose text is meant for the reader.
    """
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        verb()
    except StaleVersionError as stale:
        form.show_conflict(stale.current)  # type: ignore[attr-defined]
        return HTTPStatus.CONFLICT
    except refusals as refused:
        form.add_error(None, str(refused))
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.OK
