from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.db.models import Model

from accounts.forms.plain import VersionedForm
from accounts.models import fingerprint


class StepForm[M: Model](VersionedForm[M]):
    """A form that may be left half-filled: what is right of it is saved, what is missing can come later.

    ``seen`` remembers what each field was typed over, so that two who change different lines do not stop each other.
    """

    #: Lines that a whole plan has, though not yet: they are not called optional.
    needed: ClassVar[frozenset[str]] = frozenset()
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._lines():
            self.fields[name].required = False
            self.fields[name].later = name in self.needed  # type: ignore[attr-defined]
        if "version" in self.fields:
            self.initial["version"] = getattr(self.instance, "version", None)
        self.initial["seen"] = self._marks(self.instance)

    def _clean_fields(self) -> None:
        """A step that a script saves has other line breaks than one that the browser sends: no text changes by that."""
        super()._clean_fields()  # type: ignore[misc]
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = value.replace("\r\n", "\n")

    def changes(self) -> dict[str, Any]:
        """What the verb is told: of what is right in the form, that which differs from what it was typed over."""
        cleaned, seen = self.cleaned_data, self._seen()
        return {
            **({"expected_version": cleaned["version"]} if "version" in cleaned else {}),
            "seen": seen or None,
            **{
                name: cleaned[name]
                for name in self._lines()
                if name in cleaned and seen.get(name) != fingerprint(cleaned[name])
            },
        }

    @property
    def knows_its_version(self) -> bool:
        """Whether it says which version of the record it was opened on: without, nothing can be saved."""
        return "version" not in self.fields or "version" in self.cleaned_data

    def seen_after(self) -> str:
        """What the page shows once the changes are saved: theirs, and otherwise what it was opened on.

        Not what the record says by now: what somebody else changed meanwhile was not seen on this page.
        """
        changes = self.changes() if self.knows_its_version else {}
        saved = {name: fingerprint(value) for name, value in changes.items() if name in self._lines()}
        return json.dumps({**self._seen(), **saved})

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(current)
        self.data = {**self.data, self.add_prefix("seen"): self._marks(current)}

    def _marks(self, record: M) -> str:
        """By its column, so that what a line refers to is not fetched for it."""
        columns = {name: record._meta.get_field(name).attname for name in self._lines()}  # type: ignore[union-attr]
        return json.dumps({name: fingerprint(getattr(record, column)) for name, column in columns.items()})

    def _lines(self) -> list[str]:
        """The fields that are lines of the record."""
        return [name for name in self.fields if name not in {"version", "seen"}]

    def _seen(self) -> dict[str, str]:
        try:
            told = json.loads(self.cleaned_data.get("seen") or "{}")
        except ValueError:
            return {}
        if not isinstance(told, dict):
            return {}
        return {name: mark for name, mark in told.items() if isinstance(mark, str)}
