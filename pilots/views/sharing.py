"""The page of an outcome for people without an account, and the making and ending of its links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe
from django_scopes import scope, scopes_disabled

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.links import hashed
from accounts.lookup import Lookup
from accounts.models import Bucket
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.outcome import PasswordForm, SharingForm
from pilots.models import SharedLink
from pilots.outcome_page import outcome_page
from pilots.outcome_page.files import make, offered, snippets
from pilots.views.outcomes import found_outcome
from pilots.views.unchanged import TELLING, etag_of

_SALT: Final = "pilotlight.outcome"
_TOLD_FROM: Final = (
    "outcome__pilot__organisation", "outcome__pilot__standing", "outcome__pilot__metric", "outcome__pilot__launch",
    "outcome__pilot__stop",
    "outcome__pilot__chain", "outcome__pilot__organisation__chain", "outcome__pilot__metric__source", "outcome__pilot__amended",
)  # fmt: skip
TRIES_A_MINUTE: Final = 5
"""How often a minute a password may be tried at one link, by whomever."""


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def sharing(request: MemberRequest, pilot_id: int) -> HttpResponse:
    outcome = found_outcome(pilot_id)
    form, status = SharingForm(request.POST or None), HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: SharedLink.objects.share(outcome, by=request.user, at=clock.now(), **form.cleaned_data),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("The link is made."))
            return redirect("sharing", request.organisation.slug, pilot_id)
    page, now = outcome_page(outcome), clock.now()
    links = [(link, link.state(now), _address(link)) for link in outcome.shared_links.all()]
    newest = next((address for _link, state, address in links if state == "open"), None)
    context = {
        **page,
        "form": form,
        "links": links,
        "files": offered(page),
        "snippets": snippets(page, newest) if newest else None,
    }
    return render(request, "pilots/sharing.html", context, status=status)


@member(Verb.PLAN, methods=["POST"])
def sharing_end(request: MemberRequest, pilot_id: int, link_id: int) -> HttpResponse:
    links = SharedLink.objects.select_related("outcome__pilot__chain")
    link: SharedLink = get_object_or_404(links, pk=link_id, outcome__pilot=pilot_id)
    link.revoke(by=request.user, at=clock.now())
    messages.success(request, _("The link leads nowhere any more."))
    return redirect("sharing", request.organisation.slug, pilot_id)


@gzip_page  # nothing on it is both secret and chosen by who asks
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link; behind a password, where there is one."""
    if unchanged := _unchanged(request, token):
        return unchanged
    return _with_link(
        request, token, lambda link: _page(request, link), locked=lambda link: _unlock(request, link)
    )


def _unchanged(request: HttpRequest, token: str) -> HttpResponse | None:
    """That the browser has the page, by one small question: most of the work is asking for all that a page is made from."""
    if request.method != "GET" or "If-None-Match" not in request.headers:
        return None
    now = clock.now()
    with scopes_disabled():
        links = SharedLink.objects.usable(now).filter(token_hash=hashed(token), password="")
        told = next(iter(links.values_list(*TELLING)), None)
        if told is None:
            return None
        etag = etag_of(told, signed_in=request.user.is_authenticated)
        unchanged: HttpResponse | None = get_conditional_response(request, etag=etag)
        if unchanged:
            links.seen(at=now)
    return unchanged


@require_safe
def shared_file(request: HttpRequest, token: str, name: str) -> HttpResponse:
    def answer(link: SharedLink) -> HttpResponse:
        made = make(name, link.outcome, outcome_page(link.outcome, public=True), public=True)
        if made is None:
            raise Http404
        return download(*made, f"outcome.{name.rpartition('.')[2]}")

    return _with_link(request, token, answer, locked=lambda _link: _gone(request))


def download(content: bytes, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=media_type, headers=headers)


_LINK: Final = Lookup(
    lambda: SharedLink._base_manager.filter(revoked_at=None).select_related(*_TOLD_FROM),
    token_hash="",
    expires_at__gt=datetime(2000, 1, 1, tzinfo=UTC),
)


def _with_link(
    request: HttpRequest,
    token: str,
    answer: Callable[[SharedLink], HttpResponse],
    *,
    locked: Callable[[SharedLink], HttpResponse],
) -> HttpResponse:
    """Answer within the link's organisation. Unknown, run out, ended and deleted are one answer, by one query."""
    link = _LINK.get(hashed(token), clock.now())
    if link is None:
        response = _gone(request)
    else:
        organisation = link.outcome.pilot.organisation
        with scope(organisation=organisation), timezone.override(organisation.zone):
            opened = not link.password or _has_key(request, link)
            response = answer(link) if opened else locked(link)
    response["X-Robots-Tag"] = "noindex, nofollow"
    # The address is the key: no other site is told it.
    response["Referrer-Policy"] = "same-origin"
    response.setdefault("Cache-Control", "private, no-cache")
    return response


def _page(request: HttpRequest, link: SharedLink) -> HttpResponse:
    if request.method == "POST":
        return redirect("shared_outcome", link.token)
    if request.method == "GET":
        link.seen(at=clock.now())
    page = outcome_page(link.outcome, public=True)
    context = {
        **page,
        "link": link,
        "token": link.token,
        "files": offered(page),
        "organisation": link.outcome.pilot.organisation,
    }
    response = render(request, "pilots/outcome_shared.html", context)
    told = [_at(link, name) for name in TELLING]
    response["ETag"] = etag_of(told, signed_in=request.user.is_authenticated)
    return response


def _at(link: SharedLink, path: str) -> object:
    """What stands at the end of a path of fields; None where it breaks off."""
    found: object = link
    for name in path.split("__"):
        found = getattr(found, name, None)
    return found


def _unlock(request: HttpRequest, link: SharedLink) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method != "POST":
        return render(request, "pilots/outcome_locked.html", {"form": form})
    if not form.is_valid():
        return render(
            request, "pilots/outcome_locked.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    if not Bucket.objects.take(f"outcome:{link.pk}", size=TRIES_A_MINUTE):
        form.add_error("password", _("That was tried too often. Wait a minute."))
        return render(
            request, "pilots/outcome_locked.html", {"form": form}, status=HTTPStatus.TOO_MANY_REQUESTS
        )
    if not link.opens_with(form.cleaned_data["password"]):
        form.add_error("password", _("That is not the password."))
        return render(
            request, "pilots/outcome_locked.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    response = redirect("shared_outcome", link.token)
    response.set_signed_cookie(
        _cookie(link), link.key.hex, salt=_SALT, path=reverse("shared_outcome", args=[link.token]),
        httponly=True, secure=settings.SECURE, samesite="Lax",
    )  # fmt: skip
    return response


def _has_key(request: HttpRequest, link: SharedLink) -> bool:
    return request.get_signed_cookie(_cookie(link), default="", salt=_SALT) == link.key.hex


def _cookie(link: SharedLink) -> str:
    return f"outcome_{link.key.hex}"


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "pilots/outcome_gone.html", status=HTTPStatus.NOT_FOUND)


def _address(link: SharedLink) -> str:
    return settings.BASE_URL + reverse("shared_outcome", args=[link.token])
