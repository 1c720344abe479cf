"""The pages that a stakeholder reaches by an e-mailed link, without an account.

Opening a link changes nothing, however often a mail scanner does it: the token is exchanged for a cookie
and a clean address, and only a form that a person filled in records something.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_scopes import scope, scopes_disabled

from accounts import clock
from accounts.forms.saving import attempt
from accounts.links import hashed
from pilots.agreement_page import plan_lines
from pilots.errors import RefusedError
from pilots.forms.people import AnswerForm, SignOffForm
from pilots.forms.work import JudgementForm
from pilots.models import Answer, Condition, Judgement, SignOff, StakeholderLink
from pilots.models.link import Purpose
from pilots.outcome_page import outcome_page

_SALT = "pilotlight.stakeholder"


@never_cache
@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange the token in a mail for a cookie and an address that says nothing."""
    with scopes_disabled():
        link = StakeholderLink.objects.filter(token_hash=hashed(token)).first()
    if link is None:
        return _gone(request)
    response = HttpResponseRedirect(reverse("stakeholder", args=[link.key]))
    response.set_signed_cookie(
        _cookie(link.key),
        link.token_hash,
        salt=_SALT,
        path=f"/s/{link.key}/",
        httponly=True,
        secure=settings.SECURE,
        samesite="Lax",
    )
    # Not on the pages behind it: without a referrer a browser names no origin either, and the form is refused.
    response["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_safe
def page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _with_link(request, key, lambda link: _page(request, link))


@never_cache
@require_POST
def answer(request: HttpRequest, key: UUID) -> HttpResponse:
    return _with_link(request, key, lambda link: _answer(request, link))


@never_cache
@require_POST
def sign_off(request: HttpRequest, key: UUID) -> HttpResponse:
    return _with_link(request, key, lambda link: _sign(request, link))


@never_cache
@require_POST
def condition(request: HttpRequest, key: UUID) -> HttpResponse:
    """What they asked for when they signed is met: they alone say so."""
    return _with_link(request, key, _close_condition)


@never_cache
@require_POST
def judgement(request: HttpRequest, key: UUID) -> HttpResponse:
    """Whether what came of it is what they meant by success."""
    return _with_link(request, key, lambda link: _judge(request, link))


def _with_link(
    request: HttpRequest, key: UUID, respond: Callable[[StakeholderLink], HttpResponse]
) -> HttpResponse:
    """Respond within the link's organisation, if this browser came by the link and it still holds."""
    held = request.get_signed_cookie(_cookie(key), default="", salt=_SALT)
    with scopes_disabled():
        links = StakeholderLink.objects.usable(clock.now()).select_related(
            "stakeholder__pilot__organisation",
            "stakeholder__pilot__chain",
            "stakeholder__pilot__owner",
            "stakeholder__pilot__metric",
            "plan_version",
        )
        link = links.filter(key=key, token_hash=held).first()
    if link is None:
        return _gone(request)
    organisation = link.stakeholder.pilot.organisation
    with scope(organisation=organisation), timezone.override(organisation.zone):
        return respond(link)


def _page(
    request: HttpRequest,
    link: StakeholderLink,
    form: AnswerForm | SignOffForm | JudgementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if link.purpose == Purpose.QUESTION:
        return _question_page(request, link, form or AnswerForm(), status)
    if link.purpose == Purpose.JUDGEMENT:
        return _judgement_page(request, link, form or JudgementForm(), status)
    return _sign_off_page(
        request,
        link,
        form or SignOffForm(name=link.stakeholder.name, initial={"seen": _digest(link)}),
        status,
    )


def _question_page(request: HttpRequest, link: StakeholderLink, form: object, status: int) -> HttpResponse:
    stakeholder = link.stakeholder
    context = {
        "link": link,
        "stakeholder": stakeholder,
        "pilot": stakeholder.pilot,
        "form": form,
        "answers": stakeholder.answers.select_related("mapping"),
        "waiting": stakeholder.answers.waiting().exists(),
    }
    return render(request, "stakeholder/question.html", context, status=status)


def _sign_off_page(request: HttpRequest, link: StakeholderLink, form: object, status: int) -> HttpResponse:
    version = link.plan_version
    assert version is not None
    pilot = link.stakeholder.pilot
    context = {
        "link": link,
        "stakeholder": link.stakeholder,
        "pilot": pilot,
        "version": version,
        "lines": plan_lines(version.facts),
        "success": version.facts["success"],
        "form": form,
        "signed": SignOff.objects.filter(stakeholder=link.stakeholder, plan_version=version)
        .select_related("condition")
        .first(),
        "newer": pilot.agreed_version() != version,
    }
    return render(request, "stakeholder/sign_off.html", context, status=status)


def _judgement_page(request: HttpRequest, link: StakeholderLink, form: object, status: int) -> HttpResponse:
    stakeholder = link.stakeholder
    context = {
        **outcome_page(stakeholder.pilot.outcome),
        "link": link,
        "stakeholder": stakeholder,
        "form": form,
        "said": stakeholder.answers.order_by("pk"),
        "given": stakeholder.judgements.filter(outcome=stakeholder.pilot.outcome).first(),
    }
    return render(request, "stakeholder/judgement.html", context, status=status)


def _answer(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    form = AnswerForm(request.POST)
    if link.purpose != Purpose.QUESTION:
        return _gone(request)
    if not form.is_valid():
        return _page(request, link, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    Answer.objects.receive(link.stakeholder, text=form.cleaned_data["text"], at=clock.now())
    return redirect("stakeholder", link.key)


def _sign(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    if link.purpose != Purpose.SIGN_OFF:
        return _gone(request)
    form = SignOffForm(request.POST, name=link.stakeholder.name)
    browser, address = request.headers.get("User-Agent", ""), request.META.get("REMOTE_ADDR") or None
    status = attempt(
        form,
        lambda: SignOff.objects.sign(
            link, at=clock.now(), address=address, browser=browser, **form.cleaned_data
        ),
        RefusedError,
    )
    if status == HTTPStatus.OK:
        return redirect("stakeholder", link.key)
    return _page(request, link, form, status)


def _judge(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    if link.purpose != Purpose.JUDGEMENT:
        return _gone(request)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _page(request, link, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    Judgement.objects.give(link, at=clock.now(), **form.cleaned_data)
    return redirect("stakeholder", link.key)


def _close_condition(link: StakeholderLink) -> HttpResponse:
    asked = Condition.objects.filter(
        sign_off__stakeholder=link.stakeholder_id, sign_off__plan_version=link.plan_version_id, closed_at=None
    )
    for one in asked.select_related("sign_off"):
        one.sign_off.stakeholder = link.stakeholder
        one.close(at=clock.now())
    return redirect("stakeholder", link.key)


def _gone(request: HttpRequest) -> HttpResponse:
    """One answer for a link that is unknown, foreign, replaced or too old."""
    return render(request, "stakeholder/gone.html", status=HTTPStatus.NOT_FOUND)


def _cookie(key: UUID) -> str:
    return f"link_{key.hex}"


def _digest(link: StakeholderLink) -> str:
    return link.plan_version.sha256 if link.plan_version else ""
