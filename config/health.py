"""``/healthz``: this process lives. ``/readyz``: it can also do its work."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Pulse
from config import broker

#: From how long a silence on beat has stopped: nothing is pulled, read or sent by itself then.
SILENCE: Final = timedelta(minutes=5)
_begun: Final = time.monotonic()
#: Checks that once passed stay passed: a process does not get other migrations while it runs.
_passed: set[str] = set()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200, or 503 with what fails. Without details: whoever asks may be anybody."""
    failing = [name for name, check in CHECKS.items() if not _holds(check)]
    return JsonResponse({"ready": not failing, "failing": failing}, status=503 if failing else 200)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - each driver raises its own kinds, all mean "not ready"
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _broker() -> bool:
    return broker.reachable()


def _migrations() -> bool:
    if "migrations" not in _passed:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _passed.add("migrations")
    return True


def _beat() -> bool:
    """Whether beat was heard of lately. A process that has just begun gives it as long to come up."""
    return Pulse.objects.heard("beat", within=SILENCE) or time.monotonic() - _begun < SILENCE.total_seconds()


CHECKS: Final[dict[str, Callable[[], bool]]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "beat": _beat,
}
