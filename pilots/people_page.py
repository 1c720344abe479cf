"""The people who will judge: what moves each of them, what they said, and who is asked first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pilots.models import Answer, Approach, Stakeholder, StakeholderLink
from pilots.models.link import Purpose
from pilots.steps import waits_for_plan

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from pilots.models import Pilot


@dataclass(frozen=True, slots=True)
class Recommended:
    """What resistance really is, and the move that answers it."""

    what: _StrPromise
    move: _StrPromise


#: The five origins, as the method has them. The same answer to all of them is the common mistake.
MOVES: Final = {
    "no_business_case": Recommended(
        gettext_lazy("Credibility: evidence moves it."),
        gettext_lazy("Show them the outcome of one pilot, on one page, and ask for six weeks."),
    ),
    "quality": Recommended(
        gettext_lazy("Quality: seeing the review moves it."),
        gettext_lazy("Walk one real item through the review step with them, from draft to approval."),
    ),
    "jobs": Recommended(
        gettext_lazy("Change: being involved early moves it."),
        gettext_lazy(
            "Sit down with them now, and say plainly what AI will change for them and what it will not."
        ),
    ),
    "co_ownership": Recommended(
        gettext_lazy("Co-ownership: the role of expert reviewer moves it."),
        gettext_lazy("Ask them to be the filter: nothing reaches learners without their review."),
    ),
    "process": Recommended(
        gettext_lazy("A gap in the process: partnership moves it."),
        gettext_lazy("Ask them to plan it with you now, before you need their approval."),
    ),
}


def with_answers(pilot: Pilot) -> list[Stakeholder]:
    """Everybody named, with what they were asked, what they said, and what is done about it."""
    answers = Answer.objects.select_related("mapping", "confirmation", "taken_down_by")
    asked = StakeholderLink.objects.filter(purpose=Purpose.QUESTION).order_by("-pk")
    approaches = Approach.objects.select_related("done_by")
    return list(
        pilot.stakeholders.prefetch_related(
            Prefetch("answers", queryset=answers),
            Prefetch("links", queryset=asked),
            Prefetch("approaches", queryset=approaches),
        )
    )


def ask_first(people: list[Stakeholder]) -> Stakeholder | None:
    """Of those who have not answered: the most sceptical with the most influence."""
    silent = [person for person in people if not person.answers.all()]
    return max(silent, key=lambda person: (*person.weight, -person.pk), default=None)


def first_to_see_to(people: list[Stakeholder]) -> Answer | Stakeholder | None:
    """The page's one filled button: an answer that waits for the plan, or whoever is asked first and was not yet."""
    for person in people:
        for answer in person.answers.all():
            if waits_for_plan(answer):
                return answer
    not_asked = [person for person in people if not person.links.all()]
    return ask_first(not_asked)


def why_first(person: Stakeholder) -> str:
    """Why somebody is asked before all others."""
    if person.stance == "sceptic" and person.influence == 3:
        return _("A sceptic whom others follow: nobody’s idea of success convinces more.")
    if person.stance == "sceptic":
        return _(
            "The most sceptical of those who have not answered. Asked first, a sceptic becomes an owner."
        )
    return _("Of those who have not answered, the one whose word weighs most.")


def people_rows(people: list[Stakeholder], today: date) -> list[dict[str, Any]]:
    """Each person with the recommended move, and whether it is overdue."""
    return [
        {
            "person": person,
            "recommended": MOVES.get(person.resistance),
            "approach": (task := person.approach),
            "overdue": task is not None and task.done_at is None and task.due < today,
        }
        for person in people
    ]
