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
from pilots.agreement_page import plan_lines, rule_lines, said_in, signature_lines, signed_under, signers
from pilots.errors import RefusedError
from pilots.evidence import pack
from pilots.forms.agreement import RuleForm
from pilots.hypothesis import sentence
from pilots.models import Delegation
from pilots.plan_changes import draft, plan_changes
from pilots.views.shared import get_pilot


@member(Verb.SEE)
def pilot_agreement(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The plan as it stands, who signed which version, and what is missing."""
    pilot = get_pilot(request, pilot_id)
    versions = list(pilot.plan_versions.select_related("cut_by"))
    version = versions[0] if versions else None
    current = version is not None and version.sha256 == pilot.plan_digest()
    named = signers(pilot, signed_under(pilot, version if current else None))
    context = {
        "pilot": pilot,
        "step": "agreement",
        "may_plan": request.membership.may(Verb.PLAN),
        "version": version,
        "current": current,
        "signers": named,
        "waiting": [one for one in named if one.waited_for],
        "missing": pilot.reason_not_to_request_sign_off(),
        "changes": plan_changes(version.facts, draft(pilot)) if version and not current else None,
        "asked_again": [one for one in named if one.sign_off and one.stale],
        "versions": versions,
        "rule": rule_lines({"decision_rule": pilot.decision_rule}),
    }
    return render(request, "pilots/agreement.html", context)


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
        "changes": plan_changes(before.facts, version.facts) if before else None,
        "lines": plan_lines(version.facts, rule=False),
        "rule": rule_lines(version.facts),
        "success": said_in(version.facts),
        "sentence": sentence(version.facts),
        "signatures": [(one, signature_lines(one)) for one in signed],
    }
    return render(request, "pilots/plan_version.html", context)


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
