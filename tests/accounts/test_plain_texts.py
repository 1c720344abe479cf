"""Hostile texts in any field: refused with a reason, or kept to the letter."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from accounts.forms.plain import DayInput, PlainForm
from accounts.forms.renderer import Renderer

KEPT = {
    "family": "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}",
    "Arabic with digits": "مرحبا 123",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "right to left": "a\u202eb",
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "braces": "{{7*7}}{% load x %}",
    "SQL": "'; drop table x;--",
    "format": "%s%n",
    "path": "../../etc/passwd",
    "formula": "=cmd|' /C calc'!A0",
    "full width": "＝1",
    "number": "NaN",
    "marks": "a" + "\u0301" * 500,
}
REFUSED_IN_A_LINE = {
    "empty": "",
    "blank": " ",
    "NUL": "a\0b",
    "lone surrogate": "a\udcffb",
    "joiner alone": "\u200d",
    "marks alone": "\u0301" * 9,
    "override alone": "\u202e",
    "mail header": "a\r\nBcc: b@example.org",
    "line separator": "a\u2028b",
    "escape": "a\x1bb",
    "too long": "a" * 1001,
}
ALLOWED_IN_LINES = {"mail header"}


class OneLine(PlainForm):
    text = forms.CharField(max_length=1000)


class Lines(PlainForm):
    text = forms.CharField(max_length=1000, widget=forms.Textarea)


@pytest.mark.parametrize("form", [OneLine, Lines])
@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_it_is_kept_to_the_letter(form: type[PlainForm], text: str) -> None:
    filled = form({"text": text})
    assert filled.is_valid(), filled.errors
    assert filled.cleaned_data["text"] == text


@pytest.mark.parametrize("name", REFUSED_IN_A_LINE)
def test_it_is_refused_beside_the_field(name: str) -> None:
    text = REFUSED_IN_A_LINE[name]
    line, lines = OneLine({"text": text}), Lines({"text": text})
    assert list(line.errors) == ["text"]
    # A line separator is a line break of its own kind: it belongs where line breaks do.
    assert bool(lines.errors) == (name not in ALLOWED_IN_LINES | {"line separator"})
    assert line["text"].value() == text


CHOICES = [("", "<none>"), ("a", "A & B"), (3, 'the "third"'), ("Others", [(None, "nothing"), ("'", "'")])]


@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput, forms.HiddenInput, DayInput,
        forms.TimeInput, forms.CheckboxInput, forms.Textarea, lambda attrs: forms.Select(attrs, CHOICES),
        lambda attrs: forms.RadioSelect(attrs, CHOICES), lambda attrs: forms.CheckboxSelectMultiple({**attrs, "id": "<id>", "class": '"a'}, CHOICES),
    ],
)  # fmt: skip
def test_a_field_is_drawn_letter_for_letter_as_django_draws_it(widget) -> None:
    field = widget({"required": True, "disabled": False, "maxlength": 7, "placeholder": '<"&'})
    for name in ("plain", '"><b>'):
        for value in (None, "", *KEPT.values(), "a", "'", 3, 0, True, False, "a\nb", ["a", "'"]):
            ours, theirs = (field.render(name, value, renderer=one()) for one in (Renderer, TemplatesSetting))
            assert ours == theirs, value


class Named(forms.Form):
    """What stands around its fields could be anybody's words."""

    one = forms.CharField(label="<b>&", help_text="<i>")
    many = forms.ChoiceField(label="<b>&", choices=CHOICES, widget=forms.RadioSelect, required=False)
    yes = forms.BooleanField(label="<b>&", required=False)


def test_what_stands_around_a_field_is_text_and_belongs_to_it() -> None:
    form = Named({"many": "<u>"})
    one, many, yes = (str(form[name].as_field_group()) for name in ("one", "many", "yes"))
    assert "<b>" not in one + many + yes and "<u>" not in many and "<i>" not in one
    assert '<label class="label" for="id_one">&lt;b&gt;&amp;</label>' in one
    assert '<div class="help" id="id_one_helptext">&lt;i&gt;</div>' in one
    assert '<ul class="errorlist" id="id_one_error"><li>This field is required.</li></ul>' in one
    assert 'aria-describedby="id_one_helptext id_one_error"' in one
    assert '<fieldset aria-describedby="id_many_error">' in many
    assert '<legend class="label">&lt;b&gt;&amp; <span class="optional">optional</span></legend>' in many
    assert yes.index("<input") < yes.index("<label")
    assert ("field-wrong" in one, "field-wrong" in many, "field-wrong" in yes) == (True, True, False)
