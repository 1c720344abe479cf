"""Planning in five steps: what each is about, what of it is done, and what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from pilots.hypothesis import missing_of
from pilots.models.pilot import ComparisonChoice

if TYPE_CHECKING:
    from pilots.models import Pilot, Stakeholder


@dataclass(frozen=True, slots=True)
class Step:
    """``key`` is also what a form's button says to go there; ``route`` is its page."""

    key: str
    label: str
    route: str
    url: str
    now: bool
    missing: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        return "now" if self.now else "todo" if self.missing else "done"


ROUTES: Final = {
    "problem": "pilot_problem",
    "metric": "pilot_metric",
    "people": "pilot_people",
    "weeks": "pilot_weeks",
    "safeguards": "pilot_safeguards",
}


def steps(pilot: Pilot, now: str, people: list[Stakeholder] | None = None) -> list[Step]:
    """The five steps in their order, in any of which one may begin."""
    labels = {
        "problem": _("The problem"),
        "metric": _("The one metric"),
        "people": _("The people and the question"),
        "weeks": _("The six weeks"),
        "safeguards": _("The safeguards"),
    }
    missing: dict[str, Callable[[], Iterator[str]]] = {
        "problem": lambda: _of_problem(pilot),
        "metric": lambda: _of_metric(pilot),
        "people": lambda: _of_people(_named(pilot) if people is None else people),
        "weeks": lambda: _of_weeks(pilot),
        "safeguards": lambda: _of_safeguards(pilot),
    }
    return [
        Step(
            key,
            label,
            ROUTES[key],
            reverse(ROUTES[key], args=[pilot.organisation.slug, pilot.pk]),
            key == now,
            list(missing[key]()),
        )
        for key, label in labels.items()
    ]


def _of_problem(pilot: Pilot) -> Iterator[str]:
    said = {
        "problem": _("the business problem"),
        "visible_because": _("who sees it"),
        "uses": _("what you use"),
        "gap": _("the gap that it closes"),
        "audience": _("who takes part"),
        "planned_reach": _("how many people"),
        "because": _("why you believe that it will"),
    }
    return (words for name, words in said.items() if not getattr(pilot, name))


def _of_metric(pilot: Pilot) -> Iterator[str]:
    if pilot.metric is None:
        yield _("the one metric")
    elif not pilot.metric.is_connected:
        yield _("its source")


def _of_people(people: list[Stakeholder]) -> Iterator[str]:
    if not any(person.is_sponsor for person in people):
        yield _("the sponsor")
    if not any(person.stance == "sceptic" for person in people):
        yield _("a sceptic")
    silent = [person for person in people if not person.answers.all()]
    heard = [person for person in people if person not in silent]
    if any(person.is_sponsor for person in silent):
        yield _("the sponsor’s answer")
    if any(person.stance == "sceptic" for person in people) and not any(
        person.stance == "sceptic" for person in heard
    ):
        yield _("a sceptic’s answer")
    if any(waits_for_plan(answer) for person in heard for answer in person.answers.all()):
        yield _("what the plan says to an answer")


def waits_for_plan(answer: object) -> bool:
    """Whether the plan does not say yet how it delivers an answer. One that was put right waits for nothing."""
    confirmation = getattr(answer, "confirmation", None)
    return not hasattr(answer, "mapping") and (confirmation is None or confirmation.right)


def _of_weeks(pilot: Pilot) -> Iterator[str]:
    if pilot.target is None:
        yield _("the target")
    if pilot.start is None:
        yield _("the first day")
    elif pilot.metric and pilot.metric.first_day(pilot.start) != pilot.start:
        yield _("a first day that is a Monday")
    if pilot.series_id is None:
        yield _("whose numbers they are")
    if pilot.comparison_id and pilot.comparison_choice == ComparisonChoice.NONE:
        yield _("how the comparison was chosen")


def unsaid(pilot: Pilot) -> list[str]:
    """What of the plan itself is still to be said before anybody can sign it; empty when it is whole."""
    said = [("title", _("a title")), ("problem", _("the business problem"))]
    blank = [words for name, words in said if not getattr(pilot, name)]
    return list(dict.fromkeys([*blank, *missing_of(pilot), *_of_weeks(pilot)]))


def _of_safeguards(pilot: Pilot) -> Iterator[str]:
    if pilot.governance_owner_id is None:
        yield _("who governs it")
    if pilot.reviewer_id is None:
        yield _("who reviews the content")
    if not pilot.learner_data.exists():
        yield _("which learner data is used")
    if not pilot.has("datasheet"):
        yield _("how learners are told")
    if not pilot.has("consultation"):
        yield _("legal or compliance")


def _named(pilot: Pilot) -> list[Stakeholder]:
    from pilots.models import Answer

    answers = Answer.objects.select_related("mapping", "confirmation")
    return list(pilot.stakeholders.prefetch_related(Prefetch("answers", queryset=answers)))
