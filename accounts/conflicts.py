"""Two people at the same record at the same moment: who does not get its lock in time is told so, with 409."""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg import errors

# ``lock_timeout`` (``config/database``) ends a wait; PostgreSQL itself ends one of two that wait for each other.
_LOST = (errors.LockNotAvailable, errors.DeadlockDetected)


class ConflictMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The verb's transaction is undone already: nothing of it was saved."""
        if isinstance(exception, OperationalError) and isinstance(exception.__cause__, _LOST):
            return render(request, "409.html", status=409)
        return None
