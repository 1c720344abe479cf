"""What a flag says: what was seen, in figures, and the likely reason. What to do about it is said by ``next_move``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import long_date, long_time
from metrics import sources
from metrics.verdict_words import percent
from pilots.causes import CLEARS_AFTER
from pilots.models.usage import Reach

if TYPE_CHECKING:
    from metrics.models import Pull, Source
    from pilots.models import Flag
    from pilots.words import Look


@dataclass(frozen=True, slots=True)
class Said:
    """``words``: what was seen. ``reason``: what it most likely comes from; empty where that is in the words already."""

    words: str
    reason: str = ""


def said(flag: Flag, look: Look) -> Said:
    """A flag in plain words; of values about too few people none is told."""
    return _SAID[flag.kind](flag.figures, look)


def _not_moving(figures: dict[str, Any], look: Look) -> Said:
    return Said(
        _("The target is now excluded by what we see. %(wrong)s") % {"wrong": _wrong(figures)},
        _why_slow(look),
    )


def _wrong_way(figures: dict[str, Any], look: Look) -> Said:
    if look.pilot.comparison_id:
        reason = _("Look whether the comparison group goes the same way; then something else is behind it.")
    else:
        reason = _("Look first for what else changed in these weeks: a price, a season, a new team.")
    return Said(_("It is getting worse. %(wrong)s") % {"wrong": _wrong(figures)}, reason)


def _wrong(figures: dict[str, Any]) -> str:
    if figures.get("amended"):
        return _(
            "It is told by the plan as amended: how often such a flag is wrong, nobody can promise then."
        )
    return _("A flag like this is wrong at most 1 time in 20, however often one looks.")


def _unlikely(figures: dict[str, Any], look: Look) -> Said:
    if look.facts.get("withheld"):
        return Said(_("As it goes, the target is not likely to be reached."), _why_slow(look))
    then, now = figures["chance"], _chance_now(figures, look)
    if percent(now) == percent(then):
        words = _("As it goes, the chance of reaching the target is %(then)s.")
    else:
        words = _(
            "The chance of reaching the target had fallen to %(then)s. It is %(now)s now, and this flag goes at %(clear)s."
        )
    clear = percent((look.pilot.organisation.unlikely_below + CLEARS_AFTER) / 100)
    return Said(words % {"then": percent(then), "now": percent(now), "clear": clear}, _why_slow(look))


def _chance_now(figures: dict[str, Any], look: Look) -> float:
    """What the newest reading says, by the plan that the flag was raised by."""
    facts = look.facts.get("amended", {}) if figures.get("amended") else look.facts
    chance: float | None = facts.get("chance_of_target")
    return figures["chance"] if chance is None else chance


def _why_slow(look: Look) -> str:
    """The likely reason why a metric does not move: what nobody uses, or does not see, cannot move it."""
    pilot, reach = look.pilot, look.reach
    if reach and pilot.planned_reach and reach.people is not None and reach.people < pilot.planned_reach:
        return used_by(reach, pilot.planned_reach)
    if any(flag.kind in {"review_overdue", "approval_lost"} for flag in look.flags):
        return _("Part of its content is not approved: people may not have seen it.")
    if pilot.ramp_weeks and pilot.week(look.today) <= pilot.ramp_weeks:
        return _("The plan lets the effect grow over %(weeks)s weeks, and even so it stays behind.") % {
            "weeks": pilot.ramp_weeks
        }
    if reach and reach.people is None:
        return ""
    if reach is None:
        return _("Nobody wrote down yet how many people use it. That is the first thing to find out.")
    return _("It is used as planned, so the way it is used, or the idea itself, is what holds it back.")


def _no_data(figures: dict[str, Any], look: Look) -> Said:
    words = _("No value has come since %(day)s.") % {"day": long_date(_day(figures["since"]))}
    source, pull = look.source, look.last_pull
    if source is None:
        return Said(words, _("The metric is connected to no source."))
    if pull is None:
        return Said(words, _("Its source has never delivered anything yet."))
    told = {"source": sources.kind(source.kind).label, "when": long_time(pull.started_at)}
    if sources.kind(source.kind).is_pulled:
        reason = _(
            "The source (%(source)s) was asked last on %(when)s and answered, but had nothing newer. Ask whoever looks after it."
        )
    else:
        reason = _("The last delivery (%(source)s) came on %(when)s. Ask whoever sends it.")
    return Said(words, reason % told)


def _source_failing(figures: dict[str, Any], look: Look) -> Said:
    failing = long_date(_day(figures["failing_since"]))
    if since := figures.get("since"):
        words = _("The source has not answered since %(failing)s; values are missing since %(day)s.") % {
            "failing": failing,
            "day": long_date(_day(since)),
        }
    else:
        words = _("The source has not answered since %(day)s. No value is missing yet.") % {"day": failing}
    return Said(words, _what_it_said(look.source, look.last_pull))


def _what_it_said(source: Source | None, pull: Pull | None) -> str:
    if source is None or pull is None or not pull.error:
        return ""
    return _("%(source)s, asked last on %(when)s: “%(error)s”") % {
        "source": sources.kind(source.kind).label,
        "when": long_time(pull.started_at),
        "error": pull.error,
    }


def _few_using(figures: dict[str, Any], look: Look) -> Said:
    return Said(
        used_by(reach_now(figures, look), figures["planned"]),
        _("A pilot that few people use cannot move anything."),
    )


def used_by(reach: Reach, planned: int) -> str:
    """How many of those who were planned have used it, and who says so."""
    told = {"actual": reach.people, "planned": planned, "week": reach.week, "metric": reach.metric}
    if not reach.metric:
        words = _("%(actual)s of %(planned)s planned people have used it, says the note of week %(week)s.")
    elif reach.people is None:
        words = _(
            "Far fewer than the %(planned)s planned people use it, says “%(metric)s”: too few to show how many."
        )
    else:
        words = _(
            "%(actual)s of %(planned)s planned people have used it by week %(week)s, says “%(metric)s”."
        )
    return words % told


def reach_now(figures: dict[str, Any], look: Look) -> Reach:
    """As a newer note or the metric says, or as it was when the flag was raised."""
    return look.reach or Reach(figures.get("actual"), figures["week"], look.today)


def _answer_missing(figures: dict[str, Any], look: Look) -> Said:
    asked = look.pilot.stakeholders.filter(pk=figures["stakeholder"]).first()
    told = {"name": asked or _("Somebody"), "day": long_date(_day(figures["since"]))}
    if figures["asked"] == "sign_off":
        words = _("%(name)s was asked on %(day)s to sign the plan, and has not decided yet.") % told
    else:
        words = _("%(name)s was asked on %(day)s what success looks like, and has not answered yet.") % told
    return Said(_with_others(words, figures), _("Mails are overlooked. A call takes two minutes."))


def _review_overdue(figures: dict[str, Any], look: Look) -> Said:
    item = look.pilot.content.filter(pk=figures["item"]).first()
    words = _("“%(title)s” has waited for its review since %(day)s.") % {
        "title": item or _("An item"),
        "day": long_date(_day(figures["since"])),
    }
    reviewer = look.pilot.reviewer
    reason = _("It was to be reviewed by %(name)s.") % {"name": reviewer} if reviewer else ""
    return Said(_with_others(words, figures), reason)


def _with_others(words: str, figures: dict[str, Any]) -> str:
    others = figures["count"] - 1
    if not others:
        return words
    return words + " " + ngettext("So has %(count)s other.", "So have %(count)s others.", others) % {
        "count": others
    }  # fmt: skip


def _condition_open(figures: dict[str, Any], look: Look) -> Said:
    return Said(
        ngettext(
            "What was asked for at signing is not met yet, says who asked for it.",
            "%(count)s things that were asked for at signing are not met yet, say those who asked.",
            figures["count"],
        )
        % {"count": figures["count"]}
    )


def _approval_lost(figures: dict[str, Any], look: Look) -> Said:
    return Said(
        _("Not approved any more: %(items)s.") % {"items": ", ".join(figures["items"])},
        _("It was changed, objected to, or opened again after an incident."),
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


_SAID: Final[Mapping[str, Callable[[dict[str, Any], Look], Said]]] = {
    "not_moving": _not_moving,
    "wrong_way": _wrong_way,
    "unlikely": _unlikely,
    "no_data": _no_data,
    "source_failing": _source_failing,
    "few_using": _few_using,
    "answer_missing": _answer_missing,
    "review_overdue": _review_overdue,
    "condition_open": _condition_open,
    "approval_lost": _approval_lost,
}
