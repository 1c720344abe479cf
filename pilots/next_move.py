"""The one next move: an ordered list of rules, the first that applies is the move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import long_date
from metrics.verdict_words import percent
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


def next_move(pilot: Pilot, at: datetime, look: Look | None = None) -> Move | None:
    """What whoever runs the pilot should do now; None when waiting is right."""
    look = look or Look(pilot, at)
    match look.stage:
        case "planning":
            return _toward_launch(look)
        case "running":
            return _while_running(look)
        case "deciding":
            return Move(
                _("The window is over. Decide what follows, and write down what was learned."),
                _("Decide"),
                _url("decision", pilot),
            )
        case "closed":
            return Move(
                _("Show what came of it to whoever judges it."),
                _("Open the outcome"),
                _url("pilot_outcome", pilot),
            )
    return None


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


def flag_words(flag: Flag) -> str:
    """What a flag says, in plain words."""
    day = flag.figures.get("since")
    since = date.fromisoformat(day) if day else None
    match flag.kind:
        case "not_moving":
            return _(
                "The target is now excluded by what we see. A flag like this is wrong at most 1 time in 20, however often one looks."
            )
        case "wrong_way":
            return _(
                "It is getting worse. A flag like this is wrong at most 1 time in 20, however often one looks."
            )
        case "unlikely":
            return _("As it goes, the chance of reaching the target is %(chance)s.") % {
                "chance": percent(flag.figures["chance"])
            }
        case "source_failing" if since is None:
            failing = date.fromisoformat(flag.figures["failing_since"])
            return _("The source has not answered since %(day)s. No value is missing yet.") % {
                "day": long_date(failing)
            }
        case "source_failing":
            return _("The source has not answered; values are missing since %(day)s.") % {
                "day": long_date(since)
            }
        case "approval_lost":
            return _("Not approved any more: %(items)s.") % {"items": ", ".join(flag.figures["items"])}
        case "condition_open":
            return ngettext(
                "What was asked for at signing is not met yet, says who asked for it.",
                "%(count)s things that were asked for at signing are not met yet, say those who asked.",
                flag.figures["count"],
            ) % {"count": flag.figures["count"]}
    return _("The source answers, but values are missing since %(day)s.") % {"day": long_date(since)}


def _toward_launch(look: Look) -> Move:
    pilot = look.pilot
    still_open = sorted((line for line in look.gate if not line.met), key=lambda line: not line.urgent)
    open_line = still_open[0] if still_open else None
    if open_line is None:
        return Move(
            _("Every line of the gate is met. Launch it."),
            _("Launch the pilot"),
            _url("launch", pilot),
            post=True,
        )
    return Move(open_line.words, open_line.move_label, line_url(pilot, open_line))


def _while_running(look: Look) -> Move | None:
    pilot = look.pilot
    flag = next((flag for flag in look.flags if flag.acknowledged_at is None), None)
    if flag is None:
        return None
    match flag.kind:
        case "no_data" | "source_failing":
            words = _("Without data nobody can tell whether it moves. Look at the source.")
            return Move(
                words,
                _("Look at the source"),
                reverse("metric", args=[pilot.organisation.slug, pilot.metric_id]),
            )
        case "condition_open":
            words = _("Meet the condition, let whoever set it confirm that, and say what you do about it.")
        case "approval_lost":
            words = _("Have it reviewed again, or withdraw it: learners see what nobody stands for now.")
            return Move(words, _("Go to the content"), _url("pilot_content", pilot))
        case "not_moving" | "unlikely":
            words = _("Ask the people who take part what holds them back, and say what you change.")
        case _:
            words = _("Talk to the sponsor before you go on, and say what you change.")
    return Move(
        words,
        _("Say what you do about it"),
        reverse("acknowledgement", args=[pilot.organisation.slug, pilot.pk, flag.pk]),
    )


def _url(name: str, pilot: Pilot) -> str:
    return reverse(name, args=[pilot.organisation.slug, pilot.pk])
