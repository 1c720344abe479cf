"""The page on which a stakeholder reads a version of the plan, decides on it, and sees later what they decided."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import clock
from pilots.agreement_page import essence, plan_lines, rule_lines, said_in, signature_lines
from pilots.forms.people import CodeForm, ConditionForm, ConfirmationForm, DeputyForm, SignOffForm
from pilots.hypothesis import level_before, sentence
from pilots.models import Amendment, Consultation, SigningCode, SignOff, StakeholderLink
from pilots.plan_changes import since_signed
from pilots.views.asking import to_confirm
from pilots.words import Look


def sign_off_page(
    request: HttpRequest, link: StakeholderLink, status: int, sent: dict[str, object]
) -> HttpResponse:
    version = link.plan_version
    assert version is not None
    pilot = link.stakeholder.pilot
    signed = signed_by(link)
    waiting = None if signed else SigningCode.objects.waiting(link, clock.now()).first()
    amendment, told = version.amendment_of(), sentence(version.facts)
    shut = _shut(link, signed, amendment)
    typed = waiting.given if waiting and "change" in request.GET else {}
    context = {
        "link": link,
        "stakeholder": link.stakeholder,
        "pilot": pilot,
        "version": version,
        "lines": plan_lines(version.facts, rule=False, parts=not told),
        "rule": rule_lines(version.facts),
        "essence": essence(version.facts),
        "success": said_in(version.facts),
        "sentence": told,
        "since": None if signed else since_signed(link.stakeholder, version),
        # Whichever was sent and could not be taken; the others are as new.
        "form": next(iter(sent.values()), None),
        "sign_form": sent.get("form")
        or SignOffForm(
            name=link.holder, amends=amendment is not None, initial={**typed, "seen": version.sha256}
        ),
        "code_form": sent.get("code_form") or CodeForm(),
        "deputy_form": sent.get("deputy_form") or DeputyForm(),
        "consultation": consultation_of(link),
        "consultation_form": sent.get("consultation_form")
        or ConditionForm(name=link.holder, prefix="consultation"),
        "condition_form": sent.get("condition_form") or ConditionForm(name=link.holder),
        "deputy_open": "deputy_form" in sent,
        "said_form": sent.get("said_form") or ConfirmationForm(),
        "to_confirm": None if signed or link.deputy else to_confirm(link),
        "waiting": None if typed or "form" in sent else waiting,
        "code_is_over": waiting is not None and waiting.is_over(clock.now()),
        "signed": signed,
        "signature": signature_lines(signed) if signed else [],
        "receipt_went": signed is not None and timezone.localdate(signed.at) < clock.today(),
        "shut": shut,
        "written": _written(sent, waiting) if shut else "",
        "amendment": amendment,
        "level": "" if signed or shut or pilot.has("launch") else level_before(Look(pilot, clock.now())),
    }
    return render(request, "stakeholder/sign_off.html", context, status=status)


def _shut(link: StakeholderLink, signed: SignOff | None, amendment: Amendment | None) -> str:
    """Why nothing can be signed here: a newer version, a plan that is being changed, a pilot past it; empty while it can."""
    version, pilot = link.plan_version, link.stakeholder.pilot
    assert version is not None
    if pilot.agreed_version() != version or (amendment and amendment.withdrawn_at):
        return "newer"
    if signed or pilot.is_out_for_signature(version):
        return ""
    return "over" if pilot.has("launch") or pilot.has("cancel") else "changing"


def _written(sent: dict[str, object], waiting: SigningCode | None) -> str:
    """What somebody wrote for a decision that cannot be given any more: theirs to take along."""
    typed = [form.data for form in sent.values() if isinstance(form, forms.Form)]
    if waiting:
        typed.append(waiting.given)
    return next((words for data in typed if (words := data.get("words") or data.get("instead"))), "")


def signed_by(link: StakeholderLink) -> SignOff | None:
    signed = SignOff.objects.filter(stakeholder=link.stakeholder, plan_version=link.plan_version)
    return signed.select_related("condition", "plan_version", "stakeholder", "deputy__stakeholder").first()


def consultation_of(link: StakeholderLink) -> Consultation | None:
    """The conversation that this holder may confirm: they speak for legal or compliance, and are no deputy."""
    if not link.stakeholder.is_legal or link.deputy_id:
        return None
    return Consultation.objects.select_related("pilot__chain").filter(pilot=link.stakeholder.pilot_id).first()
