from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.work import jobs_of, try_again, work_page


@member(Verb.MEASURE)
def work(request: MemberRequest) -> HttpResponse:
    """For whoever looks after sources: what works by itself, and whether it does."""
    return render(request, "pilots/work.html", work_page(request.organisation, clock.now()))


@member(Verb.MEASURE, methods=["POST"])
@once
def work_retry(request: MemberRequest, job_id: int) -> HttpResponse:
    job = get_object_or_404(jobs_of(request.organisation), pk=job_id)
    try_again(job, request.organisation, by=request.user, at=clock.now())
    messages.success(request, _("It is tried again now. Reload the page in a moment."))
    return redirect("work", request.organisation.slug)
