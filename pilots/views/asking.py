"""The page of the one question: what success looks like, what was said of it, and what comes next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pilots.forms.people import ConfirmationForm
from pilots.models import Answer, Stakeholder, StakeholderLink


def question_page(
    request: HttpRequest, link: StakeholderLink, form: object, status: int, said_form: object = None
) -> HttpResponse:
    stakeholder = link.stakeholder
    context = {
        "link": link,
        "stakeholder": stakeholder,
        "pilot": stakeholder.pilot,
        "form": said_form or form,
        "answer_form": form,
        "said_form": said_form or ConfirmationForm(),
        "to_confirm": to_confirm(link),
        "answers": stakeholder.answers.select_related("mapping", "confirmation", "taken_down_by"),
        "waiting": stakeholder.answers.waiting().exists(),
        **_what_comes(stakeholder),
    }
    return render(request, "stakeholder/question.html", context, status=status)


def _what_comes(stakeholder: Stakeholder) -> dict[str, Any]:
    """What became of the plan that they are asked to sign: a decision under it as it stands, or a deputy who was asked."""
    version = stakeholder.pilot.agreed_version()
    if version is None or not (stakeholder.pilot.has("launch") or stakeholder.pilot.plan_is_as_agreed()):
        return {}
    signed = stakeholder.sign_offs.filter(plan_version=version).select_related("deputy", "plan_version")
    deputy = stakeholder.delegations.standing().filter(plan_version=version)
    return {"signed": signed.first(), "deputy": deputy.first()}


def to_confirm(link: StakeholderLink) -> Answer | None:
    """The first answer that was written down for them, and of which they have not said whether it is right."""
    answers: Answer | None = link.stakeholder.answers.unconfirmed().select_related("taken_down_by").first()
    return answers
