"""Tenancy: what belongs to an organisation is reached through it, or not at all.

Managers made here refuse to answer outside ``with scope(organisation=…)``, so a query that forgets its
organisation raises instead of leaking. ``docs/adr/0003-tenancy.md`` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, Self, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django_scopes import scope
from django_scopes.manager import DisabledQuerySet
from django_scopes.state import get_scope

from accounts.access import Verb
from accounts.lookup import Lookup
from accounts.models import Membership, Organisation, Person


class MemberRequest(HttpRequest):
    """A request by a member of the organisation in the address."""

    user: Person
    membership: Membership
    organisation: Organisation


type MemberView[**P] = Callable[Concatenate[MemberRequest, P], HttpResponse]


class TenantManager[M: models.Model](models.Manager[M]):
    """A manager that answers only inside the scope of one organisation.

    The model says in ``tenant_path`` by which relations its organisation is reached.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        scopes = get_scope()
        if not scopes.get("_enabled", True):
            return super().get_queryset()
        if "organisation" not in scopes:
            return cast(
                "models.QuerySet[M]",
                DisabledQuerySet(self.model, using=self._db, missing_scopes=["organisation"]),
            )
        kind: type[models.QuerySet[M]] = self._queryset_class  # type: ignore[attr-defined]
        organisation = scopes["organisation"]
        number = organisation.pk if isinstance(organisation, Organisation) else organisation
        return _rows_of(number, kind, self.model, self._db).all()


@lru_cache(maxsize=1000)
def _rows_of[M: models.Model](
    organisation: int, kind: type[models.QuerySet[M]], model: type[M], using: str | None
) -> models.QuerySet[M]:
    """What an organisation has of a model. Made once, never asked itself: nearly every query begins as a copy of it."""
    path = getattr(model, "tenant_path", "organisation")
    return _changing_once(kind)(model, using=using).filter(**{path: organisation})


@lru_cache
def _changing_once[M: models.Model](kind: type[models.QuerySet[M]]) -> type[models.QuerySet[M]]:
    """A kind of query set whose ``update`` asks its conditions of each row as it is when it is changed."""
    return type(kind.__name__, (_ChangingOnce, kind), {})


class _ChangingOnce(models.QuerySet[Any]):
    def select_for_update(
        self, nowait: bool = False, skip_locked: bool = False, of: Sequence[str] = (), no_key: bool = True
    ) -> Self:
        """Keys never change: who only refers to a row need not wait for whoever has it locked."""
        return super().select_for_update(nowait, skip_locked, of, no_key)

    def update(self, **changes: Any) -> int:
        """Of two who change a row at once, the second finds it as the first left it.

        The way to the organisation leads over other tables. Django then changes what a subquery found: PostgreSQL asks that no
        more when it had to wait for a row. Rows that are locked are asked for once more.
        """
        if self.query.count_active_tables() < 2:
            return super().update(**changes)
        with transaction.atomic(using=self.db, savepoint=False):
            found = self.order_by().select_related(None).select_for_update(of=("self",)).only("pk")
            plain: models.QuerySet[Any] = models.QuerySet(self.model, using=self.db)
            return plain.filter(pk__in=[row.pk for row in found]).update(**changes)


def member[**P](
    verb: Verb, *, methods: Iterable[str] = ("GET",)
) -> Callable[[MemberView[P]], Callable[..., HttpResponse]]:
    """A view for members whose role has ``verb``; runs in the organisation's scope and time zone.

    Nobody signed in: to the sign-in page, or 401 to htmx. Not a member: 404, as for an organisation that does not exist.
    A member without the verb: 403.
    """
    allowed = {*methods, *(("HEAD",) if "GET" in methods else ())}

    def decorate(view: MemberView[P]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, org: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                if request.headers.get("HX-Request") == "true":
                    # Followed, the way to the sign-in page would end in the open one: static/js/failed.js says what to do.
                    return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
                # After signing in one comes by GET: where there is no page to come to, to the first one.
                return redirect_to_login(request.get_full_path() if "GET" in allowed else f"/{org}/")
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


_MEMBERSHIP: Final = Lookup(
    lambda: Membership.objects.select_related("organisation"), person=1, organisation__slug=""
)


def _membership(request: HttpRequest, slug: str) -> Membership:
    membership = _MEMBERSHIP.get(request.user.pk, slug)
    if membership is None:
        raise Http404
    membership.person = cast("Person", request.user)
    request.membership = membership  # type: ignore[attr-defined]
    request.organisation = membership.organisation  # type: ignore[attr-defined]
    return membership
