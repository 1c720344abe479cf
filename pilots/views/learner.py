"""The pages that a learner opens from a course, without an account. They show roles instead of names."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from pilots.labels import RolesForNames, item_of, pilot_of, public_facts
from pilots.models import ContentItem, Pilot


@require_safe
def label(request: HttpRequest, token: str) -> HttpResponse:
    """How something was made and checked: what AI did, by which role it was reviewed, when."""
    item_id = item_of(token)
    with scopes_disabled():
        items = ContentItem.objects.select_related("pilot__organisation")
        item = items.filter(pk=item_id).first() if item_id else None
    if item is None:
        raise Http404
    organisation = item.pilot.organisation
    with scope(organisation=organisation), timezone.override(organisation.zone):
        return render(request, "learner/label.html", {**public_facts(item), "organisation": organisation})


@require_safe
def data(request: HttpRequest, token: str) -> HttpResponse:
    """Which learner data a pilot uses, what for, who sees it and until when."""
    pilot_id = pilot_of(token)
    with scopes_disabled():
        pilots = Pilot.objects.select_related("organisation", "datasheet")
        pilot = pilots.filter(pk=pilot_id).first() if pilot_id else None
    if pilot is None:
        raise Http404
    organisation = pilot.organisation
    with scope(organisation=organisation), timezone.override(organisation.zone):
        rows, told = list(pilot.learner_data.all()), RolesForNames(pilot)
        for row in rows:
            for name in ("data", "purpose", "source", "access"):
                setattr(row, name, told(getattr(row, name)))
        sheet = pilot.datasheet if pilot.has("datasheet") else None
        context = {
            "pilot": pilot, "rows": rows, "organisation": organisation,
            "told": told(sheet.told) if sheet else "",
            "oversight": told(sheet.oversight) if sheet else "",
            "processor": told(sheet.processor) if sheet else "",
        }  # fmt: skip
        return render(request, "learner/data.html", context)
