"""``kill -9`` of a worker's process at each point of a pull: the sweep finds it, two workers hear the bell, and the snapshots are there, once."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now

from accounts.models import Job
from metrics.models import Pull, Snapshot, SnapshotRevision, Source
from metrics.tasks import pull_source
from tests.cast import NOW, Bell, Cast, make_measured_metric, noise, work
from tests.races.together import errors, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]
DAYS = 60


def die_at(owner: type, name: str, *, after: bool) -> None:
    """In this process, the verb kills at its beginning or at its end; nothing is tidied up."""
    verb: Callable[..., Any] = getattr(owner, name)

    def deadly(*args: Any, **kwargs: Any) -> None:
        if after:
            verb(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)


def killed_worker(source: Source, owner: type, name: str, *, after: bool) -> None:
    """A worker's process, ended by the kernel where it was told."""
    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # a fork beside threads: this child only asks the database
        child = os.fork()
    if child == 0:
        try:
            die_at(owner, name, after=after)
            work(pull_source, Job.Kind.PULL, source.pk)
        finally:
            os._exit(1)  # it lived on
    _child, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


# Where it dies, and what it leaves: how many snapshots, and how its pull stands.
DEATHS = {
    "before it asks": (Source, "fetch", False, 0, "running"),
    "after it asked": (Source, "fetch", True, 0, "running"),
    "while it stores": (type(Snapshot.objects), "store", True, 0, "running"),
    "before the commit": (Source, "_ended", True, 0, "running"),
    "after the commit, before the job's end": (Job, "finish", False, DAYS, "done"),
    "after the job's end": (Job, "finish", True, DAYS, "done"),
}


@pytest.mark.parametrize(("owner", "name", "after", "left", "state"), DEATHS.values(), ids=list(DEATHS))
def test_the_sweep_resumes_it_and_two_workers_store_it_once(
    scoped: Cast, bell: Bell, owner: type, name: str, after: bool, left: int, state: str
) -> None:
    source = make_measured_metric(scoped, values=noise(DAYS)).source
    undisturbed = list(Snapshot.objects.order_by("day").values_list("day", "value", "n"))
    Snapshot.objects.all().delete()
    source.pulls.all().delete()
    Job.objects.filter(kind=Job.Kind.PULL).update(due_at=NOW, rung_at=None)

    killed_worker(source, owner, name, after=after)

    assert Snapshot.objects.count() == left
    assert list(Pull.objects.values_list("state", flat=True)) == [state]
    job = Job.objects.filter(kind=Job.Kind.PULL, subject=source.pk)
    if name != "finish" or not after:
        assert job.get().leased_by  # the dead hold it until their lease is over
    job.update(leased_until=Now(), due_at=NOW, rung_at=None)
    assert Job.objects.ring_due() == 1
    run = lambda: work(pull_source, Job.Kind.PULL, source.pk)  # noqa: E731
    assert errors(together(scoped.organisation, run, run)) == []

    assert list(Snapshot.objects.order_by("day").values_list("day", "value", "n")) == undisturbed
    assert sorted(Pull.objects.values_list("state", flat=True)) == (
        ["done", "interrupted"] if left == 0 else ["done", "done"]
    )
    assert sum(Pull.objects.values_list("rows_new", flat=True)) == DAYS
    assert not SnapshotRevision.objects.exists()
