from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.agreement_page import plan_lines, signed_under, signers
from pilots.errors import RefusedError
from pilots.evidence import pack
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
        "version": version,
        "current": current,
        "signers": named,
        "waiting": [one for one in named if one.waited_for],
        "missing": pilot.reason_not_to_request_sign_off(),
        "versions": versions,
    }
    return render(request, "pilots/agreement.html", context)


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
    context = {
        "pilot": pilot,
        "version": version,
        "lines": plan_lines(version.facts),
        "success": version.facts["success"],
        "sign_offs": version.sign_offs.select_related("stakeholder", "condition"),
    }
    return render(request, "pilots/plan_version.html", context)


@member(Verb.PLAN)
def evidence(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The evidence file: for whoever must prove later what was agreed. It holds names, so not everybody gets it."""
    pilot = get_pilot(request, pilot_id)
    content = pack(pilot, at=clock.now())
    name = f"evidence-{request.organisation.slug}-{pilot.pk}.zip"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/zip", headers=disposition)
