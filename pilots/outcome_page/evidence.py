"""How sure an outcome is, and why: the grade of its evidence, what it rests on, what else may explain it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.templatetags.pilotlight import figure
from metrics.verdict_words import Told, assessment_of, reasons
from metrics.warning_words import warnings

if TYPE_CHECKING:
    from pilots.outcome_page.seen import Seen

# By how a comparison was chosen: how far the figures alone can tell what the pilot did from what happened anyway.
_BY_CHOICE: Final = {"lot": 3, "matched": 2, "convenience": 1}
_GRADES: Final = ("limited", "fair", "good", "strong")
# What takes a grade away.
_WEAKENS: Final = {
    "short_baseline",
    "few_points",
    "constant_baseline",
    "recovery_likely",
    "unusual_last_points",
}
GRADES: Final = {
    "strong": (gettext_lazy("Strong"), "disc"),
    "good": (gettext_lazy("Good"), "most"),
    "fair": (gettext_lazy("Fair"), "half"),
    "limited": (gettext_lazy("Limited"), "ring"),
}


@dataclass(frozen=True, slots=True)
class Grade:
    """``code`` is *strong*, *good*, *fair* or *limited*; ``shape`` a disc that is as full as the evidence."""

    code: str
    word: str
    shape: str
    why: str


def grade_of(facts: dict[str, Any]) -> str:
    """How strong the evidence is, from the frozen facts alone."""
    comparison, reading = facts["plan"]["comparison"], facts["reading"]
    rank = _BY_CHOICE.get(comparison["chosen"], 0) if comparison else 0
    weaker = bool(_WEAKENS & set(reading.get("warnings") or ())) or not reading["final"]
    return _GRADES[max(0, rank - weaker)]


def grade(seen: Seen) -> Grade:
    code = seen.facts.get("grade") or grade_of(seen.facts)
    word, shape = GRADES[code]
    return Grade(code, str(word), shape, " · ".join(_rests_on(seen)))


def _rests_on(seen: Seen) -> list[str]:
    parts = [_compared(seen.plan["comparison"])]
    before, during = seen.counted(during=False), seen.counted(during=True)
    weekly = seen.metric["cadence"] == "weekly"
    if before or during:
        values = {"before": before, "during": during}
        parts.append(
            _("%(before)s weeks before and %(during)s during") % values
            if weekly
            else _("%(before)s days before and %(during)s during") % values
        )
    if cases := seen.cases():
        parts.append(ngettext("%(count)s case", "%(count)s cases", cases) % {"count": figure(cases)})
    if seen.told.stopped:
        parts.append(_("stopped early"))
    return parts


def _compared(comparison: dict[str, Any] | None) -> str:
    from pilots.models.pilot import ComparisonChoice

    if not comparison:
        return _("compared with its own past, without a comparison group")
    return _("compared with %(who)s, %(how)s") % {
        "who": comparison["population"],
        "how": ComparisonChoice(comparison["chosen"]).label,
    }


def rows(seen: Seen) -> list[tuple[str, str]]:
    """Terms and what is so, those that have something to say."""
    review = seen.facts["review"]
    told = [
        (_("Why this verdict"), "" if seen.small else _why(seen)),
        (_("Would it hold?"), _would_hold(seen)),
        (_("How it was judged"), _method(seen)),
        (_("Who took part"), _reach(seen)),
        (_("Missing"), _missing(seen)),
        (_("Other causes considered"), seen.text(seen.decision["other_causes"])),
        (_("Review step"), reviewed_words(review)),
        (_("What it does not say"), _("Why the metric moved, or did not: the figures alone cannot tell.")),
    ]  # fmt: skip
    return [(term, words) for term, words in told if words]


def _why(seen: Seen) -> str:
    """What the verdict follows from, beyond what stands at the top of the page already."""
    found = assessment_of(seen.reading)
    told = Told(seen.plan["target"], ramp=seen.told.ramp)
    return " ".join([*reasons(seen.scale, found, told), *warnings(found.warnings)])


def _method(seen: Seen) -> str:
    stopped = seen.told.stopped
    told = [
        _("The level of the days until it was stopped against the level before, with ordinary swings and drift allowed for.")
        if stopped
        else _("The level of the six weeks against the level before, with ordinary swings and drift allowed for."),
        _taken_off(seen.plan["comparison"]),
        _("The range is the wide one that may be read on any day.")
        if stopped
        else _("The range holds the truth in 19 of 20 pilots."),
    ]  # fmt: skip
    return " ".join(part for part in told if part)


def _taken_off(comparison: dict[str, Any] | None) -> str:
    if not comparison:
        return ""
    if not comparison["population"]:
        return _("What the comparison group went through in the same weeks is taken off.")
    return _("What the comparison group (%(who)s) went through in the same weeks is taken off.") % {
        "who": comparison["population"]
    }


def reviewed_words(review: dict[str, int]) -> str:
    """Of what AI had a hand in alone: what people made needs no review."""
    if not review["items"]:
        return ""
    if "with_ai" not in review:  # frozen before these were counted apart
        return (
            ngettext(
                "%(approved)s item that AI had a hand in was approved.",
                "%(approved)s items that AI had a hand in were approved.",
                review["approved"],
            )
            % review
        )
    if not review["with_ai"]:
        return _("No item was made with AI.")
    if not review["released"]:
        return (
            ngettext(
                "%(approved)s of %(with_ai)s item that AI had a hand in was approved; none is on record as released to learners.",
                "%(approved)s of %(with_ai)s items that AI had a hand in were approved; none is on record as released to learners.",
                review["with_ai"],
            )
            % review
        )
    return (
        ngettext(
            "%(released)s of %(with_ai)s item that AI had a hand in was released to learners, approved before they saw it.",
            "%(released)s of %(with_ai)s items that AI had a hand in were released to learners, each approved before they saw it.",
            review["with_ai"],
        )
        % review
    )


def _reach(seen: Seen) -> str:
    """How many took part, of those who were to."""
    planned, actual = seen.plan["planned_reach"], seen.facts.get("reach")
    if actual and planned:
        return _("%(actual)s of %(planned)s people who were to.") % {
            "actual": figure(actual),
            "planned": figure(planned),
        }
    if planned:
        return ngettext(
            "One person was to; whether they did, nobody counted.",
            "%(count)s people were to; how many did, nobody counted.",
            planned,
        ) % {"count": figure(planned)}
    return ""


def _missing(seen: Seen) -> str:
    reading, cadence = seen.reading, seen.metric["cadence"]
    used, missing = reading.get("n_used") or 0, reading.get("n_missing") or 0
    looked_at = (seen.until - seen.start).days // (7 if cadence == "weekly" else 1)
    # With a comparison group a day is missing where either has no value: when that was, these figures do not tell.
    after = None if seen.plan["comparison"] else looked_at - seen.counted(during=True)
    return missing_words(used, missing, cadence, after)


def missing_words(used: int, missing: int, cadence: str, after: int | None = None) -> str:
    """For how many of all days, or weeks, there is no value, ``after`` of them after the start; nothing where each has one."""
    if not missing:
        return ""
    weekly = cadence == "weekly"
    if not used:
        return _("No value came for any of the weeks.") if weekly else _("No value came for any of the days.")
    if weekly:
        words = ngettext(
            "For one of %(total)s weeks no value came.",
            "For %(count)s of %(total)s weeks no value came.",
            missing,
        )
    else:
        words = ngettext(
            "For one of %(total)s days no value came.",
            "For %(count)s of %(total)s days no value came.",
            missing,
        )
    told = words % {"count": missing, "total": used + missing}
    return told if after is None else f"{told} {_before_or_after(missing, after)}"


def _before_or_after(missing: int, after: int) -> str:
    if after <= 0:
        return ngettext("It lies before the start.", "All of them lie before the start.", missing)
    if after >= missing:
        return ngettext("It lies after the start.", "All of them lie after the start.", missing)
    return ngettext("One of them lies after the start.", "%(count)s of them lie after the start.", after) % {
        "count": after
    }


def _would_hold(seen: Seen) -> str:
    drift = seen.reading.get("breakdown_drift")
    if drift is None:
        return ""
    return _("Yes, unless it was drifting by more than %(drift)s in six weeks on its own.") % {
        "drift": seen.scale.change(abs(drift))
    }
