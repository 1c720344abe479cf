"""What became known since the decision: thirty days after, and newer data. Dated, and outside the hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import long_date
from metrics.result_words import result
from metrics.verdict_words import Told, assessment_of
from pilots.words import kept_back

if TYPE_CHECKING:
    from pilots.models import Addendum
    from pilots.outcome_page.seen import Seen


@dataclass(frozen=True, slots=True)
class Later:
    """One addendum: when, a word with its shape, and what it says."""

    at: datetime
    kind: str
    word: str
    shape: str
    tone: str
    words: str


def later(seen: Seen, addenda: list[Addendum]) -> list[Later]:
    """All of them, oldest first."""
    return [_thirty_days(seen, one) if one.kind == "thirty_days" else _newer_data(one) for one in addenda]


def changed_since(addenda: list[Addendum]) -> dict[str, Any] | None:
    """What the newest comparison with the source said, where it found a difference."""
    newest = next((one for one in reversed(addenda) if one.kind == "newer_data"), None)
    return newest.facts if newest and newest.facts["days"] else None


def _newer_data(addendum: Addendum) -> Later:
    days = addendum.facts["days"]
    if not days:
        words = _("The source says again what it said at the decision.")
        return Later(addendum.at, addendum.kind, _("As it was"), "tick", "", words)
    words = ngettext(
        "The source says something else by now about %(count)s day of %(first)s to %(last)s.",
        "The source says something else by now about %(count)s days between %(first)s and %(last)s.",
        days,
    ) % {
        "count": days,
        **{name: long_date(date.fromisoformat(addendum.facts[name])) for name in ("first", "last")},
    }
    return Later(addendum.at, addendum.kind, _("Newer data"), "diamond", "tag-concern", words)


def _thirty_days(seen: Seen, addendum: Addendum) -> Later:
    facts = addendum.facts
    word, shape, tone, words = _says()[facts["says"]]
    days = {name: long_date(date.fromisoformat(facts[name])) for name in ("first", "last")}
    figures = kept_back() if seen.small else _figures(seen, facts)
    read = _("Read again from %(first)s to %(last)s.") % days
    return Later(
        addendum.at,
        addendum.kind,
        word,
        shape,
        tone,
        " ".join(part for part in (words, figures, read) if part),
    )


def _figures(seen: Seen, facts: dict[str, Any]) -> str:
    """From where to where, without a target: it was for the six weeks."""
    low, high = facts.get("low"), facts.get("high")
    if low is None or high is None:
        return ""
    sign = 1 if seen.metric["direction"] == "higher" else -1
    moved = "unclear" if low <= 0 <= high else "short" if sign * low > 0 else "wrong_way"
    told = {name: facts[name] for name in ("estimate", "low", "high", "baseline_mean")}
    found = assessment_of({"verdict": moved, **told})
    return result(seen.scale, found, Told(target=None)).lede


def _says() -> dict[str, tuple[str, str, str, str]]:
    """Word, shape, tone and sentence for each of what ``aftermath.compare`` says."""
    return {
        "still_there": (_("Still there"), "up", "tag-good", _("Thirty days after the end it is still there.")),
        "still_there_less": (
            _("Still there, but less"), "up-open", "tag-good",
            _("Thirty days after the end some of it is still there, less than at the end."),
        ),
        "faded": (_("Faded"), "level", "tag-concern", _("Thirty days after the end it has faded.")),
        "turned": (_("Turned"), "down", "tag-concern", _("Thirty days after the end it stands worse than before the pilot.")),
        "harm_still_there": (_("Still worse"), "down", "tag-concern", _("Thirty days after the end it still stands worse than before the pilot.")),
        "harm_gone": (_("Recovered"), "tick", "", _("Thirty days after the end the harm is gone.")),
        "turned_good": (_("Turned"), "up", "tag-good", _("Thirty days after the end it stands better than before the pilot.")),
        "still_nothing": (_("Still no change"), "level", "", _("Thirty days after the end there is still no change to be seen.")),
        "moved_since": (_("Moved since"), "up-open", "tag-good", _("It moved after the end: not in the six weeks that were agreed.")),
        "worse_since": (_("Worse since"), "down", "tag-concern", _("It got worse after the end.")),
        "cannot_tell": (_("Cannot tell"), "ring", "", _("Thirty days after the end nobody can tell whether it is still there.")),
    }  # fmt: skip
