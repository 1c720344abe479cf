"""The reviewer's queue: what waits, since when, for what, and how long reviews take."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Aggregate, Case, ExpressionWrapper, F, FloatField, Q, When
from django.db.models.functions import Extract
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pilots.models import ContentItem, Review

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

PAGE: Final = 50
LATELY: Final = timedelta(days=90)


class _Percentile(Aggregate):
    """The value that a share of the rows does not exceed."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def queue(person: Person, organisation: Organisation, at: datetime, page: int) -> dict[str, Any]:
    """One page of it, in three queries however long it is."""
    waiting = ContentItem.objects.waiting_for(person, organisation)
    count = waiting.count()
    rows = list(waiting[(page - 1) * PAGE : page * PAGE])
    for row in rows:
        row.pilot.organisation = organisation
    return {
        "count": count,
        "waiting": [(row, waited(at - row.waiting_since)) for row in rows if row.waiting_since],
        "pace": pace(at),
        "page": page,
        "previous": page - 1 if page > 1 else None,
        "next": page + 1 if page * PAGE < count else None,
    }


def next_after(item: ContentItem, person: Person, organisation: Organisation) -> ContentItem | None:
    """What comes after this item in somebody's queue; from the last one on to the first."""
    others = ContentItem.objects.waiting_for(person, organisation).exclude(pk=item.pk)
    if item.waiting_since is None:
        return others.first()
    since = item.waiting_since
    later = Q(waiting_since__gt=since) | Q(waiting_since=since, pk__gt=item.pk)
    return others.order_by(Case(When(later, then=0), default=1), "waiting_since", "pk").first()


def pace(at: datetime) -> dict[str, str] | None:
    """How long reviews took of late: half of them, and nine of ten. None before anybody reviewed."""
    took = ExpressionWrapper(Extract(F("at") - F("since"), "epoch"), output_field=FloatField())
    found = Review.objects.filter(at__gte=at - LATELY, since__isnull=False).aggregate(
        half=_Percentile(took, share=0.5), most=_Percentile(took, share=0.9)
    )
    if found["half"] is None:
        return None
    return {name: waited(timedelta(seconds=seconds)) for name, seconds in found.items()}


def waited(time: timedelta) -> str:
    """A time in the words of a desk: minutes, hours or days; at least one minute, also by a clock that is behind."""
    minutes = max(1, int(time.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}
    return _("%(count)s days") % {"count": minutes // (24 * 60)}
