"""The page on which a stakeholder says whether what came of it is what they meant by success."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pilots.models import StakeholderLink
from pilots.outcome_page import outcome_page


def judgement_page(request: HttpRequest, link: StakeholderLink, form: object, status: int) -> HttpResponse:
    """The answer as everybody reads it, what they said before the start, and the question."""
    stakeholder = link.stakeholder
    outcome = stakeholder.pilot.outcome
    context = {
        **outcome_page(outcome),
        "link": link,
        "stakeholder": stakeholder,
        "form": form,
        "said": stakeholder.answers.order_by("pk"),
        "given": stakeholder.judgements.filter(outcome=outcome).first(),
    }
    return render(request, "stakeholder/judgement.html", context, status=status)
