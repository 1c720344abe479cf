"""What the step of the one metric shows: what was looked for, what the coach says of it, and what there is to pick from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from metrics import catalogue
from metrics.coach import coach
from metrics.models import Metric
from metrics.models.metric import Category

if TYPE_CHECKING:
    from pilots.models import Pilot

_AT_FIRST: Final = 6  # entries that are near the problem, before anybody looks for something
_OWN: Final = 20


def picker(pilot: Pilot, words: str, area: str) -> dict[str, Any]:
    """The organisation's own metrics and the catalogue, as far as words and area fit, and advice on the words."""
    area = area if area in Category.values else ""
    looked_for = bool(words.strip() or area)
    entries = catalogue.matching(words, area)
    problem = f"{pilot.problem} {pilot.gap} {pilot.uses} {pilot.audience}"
    own = _own(words, area)
    known = {metric.name.casefold() for metric in own}
    near = _without(known, catalogue.nearest(words or problem, _AT_FIRST + len(known)))[:_AT_FIRST]
    return {
        "q": words,
        "area": area,
        "areas": Category.choices,
        "advice": coach(words) if words.strip() else None,
        "own_metrics": [metric for metric in own if metric.pk != pilot.metric_id],
        "entries": _without(known, entries) if looked_for else near,
        "count": len(catalogue.ENTRIES),
        "near": near if looked_for and not entries and not own else [],
        "looked_for": looked_for,
        "signals": pilot.supporting_signals.all(),
    }


def _without(known: set[str], entries: list[catalogue.Entry]) -> list[catalogue.Entry]:
    """Entries that the organisation does not have already, by their name."""
    return [one for one in entries if str(one.name).casefold() not in known]


def _own(words: str, area: str) -> list[Metric]:
    """Those by which a pilot can be judged, as far as a name can tell."""
    found = Metric.objects.select_related("source").order_by("name")
    for word in words.split()[:8]:
        found = found.filter(name__icontains=word.replace("\0", ""))
    if area:
        found = found.filter(category=area)
    return [metric for metric in found[: 3 * _OWN] if not metric.is_signal][:_OWN]
