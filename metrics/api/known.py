"""The short way of the commonest push: one new value, by a token that was seen before, in one statement.

What a token's metric was like when it was last looked up is remembered, so that a value can be checked before the database is
asked. Nothing rests on that memory: the statement (``metrics_push``) holds all of it to what is true now, token, limit and key
included, and does nothing where something is otherwise. Then, and for whatever is refused, the long way is gone
from its beginning (``docs/adr/0024-one-value-in-one-statement.md``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection
from django.http import HttpRequest, HttpResponse

from accounts import clock
from accounts.api import Caller, Problem, answered, digest_of_request, key_of, raw_of
from accounts.models.answered import KEPT_FOR
from accounts.models.token import COARSE, Scope, digest_of
from metrics.api.bodies import MOST_BYTES, points_in
from metrics.models.jump import AHEAD, TIMES
from metrics.points import Checker, Ruler

ANSWER: Final = '{"pull_id": %s, "new": %s, "changed": %s, "unchanged": %s, "left_out": %s}'
_PUSH: Final = f"SELECT metrics_push({', '.join(['%s'] * 23)})"
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


def recall(request: HttpRequest, metric: int) -> Known | None:
    length = request.META.get("CONTENT_LENGTH", "")
    if not _known or not length.isdigit() or int(length[:12]) > MOST_BYTES:
        return None
    return _known.get((digest_of(raw_of(request)), metric))


def push(request: HttpRequest, known: Known, body: bytes) -> HttpResponse | None:
    """The answer to one new value, stored; None where it is not as plain as that, and then nothing was done."""
    at = clock.now()
    checker = Checker(
        Ruler(known.kind, known.cadence == "weekly", known.per, at.astimezone(ZoneInfo(known.zone)).date())
    )
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
    try:
        with connection.cursor() as cursor:
            cursor.execute(_PUSH, facts)
            (answer,) = cursor.fetchone()
    except IntegrityError:  # at the same moment somebody else wrote this day
        return None
    return None if answer is None else answered(answer)
