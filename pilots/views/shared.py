"""Fetching what a page is about, through the organisation in scope."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from accounts.tenancy import MemberRequest
from pilots.models import ContentItem, Pilot

_RECORDS = ("launch", "stop", "cancel", "outcome", "datasheet", "consultation")


def get_pilot(request: MemberRequest, pilot_id: int, **counted: Any) -> Pilot:
    """The pilot with what its stage and its words are told from, in one query; 404 for another's.

    ``counted`` is counted in the same query.

    Nothing more: where statements are not prepared, PostgreSQL plans twenty tables longer than it reads them.
    """
    pilots = Pilot.objects.select_related(
        "owner", "governance_owner", "metric__source", "series", "comparison", "amended", "usage", *_RECORDS
    )
    pilot: Pilot = get_object_or_404(pilots.annotate(**counted), pk=pilot_id)
    # The organisation is known already; related verbs ask for it again and again.
    pilot.organisation = request.organisation
    if pilot.metric:
        pilot.metric.organisation = request.organisation
        for series in filter(None, (pilot.series, pilot.comparison)):
            series.metric = pilot.metric
    return pilot


def get_item(request: MemberRequest, pilot_id: int, item_id: int) -> ContentItem:
    """The item with its pilot and its maker; 404 for another's."""
    records = ("pilot__cancel", "pilot__launch", "pilot__stop", "pilot__outcome")
    items = ContentItem.objects.select_related("pilot__chain", "pilot__owner", *records, "maker")
    item: ContentItem = get_object_or_404(items, pk=item_id, pilot_id=pilot_id)
    item.pilot.organisation = request.organisation
    return item
