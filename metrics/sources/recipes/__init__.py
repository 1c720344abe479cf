"""Ready-made settings for systems that many organisations have: data, read from the files beside this one.

A recipe names a kind of source and fills in its form, but for what only the person knows (a domain, a report) and for
keys. It knows nothing that the form does not: what it fills in can be read and changed there.
"""

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django import forms
from django.utils.translation import gettext as _

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Question:
    """What the person fills in. The pattern keeps an answer from becoming anything but a name in an address."""

    name: str
    label: str
    example: str
    pattern: str
    initial: str = ""

    def field(self) -> forms.CharField:
        return forms.RegexField(
            re.compile(rf"\A(?:{self.pattern})\Z"),  # the field only looks whether it occurs
            label=_(self.label),
            max_length=200,
            initial=self.initial,
            help_text=_("As in “%(example)s”.") % {"example": self.example},
            error_messages={
                "invalid": _("This cannot stand in an address. It is written as in “%(example)s”.")
                % {"example": self.example}
            },
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """`ask` says what to ask whom for. `documentation` is the vendor's page from which the recipe was written.

    `keys` are the fields of the kind's form that no recipe can fill in.
    """

    slug: str
    title: str
    kind: str
    about: str
    ask: str
    documentation: str
    keys: tuple[str, ...]
    questions: tuple[Question, ...]
    settings: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        questions = tuple(Question(**question) for question in said.pop("questions"))
        return cls(slug=path.stem, questions=questions, keys=tuple(said.pop("keys")), **said)

    def form(self, data: Mapping[str, str] | None = None) -> "QuestionsForm":
        """The questions; asked only when nothing was answered yet."""
        answered = data is not None and any(question.name in data for question in self.questions)
        return QuestionsForm(self, data if answered else None)

    def initial(self, answers: Mapping[str, str]) -> dict[str, Any]:
        """What the kind's form begins with. A question without a usable answer stays open, in curly brackets."""
        form = QuestionsForm(self, answers)
        form.is_valid()
        return {name: _filled(value, form.cleaned_data) for name, value in self.settings.items()}


class QuestionsForm(forms.Form):
    """The questions of one recipe. They are asked by GET: nothing is saved by answering them."""

    def __init__(self, recipe: Recipe, data: Mapping[str, str] | None = None) -> None:
        super().__init__(data, auto_id="id_recipe_%s")  # beside another form on its page
        for question in recipe.questions:
            self.fields[question.name] = question.field()


def recipes() -> Mapping[str, Recipe]:
    """All of them by slug, in the order of their titles."""
    return _read()


def recipe(slug: str) -> Recipe:
    """KeyError when there is none of that name."""
    return _read()[slug]


@functools.cache
def _read() -> Mapping[str, Recipe]:
    found = sorted((Recipe.read(path) for path in _HERE.glob("*.toml")), key=lambda one: one.title)
    return MappingProxyType({one.slug: one for one in found})


def _filled(value: Any, answers: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    for name, answer in answers.items():
        value = value.replace("{" + name + "}", answer)
    return value
