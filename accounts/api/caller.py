"""Who calls the API: a token, looked up, counted and held to what it may do, on each request anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope
from ninja.security import HttpBearer

from accounts import clock
from accounts.access import VERBS_OF, Verb
from accounts.api.problems import Problem
from accounts.models import ApiToken, Bucket, Organisation, Person
from accounts.models.token import COARSE, PREFIX, Scope, digest_of, still_holds


@dataclass(frozen=True)
class Beside:
    """More to ask while the token is looked up: a join (a constant of the program) to ``caller``, and its parameters."""

    join: str
    facts: Sequence[Any]


@dataclass
class Caller:
    """A token in use: for which organisation, and on whose behalf where it acts for somebody."""

    token: int
    name: str
    scope: str
    role: str
    organisation_id: int
    time_zone: str
    person_id: int | None
    beside: Sequence[Any] = ()  # what was asked for in the same breath

    def may(self, verb: Verb) -> bool:
        return self.scope == Scope.ACT and verb in VERBS_OF[self.role]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def organisation(self) -> Organisation:
        return Organisation.objects.get(pk=self.organisation_id)

    @cached_property
    def person(self) -> Person:
        """Whom it acts for; the ledger says through which token."""
        assert self.person_id is not None  # who acts, acts for somebody
        person = Person.objects.get(pk=self.person_id)
        person.through = _("by the token “%(name)s”") % {"name": self.name}
        return person


class Bearer(HttpBearer):
    """A token with this scope, or one that acts for a member whose role has ``verb``."""

    def __init__(self, scope: Scope, verb: Verb) -> None:
        super().__init__()
        self.scope, self.verb = scope, verb

    def __call__(self, request: HttpRequest) -> Caller:
        raw = raw_of(request)
        caller = look_up(raw, self.beside(request), at=clock.now()) if raw else None
        if caller is None:
            raise _refused(request)
        acts = caller.scope == Scope.ACT
        if not (caller.may(self.verb) if acts else caller.scope == self.scope):
            raise Problem(403, _may_not(caller))
        return caller

    def beside(self, request: HttpRequest) -> Beside | None:
        """What an operation wants to be told in the same breath."""
        return None

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        raise NotImplementedError("__call__ does it")


def raw_of(request: HttpRequest) -> str:
    """The token that came with a request, as it was written."""
    # Not ``request.headers``, here and in ``key_of``: to read one of them it puts all of them together.
    facts = request.META
    scheme, _blank, raw = str(facts.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return raw.strip() if scheme.lower() == "bearer" else ""


def look_up(raw: str, beside: Beside | None = None, *, at: datetime) -> Caller | None:
    """The caller behind a token, or None for one that opens nothing. Raises ``Problem`` when it comes too often."""
    if not raw.startswith(PREFIX) or len(raw) > 100:
        return None
    with connection.cursor() as cursor:
        asked: list[Any] = [digest_of(raw), at, float(settings.API_PER_MINUTE), COARSE]
        cursor.execute(
            f"SELECT * FROM accounts_look_up(%s, %s, %s, %s) AS caller {beside.join if beside else ''}",  # noqa: S608
            [*asked, *(beside.facts if beside else ())],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    token, name, kind, role, organisation, zone, person, role_now, is_stale, is_let_in, *more = row
    if kind == Scope.ACT and (role_now is None or not still_holds(role_now, role)):
        return None
    if not is_let_in:
        raise _too_often()
    if is_stale:
        ApiToken.objects.filter(pk=token).update(last_used_at=Now())
    return Caller(token, name, kind, role, organisation, zone, person, more)


def _refused(request: HttpRequest) -> Problem:
    """No token, or none that we know; whoever tries many is told to wait."""
    try:
        address = get_adapter().get_client_ip(request)
    except PermissionDenied:
        address = "unknown"
    if not Bucket.objects.take(f"refused:{address}", size=settings.API_FAILURES_PER_MINUTE):
        return _too_often()
    return Problem(
        401,
        _(
            "Send a token that stands, as “Authorization: Bearer plt_…”. An administrator makes one under People, API tokens."
        ),
        headers={"WWW-Authenticate": 'Bearer realm="Pilotlight"'},
    )


def _too_often() -> Problem:
    wait = max(1, round(60 / settings.API_PER_MINUTE))
    return Problem(
        429,
        _("Too many requests. Wait a moment, and send several values in one request."),
        headers={"Retry-After": str(wait)},
    )


def _may_not(caller: Caller) -> str:
    if caller.scope == Scope.ACT:
        return _("The role of the member that this token acts for does not include this.")
    return _("This token may not do this: it was made to %(use)s.") % {"use": Scope(caller.scope).label}


def caller_of(request: HttpRequest) -> Caller:
    return cast("Caller", request.auth)  # type: ignore[attr-defined]


@contextmanager
def in_scope_of(caller: Caller) -> Iterator[None]:
    with scope(organisation=caller.organisation_id), timezone.override(caller.zone):
        yield


def within[**P, R](operation: Callable[P, R]) -> Callable[P, R]:
    """Run an operation in the scope and the time zone of its caller's organisation."""

    @wraps(operation)
    def scoped(*args: P.args, **kwargs: P.kwargs) -> R:
        with in_scope_of(caller_of(cast("HttpRequest", args[0]))):
            return operation(*args, **kwargs)

    return scoped
