"""The pages that a learner opens from a course, without an account. They show roles instead of names."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from pilots.labels import item_of, public_facts
from pilots.models import ContentItem


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
