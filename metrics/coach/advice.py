"""What a manager is told about the name of a metric: what it is, why, and what it might stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from metrics.catalogue import Entry, nearest

from .features import concepts, words_of
from .joined import is_two_measures, measures
from .rule import BUSINESS, LEARNING, TWO, UNCLEAR, rule

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Why each family of learning metrics will not serve, the most telling first.
_REASONS: Final[Mapping[str, _StrPromise]] = {
    "felt": _("How sure people feel says little about what they do afterwards."),
    "liked": _("That people liked it says nothing about what changed in the business."),
    "remembered": _("What people know right after a course is not yet what they do at work."),
    "finished": _("That people finished something says nothing about what changed in the business."),
    "attended": _("Who was there says nothing about what changed in the business."),
    "used": _("That something is used is a condition of success, not the success."),
    "made": _("How much was made or handed out says nothing about what changed in the business."),
    "hours": _("Hours of learning are what it costs, not what it brings."),
    "learning_thing": _(
        "This counts learning itself. The pilot is judged by what learning changes in the business."
    ),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """``kind`` is "business", "learning", "two measures" or "unclear"; ``reason`` is for reading."""

    name: str
    kind: str
    reason: str
    suggestions: tuple[Entry, ...] = ()
    # Of a name of two measures, each: one of them can be chosen.
    measures: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        """Whether a pilot may be judged by it, as far as a name can tell."""
        return self.kind in {BUSINESS, UNCLEAR}


def coach(name: str) -> Advice:
    """What to say about this name. Never raises: whatever was typed gets an answer."""
    words = words_of(name)
    if not words:
        return Advice(name, UNCLEAR, _t("There is no name yet."))
    if is_two_measures(name):
        reason = _t(
            "These are two measures: one could rise while the other falls. "
            "Choose the one that will be judged; the other can be a supporting signal."
        )
        return Advice(name, TWO, reason, measures=measures(name))
    kind = rule().kind(name)
    if kind == LEARNING:
        return Advice(name, kind, _why(words), tuple(nearest(name)))
    if kind == UNCLEAR:
        reason = _t(
            "The name does not tell whether this is a number that executives already look at. "
            "Say what exactly is counted."
        )
        return Advice(name, kind, reason, tuple(nearest(name)))
    return Advice(name, kind, _t("A number that the business looks at."))


def _why(words: list[str]) -> str:
    known = concepts(words)
    return str(
        next((reason for concept, reason in _REASONS.items() if concept in known), _REASONS["learning_thing"])
    )
