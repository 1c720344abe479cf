"""What every form of the product has in common: text that a reader can see, and nothing hidden in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

# By pattern, not letter by letter: a text may have a million of them. These are all of Unicode's Cc, Zl and Zp, and its Cs.
_NOT_IN_A_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Three digits behind a comma may be thousands: nobody guesses.
_WITH_COMMA: Final = re.compile(r"\s*([+-]?\d+),(\d+)\s*")
_HALF: Final = re.compile(r"[\ud800-\udfff]")


def validate_single_line(text: str) -> None:
    if _NOT_IN_A_LINE.search(text):
        raise ValidationError(_("Write this on one line, without line breaks or control characters."))


def validate_no_control(text: str) -> None:
    if _NOT_IN_LINES.search(text):
        raise ValidationError(_("There is a control character in this text. Please type it again."))


def validate_visible(text: str) -> None:
    """Blanks, joiners and marks alone are no answer; nor is half a character."""
    if _HALF.search(text):
        raise ValidationError(_("There is half a character in this text. Please type it again."))
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in text):
        raise ValidationError(_("There is nothing to read in this text."))


class DayInput(forms.DateInput):
    """The browser's own calendar, which wants its days as 2026-11-22 whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class NumberInput(forms.TextInput):
    """A number as people type it, with a comma or a point before its decimals.

    The browser's own kind of field drops a comma in silence, so that 16,5 becomes 165, and sends nothing at all for what it
    cannot read, which looks like an empty field.
    """

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        found = _WITH_COMMA.fullmatch(typed) if isinstance(typed, str) else None
        return f"{found[1]}.{found[2]}" if found and len(found[2]) != 3 else typed


class PlainForm(forms.Form):
    """A form whose texts are checked for what a page, a mail or a hash could not carry."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_texts(self)


def check_texts(form: forms.BaseForm) -> None:
    for field in form.fields.values():
        if type(field.widget) is forms.NumberInput:
            _take_as_typed(field)
        elif isinstance(field, forms.CharField):
            lines = isinstance(field.widget, forms.Textarea)
            field.validators = [
                *field.validators,
                validate_no_control if lines else validate_single_line,
                validate_visible,
            ]
            if lines:
                field.widget.attrs.setdefault("rows", 3)


def _take_as_typed(field: forms.Field) -> None:
    decimals = isinstance(field, forms.FloatField | forms.DecimalField)
    attrs = {name: said for name, said in field.widget.attrs.items() if name not in {"min", "max", "step"}}
    field.widget = NumberInput({**attrs, "inputmode": "decimal" if decimals else "numeric"})
    field.widget.is_required = field.required
    if decimals:
        field.error_messages["invalid"] = _(
            "Write it without a mark between thousands, such as 1234 or 1234.5."
        )


def needed_at_times(form: forms.BaseForm, *names: str) -> None:
    """Fields that may be empty, but not always: they are not marked as optional, and their help says when they are needed."""
    for name in names:
        form.fields[name].later = True  # type: ignore[attr-defined]


class PlainModelForm[M: Model](forms.ModelForm[M]):
    """A form over some fields of a record; its save is the domain's verb, never the form's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_texts(self)
        self.initial = {name: as_typed(value) for name, value in self.initial.items()}


def as_typed(value: Any) -> Any:
    """A number as somebody would type it: 58, not 58.0."""
    return int(value) if isinstance(value, float | Decimal) and value % 1 == 0 else value


class VersionedForm[M: Model](PlainModelForm[M]):
    """A form that knows which version of the record it was opened on."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def changes(self) -> dict[str, Any]:
        """What the verb is told: the fields by name, and the version they were typed over."""
        cleaned = dict(self.cleaned_data)
        return {"expected_version": cleaned.pop("version"), **cleaned}

    def show_conflict(self, current: Any) -> None:
        """Beside each field that somebody else changed, say to what; saving again is then deliberate."""
        version = {self.add_prefix("version"): str(current.version)} if hasattr(current, "version") else {}
        self.data = {**self.data.dict(), **version}  # type: ignore[attr-defined]
        self.add_error(
            None,
            _(
                "Somebody else saved this since you opened it. Your text is still here: compare, then save again."
            ),
        )
        for name in self.fields:
            if name not in {"version", "seen"} and (
                theirs := getattr(current, name)
            ) != self.cleaned_data.get(name, theirs):
                said = "—" if theirs in {None, ""} else as_typed(theirs)
                self.add_error(name, _("It now says: %(theirs)s") % {"theirs": said})
