"""The one next move: rules in order, each a sentence and a button. The first that applies is the move.

``RULES`` are about a pilot, for whoever runs it; ``pilots/person_move.py`` asks them for everybody's first page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from pilots.flag_words import reach_now
from pilots.models.standing import FLAGS_BY_GRAVITY
from pilots.words import Look

if TYPE_CHECKING:
    from pilots.gate import Line
    from pilots.models import Flag, Pilot


@dataclass(frozen=True, slots=True)
class Move:
    """A sentence and a button. ``post`` says that the button acts at once instead of opening a page."""

    sentence: str
    label: str
    url: str
    post: bool = False


type Rule = Callable[[Look], Move | None]


def next_move(pilot: Pilot, at: datetime, look: Look | None = None) -> Move | None:
    """What whoever runs the pilot should do now; None when waiting is right."""
    look = look or Look(pilot, at)
    return next((move for rule in RULES if (move := rule(look))), None)


# --- the rules, in the order of ``RULES`` ---------------------------------------------------------


def _lost_approval(look: Look) -> Move | None:
    """Learners see what nobody stands for: before everything else."""
    if not _asks(look, "approval_lost"):
        return None
    words = _("Have it reviewed again, or withdraw it: learners may see what nobody stands for now.")
    return Move(words, _("Go to the content"), _url("pilot_content", look.pilot))


def _silent_source(look: Look) -> Move | None:
    """Without data every other flag is guesswork."""
    if not (_asks(look, "source_failing") or _asks(look, "no_data")):
        return None
    words = _("Without data nobody can tell whether it moves. Look at the source.")
    return Move(words, _("Look at the source"), _metric_url(look.pilot))


def _wrong_way(look: Look) -> Move | None:
    if not (flag := _asks(look, "wrong_way")):
        return None
    words = _("Talk to the sponsor before you go on, and say what you change.")
    return Move(words, _("Say what you do about it"), _answer_url(look.pilot, flag))


def _few_using(look: Look) -> Move | None:
    """Before *not moving*: what nobody uses cannot move anything."""
    if not (flag := _asks(look, "few_using")):
        return None
    reach, planned = reach_now(flag.figures, look), flag.figures["planned"]
    if reach.people is None:
        words = _(
            "Few of the %(planned)s people use it. Ask the team leads to use it together once this week."
        )
    else:
        words = _(
            "Only %(actual)s of %(planned)s people have used it. Ask the team leads to use it together once this week."
        )
    told = {"actual": reach.people, "planned": planned}
    return Move(words % told, _("Say what you do about it"), _answer_url(look.pilot, flag))


def _not_moving(look: Look) -> Move | None:
    if not (flag := _asks(look, "not_moving") or _asks(look, "unlikely")):
        return None
    words = _("Ask the people who take part what holds them back, and say what you change.")
    return Move(words, _("Say what you do about it"), _answer_url(look.pilot, flag))


def _said_no(look: Look) -> Move | None:
    """Somebody declined the plan: nothing else brings it on."""
    no = next((line for line in look.gate if line.urgent), None) if look.stage == "planning" else None
    return Move(no.words, no.move_label, line_url(look.pilot, no)) if no else None


def _overdue_review(look: Look) -> Move | None:
    if not _asks(look, "review_overdue"):
        return None
    reviewer = look.pilot.reviewer
    if reviewer:
        words = _("Ask %(name)s for the review that is overdue, or name somebody else.") % {"name": reviewer}
    else:
        words = _("A review is overdue, and nobody is named who does it.")
    return Move(words, _("Go to the content"), _url("pilot_content", look.pilot))


def _missing_answer(look: Look) -> Move | None:
    if not (flag := _asks(look, "answer_missing")):
        return None
    name = look.pilot.stakeholders.filter(pk=flag.figures["stakeholder"]).first()
    words = _("Call %(name)s: the plan waits for one answer.") % {"name": name or _("them")}
    return Move(words, _("See who was asked"), _url("pilot_people", look.pilot))


def _launch(look: Look) -> Move | None:
    if look.stage != "planning" or any(not line.met for line in look.gate):
        return None
    words = _("Every line of the gate is met. Launch it.")
    return Move(words, _("Launch the pilot"), _url("launch", look.pilot), post=True)


def _gate(look: Look) -> Move | None:
    """The first line that is still open; they stand in the order in which they are closed best."""
    if look.stage != "planning":
        return None
    line = next(line for line in look.gate if not line.met)
    return Move(line.words, line.move_label, line_url(look.pilot, line))


def _condition(look: Look) -> Move | None:
    if not (flag := _asks(look, "condition_open")):
        return None
    words = _("Meet the condition, let whoever set it confirm that, and say what you do about it.")
    return Move(words, _("Say what you do about it"), _answer_url(look.pilot, flag))


def _note_of_the_week(look: Look) -> Move | None:
    if not look.owes_a_note:
        return None
    words = _("Week %(week)s is nearly over. Write down in three lines how it was.")
    return Move(
        words % {"week": look.pilot.week(look.today)},
        _("Write the week’s note"),
        _url("check_in", look.pilot),
    )


def _decide(look: Look) -> Move | None:
    if look.stage != "deciding":
        return None
    words = _("The window is over. Decide what follows, and write down what was learned.")
    return Move(words, _("Decide"), _url("decision", look.pilot))


def _show(look: Look) -> Move | None:
    if look.stage != "closed":
        return None
    words = _("Show what came of it to whoever judges it.")
    return Move(words, _("Open the outcome"), _url("pilot_outcome", look.pilot))


RULES: Final[tuple[Rule, ...]] = (
    _lost_approval,
    _decide,
    _silent_source,
    _wrong_way,
    _few_using,
    _not_moving,
    _said_no,
    _overdue_review,
    _launch,
    _missing_answer,
    _gate,
    _condition,
    _note_of_the_week,
    _show,
)


# --- what they are told from ----------------------------------------------------------------------


def _asks(look: Look, kind: str) -> Flag | None:
    """The flag of this kind, if it stands and nobody has said yet what they do about it."""
    return next((flag for flag in look.flags if flag.kind == kind and flag.acknowledged_at is None), None)


def by_gravity(flags: list[Flag]) -> list[Flag]:
    """What asks first stands first; what somebody has answered already comes last."""
    return sorted(
        flags, key=lambda flag: (flag.acknowledged_at is not None, FLAGS_BY_GRAVITY.index(flag.kind))
    )


def gate_lines(pilot: Pilot, lines: list[Line], *, moves: bool) -> list[dict[str, Any]]:
    """The gate for its component: words, and, for whoever may make ``moves``, where an open line is closed."""
    return [
        {
            "met": line.met,
            "words": line.title,
            "note": line.words,
            "href": line_url(pilot, line) if moves else "",
            "label": line.move_label,
        }
        for line in lines
    ]


def line_url(pilot: Pilot, line: Line) -> str:
    if not line.move:
        return ""
    if line.move.startswith("metric"):
        return reverse(line.move, args=[pilot.organisation.slug, pilot.metric_id])
    return _url(line.move, pilot)


def _url(name: str, pilot: Pilot) -> str:
    return reverse(name, args=[pilot.organisation.slug, pilot.pk])


def _metric_url(pilot: Pilot) -> str:
    return reverse("metric", args=[pilot.organisation.slug, pilot.metric_id])


def _answer_url(pilot: Pilot, flag: Flag) -> str:
    return reverse("acknowledgement", args=[pilot.organisation.slug, pilot.pk, flag.pk])
