"""The launch gate: eight lines, each open or met, each open one with its next move.

``Pilot.launch`` asks here, so page, task, API and shell are all held to the same lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import long_date
from metrics.verdict_words import plan_sentence
from pilots import assessment
from pilots.errors import SignalError
from pilots.words import EVEN, scale_of

if TYPE_CHECKING:
    from pilots.models import Pilot, Stakeholder


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the gate. ``move`` names the page (a route) on which an open line is closed.

    ``urgent``: somebody said no. That comes before whatever else is open.
    """

    key: str
    title: str
    met: bool
    words: str
    move: str = ""
    move_label: str = ""
    urgent: bool = False


# Met, words, route of the next move, its label; and whether it comes before all others.
type Verdict = tuple[bool, str, str, str] | tuple[bool, str, str, str, bool]
type Rule = Callable[[Pilot, datetime], Verdict]


def lines(pilot: Pilot, at: datetime) -> list[Line]:
    """The gate as it stands at ``at``."""
    return [_line(key, title(), rule(pilot, at)) for key, title, rule in _LINES]


def _line(key: str, title: str, verdict: Verdict) -> Line:
    met, words, move, label, *urgent = verdict
    return Line(key, title, met, words, *(("", "") if met else (move, label)), urgent=any(urgent))


def _metric(pilot: Pilot, at: datetime) -> Verdict:
    metric = pilot.metric
    if metric is None:
        return False, _("No metric is chosen yet."), "pilot_metric", _("Choose the metric")
    if not hasattr(metric, "source"):
        return (
            False,
            _("%(metric)s is not connected to a source.") % {"metric": metric},
            "metric_source",
            _("Connect the source"),
        )
    if metric.is_signal:
        return False, str(SignalError(metric)), "pilot_metric", _("Choose another metric")
    from pilots.models.pilot import WINDOW

    if metric.looks_back_days >= WINDOW.days:
        words = _(
            "A value of this metric tells of people who began %(days)s days before, so six weeks cannot show them."
        )
        return False, words % {"days": metric.looks_back_days}, "pilot_metric", _("Choose another metric")
    if pilot.series is None or pilot.start is None:
        return False, _("The six weeks are not set yet."), "pilot_weeks", _("Set target and dates")
    return _baseline(pilot, at)


def _baseline(pilot: Pilot, at: datetime) -> Verdict:
    metric, series, start = pilot.metric, pilot.series, pilot.start
    assert metric and series and start
    rhythm = metric.rhythm
    first = pilot.baseline_start or start - rhythm.most_baseline * rhythm.step
    today = pilot.organisation.day_of(at)
    known = [
        point.day
        for point in series.points(first, min(start, today + timedelta(days=1)))
        if point.value is not None
    ]
    if len(known) < rhythm.least_baseline:
        words = _("%(have)s of at least %(need)s baseline values have come.") % {
            "have": len(known),
            "need": rhythm.least_baseline,
        }
        return False, words, "metric", _("Look at the source")
    stale_after = known[-1] + 3 * rhythm.step + timedelta(days=metric.delay_days)
    if min(today, start) > stale_after:
        words = _("The newest value is of %(day)s; later ones have not come.") % {"day": long_date(known[-1])}
        return False, words, "metric", _("Look at the source")
    words = _("%(metric)s, %(count)s baseline values, the newest of %(day)s.")
    return True, words % {"metric": metric, "count": len(known), "day": long_date(known[-1])}, "", ""


def _target(pilot: Pilot, at: datetime) -> Verdict:
    if pilot.target is None or pilot.start is None or pilot.metric is None or pilot.series is None:
        return False, _("Target and first day are not set yet."), "pilot_weeks", _("Set target and dates")
    if pilot.start < pilot.organisation.day_of(at):
        return (
            False,
            _("The first day has passed. Choose a new one; it is signed anew."),
            "pilot_weeks",
            _("Choose a new first day"),
        )
    known = assessment.course(pilot, pilot.start)
    baseline = assessment.baseline_level(known, pilot.metric.per)
    if baseline is not None and (pilot.target - baseline) * pilot.metric.sign <= 0:
        return (
            False,
            _("The target is not better than the baseline already is."),
            "pilot_weeks",
            _("Set another target"),
        )
    return _chance(pilot, known)


