"""The plan as the one sentence that an executive reads, with its blanks where something is still to be said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import long_date
from metrics.verdict_words import Scale
from pilots.words import scale_of

if TYPE_CHECKING:
    from pilots.models import Pilot
    from pilots.words import Look

_SLOT: Final = re.compile(r"%\((\w+)\)s")
_BECAUSE: Final = re.compile(r"^(?:because|since|weil|denn)\b[\s,:]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of the sentence. A ``key`` marks what the plan says; ``step`` (a route) is where a blank is filled in."""

    words: str
    key: str = ""
    step: str = ""

    @property
    def missing(self) -> bool:
        return bool(self.step)


#: Each part of a whole hypothesis, and the step on which it is said.
STEPS: Final[Mapping[str, str]] = {
    "uses": "pilot_problem",
    "whom": "pilot_problem",
    "gap": "pilot_problem",
    "metric": "pilot_metric",
    "target": "pilot_weeks",
    "day": "pilot_weeks",
    "because": "pilot_problem",
}


def hypothesis(look: Look) -> list[Part]:
    """The sentence of a pilot as it is planned now."""
    pilot = look.pilot
    said = {**_said(pilot), "before": level_before(look)}
    return _parts(said, pilot.metric.direction if pilot.metric else "")


def level_before(look: Look) -> str:
    """Where the metric stands before the start, by what came so far; empty where nobody knows, or too few are measured."""
    pilot = look.pilot
    if not (pilot.metric and pilot.series_id and pilot.start) or look.shown.is_small(pilot.series_id):
        return ""
    baseline = pilot.baseline_mean()
    return scale_of(pilot)(baseline) if baseline is not None else ""


def missing_of(pilot: Pilot) -> list[str]:
    """What the hypothesis does not say yet, in words; empty when it is whole."""
    said = _said(pilot)
    return [words for key, words in _names().items() if not said[key]]


def sentence(facts: Mapping[str, Any]) -> str:
    """The sentence of a plan version; empty where that was signed before there were the words for it."""
    if not facts.get("uses") or not facts.get("gap"):
        return ""
    metric = facts["metric"] or {}
    scale = Scale(metric.get("name", ""), metric.get("unit", ""), metric.get("decimals", 1))
    said = {
        "uses": facts["uses"],
        "whom": facts["audience"],
        "gap": facts["gap"],
        "metric": scale.name,
        "target": "" if facts["target"] is None else scale.agreed(facts["target"]),
        "day": long_date(date.fromisoformat(facts["last_day"])) if facts["last_day"] else "",
        "because": _clause(facts.get("because", "")),
    }
    return told(_parts(said, metric.get("direction", "")))


def told(parts: list[Part]) -> str:
    return "".join(part.words for part in parts)


def _said(pilot: Pilot) -> dict[str, str]:
    """What is filled in, by part, as it stands in the sentence."""
    return {
        "uses": pilot.uses,
        "whom": pilot.audience,
        "gap": pilot.gap,
        "metric": pilot.metric.name if pilot.metric else "",
        "target": "" if pilot.target is None else scale_of(pilot).agreed(pilot.target),
        "day": long_date(pilot.end - timedelta(days=1)) if pilot.end else "",
        "because": _clause(pilot.because),
    }


def _parts(said: Mapping[str, str], direction: str) -> list[Part]:
    template = _template(direction, with_before=bool(said.get("before")))
    blanks = _blanks()
    parts: list[Part] = []
    for number, piece in enumerate(_SLOT.split(template)):
        if number % 2 == 0:
            parts += [Part(piece)] if piece else []
        elif words := said.get(piece, ""):
            parts.append(Part(words, piece))
        else:
            parts.append(Part(blanks[piece], piece, STEPS[piece]))
    return parts


def _template(direction: str, *, with_before: bool) -> str:
    """Whole sentences, so that another language can order them as it likes."""
    match direction, with_before:
        case "higher", True:
            return _(
                "We use %(uses)s with %(whom)s to close %(gap)s, which lifts %(metric)s from %(before)s to %(target)s "
                "by %(day)s, because %(because)s."
            )
        case "higher", False:
            return _(
                "We use %(uses)s with %(whom)s to close %(gap)s, which lifts %(metric)s to %(target)s by %(day)s, "
                "because %(because)s."
            )
        case "lower", True:
            return _(
                "We use %(uses)s with %(whom)s to close %(gap)s, which brings %(metric)s down from %(before)s to "
                "%(target)s by %(day)s, because %(because)s."
            )
        case "lower", False:
            return _(
                "We use %(uses)s with %(whom)s to close %(gap)s, which brings %(metric)s down to %(target)s by %(day)s, "
                "because %(because)s."
            )
    return _(
        "We use %(uses)s with %(whom)s to close %(gap)s, which moves %(metric)s to %(target)s by %(day)s, "
        "because %(because)s."
    )


def _blanks() -> dict[str, str]:
    return {
        "uses": _("what?"),
        "whom": _("whom?"),
        "gap": _("which gap?"),
        "metric": _("which number?"),
        "target": _("how far?"),
        "day": _("when?"),
        "because": _("why should it?"),
    }


def _names() -> dict[str, str]:
    return {
        "uses": _("what you use"),
        "whom": _("who takes part"),
        "gap": _("the gap that it closes"),
        "metric": _("the one metric"),
        "target": _("the target"),
        "day": _("the first day"),
        "because": _("why you believe that it will"),
    }


def _clause(because: str) -> str:
    """The reason as it stands behind “because”."""
    return _BECAUSE.sub("", because.strip()).rstrip(" .")
