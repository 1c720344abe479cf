"""Somebody wishes for work that is going on, and their transaction lasts: who works on it keeps the lease all the same."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.models import Job
from accounts.models import job as jobs
from tests.cast import NOW, Cast
from tests.races.between import after
from tests.races.together import together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


def test_a_lease_outlives_a_wait_for_its_row(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RENEW_EVERY", 0.1)
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1.5))
    # Whoever connects from now on: the thread that renews is the one that waits.
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c lock_timeout=100ms")
    Job.objects.all().delete()
    Job.objects.want(Job.Kind.PULL, 1, at=NOW)
    pk, begun, tried = Job.objects.get().pk, threading.Event(), threading.Event()

    def work() -> int:
        with Job.objects.work_on([pk], holder="a") as leased:
            begun.set()
            tried.wait(5)
            return len(leased)

    def wish() -> None:
        with transaction.atomic():
            Job.objects.want(Job.Kind.PULL, 1, at=NOW)
            time.sleep(0.4)

    def try_too() -> int:
        time.sleep(1.8)  # longer than a lease lasts that nobody renews
        with Job.objects.work_on([pk], holder="b") as leased:
            tried.set()
            return len(leased)

    assert together(scoped.organisation, work, after(begun, wish), after(begun, try_too)) == [1, None, 0]