def _chance(pilot: Pilot, known: assessment.Course) -> Verdict:
    """Whether six weeks can show the target; where that is unlikely, the manager's own words on it."""
    assert pilot.metric and pilot.target is not None
    found = assessment.outlook(known, pilot.metric, pilot.target, ramp_weeks=pilot.ramp_weeks, helps=False)
    if found is None or not (found.enough or found.chance is not None):
        return (
            True,
            _("The target stands. When the baseline has come, it is told what six weeks can show."),
            "",
            "",
        )
    words = plan_sentence(scale_of(pilot), found)
    if found.chance is not None and found.chance >= EVEN:
        return True, words, "", ""
    if pilot.has("lowchance") and pilot.lowchance.stands_for(pilot):
        told = _("%(words)s %(who)s knows, and goes ahead.") % {
            "words": words,
            "who": pilot.lowchance.by.name,
        }
        return True, told, "", ""
    return False, words, "pilot_chance", _("Say why you go ahead all the same")


def _question(pilot: Pilot, at: datetime) -> Verdict:
    from pilots.models import Answer
    from pilots.steps import waits_for_plan

    answers = Prefetch("answers", queryset=Answer.objects.select_related("mapping", "confirmation"))
    people = list(pilot.stakeholders.prefetch_related(answers))
    answered = [person for person in people if person.answers.all()]
    move = ("pilot_people", _("Ask the question"))
    if not any(person.is_sponsor for person in people):
        return (
            False,
            _("No sponsor is named: the leader who loses sleep over the problem."),
            "stakeholder_new",
            _("Name the sponsor"),
        )
    if not any(person.stance == "sceptic" for person in people):
        return (
            False,
            _("No sceptic is named. Their idea of success is the one that convinces."),
            "stakeholder_new",
            _("Name a sceptic"),
        )
    if missing := next((person for person in people if person.is_sponsor and person not in answered), None):
        return (
            False,
            _("%(name)s, the sponsor, has not answered the one question.") % {"name": missing}
            + _begin_with(people, missing),
            *move,
        )
    if not any(person.stance == "sceptic" for person in answered):
        return False, _("No sceptic has answered the one question yet.") + _begin_with(people), *move
    if any(waits_for_plan(answer) for person in people for answer in person.answers.all()):
        return (
            False,
            _("An answer waits: say how the plan delivers it, or why not."),
            "pilot_people",
            _("Map the answer"),
        )
    return (
        True,
        ngettext(
            "%(count)s answer is mapped or declined.",
            "%(count)s answers are mapped or declined.",
            len(answered),
        )
        % {"count": len(answered)},
        "",
        "",
    )


def _begin_with(people: list[Stakeholder], named: Stakeholder | None = None) -> str:
    """Who is asked first, unless that is whom the sentence before names already."""
    from pilots.people_page import ask_first

    first = ask_first(people)
    if first is None or first == named:
        return ""
    return " " + _("Begin with %(name)s, the most sceptical.") % {"name": first}


def _signatures(pilot: Pilot, at: datetime) -> Verdict:
    version = pilot.agreed_version()
    required = list(pilot.stakeholders.must_sign())
    move = ("pilot_agreement", _("Go to the agreement"))
    if not required:
        return False, _("Nobody is named who has to sign."), "stakeholder_new", _("Name who signs")
    if version is None:
        return False, _("Sign-off has not been requested yet."), *move
    if version.sha256 != pilot.plan_digest():
        return (
            False,
            _("The plan changed since version %(number)s. It has to be signed anew.")
            % {"number": version.number},
            *move,
        )
    signed = {sign_off.stakeholder_id: sign_off for sign_off in version.sign_offs.select_related("condition")}
    if declined := next((s for s in signed.values() if s.decision == "decline"), None):
        return (
            False,
            _("%(name)s declined.") % {"name": declined.typed_name},
            "pilot_agreement",
            _("Read why, and talk to them"),
            True,
        )
    if waiting := [person.name for person in required if person.pk not in signed]:
        return False, _("Not signed yet: %(names)s.") % {"names": ", ".join(waiting)}, *move
    if held := next((s for s in signed.values() if _holds(s)), None):
        return False, _("A condition of %(name)s is open.") % {"name": held.typed_name}, *move
    return True, _("Everybody signed version %(number)s.") % {"number": version.number}, "", ""


