from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.tenancy import MemberRequest, member
from pilots.delivered import Chosen, Delivered
from pilots.delivered.chosen import rows
from pilots.errors import RefusedError
from pilots.forms.library import SlideTemplateForm
from pilots.models import Outcome, SlideTemplate
from pilots.slides.deck import MIME
from pilots.slides.delivered import delivered_deck
from pilots.slides.outcome import outcome_deck


@member(Verb.SEE)
def outcomes_slides(request: MemberRequest) -> HttpResponse:
    """The executive portfolio, as it is chosen in the address."""
    chosen, today = Chosen.from_address(request.GET), clock.today()
    organisation = request.organisation
    found = Delivered(chosen.among(rows(organisation.minimum_group), today))
    content = delivered_deck(
        found, chosen, organisation=organisation.name, today=today, template=SlideTemplate.objects.bytes_of(organisation)
    )  # fmt: skip
    return _file(content, f"{organisation.slug}-{_('outcomes')}")


@member(Verb.SEE)
def outcome_slides(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """One outcome as a slide that can be edited."""
    found = get_object_or_404(
        Outcome.objects.select_related("pilot__standing", "pilot__organisation", "pilot__metric", "by"),
        pilot_id=pilot_id,
    )
    content = outcome_deck(found, template=SlideTemplate.objects.bytes_of(request.organisation))
    return _file(content, found.pilot.title)


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def slide_template(request: MemberRequest) -> HttpResponse:
    """The organisation's own slides: given, replaced."""
    form = SlideTemplateForm(request.POST or None, request.FILES or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: SlideTemplate.objects.give(
                request.organisation, form.cleaned_data["upload"], by=request.user, at=clock.now()
            ),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("Slides are made on it from now on."))
            return redirect("slide_template", request.organisation.slug)
    known = SlideTemplate.objects.select_related("by").first()
    return render(request, "pilots/slide_template.html", {"form": form, "template": known}, status=status)


@member(Verb.ADMINISTER, methods=["POST"])
def slide_template_end(request: MemberRequest) -> HttpResponse:
    known = SlideTemplate.objects.first()
    if known:
        known.take_away(by=request.user, at=clock.now())
    return redirect("slide_template", request.organisation.slug)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MIME)
    response["Content-Disposition"] = f'attachment; filename="{slugify(name)[:60] or "slides"}.pptx"'
    return response
