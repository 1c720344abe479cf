"""Tenancy: what belongs to an organisation is reached through it, or not at all.

Managers made here refuse to answer outside ``with scope(organisation=…)``, so a query that forgets its
organisation raises instead of leaking. ``docs/adr/0003-tenancy.md`` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django_scopes import ScopedManager, scope

from accounts.access import Verb
from accounts.models import Membership, Organisation, Person


class MemberRequest(HttpRequest):
    """A request by a member of the organisation in the address."""

    user: Person  # type: ignore[assignment]
    membership: Membership
    organisation: Organisation


type MemberView[**P] = Callable[Concatenate[MemberRequest, P], HttpResponse]


def tenant[M: models.Manager[Any]](manager: type[M], path: str = "organisation") -> M:
    """A manager that answers only inside the scope of one organisation, found at ``path``."""
    return cast("M", ScopedManager(organisation=path, _manager_class=manager))


def member[**P](verb: Verb, *, methods: Iterable[str] = ("GET",)) -> Callable[[MemberView[P]], Callable[..., HttpResponse]]:
    """A view for members whose role has ``verb``; runs in the organisation's scope and time zone.

    Nobody signed in: to the sign-in page. Not a member: 404, as for an organisation that does not exist.
    A member without the verb: 403.
    """
    allowed = {*methods, *(("HEAD",) if "GET" in methods else ())}

    def decorate(view: MemberView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, org: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            membership = _membership(request, org)
            if not membership.may(verb):
                raise PermissionDenied
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            with scope(organisation=membership.organisation), timezone.override(membership.organisation.zone):
                return view(cast("MemberRequest", request), *args, **kwargs)

        guarded.verb = verb  # type: ignore[attr-defined]  # the access matrix reads it
        return guarded

    return decorate


def _membership(request: HttpRequest, slug: str) -> Membership:
    membership = (
        Membership.objects.select_related("organisation")
        .filter(person_id=request.user.pk, organisation__slug=slug)
        .first()
    )
    if membership is None:
        raise Http404
    request.membership = membership  # type: ignore[attr-defined]
    request.organisation = membership.organisation  # type: ignore[attr-defined]
    return membership
