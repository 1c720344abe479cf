"""The pages that a stakeholder reaches by an e-mailed link, without an account.

Opening a link changes nothing, however often a mail scanner does it: the token is exchanged for a cookie
and a clean address, and only a form that a person filled in records something.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
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
from pilots.errors import RefusedError
from pilots.forms.people import AnswerForm, CodeForm, ConditionForm, ConfirmationForm, DeputyForm, SignOffForm
from pilots.forms.work import JudgementForm
from pilots.models import (
    Answer,
    Condition,
    Delegation,
    Judgement,
    SigningCode,
    SignOff,
    StakeholderLink,
)
from pilots.models.link import Purpose
from pilots.models.signing_code import needs_code
from pilots.views.asking import question_page
from pilots.views.judging import judgement_page
from pilots.views.signing import consultation_of, sign_off_page, signed_by

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
def confirmation(request: HttpRequest, key: UUID, answer_id: int) -> HttpResponse:
    """Whether what somebody wrote down for them is what they said."""
    return _with_link(request, key, lambda link: _confirm(request, link, answer_id))


@never_cache
@require_POST
def code(request: HttpRequest, key: UUID) -> HttpResponse:
    """The digits from the second mail; or a wish for another mail."""
    return _with_link(request, key, lambda link: _sign_by_code(request, link))


@never_cache
@require_POST
def deputy(request: HttpRequest, key: UUID) -> HttpResponse:
    """Ask somebody else to decide instead."""
    return _with_link(request, key, lambda link: _hand_on(request, link))


@never_cache
@require_POST
def consultation(request: HttpRequest, key: UUID) -> HttpResponse:
    """Who speaks for legal or compliance says that they were consulted as it is written down."""
    return _with_link(request, key, lambda link: _confirm_consultation(request, link))


@never_cache
@require_POST
def condition(request: HttpRequest, key: UUID) -> HttpResponse:
    """What they asked for when they signed is met: they alone say so."""
    return _with_link(request, key, lambda link: _close_condition(request, link))


@never_cache
@require_POST
def judgement(request: HttpRequest, key: UUID) -> HttpResponse:
    """Whether what came of it is what they meant by success."""
    return _with_link(request, key, lambda link: _judge(request, link))


def _with_link(
    request: HttpRequest, key: UUID, respond: Callable[[StakeholderLink], HttpResponse]
) -> HttpResponse:
    """Respond within the link's organisation, if this browser came by the link and it still holds."""
    held = request.get_signed_cookie(_cookie(key), default="", salt=_SALT) or ""
    link = StakeholderLink.objects.held(key, held, at=clock.now())
    if link is None:
        return _ended(request, key, held)
    organisation = link.stakeholder.pilot.organisation
    with scope(organisation=organisation), timezone.override(organisation.zone):
        return respond(link)


def _ended(request: HttpRequest, key: UUID, held: str) -> HttpResponse:
    """A link that opens nothing any more: whoever handed it on, or was their deputy, reads how that stands; everybody
    else the one quiet page."""
    with scopes_disabled():
        told = Delegation.objects.standing().told_by(key, held)
        handed_on = told.select_related(
            "stakeholder__pilot__owner", "stakeholder__pilot__organisation", "plan_version", "link"
        ).first()
        past = handed_on is not None and handed_on.was_for_an_earlier_version
    if handed_on is None or request.method == "POST":
        return _gone(request)
    deputys = handed_on.link.key != key
    if deputys and not past:
        return _gone(request)
    with timezone.override(handed_on.stakeholder.pilot.organisation.zone):
        template = "stakeholder/asked_again.html" if past else "stakeholder/handed_on.html"
        return render(request, template, {"delegation": handed_on, "deputys": deputys})


def _page(request: HttpRequest, link: StakeholderLink, status: int = 200, **sent: object) -> HttpResponse:
    """The page of the link, with the form that somebody ``sent`` and that could not be taken."""
    if link.purpose == Purpose.QUESTION:
        said = sent.get("said_form")
        return question_page(request, link, sent.get("form") or AnswerForm(), status, said)
    if link.purpose == Purpose.JUDGEMENT:
        return judgement_page(request, link, sent.get("form") or JudgementForm(), status)
    return sign_off_page(request, link, status, sent)


