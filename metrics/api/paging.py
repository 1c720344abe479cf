"""Pages by key: each says where the next begins, and costs the same however far one has read."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Query

LIMIT: Any = Query(100, ge=1, le=1000)  # type: ignore[type-arg]


def page[M: Model](
    request: HttpRequest,
    rows: QuerySet[M],
    limit: int,
    told: Callable[[M], dict[str, Any]],
    key: Callable[[M], Any],
) -> dict[str, Any]:
    """The first ``limit`` of ordered ``rows``, and the address of those after them."""
    found = list(rows[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    where = f"{request.path}?after={key(found[-1])}&limit={limit}" if more else None
    return {"items": [told(one) for one in found], "next": where}
