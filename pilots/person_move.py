"""Everybody's first page: rules in order, the first that applies is the most useful thing that this person can do now.

What a pilot asks for is said by ``next_move``; here stands which pilot comes first, and what comes before or after pilots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Verb
from metrics.models import Source
from pilots.models import ContentItem, Pilot
from pilots.next_move import Move
from pilots.waits import owed_a_check_in

if TYPE_CHECKING:
    from accounts.models import Membership

MOST: Final = 20


@dataclass(frozen=True, slots=True)
class First:
    """What comes first: one of their pilots, by its id, or something else, with its own sentence and button."""

    pilot: int | None = None
    sentence: str = ""
    lede: str = ""
    move: Move | None = None


@dataclass
class Person:
    """A member on a day, with what waits for them; each is asked for once, and when a rule needs it."""

    membership: Membership
    today: date
    slug: str = field(init=False)

    def __post_init__(self) -> None:
        self.slug = self.membership.organisation.slug

    @cached_property
    def waiting(self) -> list[Any]:
        """Their pilots that want something: what was flagged and unanswered, what has to be decided, what is planned."""
        mine = Pilot.objects.waiting_for(self.membership.person, self.today)
        return list(mine.select_related("standing")[:MOST])

    @cached_property
    def reviews(self) -> int:
        if not self.membership.may(Verb.REVIEW):
            return 0
        return ContentItem.objects.waiting_for(self.membership.person, self.membership.organisation).count()

    def owes_a_note(self) -> int | None:
        """One of their pilots whose week is nearly over without a note."""
        owed = owed_a_check_in(self.today, reminded=True).filter(owner=self.membership.person)
        found: int | None = owed.values_list("pk", flat=True).first()
        return found

    def failing_source(self) -> Source | None:
        """A source of theirs that somebody has to look at."""
        if not self.membership.may(Verb.MEASURE):
            return None
        failing = Source.objects.filter(owner=self.membership.person, paused_at__isnull=False)
        return failing.select_related("metric").order_by("paused_at").first()


type Rule = Callable[[Person], First | None]


def first_of(person: Person) -> First:
    return next((found for rule in RULES if (found := rule(person))), First())


# --- the rules, in the order of ``RULES`` ---------------------------------------------------------


def _pilot_that_asks(person: Person) -> First | None:
    """A flag that nobody answered, or a decision that is due: somebody else waits for that."""
    urgent = (pilot for pilot in person.waiting if pilot.flagged or pilot.standing.phase != "planning")
    pilot = next(urgent, None)
    return First(pilot=pilot.pk) if pilot else None


def _reviews(person: Person) -> First | None:
    """Before plans: what is not reviewed reaches nobody, and its maker waits."""
    if not person.reviews:
        return None
    sentence = ngettext(
        "One item waits for your review.", "%(count)s items wait for your review.", person.reviews
    ) % {"count": person.reviews}
    words = _("Read the oldest first: who made it cannot go on without you.")
    return First(
        sentence=sentence,
        lede=_("Nothing that AI had a hand in reaches learners before somebody has read it."),
        move=Move(words, _("Begin to review"), reverse("reviews", args=[person.slug])),
    )


def _note_of_the_week(person: Person) -> First | None:
    pilot = person.owes_a_note()
    return First(pilot=pilot) if pilot else None


def _source(person: Person) -> First | None:
    source = person.failing_source()
    if source is None:
        return None
    return First(
        sentence=_("The source of “%(metric)s” needs you.") % {"metric": source.metric},
        lede=_("It does not answer as it should, and tries again at its usual times only."),
        move=Move(
            _("See what it answered, and what a person has to change."),
            _("Look at the source"),
            reverse("metric", args=[person.slug, source.metric_id]),
        ),
    )


def _plan(person: Person) -> First | None:
    return First(pilot=person.waiting[0].pk) if person.waiting else None


RULES: Final[tuple[Rule, ...]] = (_pilot_that_asks, _source, _reviews, _note_of_the_week, _plan)
