"""The short way of the commonest push: one new value, by a token that was seen before, in one statement.

What a token's metric was like when it was last looked up is remembered, so that a value can be checked before the database is
asked. Nothing rests on that memory: the statement (``metrics_push``) holds all of it to what is true now, token, limit and key
included, and does nothing where something is otherwise. Then, and for whatever is refused, the long way is gone
from its beginning (``docs/adr/0024-one-value-in-one-statement.md``).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse

from accounts import clock
from accounts.api import Caller, Problem, answered, digest_of_request, key_of, raw_of
from accounts.models.answered import KEPT_FOR
from accounts.models.token import COARSE, Scope, digest_of
from metrics.api.bodies import points_in
from metrics.models.jump import AHEAD, TIMES
from metrics.points import Checker, Ruler

ANSWER: Final = '{"pull_id": %s, "new": %s, "changed": %s, "unchanged": %s, "left_out": %s}'
_PUSH: Final = f"SELECT metrics_push({', '.join(['%s'] * 23)})"
_PATH: Final = re.compile(r"/api/v1/metrics/([0-9]{1,18})/snapshots")
#: Pairs of a token and a metric; some hundred bytes each.
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A token and a metric as they were, which is what a value is checked by."""

    digest: str
    metric: int
    kind: str
    cadence: str
    per: float
    zone: str


_known: dict[tuple[str, int], Known] = {}


def remember(request: HttpRequest, caller: Caller, metric: int, ruler: Ruler) -> None:
    if caller.scope != Scope.PUSH:  # who acts for a member is looked at more closely
        return
    if len(_known) >= _MOST:
        _known.clear()
    digest = digest_of(raw_of(request))
    cadence = "weekly" if ruler.weekly else "daily"
    _known[digest, metric] = Known(digest, metric, ruler.kind, cadence, ruler.per, caller.time_zone)


def at_once(request: HttpRequest) -> HttpResponse | None:
    """The answer to one new value, stored; None for whatever is not as plain as that, and then nothing was done."""
    known = _recall(request)
    if known is None:
        return None
    at, body = clock.now(), request.body
    today = at.astimezone(ZoneInfo(known.zone)).date()
    checker = Checker(Ruler(known.kind, known.cadence == "weekly", known.per, today))
    try:
        key = key_of(request)
        checker.take_all(row for _number, row in points_in(request, body))
    except Problem:
        return None
    points = checker.points
    if checker.faults or len(points) != 1:
        return None
    facts: list[Any] = [
        known.digest, known.metric, known.kind, known.cadence, known.per, known.zone,
        at, float(settings.API_PER_MINUTE), COARSE, key, digest_of_request(request, body) if key else "", KEPT_FOR,
        ANSWER, hashlib.sha256(body).hexdigest(), TIMES, AHEAD,
        *(column[0] for column in (points.group, points.day, points.value, points.numerator, points.denominator,
                                   points.n, points.sum_of_squares)),
    ]  # fmt: skip
    answer = _asked(facts)
    return None if answer is None else answered(answer)


def _recall(request: HttpRequest) -> Known | None:
    """What is known for a request that may be a push of one value."""
    facts = request.META
    length = facts.get("CONTENT_LENGTH", "")
    path = _PATH.fullmatch(request.path_info)
    if not _known or path is None or request.method != "POST" or facts.get("QUERY_STRING"):
        return None
    if not length.isdecimal() or len(length) > 4:
        return None
    return _known.get((digest_of(raw_of(request)), int(path[1])))


def _asked(facts: list[Any]) -> str | None:
    if connection.connection is not None:
        connection.health_check_done = True  # type: ignore[attr-defined] # the statement itself will tell
    try:
        with connection.cursor() as cursor:
            cursor.execute(_PUSH, facts)
            answer: str | None = cursor.fetchone()[0]
    except (DatabaseError, InterfaceError):
        # The connection broke while it was idle, a lock was not to be had, or at this moment somebody else wrote this day.
        # The long way has the words for what is still so; and sent again, a value changes nothing.
        connection.close_if_unusable_or_obsolete()
        return None
    return answer