def _holds(sign_off: object) -> bool:
    condition = getattr(sign_off, "condition", None)
    return condition is not None and condition.when == "before" and condition.closed_at is None


def _data_sheet(pilot: Pilot, at: datetime) -> Verdict:
    move = ("pilot_data_sheet", _("Answer the data sheet"))
    if not pilot.learner_data.exists():
        return (
            False,
            _("Which learner data is used, and who sees it?"),
            "learner_data_new",
            _("Write it down"),
        )
    if not pilot.has("datasheet"):
        return False, _("How are learners told, and who decides about people?"), *move
    return True, _("Which learner data is used, and who sees it, is written down."), "", ""


def _consultation(pilot: Pilot, at: datetime) -> Verdict:
    if pilot.has("consultation"):
        record = pilot.consultation
        if record.confirmed_at and record.confirmed_by:
            words = _("%(who)s was consulted on %(day)s; %(name)s confirmed it.")
            told = {"who": record.with_whom, "day": long_date(record.held_on), "name": record.confirmed_by}
            return True, words % told, "", ""
        return (
            True,
            _("%(who)s was consulted on %(day)s.")
            % {"who": record.with_whom, "day": long_date(record.held_on)},
            "",
            "",
        )
    return (
        False,
        _("Talk to legal or compliance before launch, not after something went wrong."),
        "pilot_consultation",
        _("Record the conversation"),
    )


def _review(pilot: Pilot, at: datetime) -> Verdict:
    if pilot.reviewer_id is None:
        return False, _("Nobody is named who reviews the content."), "pilot_owners", _("Name the reviewer")
    items = list(pilot.content.filter(needed_for_launch=True))
    if not items:
        return (
            False,
            _("No content item is here yet: what will learners see?"),
            "content_new",
            _("Add the first item"),
        )
    if any(item.maker_id == pilot.reviewer_id and item.ai_use != "none" for item in items):
        return (
            False,
            _("The reviewer made one of the items. Name somebody else."),
            "pilot_owners",
            _("Name another reviewer"),
        )
    waiting = [item.title for item in items if item.ai_use != "none" and item.state != "approve"]
    if waiting:
        return (
            False,
            _("Not approved yet: %(items)s.") % {"items": ", ".join(waiting[:3])},
            "pilot_content",
            _("Go to the content"),
        )
    return (
        True,
        ngettext(
            "%(count)s item is reviewed or made by people alone.",
            "%(count)s items are reviewed or made by people alone.",
            len(items),
        )
        % {"count": len(items)},
        "",
        "",
    )


def _owners(pilot: Pilot, at: datetime) -> Verdict:
    if pilot.governance_owner is None:
        return False, _("No governance owner is named."), "pilot_owners", _("Name the governance owner")
    return (
        True,
        _("%(owner)s owns it, %(governance)s governs it.")
        % {"owner": pilot.owner, "governance": pilot.governance_owner},
        "",
        "",
    )


_LINES: Final[tuple[tuple[str, Callable[[], str], Rule], ...]] = (
    ("metric", lambda: _("One business metric with a baseline"), _metric),
    ("target", lambda: _("A target and six weeks"), _target),
    ("question", lambda: _("The one question, answered"), _question),
    ("signatures", lambda: _("Success criteria, signed"), _signatures),
    ("data_sheet", lambda: _("Learner data, written down"), _data_sheet),
    ("consultation", lambda: _("Legal or compliance, consulted"), _consultation),
    ("review", lambda: _("Content, reviewed"), _review),
    ("owners", lambda: _("An owner and a governance owner"), _owners),
)
