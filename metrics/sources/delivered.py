"""Kinds that are not pulled: values come by themselves, from a program or from a person."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .base import Ask, SourceError
from .cells import Table
from .source_kind import SourceKind

PUSH, TYPED = "push", "typed"


class _Delivered(SourceKind):
    form_class = forms.Form
    is_pulled: ClassVar[bool] = False

    def tables(self, ask: Ask) -> AbstractContextManager[Sequence[Table]]:
        raise SourceError(_("Nothing is pulled here: the values come by themselves."))


class PushKind(_Delivered):
    name = PUSH
    label = gettext_lazy("Pushed by a program")
    description = gettext_lazy("A program of yours sends the values to Pilotlight’s address, with a token.")


class TypedKind(_Delivered):
    name = TYPED
    label = gettext_lazy("Typed in")
    description = gettext_lazy(
        "Somebody types the value of each day or week, or pastes several. Who and when is kept."
    )
