from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.work import ContentForm, ReviewForm, VersionForm
from pilots.models import ContentItem
from pilots.views.shared import get_pilot


@member(Verb.REVIEW)
def reviews(request: MemberRequest) -> HttpResponse:
    """The reviewer's queue: what waits for a decision, oldest first."""
    waiting = ContentItem.objects.waiting_for(request.user, request.organisation)[:100]
    return render(request, "pilots/reviews.html", {"waiting": waiting})


@member(Verb.SEE)
def pilot_content(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    items = pilot.content.with_state().select_related("maker")
    return render(request, "pilots/content.html", {"pilot": pilot, "items": items})


@member(Verb.MAKE, methods=["GET", "POST"])
@once
def content_new(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = ContentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ContentItem.objects.make(pilot, by=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("pilot_content", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "pilots/content_new.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.SEE)
def content_item(request: MemberRequest, pilot_id: int, item_id: int) -> HttpResponse:
    return _item_page(request, _item(request, pilot_id, item_id))


@member(Verb.MAKE, methods=["GET", "POST"])
@once
def content_version(request: MemberRequest, pilot_id: int, item_id: int) -> HttpResponse:
    item = _item(request, pilot_id, item_id)
    form = VersionForm(request.POST or None, initial={"text": item.newest_version().text})
    if request.method == "POST" and form.is_valid():
        item.add_version(text=form.cleaned_data["text"], by=request.user, at=clock.now())
        return redirect("content_item", request.organisation.slug, pilot_id, item.pk)
    status = 422 if request.method == "POST" else 200
    return render(
        request,
        "pilots/content_version.html",
        {"pilot": item.pilot, "item": item, "form": form},
        status=status,
    )


@member(Verb.REVIEW, methods=["POST"])
def review(request: MemberRequest, pilot_id: int, item_id: int, number: int) -> HttpResponse:
    """Decide on the version that was read: the number is in the address."""
    item = _item(request, pilot_id, item_id)
    version = get_object_or_404(item.versions.all(), number=number)
    form = ReviewForm(request.POST)
    status = attempt(
        form, lambda: version.review(by=request.user, at=clock.now(), **form.cleaned_data), RefusedError
    )
    if status == HTTPStatus.OK:
        return redirect("reviews", request.organisation.slug)
    return _item_page(request, item, form, status)


def _item(request: MemberRequest, pilot_id: int, item_id: int) -> ContentItem:
    items = ContentItem.objects.with_state().select_related("pilot__organisation", "pilot__chain", "maker")
    found: ContentItem = get_object_or_404(items, pk=item_id, pilot_id=pilot_id)
    return found


def _item_page(
    request: MemberRequest, item: ContentItem, form: ReviewForm | None = None, status: int = 200
) -> HttpResponse:
    versions = (
        item.versions.select_related("made_by").prefetch_related("reviews__reviewer").order_by("-number")
    )
    made_it = item.maker_id == request.user.pk or any(
        version.made_by_id == request.user.pk for version in versions
    )
    context = {
        "pilot": item.pilot,
        "item": item,
        "versions": versions,
        "form": form or ReviewForm(),
        "may_review": request.membership.may(Verb.REVIEW)
        and not made_it
        and item.ai_use != "none"
        and (item.state is None or form),
        "may_make": request.membership.may(Verb.MAKE),
        "made_it": made_it,
    }
    return render(request, "pilots/content_item.html", context, status=status)
