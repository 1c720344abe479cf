"""Fetching what a page is about, through the organisation in scope."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from django.http import Http404

from accounts.lookup import Lookup
from accounts.tenancy import MemberRequest
from pilots.models import ContentItem, Pilot
from pilots.pilot_page import reviews_counted

_RECORDS = ("launch", "stop", "cancel", "outcome", "datasheet", "consultation")


def _pilots() -> QuerySet[Pilot]:
    """With what a pilot's stage and its words are told from.

    Nothing more: where statements are not prepared, PostgreSQL plans twenty tables longer than it reads them.
    """
    return Pilot._base_manager.select_related(
        "owner", "governance_owner", "metric__source", "series", "comparison", "amended", "usage", *_RECORDS
    )


_PILOT: Final = Lookup(_pilots, organisation=1, pk=1)
#: With how many of its items are reviewed, too.
WITH_REVIEWS: Final = Lookup(lambda: _pilots().annotate(**reviews_counted()), organisation=1, pk=1)


_ITEM: Final = Lookup(
    lambda: ContentItem._base_manager.select_related(
        *(f"pilot__{one}" for one in ("chain", "owner", "launch", "stop", "cancel", "outcome")), "maker"
    ),
    pilot__organisation=1, pilot=1, pk=1,
)  # fmt: skip


def get_pilot(request: MemberRequest, pilot_id: int, lookup: Lookup[Pilot] = _PILOT) -> Pilot:
    """The pilot, in one query; 404 for another's."""
    pilot = lookup.get(request.organisation.pk, pilot_id)
    if pilot is None:
        raise Http404
    # The organisation is known already; related verbs ask for it again and again.
    pilot.organisation = request.organisation
    if pilot.metric:
        pilot.metric.organisation = request.organisation
        for series in filter(None, (pilot.series, pilot.comparison)):
            series.metric = pilot.metric
    return pilot


def get_item(request: MemberRequest, pilot_id: int, item_id: int) -> ContentItem:
    """The item with its pilot and its maker; 404 for another's."""
    item = _ITEM.get(request.organisation.pk, pilot_id, item_id)
    if item is None:
        raise Http404
    item.pilot.organisation = request.organisation
    return item
