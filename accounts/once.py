"""A form that is sent twice does its work once: a double click, or the browser's back button and "send again"."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect

from accounts import clock
from accounts.models import Submission

if TYPE_CHECKING:
    from accounts.tenancy import MemberRequest, MemberView


def once[**P](view: MemberView[P]) -> MemberView[P]:
    """A view whose forms carry ``{% once %}``: the second sending lands where the first one led.

    A form that is refused has led nowhere, and can be sent again.
    """

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        key = _key(request)
        if key is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            submission, first = Submission.objects.claim(
                request.organisation, key, by=request.user, at=clock.now()
            )
            if not first:
                return HttpResponseRedirect(submission.location)
            response = view(request, *args, **kwargs)
            if response.status_code == HttpResponseRedirect.status_code:
                submission.land(response["Location"])
            else:
                transaction.set_rollback(True)
        return response

    return guarded


def _key(request: MemberRequest) -> UUID | None:
    """None for a page that is only looked at, and for a form that came from elsewhere than our page."""
    try:
        return UUID(request.POST.get("once", "")) if request.method == "POST" else None
    except ValueError:
        return None
