from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.agreement_page import plan_lines, rule_lines, said_in, signature_lines
from pilots.agreement_view import agreement_page
from pilots.errors import RefusedError
from pilots.evidence import pack
from pilots.forms.agreement import AmendmentForm, RuleForm
from pilots.hypothesis import sentence
from pilots.models import Amendment, Delegation
from pilots.plan_changes import plan_changes
from pilots.views.shared import get_pilot


@member(Verb.SEE)
def pilot_agreement(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The plan as it stands, who signed which version, and what is missing."""
    pilot = get_pilot(request, pilot_id)
    return render(request, "pilots/agreement.html", agreement_page(pilot, request.membership))


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_rule(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """What follows from which result: chosen before anybody knows the result, and signed with the plan."""
    pilot = get_pilot(request, pilot_id)
    form = RuleForm(request.POST or None, instance=pilot, initial={"version": pilot.version})
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: get_pilot(request, pilot_id).change_plan(
                by=request.user, at=clock.now(), **form.changes()
            ),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("pilot_agreement", request.organisation.slug, pilot.pk)
    return render(request, "pilots/plan/rule.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.PLAN, methods=["POST"])
@once
def plan_versions(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Request sign-off: cut a version and ask everybody who signs."""
    pilot = get_pilot(request, pilot_id)
    try:
        version = pilot.request_sign_off(by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Version %(number)s is out for signature.") % {"number": version.number})
    return redirect("pilot_agreement", request.organisation.slug, pilot.pk)


@member(Verb.SEE)
def plan_version(request: MemberRequest, pilot_id: int, number: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    version = get_object_or_404(pilot.plan_versions.select_related("cut_by"), number=number)
    before = pilot.plan_versions.filter(number__lt=number).first()
    signed = version.sign_offs.select_related(
        "stakeholder", "condition", "plan_version", "deputy__stakeholder"
    )
    context = {
        "pilot": pilot,
        "version": version,
        "before": before,
        "amendment": pilot.amendments.filter(plan_version=version).first() if pilot.has("launch") else None,
        "changes": plan_changes(before.facts, version.facts) if before else None,
        "lines": plan_lines(version.facts, rule=False, parts=not (told := sentence(version.facts))),
        "rule": rule_lines(version.facts),
        "success": said_in(version.facts),
        "sentence": told,
        "signatures": [(one, signature_lines(one)) for one in signed],
    }
    return render(request, "pilots/plan_version.html", context)


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def amendment_new(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Propose a change of the plan while the pilot runs: the same people sign it."""
    pilot = get_pilot(request, pilot_id)
    form = AmendmentForm(request.POST or None, instance=pilot.as_amended())
    status = HTTPStatus.OK
    if request.method == "POST":
        found = get_pilot(request, pilot_id)
        status = attempt(
            form,
            lambda: found.amend(
                reason=form.cleaned_data["reason"], by=request.user, at=clock.now(), **form.changes()
            ),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("Everybody who signs is asked to sign the changed plan."))
            return redirect("pilot_agreement", request.organisation.slug, pilot.pk)
    context = {"pilot": get_pilot(request, pilot_id), "form": form}
    return render(request, "pilots/plan/amendment.html", context, status=status)


@member(Verb.PLAN, methods=["POST"])
def amendment_end(request: MemberRequest, pilot_id: int, amendment_id: int) -> HttpResponse:
    """Take a proposed change back."""
    pilot = get_pilot(request, pilot_id)
    amendment = get_object_or_404(
        Amendment.objects.select_related("pilot__chain"), pk=amendment_id, pilot=pilot
    )
    amendment.withdraw(by=request.user, at=clock.now())
    return redirect("pilot_agreement", request.organisation.slug, pilot.pk)


@member(Verb.PLAN, methods=["POST"])
def delegation_end(request: MemberRequest, pilot_id: int, delegation_id: int) -> HttpResponse:
    """Ask the stakeholder again instead of the deputy."""
    pilot = get_pilot(request, pilot_id)
    asked = Delegation.objects.select_related(
        "stakeholder__pilot__organisation", "stakeholder__pilot__chain", "plan_version"
    )
    delegation = get_object_or_404(asked, pk=delegation_id, stakeholder__pilot=pilot)
    try:
        delegation.take_back(by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(name)s is asked again.") % {"name": delegation.stakeholder})
    return redirect("pilot_agreement", request.organisation.slug, pilot.pk)


@member(Verb.PLAN)
def evidence(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The evidence file: for whoever must prove later what was agreed. It holds names, so not everybody gets it."""
    pilot = get_pilot(request, pilot_id)
    content = pack(pilot, at=clock.now())
    name = f"evidence-{request.organisation.slug}-{pilot.pk}.zip"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/zip", headers=disposition)
