"""Who works on a job holds a lease; a dead holder's lease runs out."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from accounts.models import Job
from accounts.models import job as job_module
from tests.cast import NOW, job_of

pytestmark = pytest.mark.usefixtures("db", "monday")
PULL = Job.Kind.PULL


@pytest.fixture
def pk() -> int:
    Job.objects.want(PULL, 7, at=NOW)
    return job_of(PULL, 7).pk


def expire(pk: int) -> None:
    Job.objects.filter(pk=pk).update(leased_until=Now() - timedelta(seconds=1))


def test_nobody_else_gets_a_leased_job(pk: int) -> None:
    with Job.objects.work_on([pk], holder="a") as mine, Job.objects.work_on([pk], holder="b") as theirs:
        assert [job.pk for job in mine] == [pk]
        assert theirs == []
        assert not Job.objects.due().exists()


def test_a_doubled_bell_on_the_same_worker_gets_nothing(pk: int) -> None:
    with Job.objects.work_on([pk], holder="a"), Job.objects.work_on([pk], holder="a") as again:
        assert again == []


def test_what_is_not_due_is_not_worked_on() -> None:
    Job.objects.want(PULL, 7, at=NOW + timedelta(seconds=1))
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as leased:
        assert leased == []


def test_a_job_that_is_done_is_free_and_not_due(pk: int) -> None:
    with Job.objects.work_on([pk], holder="a") as [job]:
        job.finish()
    done = job_of(PULL, 7)
    assert (done.due_at, done.leased_until, done.leased_by, done.attempts) == (None, None, "", 0)


def test_a_job_that_was_left_alone_stays_due(pk: int) -> None:
    with Job.objects.work_on([pk], holder="a"):
        pass
    assert job_of(PULL, 7).leased_by == ""
    assert job_of(PULL, 7).due_at == NOW


def test_another_worker_takes_over_when_the_lease_has_run_out(pk: int) -> None:
    with Job.objects.work_on([pk], holder="dead"):
        expire(pk)
        with Job.objects.work_on([pk], holder="b") as [job]:
            assert job.leased_by.startswith("b/")


def test_the_late_riser_ends_nothing_that_is_no_longer_theirs(pk: int) -> None:
    with Job.objects.work_on([pk], holder="slow") as [stale]:
        expire(pk)
        with Job.objects.work_on([pk], holder="b") as [job]:
            stale.finish()
            assert job_of(PULL, 7).leased_by == job.leased_by
            job.retry("no luck")
    assert job_of(PULL, 7).attempts == 1


def test_a_worker_that_starts_anew_frees_what_it_held(pk: int) -> None:
    Job.objects.want(PULL, 8, at=NOW)
    other = job_of(PULL, 8).pk
    with Job.objects.work_on([pk], holder="celery@one"), Job.objects.work_on([other], holder="celery@one2"):
        assert Job.objects.release_all_of("celery@one") == 1
        assert [job.pk for job in Job.objects.due()] == [pk]


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_module, "RENEW_EVERY", 0.01)
    Job.objects.want(PULL, 7, at=NOW + timedelta(days=365))
    Job.objects.update(due_at=NOW)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as [job]:
        Job.objects.filter(pk=job.pk).update(leased_until=Now())
        for _round in range(500):
            if not Job.objects.filter(pk=job.pk, leased_until__lt=Now() + timedelta(seconds=15)).exists():
                break
        else:
            pytest.fail("the lease was not renewed")
