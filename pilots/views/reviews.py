from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.content import ChecklistForm
from pilots.models import Charter, Checklist
from pilots.review_queue import queue


@member(Verb.REVIEW)
def reviews(request: MemberRequest) -> HttpResponse:
    """The reviewer's queue: what waits for a decision, oldest first."""
    given = request.GET.get("page", "")
    page = max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1
    context = {
        **queue(request.user, request.organisation, clock.now(), page),
        "charter_due": Charter.objects.due_for(request.organisation, request.user),
    }
    return render(request, "pilots/reviews.html", context)


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def checklist(request: MemberRequest) -> HttpResponse:
    """The questions that every reviewer is asked; the organisation's to edit."""
    current = Checklist.objects.current(request.organisation)
    shown = {"questions": "\n".join(question for _key, question in current.lines), "number": current.number}
    form = ChecklistForm(request.POST or None, initial=shown)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: Checklist.objects.change(
                request.organisation, questions=form.lines(), expected=form.cleaned_data["number"],
                by=request.user, at=clock.now(),
            ),
            RefusedError,
        )  # fmt: skip
        if status == HTTPStatus.OK:
            messages.success(request, _("From now on reviewers are asked these questions."))
            return redirect("checklist", request.organisation.slug)
    return render(request, "pilots/checklist.html", {"form": form, "current": current}, status=status)
