"""What happened to a pilot, newest first, in words: its chain of events, read for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Event
from accounts.templatetags import words

if TYPE_CHECKING:
    from pilots.models import Pilot

SHOWN: Final = 20

#: What is told. Small steps are not, of which another line tells the outcome.
_VERBS: Final = {
    "answer.declined": gettext_lazy("said why the plan does not deliver an answer"),
    "answer.mapped": gettext_lazy("said how the plan delivers an answer"),
    "condition.closed": gettext_lazy("confirmed that a condition is met"),
    "consultation.recorded": gettext_lazy("wrote down what legal or compliance said"),
    "content.incident": gettext_lazy("reported something wrong with content"),
    "content.made": gettext_lazy("made content"),
    "content.released": gettext_lazy("released content to learners"),
    "content.reviewed": gettext_lazy("reviewed content"),
    "content.withdrawn": gettext_lazy("withdrew content"),
    "data_sheet.answered": gettext_lazy("answered the learner-data sheet"),
    "low_chance.acknowledged": gettext_lazy("wrote down why to go ahead all the same"),
    "pilot.baseline_restated": gettext_lazy("found that the source restated the baseline"),
    "pilot.cancelled": gettext_lazy("cancelled the pilot"),
    "pilot.usage_named": gettext_lazy("named what counts the people who use it"),
    "pilot.checked_in": gettext_lazy("wrote the note of week %(week)s"),
    "pilot.decided": gettext_lazy("decided: %(decision)s"),
    "pilot.launched": gettext_lazy("launched the pilot"),
    "pilot.plan_changed": gettext_lazy("changed the plan"),
    "pilot.planned": gettext_lazy("began to plan"),
    "pilot.stopped": gettext_lazy("stopped the pilot early"),
    "plan.declined": gettext_lazy("declined to sign the plan"),
    "plan.signed": gettext_lazy("signed the plan"),
    "plan.signed_with_condition": gettext_lazy("signed the plan on a condition"),
    "plan.version_cut": gettext_lazy("asked for signatures under version %(number)s of the plan"),
    "question.answered": gettext_lazy("said what success looks like"),
    "question.asked": gettext_lazy("asked what success looks like"),
    "sign_off.delegated": gettext_lazy("asked %(deputy)s to sign version %(number)s in their place"),
    "sign_off.delegation_ended": gettext_lazy("asked who had named a deputy to sign themselves"),
    "stakeholder.named": gettext_lazy("named somebody who will judge it"),
    "flag.raised": gettext_lazy("raised a flag: %(kind)s"),
    "flag.cleared": gettext_lazy("took a flag down: %(kind)s"),
    "flag.acknowledged": gettext_lazy("said what is done about a flag"),
}
#: Which of the words beside an event are shown with it.
_QUOTED: Final = ("note", "saw", "changed", "reason")


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    who: str
    did: str
    quote: str = ""


def timeline(pilot: Pilot, *, before: int | None = None) -> tuple[list[Entry], int | None]:
    """The newest things that happened (``before`` one of them), and where the next page begins; one query."""
    told = Event.objects.filter(chain=pilot.chain_id, verb__in=_VERBS.keys())
    if before is not None:
        told = told.filter(number__lt=before)
    events = list(told.select_related("detail").order_by("-number")[: SHOWN + 1])
    more = events[SHOWN - 1].number if len(events) > SHOWN else None
    return [_entry(event) for event in events[:SHOWN]], more


def _entry(event: Event) -> Entry:
    detail = event.detail
    if detail.erased_at:
        return Entry(event.at, _("Somebody"), _did(event), _("The words were erased."))
    quote = " · ".join(filter(None, (detail.details.get(name, "") for name in _QUOTED)))
    return Entry(event.at, detail.details.get("actor", ""), _did(event), quote)


def _did(event: Event) -> str:
    facts: dict[str, Any] = {"week": "", "number": "", "decision": "", "kind": "", **event.facts}
    facts["deputy"] = event.detail.details.get("name") or _("somebody")
    facts["kind"] = words.word(words.FLAGS, facts["kind"]).lower() if facts["kind"] else ""
    facts["decision"] = words.word(words.DECISIONS, facts["decision"]).lower() if facts["decision"] else ""
    return str(_VERBS[event.verb]) % facts