def _answer(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    form = AnswerForm(request.POST)
    if link.purpose != Purpose.QUESTION:
        return _gone(request)
    if not form.is_valid():
        return _page(request, link, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    Answer.objects.receive(link.stakeholder, text=form.cleaned_data["text"], at=clock.now())
    return _done(link)


def _confirm(request: HttpRequest, link: StakeholderLink, answer_id: int) -> HttpResponse:
    told = link.stakeholder.answers.exclude(taken_down_by=None).filter(pk=answer_id).first()
    if told is None or link.deputy:
        return _gone(request)
    told.stakeholder = link.stakeholder
    form = ConfirmationForm(request.POST)
    status = attempt(
        form, lambda: told.confirm(instead=form.cleaned_data["instead"], at=clock.now()), RefusedError
    )
    return _done(link) if status == HTTPStatus.OK else _page(request, link, status, said_form=form)


def _sign(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    if link.purpose != Purpose.SIGN_OFF:
        return _gone(request)
    amends = link.plan_version is not None and link.plan_version.amendment_of() is not None
    form = SignOffForm(request.POST, name=link.holder, amends=amends)

    def sign() -> object:
        if needs_code(link.stakeholder) and signed_by(link) is None:
            return SigningCode.objects.send(link, given=form.cleaned_data, at=clock.now())
        return SignOff.objects.sign(link, at=clock.now(), **_where(request), **form.cleaned_data)

    status = attempt(form, sign, RefusedError)
    return _done(link) if status == HTTPStatus.OK else _page(request, link, status, form=form)


def _sign_by_code(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    if link.purpose != Purpose.SIGN_OFF:
        return _gone(request)
    if signed_by(link):
        return _done(link)
    waiting = SigningCode.objects.waiting(link, clock.now()).first()
    if waiting is None:
        return _done(link)
    waiting.link = link
    if "again" in request.POST:
        form: forms.Form = forms.Form({})
        status = attempt(form, lambda: SigningCode.objects.send_again(link, at=clock.now()), RefusedError)
    else:
        form = CodeForm(request.POST)
        status = attempt(
            form,
            lambda: waiting.sign(typed=form.cleaned_data["code"], at=clock.now(), **_where(request)),
            RefusedError,
        )
    return _done(link) if status == HTTPStatus.OK else _page(request, link, status, code_form=form)


def _hand_on(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    if link.purpose != Purpose.SIGN_OFF:
        return _gone(request)
    form = DeputyForm(request.POST)
    status = attempt(
        form, lambda: Delegation.objects.hand_on(link, at=clock.now(), **form.cleaned_data), RefusedError
    )
    return _done(link) if status == HTTPStatus.OK else _page(request, link, status, deputy_form=form)


def _judge(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    if link.purpose != Purpose.JUDGEMENT:
        return _gone(request)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _page(request, link, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    Judgement.objects.give(link, at=clock.now(), **form.cleaned_data)
    return _done(link)


def _close_condition(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    form = ConditionForm(request.POST, name=link.holder)
    asked = Condition.objects.filter(
        sign_off__stakeholder=link.stakeholder_id, sign_off__plan_version=link.plan_version_id, closed_at=None
    )
    waiting = list(asked.select_related("sign_off"))
    if waiting and not form.is_valid():
        return _page(request, link, HTTPStatus.UNPROCESSABLE_ENTITY, condition_form=form)
    for one in waiting:
        one.sign_off.stakeholder = link.stakeholder
        one.close(at=clock.now())
    return _done(link)


def _confirm_consultation(request: HttpRequest, link: StakeholderLink) -> HttpResponse:
    held = consultation_of(link)
    if held is None or held.confirmed_at:
        return _done(link)
    form = ConditionForm(request.POST, name=link.holder, prefix="consultation")
    seen = request.POST.get("consultation-seen", "")
    status = attempt(form, lambda: held.confirm(by=link.stakeholder, seen=seen, at=clock.now()), RefusedError)
    return _done(link) if status == HTTPStatus.OK else _page(request, link, status, consultation_form=form)


def _done(link: StakeholderLink) -> HttpResponse:
    return redirect("stakeholder", link.key)


def _where(request: HttpRequest) -> dict[str, Any]:
    """From where somebody signs, and who is signed in at this browser."""
    return {
        "address": request.META.get("REMOTE_ADDR") or None,
        "browser": request.headers.get("User-Agent", ""),
        "signed_in": request.user if request.user.is_authenticated else None,
    }


def _gone(request: HttpRequest) -> HttpResponse:
    """One answer for a link that is unknown, foreign, replaced or too old."""
    return render(request, "stakeholder/gone.html", status=HTTPStatus.NOT_FOUND)


def _cookie(key: UUID) -> str:
    return f"link_{key.hex}"
