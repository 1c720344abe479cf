"""The wedge: from the first small win to the seat at the table, a step for each pilot of a chain that was decided."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from pilots.models import Pilot

if TYPE_CHECKING:
    from datetime import date

#: What each result earns: something to show, a hearing, others who want it, a place where it is decided.
STEPS: Final = (_("Evidence"), _("Access"), _("Stake"), _("A seat at the table"))


def wedge(pilot: Pilot, today: date) -> list[dict[str, Any]]:
    """The whole chain of a pilot, the first first: those that it grew from, itself, and what grew from it.

    Empty when it stands alone. Three queries, whatever its length.
    """
    origins = dict(Pilot.objects.filter(grew_from__isnull=False).values_list("pk", "grew_from_id"))
    if pilot.pk not in origins and pilot.pk not in origins.values():
        return []
    children: defaultdict[int, list[int]] = defaultdict(list)
    for child, origin in sorted(origins.items()):
        children[origin].append(child)
    first = pilot.pk
    while (earlier := origins.get(first)) is not None:
        first = earlier
    order = _downwards(first, children)
    found = Pilot.objects.select_related("launch", "stop", "cancel", "outcome").in_bulk(
        [pk for pk, _ in order]
    )
    sponsors = {
        one.pk: one.stakeholders.all()[0] if one.stakeholders.all() else None for one in _with_sponsors(found)
    }
    steps: list[dict[str, Any]] = []
    decided: dict[int, int] = {}
    for pk, depth in order:
        one = found[pk]
        before = decided.get(origins.get(pk) or 0, 0)
        decided[pk] = before + one.has("outcome")
        step = max(1, min(decided[pk] if one.has("outcome") else before + 1, len(STEPS)))
        steps.append(
            {
                "pilot": one,
                "here": pk == pilot.pk,
                "depth": min(depth, 3),
                "step": step,
                "width": 100 * step // len(STEPS),
                "word": STEPS[step - 1],
                "reached": one.has("outcome"),
                "stage": one.stage(today),
                "sponsor": sponsors.get(pk),
            }
        )
    return steps


def _downwards(first: int, children: defaultdict[int, list[int]]) -> list[tuple[int, int]]:
    """Each pilot before what grew from it, with the number of branchings above it."""
    order: list[tuple[int, int]] = []
    waiting = [(first, 0)]
    while waiting:
        pk, depth = waiting.pop()
        order.append((pk, depth))
        branches = children[pk]
        waiting += [(child, depth + (len(branches) > 1)) for child in reversed(branches)]
    return order


def _with_sponsors(found: dict[int, Pilot]) -> list[Pilot]:
    from django.db.models import Prefetch, prefetch_related_objects

    from pilots.models import Stakeholder

    pilots = list(found.values())
    prefetch_related_objects(
        pilots, Prefetch("stakeholders", Stakeholder.objects.filter(is_sponsor=True).order_by("pk"))
    )
    return pilots
