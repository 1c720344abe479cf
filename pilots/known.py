"""What we already know, for whoever plans a pilot: the nearest ones, what effects were typical here, what was learned."""

from __future__ import annotations

from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure
from metrics.groups import too_few
from pilots.delivered.figures import MOVED
from pilots.models import Entry, Finding, Pilot
from pilots.models.entry import EntryKind

if TYPE_CHECKING:
    from metrics.models import Metric

NEAREST: Final = 3
ENOUGH: Final = 3
"""So many effects on the metric itself say more than those of its whole area."""


class Effect(NamedTuple):
    """A decided pilot's change as a share of the level before, an improvement above 0."""

    change: float
    moved: bool
    metric: int | None


def known_here(pilot: Pilot) -> dict[str, Any] | None:
    """For ``pilots/known.html``; None when nobody here has decided a pilot that is near. At most six queries."""
    learned = list(_learned(pilot))
    effects = _effects(pilot.metric, pilot.organisation.minimum_group) if pilot.metric else []
    chosen = list(Entry.objects.standing().filter(uses__pilot=pilot).order_by("pk"))
    if not (learned or effects or chosen):
        return None
    return {
        "typical": typical(pilot, effects) if pilot.metric and effects else [],
        "nearest": _nearest(pilot),
        "learned": learned,
        "chosen": chosen,
    }


def typical(pilot: Pilot, effects: list[Effect]) -> list[str]:
    """What changes were typical here, in sentences; and what the target asks for beside them."""
    metric = pilot.metric
    assert metric
    same = [one for one in effects if one.metric == metric.pk]
    near = same if len(same) >= ENOUGH else effects
    changes = sorted(one.change for one in near)
    where = metric.name if near is same else metric.get_category_display()
    moved = sum(one.moved for one in near)
    lines = [
        ngettext(
            "One pilot was decided here on %(where)s; %(moved)s moved its metric.",
            "%(count)s pilots were decided here on %(where)s; %(moved)s moved their metric.",
            len(near),
        )
        % {"count": len(near), "where": where, "moved": moved or _("none")},
        _spread(changes),
    ]
    if asked := _asked(pilot):
        lines.append(_beside(asked, changes))
    return lines


def _spread(changes: list[float]) -> str:
    if len(changes) < ENOUGH:
        told = ", ".join(_percent(change) for change in changes)
        return _("By how much it changed, as a share of the level before: %(changes)s.") % {"changes": told}
    low, _middle, high = quantiles(changes, n=4)
    return _(
        "As a share of the level before, the middle one changed by %(middle)s; half of them lie between %(low)s and %(high)s."
    ) % {"middle": _percent(median(changes)), "low": _percent(low), "high": _percent(high)}


def _asked(pilot: Pilot) -> float | None:
    """The change that the target asks for, as a share of the level before."""
    level = pilot.baseline_mean()
    if pilot.target is None or not level or pilot.metric is None:
        return None
    return (pilot.target - level) * pilot.metric.sign / abs(level)


def _beside(asked: float, changes: list[float]) -> str:
    told = {
        "asked": _percent(asked),
        "reached": sum(change >= asked for change in changes),
        "all": len(changes),
    }
    if len(changes) < ENOUGH:
        return _("Your target asks for %(asked)s.") % told
    if not told["reached"]:
        return (
            _(
                "Your target asks for %(asked)s: more than any of them reached. A smaller one may be more honest."
            )
            % told
        )
    return _("Your target asks for %(asked)s, which %(reached)s of these %(all)s reached.") % told


def _percent(change: float) -> str:
    return str(figure(100 * change, "%", 0 if abs(change) >= 0.1 else 1))


def _effects(metric: Metric, minimum: int) -> list[Effect]:
    """Of the metric's business area, without those about too few people."""
    found = Finding.objects.filter(area=metric.category, relative__isnull=False)
    return [
        Effect(relative or 0.0, verdict in MOVED, of)
        for relative, verdict, of, people in found.values_list(
            "relative", "verdict", "metric", "pilot__standing__people"
        )
        if not too_few(people, minimum)
    ]


def _nearest(pilot: Pilot) -> list[Finding]:
    """Decided pilots on the same metric, then those of its area; the newest first."""
    if pilot.metric is None:
        return []
    near = Finding.objects.filter(area=pilot.metric.category).select_related("pilot").exclude(pilot=pilot)
    same = list(near.filter(metric=pilot.metric).order_by("-decided_on", "-pk")[:NEAREST])
    others = near.exclude(metric=pilot.metric).order_by("-decided_on", "-pk")[: NEAREST - len(same)]
    return same + list(others)


def _learned(pilot: Pilot) -> list[Entry]:
    """What was learned that shares words with this plan; else what pilots on the same metric taught."""
    learnings = Entry.objects.standing().filter(kind=EntryKind.LEARNING).exclude(pilot=pilot).with_counts()
    found = list(learnings.about(pilot.title, pilot.gap, pilot.problem, pilot.uses)[:NEAREST])
    if found or pilot.metric is None:
        return found
    return list(learnings.filter(pilot__metric=pilot.metric).order_by("-pk")[:NEAREST])
