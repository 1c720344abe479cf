"""What is refused when it is empty is not marked as optional, and says beforehand when it is needed."""

from __future__ import annotations

import pytest
from django import forms

from accounts.forms.tokens import TokenForm
from pilots.forms.content import ReviewForm
from pilots.forms.outcome import WorthForm
from pilots.forms.people import ConfirmationForm, SignOffForm
from pilots.forms.work import DecisionForm
from pilots.models import Checklist
from tests.cast import Cast, make_pilot, review_content

pytestmark = pytest.mark.usefixtures("monday", "bell")


def drawn(form: forms.BaseForm, name: str) -> str:
    return str(form[name].as_field_group())


def test_what_is_needed_at_times_says_when(scoped: Cast) -> None:
    version = review_content(scoped, make_pilot(scoped)).newest_version()
    questions = Checklist.objects.current(scoped.organisation)
    for form, name, when in (
        (SignOffForm(name="Sven Holm"), "words", "Needed for a condition, and when you do not agree."),
        (ConfirmationForm(), "instead", "Needed where it is not right"),
        (ReviewForm(version=version, questions=questions), "note", "Needed when you ask for changes or reject it"),
        (TokenForm(organisation=scoped.organisation), "member", "Needed for a token that acts for a member"),
        (DecisionForm(recommended="stop"), "reason", "Why, if it is not what was agreed"),
        (WorthForm(kind="mean"), "share_because", "Needed where the share is less than 100."),
    ):  # fmt: skip
        field = drawn(form, name)
        assert when in field, name
        assert "optional" not in field, name
