"""Which texts go through a form together: as many at once as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from tests.access.house import House
from tests.forms.again import made_again
from tests.forms.hostile import BLANK, FIGURES, SHOWN_NEXT, TEXTS, as_text
from tests.forms.places import Place

type Carried = dict[str, list[str]]  # field → names of the texts that it carries at once


def together(house: House, place: Place) -> list[Carried]:
    """Which texts are sent in which field, so that each is sent in each field that takes it."""
    free = [name for name in place.form.base_fields if is_free_text(place, name)]  # type: ignore[attr-defined]
    words = [called for called in TEXTS if called not in FIGURES]
    if place.is_met_elsewhere:
        words = [called for called in words if called in SHOWN_NEXT]
    if not free:
        return []  # a form of choices alone
    with made_again(house, place) as make:
        right = place.right(house)
        plain, _draw = make(right)

        def taken(name: str, some: list[str]) -> Any:
            """What the form makes of the texts in the field, if it takes them there."""
            form, _draw = make({**right, name: joined(some)})
            takes = name in form.fields and name not in form.errors
            return (form.cleaned_data, form.errors) if takes else None

        def fits(name: str, some: list[str]) -> bool:
            """Whether the field by itself takes them."""
            try:
                return name in plain.fields and plain.fields[name].clean(as_text(joined(some))) is not None
            except ValidationError:
                return False

        packs = {
            name: [
                *_blanks(words, partial(taken, name)),
                *_packs(words, partial(fits, name), partial(taken, name)),
            ]
            for name in free
        }
    turns = max(map(len, packs.values()))
    return [{name: some[turn % len(some)] for name, some in packs.items() if some} for turn in range(turns)]


def _blanks(words: list[str], taken: Callable[[list[str]], Any]) -> Iterator[list[str]]:
    """Each where the verb is told something else of it."""
    told: list[Any] = [None]
    for called in sorted(BLANK):
        if called in words and (now := taken([called])) not in told:
            told.append(now)
            yield [called]


def _packs(
    words: list[str], fits: Callable[[list[str]], bool], taken: Callable[[list[str]], Any]
) -> list[list[str]]:
    """The texts that a field takes, in as few fillings as it takes. The field is quicker to ask than the whole form."""
    packs = list(_packed(words, fits))
    return packs if all(map(taken, packs)) else list(_packed(words, taken))


def _packed(words: list[str], takes: Callable[[list[str]], Any]) -> Iterator[list[str]]:
    """A formula begins its field; nothing is no part of it."""
    pack: list[str] = []
    for called in sorted(set(words) - BLANK, key=lambda called: (called != "formula", words.index(called))):
        if takes([*pack, called]):
            pack = [*pack, called]
        elif pack and takes([called]):
            yield pack
            pack = [called]
    if pack:
        yield pack


def joined(texts: list[str]) -> bytes:
    return b" ".join(TEXTS[called] for called in texts)


def is_free_text(place: Place, name: str) -> bool:
    field = place.form.base_fields.get(name)  # type: ignore[attr-defined]
    hidden = isinstance(getattr(field, "widget", None), forms.HiddenInput)
    return isinstance(field, forms.CharField) and not hidden
